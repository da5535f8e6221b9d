"""Terms of agreements: versions as they are read, and what is sent to sign or amend one."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.advance_calendar import AdvanceStep
from creditbank.domain.agreement_terms import (
    ATTEMPTS_MAX,
    DAYS_MAX,
    DOCUMENT_MAX,
    FULL_MARKS_MAX,
    FULL_TOTAL,
    QUOTA_MAX,
    REASON_MAX,
    WEIGHT_TOTAL,
    AssessmentDimension,
    ExemptionEffect,
    ScoreKind,
    TieBreak,
)
from creditbank.domain.agreements import EducationLevel, HardConditionKind
from creditbank.domain.awards import AwardLevel
from schemas.agreements import AgreementSchema, HardConditionSchema
from schemas.base import Contract, Reply
from schemas.fields import Code, Day, Moment, Rows, Text, Truth, Whole

YEAR_MIN, YEAR_MAX = 2000, 2100
_TENTHS_MAX = 60


class ScorePartSchema(Reply):
    """One score. full_marks, pass_mark: points in hundredths; weight: percent of the total.

    by_announced_line: the pass mark is the line announced for the year (advance-calendars).
    """

    kind = Code(ScoreKind)
    full_marks = fields.Integer()
    weight = fields.Integer()
    pass_mark = fields.Integer()
    by_announced_line = fields.Boolean()


class TermsSchema(Reply):
    """One version. pass_total: hundredths of 100; notice_days, appeal_days: working days.

    exemption_level: an award of this level or higher exempts from the skill test, null for none.
    """

    version_no = fields.Integer()
    in_force_from = Day()
    document_no = fields.String()
    reason = fields.String()
    quota = fields.Integer()
    valid_from = Day()
    valid_to = Day()
    hard_conditions = fields.List(fields.Nested(HardConditionSchema()))
    scores = fields.List(fields.Nested(ScorePartSchema()))
    pass_total = fields.Integer()
    tie_breaks = fields.List(Code(TieBreak))
    exemption_level = Code(AwardLevel, allow_none=True)
    exemption_effect = Code(ExemptionEffect)
    assessment_dimensions = fields.List(Code(AssessmentDimension))
    notice_days = fields.Integer()
    appeal_days = fields.Integer()
    attempts_max = fields.Integer()
    allows_parallel_exam = fields.Boolean()


class TermsVersionSchema(Reply):
    """A version, when it was written, and whether it speaks today."""

    terms = fields.Nested(TermsSchema())
    decided_at = Moment(allow_none=True)
    is_in_force = fields.Boolean()


class CalendarDaySchema(Reply):
    """The days of one step, both included; is_announced is false for the usual ones."""

    step = Code(AdvanceStep)
    starts_on = Day()
    ends_on = Day()
    document_no = fields.String()
    is_announced = fields.Boolean()


class AgreementFileSchema(Reply):
    """An agreement, all versions of its terms with the latest first, and its year of advance."""

    agreement = fields.Nested(AgreementSchema(), attribute="line")
    versions = fields.List(fields.Nested(TermsVersionSchema()))
    finishing_year = fields.Integer()
    calendar = fields.List(fields.Nested(CalendarDaySchema()))


class GivenConditionSchema(Contract):
    """One hard condition; what threshold says depends on the kind, some have none."""

    kind = Code(HardConditionKind, required=True)
    threshold = Text(max_length=20, min_length=0, load_default="")


class GivenScoreSchema(Contract):
    """One score of the total. by_announced_line: in place of pass_mark, the line of the year."""

    kind = Code(ScoreKind, required=True)
    full_marks = Whole(low=1, high=FULL_MARKS_MAX, required=True)
    weight = Whole(low=1, high=WEIGHT_TOTAL, required=True)
    pass_mark = Whole(high=FULL_MARKS_MAX, load_default=0)
    by_announced_line = Truth(load_default=False)


class GivenTermsSchema(Contract):
    """The content of a version. Leave scores out while none are agreed."""

    document_no = Text(max_length=DOCUMENT_MAX, required=True)
    quota = Whole(low=1, high=QUOTA_MAX, required=True)
    valid_from = Day(required=True)
    valid_to = Day(required=True)
    hard_conditions = Rows(GivenConditionSchema(), most=len(HardConditionKind), low=0)
    scores = Rows(GivenScoreSchema(), most=len(ScoreKind), low=0)
    pass_total = Whole(high=FULL_TOTAL, load_default=0)
    tie_breaks = fields.List(Code(TieBreak), load_default=list)
    exemption_level = Code(AwardLevel, load_default=None, allow_none=True)
    exemption_effect = Code(ExemptionEffect, load_default=ExemptionEffect.FULL_MARKS)
    assessment_dimensions = fields.List(Code(AssessmentDimension), load_default=list)
    notice_days = Whole(high=DAYS_MAX, load_default=0)
    appeal_days = Whole(high=DAYS_MAX, load_default=0)
    attempts_max = Whole(low=1, high=ATTEMPTS_MAX, load_default=1)
    allows_parallel_exam = Truth(load_default=False)


class SignAgreementSchema(Contract):
    """A new agreement: levels and years, or their label in staged_mode (分段培养方式)."""

    school_id = Whole(low=1, required=True)
    college_id = Whole(low=1, required=True)
    name = Text(max_length=100, required=True)
    entry_year = Whole(low=YEAR_MIN, high=YEAR_MAX, required=True)
    staged_mode = Text(max_length=20, load_default="", min_length=0)
    pre_level = Code(EducationLevel, load_default=None, allow_none=True)
    pre_years_tenths = Whole(low=1, high=_TENTHS_MAX, load_default=None, allow_none=True)
    pre_major_code = Text(max_length=7, required=True)
    pre_catalogue_year = Whole(low=YEAR_MIN, high=YEAR_MAX, required=True)
    post_level = Code(EducationLevel, load_default=None, allow_none=True)
    post_years_tenths = Whole(low=1, high=_TENTHS_MAX, load_default=None, allow_none=True)
    post_major_code = Text(max_length=7, required=True)
    post_catalogue_year = Whole(low=YEAR_MIN, high=YEAR_MAX, required=True)
    terms = fields.Nested(GivenTermsSchema(), required=True)


class AmendAgreementSchema(Contract):
    """A further version, from in_force_from on; of_version_no: the one that was read."""

    of_version_no = Whole(required=True)
    in_force_from = Day(required=True)
    reason = Text(max_length=REASON_MAX, required=True)
    terms = fields.Nested(GivenTermsSchema(), required=True)


class TermsKeptSchema(Reply):
    """The version that was written."""

    agreement_id = fields.Integer()
    version_no = fields.Integer()


class CalendarQuerySchema(Contract):
    """Whose year: by the year of finishing the first stage, and the level after it."""

    post_level = Code(EducationLevel, load_default=EducationLevel.HIGHER_VOCATIONAL)


class PassLineSchema(Reply):
    """The announced line of one score. points, full_marks: hundredths."""

    score = Code(ScoreKind)
    points = fields.Integer()
    full_marks = fields.Integer()
    document_no = fields.String()
    announced_on = Day()


class CalendarSchema(Reply):
    """The steps of the year in their order. pass_lines: those announced so far."""

    finishing_year = fields.Integer()
    post_level = Code(EducationLevel)
    items = fields.List(fields.Nested(CalendarDaySchema()))
    pass_lines = fields.List(fields.Nested(PassLineSchema()))


class StepDaysSchema(Contract):
    """The days of one step, both included."""

    step = Code(AdvanceStep, required=True)
    starts_on = Day(required=True)
    ends_on = Day(required=True)


class AnnounceDaysSchema(Contract):
    """Days of some or all steps of a year; the others stay as they are."""

    post_level = Code(EducationLevel, required=True)
    days = Rows(StepDaysSchema(), most=len(AdvanceStep))
    document_no = Text(max_length=DOCUMENT_MAX, required=True)
    reason = Text(max_length=REASON_MAX, load_default="", min_length=0)


class DaysAnnouncedSchema(Reply):
    """How many steps were given days."""

    announced = fields.Integer()


class AnnouncePassLineSchema(Contract):
    """The line of one score. points, full_marks: hundredths; reason: needed to correct a line."""

    post_level = Code(EducationLevel, required=True)
    score = Code(ScoreKind, required=True)
    points = Whole(low=1, high=FULL_MARKS_MAX, required=True)
    full_marks = Whole(low=1, high=FULL_MARKS_MAX, required=True)
    announced_on = Day(required=True)
    document_no = Text(max_length=DOCUMENT_MAX, required=True)
    reason = Text(max_length=REASON_MAX, load_default="", min_length=0)


class PassLineAnnouncedSchema(Reply):
    """The line that stands now, in hundredths."""

    points = fields.Integer()
