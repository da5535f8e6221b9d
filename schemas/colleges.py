"""What a college's computers read: changes of a cohort, and one learner's verified status."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.advances import Stage
from creditbank.domain.verdicts import Outcome
from schemas.agreements import AgreementSchema, CohortMemberSchema
from schemas.base import Contract, Reply
from schemas.condition_evidence import ConditionLineSchema
from schemas.fields import Code, Credits, Day, Moment, WholeInQuery
from schemas.pages import LIMIT_MAX
from schemas.verdicts import SentencesSchema

POSITION_MAX = 9_999_999_999


class CohortChangesQuerySchema(Contract):
    """From which position on. changed_since: position of the answer before; 0 for everybody."""

    changed_since = WholeInQuery(low=0, high=POSITION_MAX, load_default=0)
    limit = WholeInQuery(low=1, high=LIMIT_MAX, load_default=100)


class SharedMemberSchema(CohortMemberSchema):
    """One learner of the class with the stage of the advance, by the verdict of this line.

    is_flagged: an input has changed against what was decided; the decision stands until it is
    reviewed. stage, attempt, is_flagged: null where they cannot be said.
    """

    stage = Code(Stage, attribute="standing.stage", dump_default=None, allow_none=True)
    attempt = fields.Integer(attribute="standing.attempt", dump_default=None, allow_none=True)
    is_flagged = fields.Boolean(attribute="standing.is_flagged", dump_default=None, allow_none=True)


class CohortChangeSchema(Reply):
    """A learner who changed at this position last. removed: forget the learner; member is null."""

    position = fields.Integer()
    learner_id = fields.Integer()
    removed = fields.Boolean(attribute="is_removed")
    member = fields.Nested(SharedMemberSchema(), allow_none=True)


class CohortChangesSchema(Reply):
    """Changes in the order of their positions. position: where to go on; has_more: at once.

    Everything that was committed before the call is in this answer or has a greater position. A
    learner stands in the list once, at the latest change.
    """

    agreement = fields.Nested(AgreementSchema(), attribute="line")
    items = fields.List(fields.Nested(CohortChangeSchema()))
    position = fields.Integer()
    has_more = fields.Boolean()


class VerifiedStatusSchema(Reply):
    """How a learner stands at the moment of the answer, and what that was found from.

    stage: where the learner is on the way to the college; what people decided is flagged, never
    moved back, when its inputs change; changed: the codes of what did: conditions, and of what a
    proposal was ranked by parts of the scores or "exemption". stored: as a worker wrote it under
    verdict_id; otherwise it was computed for this answer because the stored one was behind
    ledger_seq or the rules of the day. Equal inputs have equal input_hash.
    """

    agreement_id = fields.Integer()
    learner_id = fields.Integer(attribute="advance.verdict.learner_id")
    enrolment_id = fields.Integer(attribute="advance.verdict.enrolment_id")
    stage = Code(Stage, attribute="standing.stage")
    attempt = fields.Integer(attribute="standing.attempt")
    is_flagged = fields.Boolean(attribute="standing.is_flagged")
    changed = fields.List(fields.String(), attribute="standing.changed")
    outcome = Code(Outcome, attribute="advance.verdict.outcome")
    graduation_outcome = fields.String()
    required_credits = Credits(attribute="advance.verdict.required_units", is_sent=True)
    counted_credits = Credits(attribute="advance.verdict.counted_units", is_sent=True)
    shortfall_credits = Credits(attribute="advance.verdict.shortfall_units", is_sent=True)
    conditions = fields.List(fields.Nested(ConditionLineSchema()))
    sentences = fields.Nested(SentencesSchema())
    ledger_seq = fields.Integer(attribute="advance.verdict.ledger_seq")
    facts_seq = fields.Integer(attribute="advance.verdict.facts_seq")
    plan_id = fields.Integer(attribute="advance.verdict.plan_id")
    policy_version = fields.String(attribute="advance.verdict.policy_version")
    engine_version = fields.String(attribute="advance.verdict.engine_version")
    as_of = Day(attribute="advance.verdict.as_of")
    verdict_id = fields.Integer(attribute="advance.verdict_id", allow_none=True)
    stored = fields.Boolean(attribute="advance.stored")
    evaluated_at = Moment(attribute="advance.evaluated_at")
    input_hash = fields.String(attribute="advance.input_hash")
