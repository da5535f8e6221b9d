"""转段: where learners stand, and every step from the qualification to the admission."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import fields

from creditbank.domain.advances import MoveKind, Signature, Stage
from creditbank.domain.agreement_terms import AssessmentDimension, ScoreKind
from creditbank.domain.awards import AwardLevel
from creditbank.domain.credits import units_from_text
from creditbank.domain.errors import Message
from creditbank.domain.permissions import Role
from creditbank.domain.verdicts import Outcome
from schemas.agreement_terms import CalendarDaySchema
from schemas.agreements import AgreementSchema
from schemas.base import Contract, Reply, fault
from schemas.condition_evidence import ConditionLineSchema
from schemas.fields import (
    CREDITS_IN,
    Code,
    Credits,
    Day,
    Moment,
    Rows,
    Text,
    Truth,
    Whole,
    WholeInQuery,
    Wholes,
)
from schemas.pages import PageQuerySchema

LINES_MAX = 500
REASON_MAX, DOCUMENT_MAX = 200, 60
_POINTS = re.compile(CREDITS_IN)


class Points(Credits):
    """Points: decimal text outside ("85.5"), integer hundredths inside, no JSON numbers."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:  # noqa: ANN401
        if not isinstance(value, str) or not _POINTS.fullmatch(value):
            raise fault(
                Message(
                    '应为文本形式的分数,最多两位小数,例如 "85.5"。',
                    'This must be points as text with at most two decimals, such as "85.5".',
                )
            )
        return units_from_text(value)


class AdvanceQuerySchema(PageQuerySchema):
    """The part of a cohort that is wanted. stage: one of them; flagged: 1 for who is flagged."""

    stage = Code(Stage, load_default=lambda: None)  # called, it is no default in the description
    flagged = WholeInQuery(low=0, high=1, load_default=0)


class StandingSchema(Reply):
    """Where a learner stands. outcome, missing, shortfall: computed; the rest people decided.

    outcome: null before the first verdict. assessment_passed: null while it is due. changed: what
    was met when the qualification was confirmed and is not by now, and what a proposal was ranked
    by and is otherwise by now: parts of the scores or "exemption".
    """

    stage = Code(Stage)
    attempt = fields.Integer()
    outcome = Code(Outcome, allow_none=True)
    is_qualified = fields.Boolean()
    missing = fields.List(fields.String())
    shortfall = Credits(attribute="shortfall_units", is_sent=True)
    assessment_passed = fields.Boolean(allow_none=True)
    notice_starts_on = Day(allow_none=True)
    notice_ends_on = Day(allow_none=True)
    appeal_until = Day(allow_none=True)
    is_appealed = fields.Boolean()
    gives_up = fields.List(Code(Signature))
    sits_parallel_exam = fields.Boolean()
    has_admission_numbers = fields.Boolean()
    is_held = fields.Boolean()
    is_flagged = fields.Boolean()
    review_case_id = fields.Integer(allow_none=True)
    changed = fields.List(fields.String())
    is_closed = fields.Boolean()


class AdvanceLineSchema(Reply):
    """One learner. next: what may follow by the stage alone; as_of: of the verdict it rests on."""

    agreement_id = fields.Integer()
    enrolment_id = fields.Integer()
    learner_id = fields.Integer()
    name = fields.String()
    student_no = fields.String()
    class_name = fields.String()
    standing = fields.Nested(StandingSchema())
    next = fields.List(Code(MoveKind))
    as_of = Day(allow_none=True)


class StageCountSchema(Reply):
    """How many stand at a stage."""

    stage = Code(Stage)
    learners = fields.Integer()


class AdvanceCohortSchema(Reply):
    """A page of a cohort; counts and flagged over all of it. due: the step that the year is at."""

    agreement = fields.Nested(AgreementSchema(), attribute="line")
    items = fields.List(fields.Nested(AdvanceLineSchema()), attribute="members.items")
    next_cursor = fields.String(attribute="members.next_cursor")
    counts = fields.List(fields.Nested(StageCountSchema()), attribute="stage_counts")
    flagged = fields.Integer()
    calendar = fields.List(fields.Nested(CalendarDaySchema()))
    due = fields.Nested(CalendarDaySchema(), allow_none=True)


class DimensionResultSchema(Reply):
    """What was found in one dimension of the process assessment."""

    dimension = Code(AssessmentDimension)
    passed = fields.Boolean()
    remark = fields.String()


