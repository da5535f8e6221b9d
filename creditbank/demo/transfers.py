"""A few transfers between the demo's schools, by the services themselves in the last window.

What they write cannot differ from the real thing. Each step is taken on its day, as far as the days
have come: where the window is still open, some are under way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import Engine, text

from creditbank.demo.learners import ClassOrder
from creditbank.demo.logins import DEMO_LOGINS
from creditbank.demo.majors import MAJORS
from creditbank.demo.schools import BUREAU, FIRST_HIGH, SECOND_HIGH, VOCATIONAL, County
from creditbank.demo.stories import Story
from creditbank.domain.access import Actor
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.permissions import Role, Section
from creditbank.domain.status_changes import (
    AUTHORITIES,
    Application,
    ChangeKind,
    GivenProof,
    Office,
    Proof,
)
from creditbank.registry.transfer_rules import cohort_windows
from creditbank.services.status_change_commands import ApplyForChange, GiveOpinion, TakeBackChange
from creditbank.services.status_changes import (
    apply_for_change,
    execute_due_changes,
    give_opinion,
    take_back_change,
)
from creditbank.services.transfers import PlanRecognition, plan_recognition
from creditbank.store.idempotency import request_hash
from creditbank.store.policies import COUNTY_ALONE, policy_for
from creditbank.store.status_changes import read_change
from creditbank.store.terms import school_calendar
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork, reach_of

_OFFICES = {
    Office.REGISTRAR: 1, Office.PRINCIPAL: 2, Office.RECEIVING_REGISTRAR: 4,
    Office.RECEIVING_PRINCIPAL: 5, Office.AUTHORITY_OUT: 1, Office.AUTHORITY_IN: 2,
}  # fmt: skip
"""In their order: how many days after the application, of the bureau after the notice."""
_FAILED = "考核成绩未达到转入要求"
_LEADS_ON = frozenset(major.code for major in MAJORS if major.college)
_FIRST_FREE = 61
"""Numbers within a class are below; see schools.CLASS_SIZE_MAX."""
_CANDIDATES = text("""
SELECT learner_id FROM enrolments e WHERE institution_id = :here AND entry_year = :year
  AND status = '01' AND NOT EXISTS (SELECT FROM agreement_members m
    WHERE m.enrolment_id = e.enrolment_id) ORDER BY learner_id
