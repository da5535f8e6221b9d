"""Lives of enrolments over the real services and PostgreSQL, at random.

After every step all of tests.proofs.enrolment_books holds, and what is refused has changed nothing.
Two thousand lives: tests.proofs.living.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from creditbank.domain.access import Actor
from creditbank.domain.permissions import Role
from creditbank.domain.status_changes import (
    APPLIED_FOR,
    AUTHORITIES,
    BY_FAMILY,
    TRANSITIONS,
    ChangeKind,
    Office,
)
from creditbank.eligibility.recognition_decision import decided_of
from creditbank.services.status_change_commands import (
    ApplyForChange,
    GiveOpinion,
    TakeBackChange,
)
from creditbank.services.status_changes import apply_for_change, give_opinion, take_back_change
from creditbank.services.transfer_files import read_transfer
from creditbank.services.transfers import PlanRecognition, plan_recognition
from tests.factories.transfer_desk import TransferDesk
from tests.proofs.enrolment_applications import application
from tests.proofs.enrolment_books import picture_of
from tests.proofs.enrolment_life import Life, Tally

STEPS = 40
K = ChangeKind
STAYING = (
    K.SUSPENSION, K.RESUMPTION, K.ADMISSION, K.MAJOR_CHANGE, K.MAJOR_CHANGE, K.CLASS_CHANGE,
)  # fmt: skip
ENDING = (
    K.WITHDRAWAL, K.RESERVATION_LAPSE, K.EXPULSION, K.EXPULSION, K.GRADUATION, K.GRADUATION,
    K.COMPLETION, K.COMPLETION, K.LEAVING, K.LEAVING, K.EXCHANGE,
)  # fmt: skip
DEEDS = (
    "post", "post", "reverse", "record", "study", "approve", "withdraw_approval",
    "enrol_elsewhere", "click_again",
)  # fmt: skip
_NUMBER, _AHEAD = st.integers(0, 59), st.sampled_from([0, 0, 0, 1, 20])
_GRANTED = st.sampled_from([True, False, True, True])


class EnrolmentMachine(Life):
    """One learner of a county that stays; the clock goes on, never back."""

    steps = -2  # the invariants are asked for before and after the learner comes

    @initialize(
        at=st.sampled_from([0, 0, 0, 1, 1, 2]),
        days=st.integers(0, 100),
        reserved=st.booleans(),
        adult=st.booleans(),
        joins=st.booleans(),
    )
    def enrol(self, at: int, days: int, *, reserved: bool, adult: bool, joins: bool) -> None:
        """A learner of one of the three schools, studying or expected."""
        self.begin(at, days, reserved=reserved, adult=adult, joins=joins)

    def _possible(self, kinds: Sequence[ChangeKind]) -> list[ChangeKind]:
        """What the present status allows, while nothing is under way."""
        status = self.enrolment["status"]
        return [kind for kind in kinds if not self.under_way and status in TRANSITIONS[kind].before]

    # How it is done

    @rule(leap=st.sampled_from(["day", "fortnight", "window", "term", "year", "fortnight"]))
    def wait(self, leap: str) -> None:
        days = {"day": 1, "fortnight": 15, "term": 183, "year": 365}
        self.leap(self.window() if leap == "window" else self.today + timedelta(days[leap]))
        self.tally.done[f"wait {leap}"] += 1

    @rule(what=st.sampled_from(DEEDS), at=_NUMBER)
    def do(self, what: str, at: int) -> None:
        """Something beside an application."""
        getattr(self, what)(at)

    @precondition(lambda self: self._possible(STAYING))
    @rule(at=_NUMBER, variant=_NUMBER, ahead=_AHEAD, granted=_GRANTED)
    def aim_to_stay(self, at: int, variant: int, ahead: int, *, granted: bool) -> None:
        """Apply for something that the status allows, on a day and with all that it asks."""
        self._aim(
            self._possible(STAYING)[at % len(self._possible(STAYING))],
            variant,
            ahead,
            granted=granted,
        )

    @precondition(lambda self: self._possible((K.TRANSFER_OUT,)))
    @rule(variant=_NUMBER, ahead=_AHEAD, granted=_GRANTED)
    def aim_elsewhere(self, variant: int, ahead: int, *, granted: bool) -> None:
        self._aim(K.TRANSFER_OUT, variant, ahead, granted=granted)

    @precondition(lambda self: self._possible(ENDING))
    @rule(at=_NUMBER, variant=_NUMBER, ahead=_AHEAD, granted=_GRANTED)
    def aim_to_end(self, at: int, variant: int, ahead: int, *, granted: bool) -> None:
        self._aim(
            self._possible(ENDING)[at % len(self._possible(ENDING))],
            variant,
            ahead,
            granted=granted,
        )

    @rule(
        kind=st.sampled_from(APPLIED_FOR), variant=_NUMBER, ahead=st.integers(-3, 40),
        lacks=st.booleans(),
    )  # fmt: skip
    def try_out(self, kind: ChangeKind, variant: int, ahead: int, *, lacks: bool) -> None:
        """Apply for anything on any day; a death is known by today."""
        self._apply(kind, variant, min(0, ahead) if kind is K.DEATH else ahead, lacks=lacks)

    def _aim(self, kind: ChangeKind, variant: int, ahead: int, *, granted: bool) -> None:
        """granted: all offices agree in the same step, one after the other."""
        self._prepare(kind)
        self._apply(kind, variant, ahead)
        if granted and self.under_way:
            self._all_agree(drops=variant % 4 == 0)

    def _prepare(self, kind: ChangeKind) -> None:
        entered = date.fromisoformat(self.enrolment["entered_on"])
        longer = timedelta(days=183 * self.enrolment["suspended_semesters"])
        if kind is K.TRANSFER_OUT:
            self.leap(self.window())
        elif kind is K.RESUMPTION:
            later = self.today + timedelta(days=90)
            self.leap(date(later.year, 2 if later.month < 8 else 8, 20))
        elif kind is K.LEAVING:
            self.leap(entered + timedelta(days=370) + longer)
        elif kind is K.COMPLETION:
            self.leap(date(self.enrolment["entry_year"] + 3, 8, 25) + longer)
            self.study(mark_="40")
        elif kind in {K.GRADUATION, K.EXCHANGE}:
            since = [
                date.fromisoformat(row["executed_at"][:10]) + timedelta(days=190)
                for row in self.picture["status_change_executions"]
                if row["enrolment_id"] == self.enrolment["enrolment_id"]
                if row["status_after"] == "08"
            ]
            self.leap(max([entered + timedelta(days=740) + longer, *since]))
            self.study()
            self.approve()

    def _apply(self, kind: ChangeKind, variant: int, ahead: int, *, lacks: bool = False) -> None:
        what = application(self, kind, variant, self.today + timedelta(days=ahead), lacks=lacks)
        by_family = kind in BY_FAMILY and not what.by_school and variant % 3 > 0
        roles = (Role.GUARDIAN, Role.STUDENT)
        family = self.desk.family(self.pupil.learner_id, roles[variant % 2])
        who = family if by_family else self.school.registrar
        command = ApplyForChange(learner_id=self.pupil.learner_id, what=what)
        self.act(f"apply for {kind.name.lower()}", apply_for_change, who, command)

    @precondition(lambda self: self.under_way)
    @rule(agrees=st.sampled_from([True, True, True, True, False]), at=_NUMBER)
    def answer(self, at: int, *, agrees: bool) -> None:
        """The office whose turn it is; now and then another one."""
        office = self.under_way["office"] or Office.REGISTRAR
        if at == 0:
            office = [*Office][at % len(Office)]
        self._say(Office(office), agrees=agrees)

    @precondition(lambda self: self.under_way)
    @rule()
    def all_agree(self) -> None:
        self._all_agree(drops=False)

    @precondition(lambda self: self.under_way)
    @rule()
    def all_agree_but_not_to_all(self) -> None:
        self._all_agree(drops=True)

    def _all_agree(self, *, drops: bool) -> None:
        """One office after the other, the receiving school with a plan, past the public notice."""
        while (found := self.under_way) and found["office"]:
            office = Office(found["office"])
            if office is Office.RECEIVING_REGISTRAR:
                self.plan(drops=drops, passed=True)
            ends = found["notice_ends_on"]
            if office in AUTHORITIES and ends:
                self.leap(date.fromisoformat(ends) + timedelta(days=1))
            if self._say(office, agrees=True) is None:
                return

    def _say(self, office: Office, *, agrees: bool) -> Any:
        number = self.under_way["status_change_id"]
        command = GiveOpinion(
            status_change_id=number, agrees=agrees, opinion="" if agrees else "不同意",
            document_no="测学1号",
        )  # fmt: skip
        what = f"{office.value} {'agrees' if agrees else 'refuses'}"
        return self.act(what, give_opinion, self._speaker(office), command)

    def _speaker(self, office: Office) -> Actor:
        here = self.desk.school_of(self.under_way["institution_id"])
        to = self.under_way["to_institution_id"]
        there = self.desk.school_of(to) if to else here
        if office is Office.ADVISOR:
            return self.desk.staff(here, Role.ADVISOR)
        return self.desk.speaker(office, here, there)

    @precondition(lambda self: self.under_way and self.under_way["to_institution_id"])
    @rule(drops=st.booleans(), passed=st.sampled_from([True, True, False]))
    def plan(self, *, drops: bool, passed: bool) -> None:
        """The receiving registrar: as proposed, or with one line left out for a reason."""
        number = self.under_way["status_change_id"]
        to = self.desk.school_of(self.under_way["to_institution_id"])
        fields: dict[str, Any] = {}
        if drops and passed:
            file = self.desk.read(read_transfer, to.registrar, number, now=self.now)
            if file.best and file.best.items:
                *kept, left = decided_of(file.best.items)
                fields = {"decided": tuple(kept), "reasons": {left.code: "内容差别较大"}}
        what = "plan with a line left out" if fields else "plan as proposed"
        command = PlanRecognition(
            status_change_id=number, passed=passed, assessed_on=self.today, document_no="考1号",
            opinion="" if passed else "未达要求", class_name=to.class_name,
            student_no=f"ZR{number:06d}", **fields,
        )  # fmt: skip
        self.act(what if passed else "not passed", plan_recognition, to.registrar, command)

    @precondition(lambda self: self.under_way)
    @rule(by_family=st.booleans())
    def take_back(self, *, by_family: bool) -> None:
        who = self.desk.family(self.pupil.learner_id) if by_family else self.school.registrar
        command = TakeBackChange(status_change_id=self.under_way["status_change_id"])
        self.act("take back", take_back_change, who, command)

    @precondition(lambda self: self.under_way and self.under_way["state"] == "agreed")
    @rule()
    def turn_of_the_day(self) -> None:
        """Once today, and once on the day that is waited for."""
        for day in (self.today, date.fromisoformat(self.under_way["takes_effect_on"])):
            self.leap(day)
            number = self.under_way and self.under_way["status_change_id"]
            report = self.desk.turn_of_the_day(self.now)
            self.tally.done["the turn of the day carries out"] += number in report.executed
            self.tally.refused["the turn of the day carries out"] += number in report.refused
            if not report.executed:
                assert picture_of(self.desk, self.pupil.learner_id) == self.picture
            self.look()
            if not self.under_way:
                return

    # Rules: once more

    @precondition(lambda self: self.enrolment["status"] not in {"08", "11"})
    @precondition(lambda self: not self.enrolment["is_open"])
    @rule(at=_NUMBER)
    def enrol_again(self, at: int) -> None:
        self.enrol_elsewhere(at)

    @invariant()
    def books(self) -> None:
        """After every step."""
        self.holds()

    def check_invariants(self, *args: Any, **kwargs: Any) -> None:
        super().check_invariants(*args, **kwargs)
        self.steps += 1

    def teardown(self) -> None:
        """Nothing stays under way: the turn of the day is the whole county's."""
        if self.steps < 1:
            return
        self.tally.steps += self.steps
        self.tally.sequences += self.steps == STEPS
        for by_family in (False, True):
            if self.under_way:
                self.take_back(by_family=by_family)
        self.desk.drain(self.now)


def run_sequences(desk: TransferDesk, owner: Engine, *, sequences: int, number: int) -> Tally:
    """So many lives in one county; number: the seed."""
    tally = Tally()
    machine = type("Machine", (EnrolmentMachine,), {"desk": desk, "owner": owner, "tally": tally})
    chosen = settings(
        max_examples=sequences, stateful_step_count=STEPS + 1, deadline=None, database=None,
        phases=[Phase.generate], suppress_health_check=[*HealthCheck], print_blob=False,
    )  # fmt: skip
    try:
        run_state_machine_as_test(seed(number)(machine), settings=chosen, _min_steps=STEPS)
    except Exception as error:  # noqa: BLE001 (a difference is a figure of the run)
        notes = "\n".join(getattr(error, "__notes__", []))
        tally.differences.append(f"seed {number}: {type(error).__name__} {error}\n{notes}")
    return tally
