"""One learner of a county, a clock that goes on, and what happens beside applications."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import Engine

from creditbank.domain.access import Actor
from creditbank.domain.awards import InnovationCategory
from creditbank.domain.calendar import local_date
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import (
    AlreadyBookedError,
    AlreadyRegisteredError,
    BusyError,
    InvalidInputError,
    NotFoundError,
)
from creditbank.domain.permissions import Role
from creditbank.domain.snapshots import Appraisal
from creditbank.domain.status_changes import OPEN_STATES, ChangeKind
from creditbank.services.commands import (
    ApproveGraduation,
    PostCourseCredit,
    PostInnovationCredit,
    ReverseEntry,
    WithdrawDecision,
)
from creditbank.services.credits import post_batch, post_credit
from creditbank.services.facts import record_fact
from creditbank.services.graduations import approve_graduation, withdraw_decision
from creditbank.services.registration import open_enrolment
from creditbank.services.registration_commands import (
    NewEnrolment,
    OpenEnrolment,
    RecordConduct,
    RecordInternship,
)
from creditbank.services.reversals import reverse_entry
from creditbank.store.evaluations import mark
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.enrolment_county import enrol_somebody, moment
from tests.factories.school import MAJOR, Pupil, School
from tests.factories.transfer_desk import TransferDesk
from tests.proofs.enrolment_books import Picture, faults, picture_of

REFUSALS = (
    InvalidInputError, NotFoundError, BusyError, AlreadyBookedError, AlreadyRegisteredError,
)  # fmt: skip
LAST_DAY = date(2036, 1, 1)
_keys = count()


@dataclass(slots=True)
class Tally:
    """What was seen. done, refused: by what was tried; executed: by kind of change."""

    sequences: int = 0
    steps: int = 0
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    executed: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.sequences += other.sequences
        self.steps += other.steps
        for name in ("done", "refused", "executed"):
            getattr(self, name).update(getattr(other, name))
        self.differences += other.differences


class Life(RuleBasedStateMachine):
    """desk, owner, tally: set by whoever runs it."""

    desk: ClassVar[TransferDesk]
    owner: ClassVar[Engine]
    tally: ClassVar[Tally]

    now: datetime
    pupil: Pupil
    picture: Picture
    last: Callable[[], Any] | None = None
    """The latest call that was not refused, with its key and its moment."""
    seen = 0
    """How many executions the tally knows."""
    checked: tuple[Picture, date] | None = None

    def begin(self, at: int, days: int, *, reserved: bool, adult: bool, joins: bool) -> None:
        """A learner of one of the three schools, so many days after the first autumn."""
        school = self._school_at(at)
        joins = joins and school is self.desk.vocational
        self.now = moment(date(2025, 10, 20) + timedelta(days=days))
        self.pupil = enrol_somebody(self.owner, school, reserved=reserved, adult=adult, joins=joins)
        self.look()

    def _school_at(self, at: int) -> School:
        return (self.desk.vocational, self.desk.general, self.desk.another)[at % 3]

    @property
    def today(self) -> date:
        return local_date(self.now)

    @property
    def enrolment(self) -> Any:
        """The open one, or the latest."""
        return max(
            self.picture["enrolments"], key=lambda row: (row["is_open"], row["enrolment_id"])
        )

    @property
    def school(self) -> School:
        return self.desk.school_of(self.enrolment["institution_id"])

    @property
    def under_way(self) -> Any:
        """The application that waits, None without one."""
        states = self.picture["status_change_states"]
        return next((row for row in states if row["state"] in OPEN_STATES), None)

    def act(self, what: str, service: Any, actor: Actor, command: Any) -> Any:
        """Call a service; None where it refuses, and then nothing has changed."""
        now, key = self.now, f"m{next(_keys)}"

        def call() -> Any:
            return self.desk.use(service, actor, command, key=key, now=now)

        try:
            made = call()
        except REFUSALS:
            self.tally.refused[what] += 1
            assert picture_of(self.desk, self.pupil.learner_id) == self.picture, f"refused: {what}"
            return None
        self.tally.done[what] += 1
        self.last = call
        self.look()
        return made

    def look(self) -> None:
        self.picture = picture_of(self.desk, self.pupil.learner_id)

    def leap(self, to: date) -> None:
        """Another day; the round over open enrolments marks whoever has one."""
        to = min(to, LAST_DAY)
        if to <= self.today:
            return
        self.now = moment(to)
        self.last = None
        if not self.enrolment["is_open"]:
            return
        with UnitOfWork(self.desk.engine, EVERYWHERE) as uow:
            head = next(iter(self.picture["learner_heads"]), {"ledger_seq": 0})
            mark(
                uow.connection, [self.pupil.learner_id], due_seq=head["ledger_seq"],
                cause=f"day:{to}", now=self.now,
            )  # fmt: skip
        self.look()

    def window(self) -> date:
        """A day of the next window, today in one."""
        if (self.today.month, self.today.day) >= (8, 5) and self.today.month == 8:
            return self.today
        year = self.today.year
        coming = (date(year, 1, 20), date(year, 8, 20), date(year + 1, 1, 20))
        return next(day for day in coming if day >= self.today)

    def holds(self) -> None:
        """All of enrolment_books; not twice where neither rows nor day are others."""
        if self.checked == (self.picture, self.today):
            return
        found = faults(self.desk, self.pupil.learner_id, self.picture, now=self.now)
        self.look()
        self.checked = self.picture, self.today
        kinds = {row["status_change_id"]: row["kind"] for row in self.picture["status_changes"]}
        executed = self.picture["status_change_executions"]
        ordered = sorted(executed, key=lambda row: (row["executed_at"], row["status_change_id"]))
        for row in ordered[self.seen :]:
            self.tally.executed[ChangeKind(kinds[row["status_change_id"]]).name.lower()] += 1
        self.seen = len(ordered)
        assert not found, found

    def post(self, at: int) -> None:
        codes = [code for code, _ in self.school.courses]
        command = self._course(codes[at % len(codes)], ("85", "70", "92", "40")[at % 4])
        self.act("post a mark", post_credit, self.school.registrar, command)

    def _course(self, code: str, mark_: str = "85") -> PostCourseCredit:
        return PostCourseCredit(
            learner_id=self.pupil.learner_id, course_code=code, mark=mark_,
            term=Term.containing(self.today), earned_on=self.today,
            exam_kind=ExamKind.RESIT_AFTER_COMPLETION
            if self.enrolment["status"] == "08"
            else ExamKind.NORMAL,
        )  # fmt: skip

    def reverse(self, at: int) -> None:
        (head,) = self.picture["learner_heads"] or [{"ledger_seq": 0}]
        command = ReverseEntry(
            learner_id=self.pupil.learner_id, ledger_seq=1 + at % (head["ledger_seq"] or 1),
            reason="登记有误",
        )  # fmt: skip
        self.act("reverse an entry", reverse_entry, self.school.registrar, command)

    def record(self, at: int) -> None:
        """0: a conduct that was good, 1: an internship; failed for one in eight."""
        is_internship, failed = at % 2 == 1, at % 8 > 5
        learner_id = self.pupil.learner_id
        appraisal = Appraisal.FAILED if failed else Appraisal.PASSED
        command: Any = (
            RecordInternship(
                learner_id=learner_id, organisation="测试工厂", started_on=self.today,
                ended_on=self.today, result=appraisal,
            )
            if is_internship
            else RecordConduct(
                learner_id=learner_id, term=Term.containing(self.today), result=appraisal
            )
        )  # fmt: skip
        what = "record internship" if is_internship else "record conduct"
        self.act(what, record_fact, self.school.registrar, command)

    def study(self, _: int = 0, *, mark_: str = "85") -> None:
        """At once all that the plan asks and is not passed yet; mark_: of the courses."""
        tried = self.desk.rows(
            "SELECT course_code, kind FROM ledger_entries e WHERE learner_id = :id"
            " AND (units > 0 OR term_code = :term AND kind = 'course') AND institution_id = :school"
            " AND NOT EXISTS (SELECT FROM ledger_entries r WHERE r.learner_id = e.learner_id"
            " AND r.kind = 'reversal' AND r.source_seq = e.ledger_seq)",
            id=self.pupil.learner_id, school=self.school.institution_id,
            term=Term.containing(self.today).code,
        )  # fmt: skip
        known = {row.course_code for row in tried}
        commands: list[Any] = [
            self._course(code, mark_) for code, _ in self.school.courses if code not in known
        ]
        commands += [
            PostInnovationCredit(
                learner_id=self.pupil.learner_id, category=InnovationCategory.SOCIAL_PRACTICE,
                title=f"社会实践{next(_keys)}", quantity=5, earned_on=self.today,
            )
            for _ in range(3 - sum(row.kind == "innovation" for row in tried))
        ]  # fmt: skip
        if commands:
            self.act("pass what is missing", post_batch, self.school.registrar, commands)
        self.record(0)
        self.record(1)

    def approve(self, _: int = 0) -> None:
        """The principal approves a graduation, if the verdict of the moment allows it."""
        command = ApproveGraduation(learner_id=self.pupil.learner_id, document_no="测毕1号")
        who = self.desk.staff(self.school, Role.APPROVER)
        self.act("approve a graduation", approve_graduation, who, command)

    def withdraw_approval(self, _: int = 0) -> None:
        decision = max((row["decision_id"] for row in self.picture["decisions"]), default=0)
        command = WithdrawDecision(decision_id=decision, reason="有误", document_no="测撤1号")
        who = self.desk.staff(self.school, Role.APPROVER)
        self.act("withdraw an approval", withdraw_decision, who, command)

    def enrol_elsewhere(self, at: int) -> None:
        """Another enrolment: never beside an open one, and not for the dead."""
        school = self._school_at(at)
        (person,) = self.desk.rows(
            "SELECT name, account_no FROM learners WHERE learner_id = :id",
            id=self.pupil.learner_id,
        )
        was_open = self.enrolment["is_open"]
        year = self.today.year - (self.today.month < 8)
        command = OpenEnrolment(
            learner_id=self.pupil.learner_id, name=person.name, account_no=person.account_no,
            enrolment=NewEnrolment(
                student_no=f"ZC{next(_keys):08d}", class_name=school.class_name,
                major_code=MAJOR[0], catalogue_year=MAJOR[1], entry_year=year,
                entered_on=self.today, plan_code="SK",
            ),
        )  # fmt: skip
        died = self.enrolment["status"] == "11"
        made = self.act("open an enrolment", open_enrolment, school.registrar, command)
        assert not (made and (was_open or died)), "an enrolment that may not be"

    def click_again(self, _: int = 0) -> None:
        """The same call with the same key: the same answer, nothing done."""
        if self.last is None:
            return
        made = self.last()
        assert getattr(made, "replayed", True)
        assert picture_of(self.desk, self.pupil.learner_id) == self.picture
        self.tally.done["click again"] += 1
