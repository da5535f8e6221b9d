"""人才培养方案: what a cohort must earn. A version in use by a cohort never changes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from creditbank.domain.courses import CourseNature


class Substitution(StrEnum):
    """Whether competition and innovation credits may fill a block (创新实践学分替代选修课学分)."""

    NONE = "none"
    AUTOMATIC = "automatic"
    APPROVED = "approved"


class ConditionKind(StrEnum):
    """Conditions for graduation that carry no credits."""

    CONDUCT = "conduct"
    INTERNSHIP = "internship"
    ACADEMIC_PASS_EXAMS = "academic_pass_exams"
    COMPREHENSIVE_EVALUATION = "comprehensive_evaluation"


@dataclass(frozen=True, slots=True)
class Block:
    """模块: units_min is in hundredths of a credit."""

    code: str
    name: str
    name_en: str
    nature: CourseNature
    units_min: int
    substitution: Substitution = Substitution.NONE
    is_major_core: bool = False


@dataclass(frozen=True, slots=True)
class PlanCourse:
    """One course of the plan, with hours as well as credits.

    also_counts_in: further blocks that take this course when its own block is full, in order.
    A course record counts whole, in exactly one block.
    """

    course_code: str
    name: str
    block_code: str
    units: int
    theory_hours: int
    practice_hours: int
    semester_no: int
    is_required: bool = False
    also_counts_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """One version of a programme plan. units_min is the total for graduation, in hundredths."""

    plan_id: int
    code: str
    version: int
    name: str
    institution_id: int
    major_code: str
    catalogue_year: int
    years: int
    units_min: int
    blocks: tuple[Block, ...]
    courses: tuple[PlanCourse, ...]
    conditions: tuple[ConditionKind, ...]
    required_pass_exams: tuple[str, ...] = ()
