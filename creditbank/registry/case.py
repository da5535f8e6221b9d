"""What a rule looks at: the enrolment so far, the change that is applied for, and the policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from creditbank.domain.enrolments import (
    EnrolmentStatus,
    StudyMode,
    Term,
    semester_no,
    term_of_semester,
)
from creditbank.domain.errors import Message
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.policies import Policy
from creditbank.domain.school_calendar import SchoolCalendar, TermDays
from creditbank.domain.status_changes import (
    ChangeKind,
    ChangeReason,
    MajorChangeGround,
    Programme,
    Proof,
    Suspension,
)


class EntryLevel(StrEnum):
    """入学条件: what learners bring with them."""

    JUNIOR = "junior"
    SENIOR = "senior"


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a learner is, or wants to go: school, major, kind of class.

    area_code: GB/T 2260 of the school; years: 学制.
    """

    institution_id: int
    kind: InstitutionKind
    area_code: str
    major_code: str
    years: int
    programme: Programme = Programme.PLAIN
    entry_level: EntryLevel = EntryLevel.JUNIOR
    study_mode: StudyMode = StudyMode.FULL_TIME


@dataclass(frozen=True, slots=True)
class Life:
    """An enrolment so far.

    began_on: at the first school, where the learner came by transfer. suspensions: by their first
    day. absent_hours: without leave, in 课时, of the semester with most; absent_days: the longest
    absence without leave at a stretch. completed_on: of a 结业. born_on: None where nobody has
    recorded it. is_approved: a graduation is; is_in_review: and a later verdict speaks against it.
    may_graduate: by the verdict of the moment.
    """

    seat: Seat
    status: EnrolmentStatus
    entered_on: date
    entry_year: int
    born_on: date | None
    suspended_semesters: int = 0
    suspensions: tuple[Suspension, ...] = ()
    absent_hours: int = 0
    absent_days: int = 0
    completed_on: date | None = None
    is_approved: bool = False
    is_in_review: bool = False
    began_on: date | None = None
    may_graduate: bool = False

    @property
    def since(self) -> date:
        """From when times of study count: a transfer does not start them anew."""
        return self.began_on or self.entered_on

    @property
    def grade_year(self) -> int:
        """When the learners of the present grade entered: whole years of suspension are behind."""
        return self.entry_year + self.suspended_semesters // 2

    def semester(self, term: Term) -> int:
        """The learner's own semester in a term; suspended ones do not count."""
        return semester_no(
            entry_year=self.entry_year, term=term, suspended_semesters=self.suspended_semesters
        )

    def term_of(self, semester: int) -> Term:
        """The term of the learner's own semester, from 1."""
        return term_of_semester(
            entry_year=self.entry_year,
            semester=semester,
            suspended_semesters=self.suspended_semesters,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """What is applied for. on: the day it takes effect; until: the last day of a suspension.

    by_school: a withdrawal that the school decides. is_paired: whether the bureau has named the two
    schools as a pair. document_no: of the sanction that an expulsion carries out.
    """

    kind: ChangeKind
    reason: ChangeReason
    applied_on: date
    on: date
    proofs: frozenset[Proof] = frozenset()
    until: date | None = None
    to: Seat | None = None
    is_paired: bool = False
    ground: MajorChangeGround | None = None
    by_school: bool = False
    document_no: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One change of one enrolment under one policy."""

    change: Change
    life: Life
    policy: Policy
    calendar: SchoolCalendar = field(default_factory=SchoolCalendar)

    @property
    def semester(self) -> int:
        """The learner's own semester on the day of the application."""
        return self.life.semester(Term.containing(self.change.applied_on))

    def days_of(self, semester: int) -> TermDays | None:
        """The days of one of the learner's own semesters, as far as they are published."""
        return self.calendar.term(self.life.term_of(semester))


class Refusal(NamedTuple):
    """What stands in the way. rule: its id; reference: what it rests on."""

    rule: str
    message: Message
    reference: str
