"""人才培养方案: what a cohort must earn. A version in use by a cohort never changes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from creditbank.domain.courses import CourseNature
from creditbank.domain.ledger import EntryKind
from creditbank.domain.selectors import Selector


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


class Way(StrEnum):
    """How a record that a block accepts counts there."""

    EARN = "earn"
    """Like a course of the block: up to units_max, and in the total even beyond units_min."""
    FILL = "fill"
    """Only as far as units_min is still open after all that is earned; the rest is surplus."""


class Share(StrEnum):
    """What a percentage is taken of; always of what the plan asks, never of what was earned."""

    TOTAL = "total"
    BLOCKS = "blocks"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Records that a block takes besides the courses that name it."""

    selector: Selector
    way: Way


@dataclass(frozen=True, slots=True)
class CourseChoice:
    """At least `count` of these courses must be passed; a condition, it consumes nothing."""

    course_codes: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so much of what the selector names counts in these blocks: min(sum, cap).

    block_codes: empty means everywhere. Either units (hundredths) or percent, rounded down, of what
    the plan asks in all or in these blocks. What is cut off a record is lost, unless its kind may
    be divided: then it may count elsewhere. Caps may be nested.
    """

    code: str
    selector: Selector
    block_codes: tuple[str, ...] = ()
    units: int | None = None
    percent: int | None = None
    percent_of: Share = Share.TOTAL


@dataclass(frozen=True, slots=True)
class Floor:
    """At least units_min of what counts anywhere must match the selector; consumes nothing."""

    code: str
    name: str
    name_en: str
    selector: Selector
    units_min: int


@dataclass(frozen=True, slots=True)
class HoursFloor:
    """At least so many hours of courses passed that the plan takes; consumes nothing.

    practice_only: only their practice hours. No allocation changes it, so it is a condition.
    """

    code: str
    name: str
    name_en: str
    selector: Selector
    hours_min: int
    practice_only: bool = False


@dataclass(frozen=True, slots=True)
class DoubleCount:
    """What counts in one block may count in a second one as well, up to units_max in all.

    It fills what the second block still needs, and is counted once in the total and in floors.
    """

    code: str
    selector: Selector
    from_block: str
    to_block: str
    units_max: int


@dataclass(frozen=True, slots=True)
class Block:
    """模块: units_min and units_max are in hundredths; None: no maximum.

    accepts: records taken besides the courses that name the block. choices: courses of which some
    must be passed. Substitution.AUTOMATIC accepts competition and innovation records to fill.
    """

    code: str
    name: str
    name_en: str
    nature: CourseNature
    units_min: int
    substitution: Substitution = Substitution.NONE
    is_major_core: bool = False
    units_max: int | None = None
    accepts: tuple[Acceptance, ...] = ()
    choices: tuple[CourseChoice, ...] = ()


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
    """One version of a programme plan. units_min is the total for graduation, in hundredths.

    divisible: kinds whose records may be divided among blocks; all others count whole, in one block
    (a cap may still cut them).
    """

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
    caps: tuple[Cap, ...] = ()
    floors: tuple[Floor, ...] = ()
    hours_floors: tuple[HoursFloor, ...] = ()
    double_counts: tuple[DoubleCount, ...] = ()
    divisible: tuple[EntryKind, ...] = (EntryKind.COMPETITION, EntryKind.INNOVATION)
