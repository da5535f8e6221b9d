"""A county as a file describes it: what there must be before the first learner is registered.

Everything is named by the codes that people use; numbers of rows are the database's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditbank.domain.agreements import EducationLevel, HardCondition
from creditbank.domain.courses import CourseNature
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.permissions import Role, Section


@dataclass(frozen=True, slots=True)
class InstitutionLine:
    """One institution."""

    code: str
    name: str
    kind: InstitutionKind
    area_code: str
    name_en: str = ""
    unified_code: str = ""


@dataclass(frozen=True, slots=True)
class MajorLine:
    """One major of one catalogue."""

    code: str
    catalogue_year: int
    name: str
    level: EducationLevel
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class TermLine:
    """One term of the calendar."""

    code: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class AdjustedDayLine:
    """A holiday, or a day of a weekend that is worked."""

    day: date
    is_worked: bool
    name: str


@dataclass(frozen=True, slots=True)
class CourseLine:
    """One course of a school. units in hundredths, written as credits."""

    institution: str
    code: str
    name: str
    units: int
    nature: CourseNature
    theory_hours: int = 0
    practice_hours: int = 0
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One version of a plan, which stands in a file of its own.

    teaches_courses: the school teaches every course of the plan, with the plan's credits and hours.
    """

    institution: str
    file: str
    version: int = 1
    teaches_courses: bool = False


@dataclass(frozen=True, slots=True)
class CohortPlanLine:
    """Which version of a plan a cohort follows."""

    institution: str
    plan: str
    entry_year: int
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementLine:
    """One agreement for one cohort; years in tenths: 25 is two and a half.

    Levels and years are given as they are, or by their label (分段培养方式) in staged_mode.
    """

    school: str
    college: str
    name: str
    document_no: str
    entry_year: int
    staged_mode: str = ""
    pre_level: EducationLevel | None = None
    pre_years_tenths: int | None = None
    pre_major_code: str
    pre_catalogue_year: int
    post_level: EducationLevel | None = None
    post_years_tenths: int | None = None
    post_major_code: str
    post_catalogue_year: int
    quota: int
    valid_from: date
    valid_to: date
    hard_conditions: tuple[HardCondition, ...] = ()


@dataclass(frozen=True, slots=True)
class PairedSchoolsLine:
    """互转结对学校: two schools that learners may move between, by their codes."""

    vocational: str
    general: str
    document_no: str
    valid_from: date
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account; it signs in once `creditbank create-account` has given it a password.

    section: of the bureau, None for an account that answers for all of them.
    email: where it is told how many messages wait; "" for nowhere.
    """

    username: str
    display_name: str
    role: Role
    institution: str = ""
    section: Section | None = None
    email: str = ""


@dataclass(frozen=True, slots=True)
class CountyFile:
    """All of it; what is left out is not touched."""

    institutions: tuple[InstitutionLine, ...] = ()
    majors: tuple[MajorLine, ...] = ()
    terms: tuple[TermLine, ...] = ()
    adjusted_days: tuple[AdjustedDayLine, ...] = ()
    courses: tuple[CourseLine, ...] = ()
    plans: tuple[PlanLine, ...] = ()
    cohort_plans: tuple[CohortPlanLine, ...] = ()
    agreements: tuple[AgreementLine, ...] = ()
    paired_schools: tuple[PairedSchoolsLine, ...] = ()
    accounts: tuple[AccountLine, ...] = ()
