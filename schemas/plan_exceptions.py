"""Exceptions from the plan for one learner: one contract for each kind, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from marshmallow import fields

from creditbank.domain.plan_exceptions import ExceptionKind, ExceptionState, Ruling
from schemas.base import Contract, OneOf, Reply
from schemas.fields import Code, Constant, Credits, Day, Moment, Text, Whole

_CODE_MAX = 100


class _Exception(Contract):
    """What each of them says: why, by which document, and when it was decided."""

    reason = Text(max_length=200, required=True)
    document_no = Text(max_length=60, required=True)
    decided_on = Day(required=True)


class WaiverSchema(_Exception):
    """A block, a condition or a floor asks nothing; subject: its code."""

    kind = Constant("waive")
    subject = Text(max_length=_CODE_MAX, required=True)


class LoweringSchema(_Exception):
    """A block, a floor or the total ("") asks only so many credits."""

    kind = Constant("lower")
    subject = Text(min_length=0, max_length=_CODE_MAX, required=True)
    credits = Credits(attribute="units", required=True)


class InsertionSchema(_Exception):
    """A course counts in a block; subject: its code; credits: of one that the plan has not."""

    kind = Constant("insert")
    subject = Text(max_length=20, required=True)
    block_code = Text(max_length=_CODE_MAX, required=True)
    credits = Credits(attribute="units", low=1, allow_none=True, load_default=None)


class ForcingSchema(_Exception):
    """An entry counts in this block, or nowhere."""

    kind = Constant("force")
    ledger_seq = Whole(low=1, required=True)
    block_code = Text(max_length=_CODE_MAX, required=True)


class BlockingSchema(_Exception):
    """An entry does not count in this block; "" for nowhere at all."""

    kind = Constant("block")
    ledger_seq = Whole(low=1, required=True)
    block_code = Text(min_length=0, max_length=_CODE_MAX, load_default="")


class PlanExceptionSchema(OneOf):
    """One exception of any of the kinds."""

    variants: ClassVar[Mapping[str, Contract]] = {
        "waive": WaiverSchema(),
        "lower": LoweringSchema(),
        "insert": InsertionSchema(),
        "force": ForcingSchema(),
        "block": BlockingSchema(),
    }


class RulingSchema(Contract):
    """What a second person says. reason: of a refusal or withdrawal; document_no: of the latter."""

    ruling = Code(Ruling, required=True)
    reason = Text(min_length=0, max_length=200, load_default="")
    document_no = Text(min_length=0, max_length=60, load_default="")


class RecordedExceptionSchema(Reply):
    """Where the exception stands now; facts_seq: the state of the learner's facts with it."""

    plan_exception_id = fields.Integer()
    learner_id = fields.Integer()
    enrolment_id = fields.Integer()
    state = Code(ExceptionState)
    facts_seq = fields.Integer()


class ExceptionLineSchema(Reply):
    """One exception. reason, ruling_reason: "" for who may not read why; ruled_at: of the last."""

    plan_exception_id = fields.Integer()
    learner_id = fields.Integer()
    enrolment_id = fields.Integer()
    kind = Code(ExceptionKind)
    subject = fields.String()
    block_code = fields.String()
    ledger_seq = fields.Integer(allow_none=True)
    credits = Credits(attribute="units", is_sent=True, allow_none=True)
    reason = fields.String()
    document_no = fields.String()
    decided_on = Day()
    entered_at = Moment()
    state = Code(ExceptionState)
    ruling_reason = fields.String()
    ruling_document_no = fields.String()
    ruled_at = Moment(allow_none=True)


class PlanExceptionsSchema(Reply):
    """All exceptions that were entered for a learner, the latest first."""

    exceptions = fields.List(fields.Nested(ExceptionLineSchema()))


class WaitingExceptionSchema(Reply):
    """One that waits for a second person, and whose it is."""

    plan_exception_id = fields.Integer()
    learner_id = fields.Integer()
    name = fields.String()
    student_no = fields.String()
    class_name = fields.String()
    kind = Code(ExceptionKind)
    document_no = fields.String()
    decided_on = Day()
    entered_at = Moment()


class WaitingExceptionsSchema(Reply):
    """One page, the oldest first; next_cursor is "" on the last one."""

    items = fields.List(fields.Nested(WaitingExceptionSchema()))
    next_cursor = fields.String()
