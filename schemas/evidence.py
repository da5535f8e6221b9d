"""Checking a certificate number that several learners hold."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import Contract, Reply
from schemas.fields import Text, Whole, Wholes

OWNERS_MAX = 50


class EvidenceCheckSchema(Contract):
    """ledger_seq: an entry with the number; owner_ids: the learners whose certificate it is."""

    learner_id = Whole(low=1, required=True)
    ledger_seq = Whole(low=1, required=True)
    owner_ids = Wholes(most=OWNERS_MAX)
    reason = Text(max_length=200, required=True)


class CheckedEvidenceSchema(Reply):
    """What was decided. disputed_ids: who holds the number still, and it counts nothing there."""

    learner_id = fields.Integer()
    ledger_seq = fields.Integer()
    owner_ids = fields.List(fields.Integer())
    disputed_ids = fields.List(fields.Integer())
    reason = fields.String()


class EvidenceHolderSchema(Reply):
    """One learner in whose account the number stands."""

    learner_id = fields.Integer()
    name = fields.String()
    student_no = fields.String()
    class_name = fields.String()
    school = fields.String()
    school_en = fields.String()


class DisputeSchema(Reply):
    """Who holds an entry's number; hidden: how many more at schools that are not the reader's."""

    evidence_no = fields.String()
    holders = fields.List(fields.Nested(EvidenceHolderSchema()))
    hidden = fields.Integer()
    is_disputed = fields.Boolean()
