"""Verdicts on graduation and on the advance, and their history."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.causes import CauseKind
from creditbank.domain.plan_exceptions import ExceptionKind
from creditbank.domain.verdicts import Outcome, SubjectKind, Use
from schemas.base import Reply
from schemas.fields import Code, Credits, Day, Moment


class BlockResultSchema(Reply):
    """One block of the plan, in credits. shared: what counts in another block as well."""

    code = fields.String()
    name = fields.String()
    name_en = fields.String()
    required = Credits(is_sent=True)
    earned = Credits(is_sent=True)
    substituted = Credits(is_sent=True)
    recognised = Credits(is_sent=True)
    shared = Credits(is_sent=True)
    missing = Credits(is_sent=True)


class ConditionResultSchema(Reply):
    """One condition; missing_codes name what is lacking. name: of the plan's own conditions."""

    code = fields.String()
    name = fields.String()
    name_en = fields.String()
    met = fields.Boolean()
    required = fields.String()
    actual = fields.String()
    missing_codes = fields.List(fields.String())


class PlacementSchema(Reply):
    """Where one record counts, or why it does not; block_code is "" when it counts nowhere."""

    ledger_seq = fields.Integer()
    block_code = fields.String()
    credits = Credits(attribute="units", is_sent=True)
    use = Code(Use)


class AppliedExceptionSchema(Reply):
    """An exception under which the verdict was found; fields as they were entered."""

    kind = Code(ExceptionKind)
    subject = fields.String()
    block_code = fields.String()
    ledger_seq = fields.Integer(allow_none=True)
    credits = Credits(attribute="units", is_sent=True, allow_none=True)
    document_no = fields.String()
    decided_on = Day()


class SentencesSchema(Reply):
    """The verdict in one sentence, then one for each thing missing."""

    zh = fields.List(fields.String())
    en = fields.List(fields.String())


class VerdictSchema(Reply):
    """One verdict at the head of the ledger.

    stored: a worker wrote it; otherwise it was computed for this answer because the stored one was
    behind. proof: blocks that cannot be filled together. subject_id: a plan's or an agreement's.
    """

    verdict_id = fields.Integer(attribute="fresh.verdict_id", allow_none=True)
    stored = fields.Boolean(attribute="fresh.stored")
    evaluated_at = Moment(attribute="fresh.evaluated_at")
    subject_kind = Code(SubjectKind, attribute="verdict.subject_kind")
    subject_id = fields.Integer(attribute="verdict.subject_id")
    learner_id = fields.Integer(attribute="verdict.learner_id")
    enrolment_id = fields.Integer(attribute="verdict.enrolment_id")
    ledger_seq = fields.Integer(attribute="verdict.ledger_seq")
    facts_seq = fields.Integer(attribute="verdict.facts_seq")
    plan_id = fields.Integer(attribute="verdict.plan_id")
    policy_version = fields.String(attribute="verdict.policy_version")
    engine_version = fields.String(attribute="verdict.engine_version")
    as_of = Day(attribute="verdict.as_of")
    outcome = Code(Outcome, attribute="verdict.outcome")
    required_credits = Credits(attribute="verdict.required_units", is_sent=True)
    counted_credits = Credits(attribute="verdict.counted_units", is_sent=True)
    shortfall_credits = Credits(attribute="verdict.shortfall_units", is_sent=True)
    blocks = fields.List(fields.Nested(BlockResultSchema()), attribute="verdict.blocks")
    conditions = fields.List(fields.Nested(ConditionResultSchema()), attribute="verdict.conditions")
    placements = fields.List(fields.Nested(PlacementSchema()), attribute="verdict.placements")
    proof = fields.List(fields.String(), attribute="verdict.proof")
    exceptions = fields.List(
        fields.Nested(AppliedExceptionSchema()), attribute="verdict.exceptions"
    )
    input_hash = fields.String(attribute="fresh.input_hash")
    sentences = fields.Nested(SentencesSchema())


class VerdictsSchema(Reply):
    """All current verdicts of one learner, graduation first."""

    learner_id = fields.Integer()
    verdicts = fields.List(fields.Nested(VerdictSchema()))


class CauseSchema(Reply):
    """One cause. reference: of an entry its ledger_seq, of a fact its table; may be empty."""

    kind = Code(CauseKind)
    reference = fields.String()


class HistoricVerdictSchema(Reply):
    """One verdict as it was found. causes: everything that the evaluation answered."""

    verdict_id = fields.Integer()
    subject_kind = Code(SubjectKind)
    subject_id = fields.Integer()
    outcome = Code(Outcome)
    shortfall_credits = Credits(attribute="shortfall_units", is_sent=True)
    ledger_seq = fields.Integer()
    facts_seq = fields.Integer()
    plan_id = fields.Integer()
    policy_version = fields.String()
    engine_version = fields.String()
    as_of = Day()
    causes = fields.List(fields.Nested(CauseSchema()))
    decided_at = Moment()
    input_hash = fields.String()


class VerdictHistorySchema(Reply):
    """One page, newest first; next_cursor is "" on the last one."""

    items = fields.List(fields.Nested(HistoricVerdictSchema()))
    next_cursor = fields.String()
