"""A vocational and a general school that are a pair, their offices, the bureau's two sections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Engine, text

from creditbank.domain.access import Actor
from creditbank.domain.calendar import local_date
from creditbank.domain.enrolments import Term
from creditbank.domain.permissions import Role, Section
from creditbank.domain.status_changes import (
    AUTHORITIES,
    Application,
    ChangeKind,
    GivenProof,
    Office,
    Proof,
)
from creditbank.domain.verdicts import Verdict
from creditbank.services.credits import post_credit
from creditbank.services.evaluations import drain
from creditbank.services.fresh_verdicts import fresh_verdicts
from creditbank.services.status_change_commands import (
    ApplyForChange,
    GiveOpinion,
    RecordedChange,
    TakeBackChange,
)
from creditbank.services.status_changes import (
    DueReport,
    apply_for_change,
    execute_due_changes,
    give_opinion,
    take_back_change,
)
from creditbank.services.transfers import PlanRecognition, plan_recognition
from creditbank.store.paired_schools import Pair, add_pair
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.graduates import course
from tests.factories.school import COURSES, Pupil, School, make_school

NOW = datetime(2026, 1, 20, 2, tzinfo=UTC)
"""In the window at the end of the first semester of those who entered in 2025."""
TODAY = local_date(NOW)
AFTER_NOTICE = datetime(2026, 2, 3, 2, tzinfo=UTC)
SPRING = date(2026, 2, 1)
GENERAL_CLASS = "高一1班"
SIGNED = GivenProof(Proof.APPLICATION, date(2026, 1, 19))
ROUTE = (
    Office.REGISTRAR, Office.PRINCIPAL, Office.RECEIVING_REGISTRAR, Office.RECEIVING_PRINCIPAL,
    Office.AUTHORITY_OUT, Office.AUTHORITY_IN,
)  # fmt: skip
WITHIN = (*ROUTE[:4], Office.COUNTY)
"""Between two schools of one kind the bureau answers once."""
FIRST, SECOND = Term(2025, 1), Term(2025, 2)
_keys = count()
_VOCATIONAL = (
    *COURSES, ("ZY01", "机械制图", 400), ("ZY02", "数控编程", 600), ("ZY03", "钳工", 800),
)  # fmt: skip
_OTHER_NAMES = {"英语": "外语", "艺术": "音乐"}
_GENERAL = tuple((code, _OTHER_NAMES.get(name, name), units) for code, name, units in COURSES)


@dataclass(frozen=True)
class TransferDesk:
    """vocational, general: the pair; another: a second vocational school with the same plan."""

    engine: Engine
    vocational: School
    general: School
    another: School

    def school_of(self, institution_id: int | None) -> School:
        """One of the three."""
        schools = (self.vocational, self.general, self.another)
        return next(item for item in schools if item.institution_id == institution_id)

    def staff(self, school: School, role: Role) -> Actor:
        """An account of a school."""
        if role is Role.REGISTRAR:
            return school.registrar
        return Actor(300 + school.institution_id * 10 + [*Role].index(role), role,
                     school.institution_id)  # fmt: skip

    def bureau(self, section: Section | None) -> Actor:
        """An account of a section."""
        number = 400 + [None, *Section].index(section)
        return Actor(number, Role.COUNTY, section=section)

    def family(self, learner_id: int, role: Role = Role.STUDENT) -> Actor:
        """The learner, or a guardian."""
        number = 500 + learner_id * 2 + (role is Role.GUARDIAN)
        return Actor(number, role, learner_ids=frozenset({learner_id}))

    def reach(self, actor: Actor) -> str:
        """As services.accounts would have it."""
        if actor.role is Role.COUNTY:
            return EVERYWHERE
        if actor.institution_id is not None:
            return str(actor.institution_id)
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            found = uow.connection.execute(
                text("SELECT DISTINCT institution_id FROM enrolments WHERE learner_id = ANY (:i)"),
                {"i": sorted(actor.learner_ids)},
            )
            return ",".join(map(str, found.scalars()))

    def use(
        self, service: Any, actor: Actor, command: Any, *, key: str = "", now: datetime = NOW
    ) -> Any:
        """Call a service in a unit of work of the actor's reach."""
        with UnitOfWork(self.engine, self.reach(actor)) as uow:
            return service(uow, actor, command, idempotency_key=key or f"t{next(_keys)}", now=now)

    def read(self, query: Callable[..., Any], actor: Actor, *args: Any, now: datetime = NOW) -> Any:
        """Call a query in a unit of work of the actor's reach."""
        with UnitOfWork(self.engine, self.reach(actor)) as uow:
            return query(uow, actor, *args, now=now)

    def post(
        self, school: School, learner_id: int, *codes: str, term: Term = FIRST, now: datetime = NOW
    ) -> None:
        """Courses passed at a school."""
        for code in codes:
            command = replace(course(learner_id, code), term=term, earned_on=local_date(now))
            self.use(post_credit, school.registrar, command, now=now)

    def apply(
        self,
        pupil: Pupil,
        to: School,
        *,
        actor: Actor | None = None,
        now: datetime = NOW,
        key: str = "",
        **fields: Any,
    ) -> RecordedChange:
        """Apply, as the student."""
        given: dict[str, Any] = {
            "kind": ChangeKind.TRANSFER_OUT,
            "takes_effect_on": max(SPRING, local_date(now)),
            "to_institution_id": to.institution_id,
            "plan_id": to.plan_id,
            "proofs": (SIGNED,),
        }
        command = ApplyForChange(learner_id=pupil.learner_id, what=Application(**(given | fields)))
        who = actor or self.family(pupil.learner_id)
        made: RecordedChange = self.use(apply_for_change, who, command, key=key, now=now)
        return made

    def speaker(self, office: Office, here: School, to: School) -> Actor:
        """Who speaks for an office of a transfer."""
        school = to if office in ROUTE[2:4] or office is Office.AUTHORITY_IN else here
        if office in AUTHORITIES:
            return self.bureau(None if office is Office.COUNTY else self._section(school))
        is_registrar = office in {Office.REGISTRAR, Office.RECEIVING_REGISTRAR}
        return self.staff(school, Role.REGISTRAR if is_registrar else Role.APPROVER)

    def _section(self, school: School) -> Section:
        return Section.GENERAL if school is self.general else Section.VOCATIONAL

    def say(
        self,
        status_change_id: int,
        actor: Actor,
        *,
        agrees: bool = True,
        opinion: str = "",
        now: datetime = NOW,
        key: str = "",
    ) -> RecordedChange:
        """An opinion."""
        command = GiveOpinion(
            status_change_id=status_change_id, agrees=agrees, opinion=opinion,
            document_no="测转1号",
        )  # fmt: skip
        made: RecordedChange = self.use(give_opinion, actor, command, key=key, now=now)
        return made

    def plan(
        self, status_change_id: int, to: School, *, now: datetime = NOW, key: str = "",
        **fields: Any,
    ) -> RecordedChange:  # fmt: skip
        """The receiving registrar's plan: as proposed, unless fields say otherwise."""
        given: dict[str, Any] = {
            "passed": True,
            "assessed_on": local_date(now),
            "document_no": "考1号",
            "class_name": to.class_name,
            "student_no": f"ZR{status_change_id:06d}",
        }
        command = PlanRecognition(status_change_id=status_change_id, **(given | fields))
        made: RecordedChange = self.use(plan_recognition, to.registrar, command, key=key, now=now)
        return made

    def agree(
        self,
        status_change_id: int,
        here: School,
        to: School,
        offices: tuple[Office, ...] = ROUTE,
        now: datetime = NOW,
    ) -> RecordedChange:
        """Offices in turn, with a plan; the bureau two weeks later, when the notice is over."""
        made = None
        for office in offices:
            if office is Office.RECEIVING_REGISTRAR:
                self.plan(status_change_id, to, now=now)
            at = now + timedelta(days=14 * (office in AUTHORITIES))
            made = self.say(status_change_id, self.speaker(office, here, to), now=at)
        assert made is not None
        return made

    def transfer(
        self, pupil: Pupil, here: School, to: School, *, now: datetime = NOW, **fields: Any
    ) -> int:
        """A whole transfer, evaluated; its number."""
        made = self.apply(pupil, to, now=now, **fields)
        self.agree(made.status_change_id, here, to, now=now)
        self.drain(now + timedelta(days=14))
        return made.status_change_id

    def take_back(
        self, status_change_id: int, actor: Actor, now: datetime = NOW, key: str = ""
    ) -> Any:
        """Take an application back."""
        command = TakeBackChange(status_change_id=status_change_id)
        return self.use(take_back_change, actor, command, key=key, now=now)

    def turn_of_the_day(self, now: datetime) -> DueReport:
        """What the worker does."""
        return execute_due_changes(lambda: UnitOfWork(self.engine, EVERYWHERE), now=now)

    def drain(self, now: datetime = NOW) -> None:
        """Evaluate whoever is marked."""
        while drain(lambda: UnitOfWork(self.engine, EVERYWHERE), now=now).claimed:
            pass

    def verdicts(self, learner_id: int, now: datetime = AFTER_NOTICE) -> dict[int, Verdict]:
        """The graduation verdicts by enrolment."""
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            found = fresh_verdicts(uow, learner_id, as_of=local_date(now), now=now)
        return {item.verdict.enrolment_id: item.verdict for item in found}

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """What a query finds."""
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            return list(uow.connection.execute(text(statement), values))


def make_transfer_desk(owner: Engine, engine: Engine, *, pupils: int = 3) -> TransferDesk:
    """Fill an empty database; all are evaluated."""
    with UnitOfWork(owner, EVERYWHERE) as uow:
        vocational, another = (
            make_school(uow.connection, number=number, pupils=pupils, courses=_VOCATIONAL)
            for number in (1, 3)
        )
        general = make_school(
            uow.connection,
            number=2,
            pupils=pupils,
            kind="general_high_school",
            courses=_GENERAL,
            electives=1400,
            class_name=GENERAL_CLASS,
        )
        pair = Pair(
            vocational.institution_id, general.institution_id, date(2026, 1, 1), None, "测结1号"
        )
        add_pair(uow.connection, pair, decided_by=1, now=NOW)
    desk = TransferDesk(engine, vocational, general, another)
    desk.drain()
    return desk
