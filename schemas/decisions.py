"""Decisions that freeze a verdict, and their withdrawal."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.verdicts import SubjectKind
from schemas.base import Contract, Reply
from schemas.fields import Code, Text, Whole


class GraduationSchema(Contract):
    """Approve the graduation of a learner at the caller's school."""

    learner_id = Whole(low=1, required=True)
    document_no = Text(max_length=60, required=True)


class QualificationSchema(Contract):
    """Confirm that a learner is qualified for the advance under an agreement."""

    learner_id = Whole(low=1, required=True)
    agreement_id = Whole(low=1, required=True)
    document_no = Text(max_length=60, required=True)


class WithdrawalSchema(Contract):
    """Take a decision back."""

    decision_id = Whole(low=1, required=True)
    reason = Text(max_length=200, required=True)
    document_no = Text(max_length=60, required=True)


class DecidedVerdictSchema(Reply):
    """What was decided. withdraws_id: the decision that was taken back, null for a new one."""

    decision_id = fields.Integer()
    learner_id = fields.Integer()
    enrolment_id = fields.Integer()
    subject_kind = Code(SubjectKind)
    subject_id = fields.Integer()
    verdict_id = fields.Integer()
    decided_on = fields.String(metadata={"format": "date"})
    document_no = fields.String()
    withdraws_id = fields.Integer(allow_none=True)
