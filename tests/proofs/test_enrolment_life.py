"""Lives of enrolments, at random: whatever is applied for, no state outside the table is reached.

The ways are written down a second time here, by hand. CREDITBANK_EXAMPLES sets how many lives.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from creditbank.domain.enrolments import OPEN_STATUSES, EnrolmentStatus
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.school_calendar import SchoolCalendar
from creditbank.domain.status_changes import (
    APPLIED_FOR,
    BY_DECISION,
    JUDGED,
    PROOFS,
    REASONS,
    ChangeKind,
    ChangeReason,
    MajorChangeGround,
    Proof,
)
from creditbank.registry.case import Case, Change, Life, Seat
from creditbank.registry.deadlines import longest_time
from creditbank.registry.outcomes import life_after
from creditbank.registry.rules import refusals
from tests.factories.policies import shipped_policy

EXAMPLES = settings(
    max_examples=int(os.environ.get("CREDITBANK_EXAMPLES", "60")),
    stateful_step_count=40,
)
POLICY = shipped_policy()
HERE = Seat(1, InstitutionKind.VOCATIONAL_SCHOOL, "370124", "660103", 3)
THERE = replace(HERE, major_code="660301")
WAYS: Mapping[tuple[str, str], str] = {
    ("01", "11"): "02", ("02", "11"): "02", ("05", "11"): "02",
    ("02", "12"): "01",
    ("12", "15"): "01", ("12", "16"): "03",
    ("01", "23"): "01", ("05", "23"): "01",
    ("01", "29"): "01", ("05", "29"): "01",
    ("01", "31"): "03", ("02", "31"): "03", ("05", "31"): "03",
    ("01", "42"): "14", ("05", "42"): "14",
    ("01", "graduation"): "07", ("05", "graduation"): "07",
    ("01", "completion"): "08", ("05", "completion"): "08",
    ("01", "leaving"): "09", ("05", "leaving"): "09",
    ("08", "exchange"): "07",
    ("01", "51"): "11", ("02", "51"): "11", ("03", "51"): "11", ("05", "51"): "11",
    ("12", "51"): "11", ("14", "51"): "11",
    ("07", "51"): "11", ("08", "51"): "11", ("09", "51"): "11",
}  # fmt: skip
"""(status, kind of change) -> status, of all that is applied for within one school."""
DAYS = st.integers(0, 400)
WITHIN_A_SCHOOL = tuple(kind for kind in APPLIED_FOR if kind is not ChangeKind.TRANSFER_OUT)
"""Transfers are lived over the database: proofs/enrolment_machine.py."""


@dataclass
class Enrolled:
    """One enrolment, and the day of its last change."""

    life: Life
    since: date
    statuses: list[str] = field(default_factory=list)


class EnrolmentLives(RuleBasedStateMachine):
    """One person, one enrolment after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.today = date(2024, 9, 1)
        self.enrolled: list[Enrolled] = []

    @property
    def open(self) -> list[Enrolled]:
        """Those that bind the learner."""
        return [item for item in self.enrolled if item.life.status in OPEN_STATUSES]

    @precondition(lambda self: not self.open and self.statuses[-1:] != ["11"])
    @rule(reserved=st.booleans())
    def enrol(self, *, reserved: bool) -> None:
        """As registration does: nobody who is enrolled somewhere."""
        status = EnrolmentStatus.ADMISSION_RESERVED if reserved else EnrolmentStatus.STUDYING
        life = Life(HERE, status, self.today, self.today.year, date(2008, 5, 20))
        self.enrolled.append(Enrolled(life, self.today, [status.value]))

    @property
    def statuses(self) -> list[str]:
        """The last status of each enrolment."""
        return [item.life.status.value for item in self.enrolled]

    @rule(days=DAYS)
    def wait(self, days: int) -> None:
        """Time goes by."""
        self.today += timedelta(days=days)

    @precondition(lambda self: self.enrolled)
    @rule(
        kind=st.sampled_from(WITHIN_A_SCHOOL),
        data=st.data(),
        ahead=st.integers(0, 60),
        lasts=st.integers(-1, 500),
        by_school=st.booleans(),
        absent_hours=st.sampled_from([0, 89, 90]),
        ground=st.sampled_from([None, *MajorChangeGround]),
        is_approved=st.booleans(),
        is_in_review=st.booleans(),
        may_graduate=st.booleans(),
    )
    def change(
        self,
        kind: ChangeKind,
        data: st.DataObject,
        *,
        ahead: int,
        lasts: int,
        by_school: bool,
        absent_hours: int,
        ground: MajorChangeGround | None,
        is_approved: bool,
        is_in_review: bool,
        may_graduate: bool,
    ) -> None:
        """Apply; what nothing refuses is carried out on its day."""
        item = data.draw(st.sampled_from(self.enrolled))
        on = max(self.today + timedelta(days=ahead), item.since)
        proofs = data.draw(st.frozensets(st.sampled_from(PROOFS[kind]))) if kind in PROOFS else ()
        change = Change(
            kind=kind,
            reason=data.draw(st.sampled_from(REASONS.get(kind, (ChangeReason.OTHER,)))),
            applied_on=self.today,
            on=on,
            proofs=frozenset(proofs),
            until=on + timedelta(days=lasts) if kind is ChangeKind.SUSPENSION else None,
            to=THERE if kind is ChangeKind.MAJOR_CHANGE else None,
            ground=ground,
            by_school=by_school and kind is ChangeKind.WITHDRAWAL,
            document_no=data.draw(st.sampled_from(["", "测1号"])),
        )
        life = replace(
            item.life,
            absent_hours=absent_hours if change.by_school else 0,
            is_approved=is_approved,
            is_in_review=is_approved and is_in_review,
            may_graduate=may_graduate,
        )
        self.carry_out(item, change, life)

    @precondition(lambda self: self.enrolled)
    @rule(kind=st.sampled_from(sorted(JUDGED)), half_years=st.integers(0, 7), lacks=st.booleans())
    def come_to_an_end(self, kind: ChangeKind, half_years: int, *, lacks: bool) -> None:
        """What the first rule finds seldom: time goes by, and an enrolment is to end."""
        recent = [
            found
            for found in self.enrolled
            if found.life.status is EnrolmentStatus.COMPLETED
            and (self.today - found.since).days < 730
        ]
        item = (recent or self.enrolled)[-1]
        kind = ChangeKind.EXCHANGE if recent else kind
        on = max(self.today + timedelta(days=183 * half_years), item.since)
        change = Change(
            kind, ChangeReason.OTHER, on, on, frozenset({Proof.APPLICATION} if not lacks else ())
        )
        life = replace(
            item.life,
            is_approved=kind in BY_DECISION and not lacks,
            is_in_review=False,
            may_graduate=False,
        )
        self.carry_out(item, change, life)

    def carry_out(self, item: Enrolled, change: Change, life: Life) -> None:
        """What nothing refuses is carried out on its day."""
        case = Case(change, life, POLICY, SchoolCalendar())
        before, on = item.life.status.value, change.on
        refused = {found.rule for found in refusals(case)}
        assert ("ST1" in refused) is ((before, change.kind.value) not in WAYS)
        if refused:
            return
        item.life = replace(life_after(case), absent_hours=0)
        assert item.life.status.value == WAYS[before, change.kind.value]
        item.since, self.today = on, on
        item.statuses.append(item.life.status.value)
        self.ends_are_as_the_law_has_them(item, life, on)

    def ends_are_as_the_law_has_them(self, item: Enrolled, life: Life, on: date) -> None:
        """Said a second time, in the words of the law: 毕业, 结业, 肄业 and 结业换毕业."""
        ways = tuple(item.statuses[-2:])
        months = (on.year - life.entered_on.year) * 12 + on.month - life.entered_on.month
        if ways[1] == "07":
            assert life.is_approved
            assert not life.is_in_review
        if ways == ("08", "07"):
            assert life.completed_on is not None
            assert 183 - 3 <= (on - life.completed_on).days <= 731
        if ways[1] in {"08", "09"}:
            assert not life.is_approved
            assert not life.may_graduate
        if ways[1] == "08":
            assert item.life.completed_on == on
            assert months >= 12 * life.seat.years - 6 - 1
        if ways[1] == "09":
            assert months >= 12

    @invariant()
    def never_two_open(self) -> None:
        """双重学籍 is impossible: nothing opens again what has ended."""
        assert len(self.open) <= 1

    @invariant()
    def what_has_ended_stays_ended(self) -> None:
        """But for a death, and for a completion that becomes a graduation."""
        for item in self.enrolled:
            ended = [
                status for status in item.statuses if EnrolmentStatus(status) not in OPEN_STATUSES
            ]
            if ended[-1:] == ["11"]:
                ended.pop()
            assert ended in ([], ["03"], ["14"], ["07"], ["08"], ["08", "07"], ["09"])

    @invariant()
    def suspensions_say_what_the_status_says(self) -> None:
        """Who is suspended has a suspension that lasts; who is studying has none."""
        for item in self.enrolled:
            latest = [found.resumed_on is None for found in item.life.suspensions[-1:]]
            if item.life.status is EnrolmentStatus.SUSPENDED:
                assert latest == [True]
            if item.life.status is EnrolmentStatus.STUDYING:
                assert latest in ([], [False])
            starts = [found.starts_on for found in item.life.suspensions]
            assert starts == sorted(starts)

    @invariant()
    def time_away_is_counted_as_it_was(self) -> None:
        """No more semesters than half years away, and they push the longest time back."""
        for item in self.enrolled:
            life = item.life
            away = sum(
                (max(found.until, found.resumed_on or found.until) - found.starts_on).days + 1
                for found in life.suspensions
            )
            assert 0 <= life.suspended_semesters <= away // 150
            plain = longest_time(replace(life, suspended_semesters=0), POLICY)
            assert longest_time(life, POLICY) >= plain


TestEnrolmentLives = EnrolmentLives.TestCase
TestEnrolmentLives.settings = EXAMPLES
