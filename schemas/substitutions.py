"""Using an award's credits for an elective block, with approval."""

from __future__ import annotations

from schemas.base import Contract
from schemas.fields import Credits, Text, Whole


class SubstitutionSchema(Contract):
    """source_seq: the award's entry; credits: how many of it, at least 0.01."""

    learner_id = Whole(low=1, required=True)
    source_seq = Whole(low=1, required=True)
    block_code = Text(max_length=10, required=True)
    credits = Credits(low=1, required=True)
    document_no = Text(max_length=60, required=True)