class PartScoreSchema(Reply):
    """The score of one part, in points."""

    part = Code(ScoreKind)
    points = Points(attribute="units", is_sent=True)


class AdvanceHistoryRowSchema(Reply):
    """One step as it was recorded. kind: withdraw for one that takes another back.

    rank, total: of a ranking. Numbers and dates that a kind does not have are null.
    """

    kind = fields.String(metadata={"enum": [*MoveKind, "withdraw"]})
    decided_on = Day()
    document_no = fields.String()
    reason = fields.String()
    attempt = fields.Integer()
    decided_role = Code(Role)
    recorded_at = Moment()
    advance_move_id = fields.Integer(allow_none=True)
    decision_id = fields.Integer(allow_none=True)
    withdraws_id = fields.Integer(allow_none=True)
    is_withdrawn = fields.Boolean()
    starts_on = Day(allow_none=True)
    ends_on = Day(allow_none=True)
    appeal_until = Day(allow_none=True)
    rank = fields.Integer(allow_none=True)
    total = Points(is_sent=True, allow_none=True)
    signatures = fields.List(Code(Signature))
    sheet = fields.List(fields.Nested(DimensionResultSchema()), attribute="sheet_lines")
    scores = fields.List(fields.Nested(PartScoreSchema()), attribute="score_lines")
    admission_no = fields.String()
    college_student_no = fields.String()
    recognised_credits = Credits(attribute="recognised_units", is_sent=True, allow_none=True)


class LearnerAdvanceSchema(Reply):
    """A learner under one agreement, with every step in its order."""

    agreement_name = fields.String()
    line = fields.Nested(AdvanceLineSchema())
    history = fields.List(fields.Nested(AdvanceHistoryRowSchema()))


class LearnerAdvancesSchema(Reply):
    """By agreement."""

    items = fields.List(fields.Nested(LearnerAdvanceSchema()))


class AdvanceFormSchema(Reply):
    """转段资格审核表. conditions: as confirmed, or of now while nobody has."""

    line = fields.Nested(AdvanceLineSchema())
    conditions = fields.List(fields.Nested(ConditionLineSchema()))
    is_confirmed = fields.Boolean()
    scores = fields.List(fields.Nested(PartScoreSchema()), attribute="score_lines")
    opinions = fields.List(fields.Nested(AdvanceHistoryRowSchema()))


class AdvanceFormsSchema(Reply):
    """One page; next_cursor is "" on the last one."""

    items = fields.List(fields.Nested(AdvanceFormSchema()))
    next_cursor = fields.String()


class ExemptingAwardSchema(Reply):
    """The award in the ledger that exempts from the skill test."""

    ledger_seq = fields.Integer()
    event = fields.String()
    level = Code(AwardLevel)


class LackSchema(Reply):
    """What keeps somebody from being admissible; part: "" where it is no single one."""

    code = fields.String(
        metadata={
            "enum": ["score_missing", "line_not_announced", "part_below_pass", "total_below_pass"]
        }
    )
    part = fields.String()


class RankedLearnerSchema(Reply):
    """How one stands in the ranking. rank: null for who is not admissible, or not yet known."""

    enrolment_id = fields.Integer()
    learner_id = fields.Integer()
    name = fields.String()
    student_no = fields.String()
    scores = fields.List(fields.Nested(PartScoreSchema()), attribute="score_lines")
    award = fields.Nested(ExemptingAwardSchema(), allow_none=True)
    total = Points(is_sent=True, allow_none=True)
    rank = fields.Integer(allow_none=True)
    place = fields.String(
        metadata={
            "enum": [
                "within_quota",
                "tied_at_quota",
                "beyond_quota",
                "not_yet_known",
                "not_admissible",
            ]
        }
    )
    lacks = fields.List(fields.Nested(LackSchema()))


class RankingSchema(Reply):
    """Who was tested, best first. places: how many of the quota are left."""

    places = fields.Integer()
    items = fields.List(fields.Nested(RankedLearnerSchema()))


class _OfAgreement(Contract):
    """Which agreement."""

    agreement_id = Whole(low=1, required=True)


class StepForManySchema(_OfAgreement):
    """A step that says the same of each; all or nobody."""

    enrolment_ids = Wholes(most=LINES_MAX)
    document_no = Text(max_length=DOCUMENT_MAX, required=True)


