"""A class on its way to a college: a school, the college, everybody who answers, and the year.

The learners entered in 2025; all hold the certificate that the agreement asks for, so they are
qualified in their last semester.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Any, ClassVar

from sqlalchemy import Engine, text

from creditbank.domain.access import Actor
from creditbank.domain.advances import MoveKind, Stage, Standing
from creditbank.domain.agreement_terms import (
    AssessmentDimension,
)
from creditbank.domain.awards import AwardLevel, AwardRank, CertificateLevel, InnovationCategory
from creditbank.domain.permissions import Role
from creditbank.queries.advances import standings_of
from creditbank.services.advance_admissions import decide_admissions, return_admissions
from creditbank.services.advance_commands import (
    AdmissionLine,
    AssessmentLine,
    DecideAdmissions,
    DimensionResult,
    ProposeByRanking,
    RecordAssessments,
    RecordScores,
    ReturnAdmissions,
    ReturnLine,
    ScoreLine,
    StepForMany,
    StepForOne,
    TakenSteps,
    WithdrawStep,
)
from creditbank.services.advance_rankings import propose_by_ranking
from creditbank.services.advance_scores import record_scores
from creditbank.services.advances import (
    record_assessments,
    take_step_for_many,
    take_step_for_one,
    withdraw_step,
)
from creditbank.services.commands import (
    PostCompetitionCredit,
    PostInnovationCredit,
    ReverseEntry,
)
from creditbank.services.credits import post_credit
from creditbank.services.evaluations import drain
from creditbank.services.reversals import reverse_entry
from creditbank.services.sharing_consents import GiveConsent, give_consent
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork, reach_of
from tests.factories.advance_agreement import AGREEMENT, SCORES, add_agreement, open_accounts
from tests.factories.change_desk import SECOND_MAJOR, ChangeDesk
from tests.factories.school import School, make_school

MARCH = datetime(2028, 3, 6, 2, tzinfo=UTC)
"""A Monday of the last semester."""
AFTER_NOTICE = datetime(2028, 3, 20, 2, tzinfo=UTC)
"""Five working days of notice and three for appeals after MARCH are over on 03-16."""
JULY = datetime(2028, 7, 10, 2, tzinfo=UTC)
NEXT_YEAR = datetime(2029, 3, 5, 2, tzinfo=UTC)
DOCUMENT = "测转〔2028〕1号"
TOLD = (
    Role.STUDENT, Role.GUARDIAN, Role.REGISTRAR, Role.APPROVER, Role.COLLEGE, Role.COUNTY,
)  # fmt: skip
"""Whoever may be told has an account."""
_keys = count()
_NUMBERS = {role: 700 + at for at, role in enumerate(Role)}


@dataclass(frozen=True)
class AdvanceDesk:
    """Everybody by role; the student and the guardian are those of the first learner."""

    engine: Engine
    owner: Engine
    school: School
    college_id: int
    other_plan_id: int

    @property
    def ids(self) -> tuple[int, ...]:
        """The enrolments of the class."""
        return tuple(pupil.enrolment_id for pupil in self.school.pupils)

    @property
    def changes(self) -> ChangeDesk:
        """The same school where enrolments change; about the first learner."""
        return ChangeDesk(self.engine, self.school, self.other_plan_id)

    def actor(self, role: Role, at: int = 0) -> Actor:
        """Somebody. at: whose student or guardian."""
        family = frozenset({self.school.pupils[at].learner_id})
        return Actor(
            _NUMBERS[role],
            role,
            self.college_id
            if role is Role.COLLEGE
            else None
            if role in {Role.COUNTY, Role.AUDITOR, Role.STUDENT, Role.GUARDIAN}
            else self.school.institution_id,
            learner_ids=family if role in {Role.STUDENT, Role.GUARDIAN} else frozenset(),
            agreement_ids=frozenset({AGREEMENT}) if role is Role.COLLEGE else frozenset(),
        )

    def use(
        self,
        service: Callable[..., Any],
        actor: Actor,
        command: Any,
        *,
        key: str = "",
        now: datetime = MARCH,
    ) -> Any:
        """Call a service in a unit of work of the actor's reach."""
        with self.unit(actor, now=now) as uow:
            return service(uow, actor, command, idempotency_key=key or f"a{next(_keys)}", now=now)

    def unit(self, actor: Actor, *, now: datetime = MARCH) -> UnitOfWork:
        """As a visit of the actor opens it."""
        schools = frozenset({self.school.institution_id})
        reach = reach_of(actor, as_of=now.date(), school_ids=schools)
        return UnitOfWork(self.engine, reach, actor.account_id)

    def withdraw_consent(self, at: int, now: datetime = AFTER_NOTICE) -> None:
        """A learner who has an account now is shown to the college no longer."""
        student = replace(self.actor(Role.STUDENT, at), account_id=800 + at)
        with UnitOfWork(self.owner, EVERYWHERE) as uow:
            open_accounts(uow.connection, [student])
        command = GiveConsent(
            learner_id=self.school.pupils[at].learner_id, agreement_id=AGREEMENT, is_given=False
        )
        self.use(give_consent, student, command, now=now)

    def many(
        self,
        kind: MoveKind,
        *ids: int,
        role: Role = Role.APPROVER,
        now: datetime = MARCH,
        key: str = "",
        **fields: Any,
    ) -> TakenSteps:
        """A step for these learners, or for all."""
        command = StepForMany(
            kind=kind,
            agreement_id=AGREEMENT,
            enrolment_ids=ids or self.ids,
            **{"document_no": DOCUMENT, **fields},
        )
        made: TakenSteps = self.use(take_step_for_many, self.actor(role), command, now=now, key=key)
        return made

    def one(
        self,
        kind: MoveKind,
        role: Role,
        at: int = 0,
        *,
        now: datetime = MARCH,
        key: str = "",
        **fields: Any,
    ) -> TakenSteps:
        """A step of one learner."""
        command = StepForOne(kind=kind, agreement_id=AGREEMENT, enrolment_id=self.ids[at], **fields)
        made: TakenSteps = self.use(
            take_step_for_one, self.actor(role, at), command, now=now, key=key
        )
        return made

    def assess(
        self,
        *ids: int,
        failed: Sequence[int] = (),
        now: datetime = MARCH,
        key: str = "",
        role: Role = Role.REGISTRAR,
    ) -> TakenSteps:
        """Sheets of these learners, or of all."""
        command = RecordAssessments(
            agreement_id=AGREEMENT,
            document_no=DOCUMENT,
            lines=tuple(
                AssessmentLine(
                    enrolment_id=number,
                    passed=number not in failed,
                    results={
                        item: DimensionResult(number not in failed, "良好")
                        for item in AssessmentDimension
                    },
                    reason="社会实践不足" if number in failed else "",
                )
                for number in ids or self.ids
            ),
        )
        made: TakenSteps = self.use(record_assessments, self.actor(role), command, now=now, key=key)
        return made

    def score(
        self,
        points: dict[int, tuple[int, int, int]],
        *,
        now: datetime = AFTER_NOTICE,
        key: str = "",
        role: Role = Role.COLLEGE,
        source_hash: str = "",
    ) -> TakenSteps:
        """Scores in points: knowledge test, skill test, quality."""
        command = RecordScores(
            agreement_id=AGREEMENT,
            lines=tuple(
                ScoreLine(
                    enrolment_id=number,
                    scores={
                        part.kind: value * 100 for part, value in zip(SCORES, values, strict=True)
                    },
                )
                for number, values in points.items()
            ),
            source_hash=source_hash,
        )
        made: TakenSteps = self.use(record_scores, self.actor(role), command, now=now, key=key)
        return made

    def propose(
        self, *, now: datetime = AFTER_NOTICE, key: str = "", role: Role = Role.COLLEGE,
        **fields: Any,
    ) -> TakenSteps:  # fmt: skip
        """By the ranking."""
        command = ProposeByRanking(agreement_id=AGREEMENT, document_no=DOCUMENT, **fields)
        made: TakenSteps = self.use(propose_by_ranking, self.actor(role), command, now=now, key=key)
        return made

    def admit(
        self, *ids: int, refused: Sequence[int] = (), now: datetime = JULY, key: str = ""
    ) -> TakenSteps:
        """The college decides."""
        lines = tuple(
            AdmissionLine(
                enrolment_id=number,
                admitted=number not in refused,
                reason="未达录取要求" if number in refused else "",
            )
            for number in (*ids, *refused)
        )
        command = DecideAdmissions(agreement_id=AGREEMENT, document_no=DOCUMENT, lines=lines)
        made: TakenSteps = self.use(
            decide_admissions, self.actor(Role.COLLEGE), command, now=now, key=key
        )
        return made

    def hand_back(self, *ids: int, now: datetime = JULY, **fields: Any) -> TakenSteps:
        """What the college returns."""
        lines = tuple(
            ReturnLine(
                enrolment_id=number,
                **{
                    "admission_no": f"L2028{number:04d}",
                    "college_student_no": f"2028{number:06d}",
                    "recognised_units": 4_000,
                    **fields,
                },
            )
            for number in ids
        )
        command = ReturnAdmissions(agreement_id=AGREEMENT, lines=lines)
        made: TakenSteps = self.use(return_admissions, self.actor(Role.COLLEGE), command, now=now)
        return made

    def take_back(
        self, number: int | None, role: Role, *, now: datetime = MARCH, reason: str = "录入有误"
    ) -> TakenSteps:
        """Withdraw one step."""
        assert number is not None
        command = WithdrawStep(advance_move_id=number, reason=reason)
        made: TakenSteps = self.use(withdraw_step, self.actor(role), command, now=now)
        return made

    ROAD: ClassVar = (
        Stage.QUALIFIED, Stage.ASSESSED, Stage.NOTICE, Stage.FILED, Stage.TESTED, Stage.PROPOSED,
        Stage.ADVANCED,
    )  # fmt: skip

    def up_to(self, stage: Stage, *ids: int) -> None:
        """Bring these learners, or all, along the road to a stage."""
        for reached in self.ROAD[: self.ROAD.index(stage) + 1]:
            self.step_to(reached, *ids)

    def step_to(self, stage: Stage, *ids: int) -> None:
        """The one step that leads these learners, or all, to a stage from the one before it."""
        road: dict[Stage, Callable[[], Any]] = {
            Stage.QUALIFIED: lambda: self.many(MoveKind.QUALIFY, *ids),
            Stage.ASSESSED: lambda: self.assess(*ids),
            Stage.NOTICE: lambda: self.many(MoveKind.ANNOUNCE, *ids),
            Stage.FILED: lambda: self.many(MoveKind.FILE, *ids, now=AFTER_NOTICE),
            Stage.TESTED: lambda: self.score(dict.fromkeys(ids or self.ids, (80, 80, 90))),
            Stage.PROPOSED: self.propose,
            Stage.ADVANCED: lambda: self.admit(*(ids or self.ids)),
        }
        road[stage]()

    def drain(self, now: datetime = MARCH) -> None:
        """Evaluate whoever is marked."""
        while drain(lambda: UnitOfWork(self.engine, EVERYWHERE), now=now).claimed:
            pass

    def reverse(self, at: int, seq: int = 1, now: datetime = MARCH) -> None:
        """Take an entry back, and evaluate."""
        learner_id = self.school.pupils[at].learner_id
        command = ReverseEntry(learner_id=learner_id, ledger_seq=seq, reason="证书撤销")
        self.use(reverse_entry, self.school.registrar, command, now=now)
        self.drain(now)

    def award(self, at: int, level: AwardLevel = AwardLevel.PROVINCE, number: str = "") -> None:
        """A prize in a contest."""
        command = PostCompetitionCredit(
            learner_id=self.school.pupils[at].learner_id,
            event="2027年山东省职业院校技能大赛数控赛项",
            level=level,
            rank=AwardRank.SECOND,
            certificate_no=number,
            earned_on=date(2027, 6, 1),
        )
        self.use(post_credit, self.school.registrar, command)

    def standing(self, at: int = 0, now: datetime = MARCH) -> Standing:
        """Where a learner stands."""
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            return standings_of(uow, AGREEMENT, [self.ids[at]], now=now)[self.ids[at]]

    def stages(self, now: datetime = MARCH) -> list[str]:
        """Where the class stands, in the order of the class."""
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            found = standings_of(uow, AGREEMENT, self.ids, now=now)
        return [found[number].stage.value for number in self.ids]

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """What a query finds."""
        with UnitOfWork(self.engine, EVERYWHERE, EVERYBODY) as uow:
            return list(uow.connection.execute(text(statement), values))