""")


@dataclass(frozen=True, slots=True)
class _Move:
    """From one school to another. fails: at the assessment; ends: taken back by who applied."""

    here: int
    to: int
    fails: bool = False
    ends: bool = False


_MOVES = (
    _Move(VOCATIONAL, FIRST_HIGH),
    _Move(FIRST_HIGH, VOCATIONAL),
    _Move(VOCATIONAL, SECOND_HIGH),
    _Move(SECOND_HIGH, VOCATIONAL),
    _Move(VOCATIONAL, FIRST_HIGH, fails=True),
    _Move(FIRST_HIGH, VOCATIONAL),
    _Move(SECOND_HIGH, VOCATIONAL, ends=True),
    _Move(VOCATIONAL, SECOND_HIGH),
)


def transfer_stories(engine: Engine, county: County, *, as_of: date) -> Iterator[Story]:
    """Transfers of the youngest cohort, as far as they have come the day before as_of."""
    desk = _Desk(engine, county)
    begins = desk.window_begins()
    if begins is None:
        return
    for number, move in enumerate(_MOVES):
        steps = desk.steps(move, number, begins + timedelta(days=number))
        yield takewhile(lambda day: day < as_of, steps)


def who_transfers(engine: Engine, county: County) -> list[int]:
    """The learners of these stories."""
    desk = _Desk(engine, county)
    found = (desk.mover(move, number) for number, move in enumerate(_MOVES))
    return [learner_id for learner_id in found if learner_id]


class _Desk:
    """The offices of schools and bureau, from the day after the anchor on.

    effect: the first day of the next term.
    """

    def __init__(self, engine: Engine, county: County) -> None:
        self._engine, self._county = engine, county
        self._entry_year, anchor = county.cohorts[-1], county.anchor
        self.effect = date(anchor.year, 9 if anchor.month > 1 else 2, 1)

    def window_begins(self) -> date | None:
        """When applications begin after the anchor; None before the bureau's rules."""
        anchor = self._county.anchor
        with UnitOfWork(self._engine, EVERYWHERE) as uow:
            calendar = school_calendar(uow.connection)
            policy = policy_for(uow.connection, COUNTY_ALONE, anchor)
        if "transfer.window_days_before" not in policy.values:
            return None
        into = InstitutionKind.GENERAL_HIGH_SCHOOL
        found = cohort_windows(into, self._entry_year, policy, calendar)
        opens = next(item.opens for item in found if item.closes > anchor)
        return max(opens, anchor + timedelta(days=1))

    def steps(self, move: _Move, number: int, begins: date) -> Story:
        """One transfer; no day where the school has too few learners for it."""
        learner_id = self.mover(move, number)
        if not learner_id:
            return
        yield begins
        change = self._apply(move, learner_id, begins)
        for office, days in _OFFICES.items():
            if office is Office.AUTHORITY_OUT:
                begins = self._notice_ends(change) or begins
            day = begins + timedelta(days=days)
            yield day
            if move.ends and office is Office.RECEIVING_REGISTRAR:
                taken = TakeBackChange(status_change_id=change)
                self._use(take_back_change, _staff(Role.REGISTRAR, move.here), taken, day)
                return
            speaker = _speaker(office, move)
            if office is Office.RECEIVING_REGISTRAR:
                self._use(plan_recognition, speaker, self._plan(move, number, change, day), day)
            is_refused = move.fails and office is Office.RECEIVING_REGISTRAR
            opinion = GiveOpinion(
                status_change_id=change,
                agrees=not is_refused,
                opinion=_FAILED if is_refused else "",
                document_no=f"平教体转〔{day.year}〕{number + 1}号",
            )
            self._use(give_opinion, speaker, opinion, day)
            if is_refused:
                return
        day = max(self.effect, day)
        yield day
        execute_due_changes(lambda: UnitOfWork(self._engine, EVERYWHERE), now=_morning(day))

    def mover(self, move: _Move, number: int) -> int:
        """Who transfers, 0 where the school has too few learners."""
        with UnitOfWork(self._engine, EVERYWHERE) as uow:
            asked = {"here": move.here, "year": self._entry_year}
            found = list(uow.connection.execute(_CANDIDATES, asked).scalars())
        return found[len(found) * number // len(_MOVES)] if len(found) >= len(_MOVES) else 0

    def _notice_ends(self, change: int) -> date | None:
        with UnitOfWork(self._engine, EVERYWHERE) as uow:
            found = read_change(uow.connection, change)
        return found.notice_ends_on if found else None

    def _apply(self, move: _Move, learner_id: int, day: date) -> int:
        what = Application(
            kind=ChangeKind.TRANSFER_OUT,
            takes_effect_on=max(self.effect, day),
            to_institution_id=move.to,
            plan_id=self._class_at(move.to).plan.plan_id,
            proofs=(GivenProof(Proof.APPLICATION, day),),
        )
        command = ApplyForChange(learner_id=learner_id, what=what)
        made = self._use(apply_for_change, _staff(Role.REGISTRAR, move.here), command, day)
        return int(made.status_change_id)

    def _plan(self, move: _Move, number: int, change: int, day: date) -> PlanRecognition:
        order = self._class_at(move.to)
        return PlanRecognition(
            status_change_id=change,
            passed=not move.fails,
            assessed_on=day,
            document_no=f"考核〔{day.year}〕{number + 1}号",
            opinion=_FAILED if move.fails else "",
            class_name=order.name,
            student_no=f"{self._entry_year}{order.major_no:02d}{order.class_no:02d}"
            f"{_FIRST_FREE + number}",
        )

    def _class_at(self, school: int) -> ClassOrder:
        """The last class of a school that leads to no college."""
        return next(
            order
            for order in reversed(self._county.classes)
            if order.setting.institution_id == school
            and order.setting.entry_year == self._entry_year
            and order.plan.major_code not in _LEADS_ON
        )

    def _use(self, service: Any, actor: Actor, command: Any, day: date) -> Any:  # noqa: ANN401 (any)
        key = f"demo-{request_hash(command)}"
        with UnitOfWork(self._engine, reach_of(actor, as_of=day)) as uow:
            return service(uow, actor, command, idempotency_key=key, now=_morning(day))


def _morning(day: date) -> datetime:
    """Ten o'clock in the county."""
    return datetime.combine(day, time(2), UTC)


def _speaker(office: Office, move: _Move) -> Actor:
    if office in AUTHORITIES:
        school = move.here if office is Office.AUTHORITY_OUT else move.to
        is_vocational = school == VOCATIONAL
        return _staff(Role.COUNTY, BUREAU, Section.VOCATIONAL if is_vocational else Section.GENERAL)
    is_registrar = office in {Office.REGISTRAR, Office.RECEIVING_REGISTRAR}
    is_here = office in {Office.REGISTRAR, Office.PRINCIPAL}
    role = Role.REGISTRAR if is_registrar else Role.APPROVER
    return _staff(role, move.here if is_here else move.to)


def _staff(role: Role, institution_id: int, section: Section | None = None) -> Actor:
    """The demo's account of a role, see logins."""
    wanted = (role, institution_id, section or "")
    number = next(
        number
        for number, login in enumerate(DEMO_LOGINS, start=1)
        if (login.role, login.institution_id, login.section) == wanted
    )
    return Actor(number, role, institution_id, section=section)