class DisqualificationSchema(StepForManySchema):
    """取消资格, with the reason."""

    reason = Text(max_length=REASON_MAX, required=True)


class DimensionInSchema(Contract):
    """One dimension of a sheet."""

    dimension = Code(AssessmentDimension, required=True)
    passed = Truth(required=True)
    remark = Text(min_length=0, max_length=REASON_MAX, load_default="")


class AssessmentLineSchema(Contract):
    """过程考核表 of one learner. reason: where it is not passed."""

    enrolment_id = Whole(low=1, required=True)
    passed = Truth(required=True)
    results = Rows(DimensionInSchema(), most=len(AssessmentDimension), low=0)
    reason = Text(min_length=0, max_length=REASON_MAX, load_default="")


class AssessmentsSchema(_OfAgreement):
    """Sheets of learners; all are recorded or none."""

    document_no = Text(max_length=DOCUMENT_MAX, required=True)
    lines = Rows(AssessmentLineSchema(), most=LINES_MAX)


class AppealSchema(_OfAgreement):
    """异议 to a result that is announced."""

    enrolment_id = Whole(low=1, required=True)
    reason = Text(max_length=REASON_MAX, required=True)


class AppealRulingSchema(AppealSchema):
    """The answer. granted: the assessment is opened again."""

    granted = Truth(required=True)
    document_no = Text(max_length=DOCUMENT_MAX, required=True)


class GivingUpSchema(_OfAgreement):
    """放弃: the caller's own signature, or document_no of a paper that both have signed."""

    enrolment_id = Whole(low=1, required=True)
    reason = Text(min_length=0, max_length=REASON_MAX, load_default="")
    document_no = Text(min_length=0, max_length=DOCUMENT_MAX, load_default="")


class PartInSchema(Contract):
    """The score of one part."""

    part = Code(ScoreKind, required=True)
    points = Points(required=True)


class ScoreLineSchema(Contract):
    """The scores of one learner."""

    enrolment_id = Whole(low=1, required=True)
    scores = Rows(PartInSchema(), most=len(ScoreKind))


class ScoresSchema(_OfAgreement):
    """Test scores; all are recorded or none."""

    lines = Rows(ScoreLineSchema(), most=LINES_MAX)


class AdvanceProposalSchema(_OfAgreement):
    """拟录取 by the ranking. left_out: undecided for now; chosen: of those tied at the quota."""

    document_no = Text(max_length=DOCUMENT_MAX, required=True)
    left_out = Wholes(most=LINES_MAX, low=0)
    chosen = Wholes(most=LINES_MAX, low=0)


class AdmissionLineSchema(Contract):
    """The college's decision on one; a refusal says why."""

    enrolment_id = Whole(low=1, required=True)
    admitted = Truth(required=True)
    reason = Text(min_length=0, max_length=REASON_MAX, load_default="")


class AdmissionDecisionsSchema(_OfAgreement):
    """The college admits or refuses; all or nobody."""

    document_no = Text(max_length=DOCUMENT_MAX, required=True)
    lines = Rows(AdmissionLineSchema(), most=LINES_MAX)


class ReturnLineSchema(Contract):
    """录取通知书号, 对接院校学号 and recognised credits of one."""

    enrolment_id = Whole(low=1, required=True)
    admission_no = Text(max_length=40, required=True)
    college_student_no = Text(min_length=0, max_length=20, load_default="")
    recognised_credits = Credits(attribute="recognised_units", load_default=0)


class AdmissionsSchema(_OfAgreement):
    """What the college returns; all or nobody."""

    lines = Rows(ReturnLineSchema(), most=LINES_MAX)


class AdvanceWithdrawalSchema(Contract):
    """Take the last step back."""

    advance_move_id = Whole(low=1, required=True)
    reason = Text(max_length=REASON_MAX, required=True)


class TakenStepSchema(Reply):
    """What was done for one, and where that leaves them. A qualification is a decision."""

    enrolment_id = fields.Integer()
    learner_id = fields.Integer()
    kind = Code(MoveKind)
    stage = Code(Stage)
    advance_move_id = fields.Integer(allow_none=True)
    decision_id = fields.Integer(allow_none=True)


class TakenStepsSchema(Reply):
    """Each step once, in the order asked."""

    items = fields.List(fields.Nested(TakenStepSchema()), attribute="steps")
