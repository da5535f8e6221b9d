"""Taking one entry back."""

from __future__ import annotations

from schemas.base import Contract
from schemas.fields import Text, Whole


class ReversalSchema(Contract):
    """Which entry of which learner, and why."""

    learner_id = Whole(low=1, required=True)
    ledger_seq = Whole(low=1, required=True)
    reason = Text(max_length=200, required=True)