def make_advance_desk(
    owner: Engine, engine: Engine, *, pupils: int = 5, **terms: Any
) -> AdvanceDesk:
    """Fill an empty database; all are evaluated on the Monday of March."""
    with UnitOfWork(owner, EVERYWHERE) as uow:
        school = make_school(uow.connection, pupils=pupils)
        asked = {
            "plan_id": school.plan_id, "first": school.pupils[0].enrolment_id, "second": 0,
            "third": 0, "school": school.institution_id,
        }  # fmt: skip
        for statement in SECOND_MAJOR[:2]:
            uow.connection.execute(text(statement), asked)
        other = uow.connection.execute(
            text("SELECT plan_id FROM program_plans WHERE code = 'JD'")
        ).scalar_one()
        college_id = add_agreement(uow.connection, school, **terms)
    desk = AdvanceDesk(engine, owner, school, college_id, other)
    with UnitOfWork(owner, EVERYWHERE) as uow:
        open_accounts(uow.connection, map(desk.actor, TOLD))
    for pupil in school.pupils:
        certificate = PostInnovationCredit(
            learner_id=pupil.learner_id,
            category=InnovationCategory.SKILL_CERTIFICATE,
            title="数控车工",
            certificate_level=CertificateLevel.INTERMEDIATE,
            certificate_no=f"Y0001237001{pupil.learner_id:05d}",
            earned_on=date(2027, 6, 1),
        )
        desk.use(post_credit, school.registrar, certificate)
    desk.drain()
    return desk


__all__ = [
    "AFTER_NOTICE",
    "AGREEMENT",
    "JULY",
    "MARCH",
    "NEXT_YEAR",
    "AdvanceDesk",
    "add_agreement",
    "make_advance_desk",
]
