"""Programme plans."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.courses import CourseNature
from creditbank.domain.plans import ConditionKind, Substitution
from schemas.base import Reply
from schemas.fields import Code, Credits


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
