"""Programme plans."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.courses import CourseNature
from creditbank.domain.plan_differences import DifferenceKind, PlanPart
from creditbank.domain.plans import ConditionKind, Substitution
from schemas.base import Contract, Reply
from schemas.fields import Code, Credits, Lines, Text, Whole, WholeInQuery

TEXT_MAX = 300_000


class PlanLineSchema(Reply):
    """One plan version in the list; entry_years: the cohorts that follow it."""

    plan_id = fields.Integer()
    institution_id = fields.Integer()
    institution_name = fields.String()
    code = fields.String()
    version = fields.Integer()
    name = fields.String()
    major_code = fields.String()
    catalogue_year = fields.Integer()
    years = fields.Integer()
    credits_min = Credits(attribute="units_min", is_sent=True)
    entry_years = fields.List(fields.Integer())


class PlansSchema(Reply):
    """One page; next_cursor is "" on the last one."""

    items = fields.List(fields.Nested(PlanLineSchema()))
    next_cursor = fields.String()


class BlockSchema(Reply):
    """模块: what must be earned in it, and whether awards may fill it."""

    code = fields.String()
    name = fields.String()
    name_en = fields.String()
    nature = Code(CourseNature)
    credits_min = Credits(attribute="units_min", is_sent=True)
    substitution = Code(Substitution)
    is_major_core = fields.Boolean()


class PlanCourseSchema(Reply):
    """One course; also_counts_in: blocks that take it when its own is full."""

    course_code = fields.String()
    name = fields.String()
    block_code = fields.String()
    credits = Credits(attribute="units", is_sent=True)
    theory_hours = fields.Integer()
    practice_hours = fields.Integer()
    semester_no = fields.Integer()
    is_required = fields.Boolean()
    also_counts_in = fields.List(fields.String())


class PlanSchema(Reply):
    """One version of one plan in full."""

    plan_id = fields.Integer()
    institution_id = fields.Integer()
    code = fields.String()
    version = fields.Integer()
    name = fields.String()
    major_code = fields.String()
    catalogue_year = fields.Integer()
    years = fields.Integer()
    credits_min = Credits(attribute="units_min", is_sent=True)
    blocks = fields.List(fields.Nested(BlockSchema()))
    courses = fields.List(fields.Nested(PlanCourseSchema()))
    conditions = fields.List(Code(ConditionKind))
    required_pass_exams = fields.List(fields.String())


class PlanTextSchema(Reply):
    """A version as YAML. revision: what a change of it, or putting it in force, must name."""

    plan_id = fields.Integer()
    revision = fields.String()
    text = fields.String()


class PlanCheckSchema(Contract):
    """A plan to check: YAML or JSON as text."""

    text = Lines(max_length=TEXT_MAX, required=True)


class PlanDraftSchema(PlanCheckSchema):
    """A plan to save. plan_id: the version to change, null for a new one; revision: as it was."""

    plan_id = Whole(low=1, allow_none=True, load_default=None)
    revision = Text(min_length=0, max_length=16, load_default="")


class SentenceSchema(Reply):
    """One sentence in both languages."""

    zh = fields.String()
    en = fields.String()


class FindingSchema(Reply):
    """What is wrong at one place of the text, or only to be thought about."""

    clause = fields.String(attribute="code")
    field = fields.String()
    line = fields.Integer()
    column = fields.Integer()
    is_warning = fields.Boolean()
    message = fields.Nested(SentenceSchema())


class CheckedPlanSchema(Reply):
    """is_usable: it may be saved; faults before warnings, each in the order of the text."""

    is_usable = fields.Boolean()
    findings = fields.List(fields.Nested(FindingSchema()), attribute="faults")


class SavedPlanSchema(Reply):
    """The version that was saved, with what it was warned of."""

    plan_id = fields.Integer()
    code = fields.String()
    version = fields.Integer()
    revision = fields.String()
    warnings = fields.List(fields.Nested(FindingSchema()))


class AssignmentSchema(Contract):
    """Put a version in force for a cohort that has no learners yet."""

    entry_year = Whole(low=1990, high=2099, required=True)
    document_no = Text(max_length=60, required=True)
    revision = Text(max_length=16, required=True)


class MigrationSchema(AssignmentSchema):
    """Move a running cohort to a version."""

    reason = Text(max_length=200, required=True)


class PlacedCohortSchema(Reply):
    """What a cohort follows now. kept_count: whose graduation is approved under the other one."""

    plan_id = fields.Integer()
    entry_year = fields.Integer()
    from_plan_id = fields.Integer(allow_none=True)
    learner_count = fields.Integer()
    kept_count = fields.Integer()


class DifferencesQuerySchema(Contract):
    """from: the version to compare with."""

    from_plan_id = WholeInQuery(low=1, required=True, data_key="from")


class FieldDifferenceSchema(Reply):
    """A field, as its document has it; null where a version lacks the part."""

    field = fields.String()
    before = fields.String(allow_none=True)
    after = fields.String(allow_none=True)


class DifferenceSchema(Reply):
    """One part of a plan that is added, removed or changed."""

    part = Code(PlanPart)
    kind = Code(DifferenceKind)
    code = fields.String()
    fields_ = fields.List(
        fields.Nested(FieldDifferenceSchema()), attribute="fields", data_key="fields"
    )


class DifferencesSchema(Reply):
    """From one version to another."""

    from_plan_id = fields.Integer()
    plan_id = fields.Integer()
    differences = fields.List(fields.Nested(DifferenceSchema()))
