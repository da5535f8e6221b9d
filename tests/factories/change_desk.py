"""A school whose learners' enrolments change: two majors, three classes, everybody who answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlalchemy import Engine, text

from creditbank.domain.access import Actor
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Role
from creditbank.domain.snapshots import Snapshot
from creditbank.domain.status_changes import (
    Application,
    ChangeKind,
    ChangeReason,
    GivenProof,
    MajorChangeGround,
    Proof,
)
from creditbank.services.evaluations import drain
from creditbank.services.fresh_verdicts import FreshVerdict, fresh_verdicts
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
from creditbank.store.lives import KeptLife, lives_of
from creditbank.store.snapshots import read_evaluand
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.school import CLASS_NAME, School, make_school

NOW = datetime(2025, 10, 20, 2, tzinfo=UTC)
"""In the first semester of those who entered in 2025."""
TODAY = local_date(NOW)
NEXT_CLASS = "25数控2班"
OTHER_CLASS = "25机电1班"
OTHER_MAJOR = ("660301", 2021)
_keys = count()
SECOND_MAJOR = (
    (
        "INSERT INTO majors (code, catalogue_year, name, name_en, level)"
        " VALUES ('660301', 2021, '机电技术应用', '', 'secondary_voc')"
    ),
    (
        "INSERT INTO program_plans (institution_id, code, version, name, major_code,"
        " catalogue_year, years, units_min, document)"
        " SELECT institution_id, 'JD', 1, '机电技术应用', '660301', catalogue_year, years,"
        " units_min, document FROM program_plans WHERE plan_id = :plan_id"
    ),
    (
        "INSERT INTO cohort_plans (institution_id, plan_code, entry_year, plan_id)"
        " SELECT institution_id, code, 2025, plan_id FROM program_plans WHERE code = 'JD'"
    ),
    "UPDATE enrolments SET class_name = '25数控2班' WHERE enrolment_id = :second",
    (
        "UPDATE enrolments SET class_name = '25机电1班', major_code = '660301',"
        " plan_id = (SELECT plan_id FROM program_plans WHERE code = 'JD')"
        " WHERE enrolment_id = :third"
    ),
    (
        "INSERT INTO articulation_agreements (school_id, college_id, name, document_no, entry_year,"
        " pre_level, pre_years_tenths, post_level, post_years_tenths, pre_major_code,"
        " pre_catalogue_year, post_major_code, post_catalogue_year, quota, valid_from, valid_to,"
        " hard_conditions) VALUES (:school, :school, '贯通', '测1号', 2025, 'secondary_voc', 30,"
        " 'higher_voc', 20, '660103', 2021, '460103', 2021, 40, '2025-09-01', '2032-07-31',"
        ' \'[{"kind": "conduct", "threshold": ""}]\')'
    ),
    (
        "WITH said AS (SELECT set_config('creditbank.sharing_consent', 'joining', true))"
        " INSERT INTO agreement_members (agreement_id, enrolment_id, joined_on, left_reason)"
        " SELECT agreement_id, :first, '2025-09-01', '' FROM articulation_agreements, said"
    ),
)
SIGNED = GivenProof(Proof.APPLICATION, date(2025, 10, 17))
DIAGNOSIS = GivenProof(Proof.HOSPITAL, date(2025, 10, 16), "诊字12号", "县人民医院")
WELL = GivenProof(Proof.HEALTH, date(2025, 10, 16), "诊字99号", "县人民医院")


def suspension(**fields: Any) -> Application:
    """For illness, until the end of the school year; in force today."""
    given: dict[str, Any] = {
        "kind": ChangeKind.SUSPENSION,
        "reason": ChangeReason.ILLNESS,
        "takes_effect_on": TODAY,
        "until": date(2026, 8, 31),
        "proofs": (SIGNED, DIAGNOSIS),
    }
    return Application(**(given | fields))


def of_kind(kind: ChangeKind, **fields: Any) -> Application:
    """An application of any other kind; in force today."""
    given: dict[str, Any] = {"kind": kind, "takes_effect_on": TODAY, **fields}
    return Application(**given)


@dataclass(frozen=True)
class ChangeDesk:
    """The first pupil is in a class of 3+2, the second in one that is not, the third elsewhere."""

    engine: Engine
    school: School
    other_plan_id: int

    @property
    def learner_id(self) -> int:
        """Whom it is about."""
        return self.school.pupils[0].learner_id

    @property
    def enrolment_id(self) -> int:
        """The enrolment that changes."""
        return self.school.pupils[0].enrolment_id

    @property
    def registrar(self) -> Actor:
        """Who applies for the school, and speaks for the registry."""
        return self.school.registrar

    def actor(self, role: Role, account_id: int = 0) -> Actor:
        """Somebody of the school, of the family or of the bureau."""
        is_family = role in {Role.STUDENT, Role.GUARDIAN}
        is_school = role in {Role.ADVISOR, Role.REGISTRAR, Role.APPROVER, Role.TEACHER}
        return Actor(
            account_id=account_id or 200 + [*Role].index(role),
            role=role,
            institution_id=self.school.institution_id if is_school else None,
            learner_ids=frozenset({self.learner_id}) if is_family else frozenset(),
        )

    def use(
        self, service: Any, actor: Actor, command: Any, *, key: str = "", now: datetime = NOW
    ) -> RecordedChange:
        """Call a service in a unit of work of the actor's reach."""
        reach = EVERYWHERE if actor.role is Role.COUNTY else str(self.school.institution_id)
        with UnitOfWork(self.engine, reach) as uow:
            made: RecordedChange = service(
                uow, actor, command, idempotency_key=key or f"c{next(_keys)}", now=now
            )
        return made

    def apply(
        self,
        what: Application,
        *,
        actor: Actor | None = None,
        learner_id: int = 0,
        key: str = "",
        now: datetime = NOW,
    ) -> RecordedChange:
        """Apply, as the registrar."""
        command = ApplyForChange(learner_id=learner_id or self.learner_id, what=what)
        return self.use(apply_for_change, actor or self.registrar, command, key=key, now=now)

    def say(
        self,
        status_change_id: int,
        role: Role,
        *,
        agrees: bool = True,
        opinion: str = "",
        document_no: str = "测学〔2025〕1号",
        key: str = "",
        now: datetime = NOW,
        account_id: int = 0,
    ) -> RecordedChange:
        """The opinion of an office."""
        command = GiveOpinion(
            status_change_id=status_change_id,
            agrees=agrees,
            opinion=opinion,
            document_no=document_no,
        )
        return self.use(give_opinion, self.actor(role, account_id), command, key=key, now=now)

    def agree(self, status_change_id: int, *roles: Role, now: datetime = NOW) -> RecordedChange:
        """Let offices agree in turn; by default those of a suspension."""
        order = roles or (Role.ADVISOR, Role.REGISTRAR, Role.APPROVER, Role.COUNTY)
        return [self.say(status_change_id, role, now=now) for role in order][-1]

    def take_back(self, status_change_id: int, role: Role = Role.REGISTRAR) -> RecordedChange:
        """Take an application back."""
        command = TakeBackChange(status_change_id=status_change_id)
        return self.use(take_back_change, self.actor(role), command)

    def carry_out(self, what: Application, *roles: Role, now: datetime = NOW) -> int:
        """Apply, let everybody agree, evaluate; the change's number."""
        made = self.apply(what, now=now)
        self.agree(made.status_change_id, *roles, now=now)
        self.drain(now)
        return made.status_change_id

    def turn_of_the_day(self, now: datetime) -> DueReport:
        """What the worker does."""
        return execute_due_changes(lambda: UnitOfWork(self.engine, EVERYWHERE), now=now)

    def drain(self, now: datetime = NOW) -> None:
        """Evaluate whoever is marked."""
        while drain(lambda: UnitOfWork(self.engine, EVERYWHERE), now=now).claimed:
            pass

    def verdict(self, now: datetime = NOW) -> FreshVerdict:
        """The graduation verdict of a moment."""
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            return fresh_verdicts(uow, self.learner_id, as_of=local_date(now), now=now)[0]

    def life(self) -> KeptLife:
        """The enrolment as the rules look at it."""
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            return lives_of(uow.connection, [self.enrolment_id])[self.enrolment_id]

    def snapshot(self) -> Snapshot:
        """What a verdict looks at."""
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            return read_evaluand(uow.connection, self.learner_id, self.enrolment_id).snapshot

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """What a query finds."""
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            return list(uow.connection.execute(text(statement), values))

    def to_other_major(self, **fields: Any) -> Application:
        """A change of major for a talent, to the class of the other one."""
        return of_kind(
            ChangeKind.MAJOR_CHANGE,
            **{
                "ground": MajorChangeGround.TALENT,
                "plan_id": self.other_plan_id,
                "class_name": OTHER_CLASS,
                **fields,
            },
        )


def make_change_desk(owner: Engine, engine: Engine) -> ChangeDesk:
    """Fill an empty database; all are evaluated."""
    with UnitOfWork(owner, EVERYWHERE) as uow:
        school = make_school(uow.connection, pupils=3)
        first, second, third = (pupil.enrolment_id for pupil in school.pupils)
        asked = {
            "plan_id": school.plan_id, "first": first, "second": second, "third": third,
            "school": school.institution_id,
        }  # fmt: skip
        for statement in SECOND_MAJOR:
            uow.connection.execute(text(statement), asked)
        plan_id = uow.connection.execute(
            text("SELECT plan_id FROM program_plans WHERE code = 'JD'")
        ).scalar_one()
    desk = ChangeDesk(engine, school, plan_id)
    desk.drain()
    return desk


__all__ = [
    "CLASS_NAME",
    "DIAGNOSIS",
    "NEXT_CLASS",
    "NOW",
    "OTHER_CLASS",
    "OTHER_MAJOR",
    "SIGNED",
    "TODAY",
    "WELL",
    "ChangeDesk",
    "make_change_desk",
    "of_kind",
    "suspension",
]
