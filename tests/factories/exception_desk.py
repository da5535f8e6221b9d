"""A school with a learner who lacks one course and all electives, and those who decide on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, Engine, text

from creditbank.domain.access import Actor
from creditbank.domain.enrolments import Term
from creditbank.domain.permissions import Role
from creditbank.domain.plan_exceptions import ExceptionKind, Ruling
from creditbank.services.commands import (
    EnterException,
    PostCourseCredit,
    RecordedException,
    RuleOnException,
)
from creditbank.services.credits import post_credit
from creditbank.services.evaluations import drain
from creditbank.services.fresh_verdicts import FreshVerdict, fresh_verdicts
from creditbank.services.plan_exceptions import enter_exception, rule_on_exception
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.school import COURSES, School, make_school

NOW = datetime(2028, 6, 20, 8, tzinfo=UTC)
DAY = date(2028, 6, 1)
_keys = count()
_FACTS = (
    (
        "INSERT INTO conduct_evaluations (enrolment_id, term_code, result, grade, recorded_at)"
        " VALUES (:id, '2027-2028-2', 'passed', '', now())"
    ),
    (
        "INSERT INTO internship_appraisals (enrolment_id, organisation, started_on, result,"
        " recorded_at) VALUES (:id, '测试工厂', '2027-09-01', 'passed', now())"
    ),
)

_EVERY = """
WITH chosen AS (
  SELECT e.*, row_number() OVER (ORDER BY enrolment_id) AS n, p.document->'blocks' AS blocks
  FROM enrolments e JOIN program_plans p USING (plan_id)
  WHERE e.is_open AND e.enrolment_id % :every = 0),
made AS (
  INSERT INTO plan_exceptions (institution_id, learner_id, enrolment_id, kind, subject, block_code,
    units, reason, document_no, decided_on, entered_by, entered_at)
  SELECT institution_id, learner_id, enrolment_id, CASE n % 3 WHEN 0 THEN 'waive' ELSE 'lower' END,
    CASE n % 3 WHEN 2 THEN '' ELSE blocks->cast(n % jsonb_array_length(blocks) AS int)->>'code' END,
    '', CASE n % 3 WHEN 0 THEN NULL ELSE 100 END, '测试', '测1号', '2026-06-01', 1, now()
  FROM chosen RETURNING plan_exception_id, institution_id, enrolment_id)
INSERT INTO exception_rulings (plan_exception_id, ruling, institution_id, enrolment_id, reason,
  document_no, ruled_by, ruled_at)
SELECT plan_exception_id, 'approved', institution_id, enrolment_id, '', '', 2, now() FROM made
"""


def except_every(connection: Connection, every: int) -> int:
    """Give every so manieth open enrolment an approved exception; how many they are."""
    return connection.execute(text(_EVERY), {"every": every}).rowcount


@dataclass(frozen=True)
class ExceptionDesk:
    """The first pupil has passed all but the last course (entries 1 to 7) and has no electives."""

    engine: Engine
    school: School

    @property
    def learner_id(self) -> int:
        """Whom it is about."""
        return self.school.pupils[0].learner_id

    @property
    def approver(self) -> Actor:
        """The second person."""
        return Actor(account_id=91, role=Role.APPROVER, institution_id=self.school.institution_id)

    def use(
        self, service: Any, actor: Actor, command: Any, *, key: str = "", now: datetime = NOW
    ) -> Any:
        """Call a service in a unit of work of the actor's school."""
        with UnitOfWork(self.engine, str(actor.institution_id)) as uow:
            return service(uow, actor, command, idempotency_key=key or f"x{next(_keys)}", now=now)

    def enter(self, kind: ExceptionKind, *, key: str = "", **fields: Any) -> RecordedException:
        """Enter one by the registrar."""
        given = {
            "learner_id": self.learner_id,
            "reason": "因病",
            "document_no": "测教〔2028〕1号",
            "decided_on": DAY,
            **fields,
        }
        command = EnterException(kind=kind, **given)
        made: RecordedException = self.use(enter_exception, self.school.registrar, command, key=key)
        return made

    def rule(
        self,
        plan_exception_id: int,
        ruling: Ruling,
        *,
        key: str = "",
        actor: Actor | None = None,
        **fields: Any,
    ) -> RecordedException:
        """Rule on one by the approver."""
        command = RuleOnException(plan_exception_id=plan_exception_id, ruling=ruling, **fields)
        made: RecordedException = self.use(
            rule_on_exception, actor or self.approver, command, key=key
        )
        return made

    def grant(self, kind: ExceptionKind, **fields: Any) -> int:
        """Enter and approve one, and evaluate; its number."""
        made = self.enter(kind, **fields)
        self.rule(made.plan_exception_id, Ruling.APPROVED)
        self.drain()
        return made.plan_exception_id

    def drain(self) -> None:
        """Evaluate whoever is marked."""
        while drain(lambda: UnitOfWork(self.engine, EVERYWHERE), now=NOW).claimed:
            pass

    def verdict(self) -> FreshVerdict:
        """The graduation verdict of this moment."""
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            return fresh_verdicts(uow, self.learner_id, as_of=NOW.date(), now=NOW)[0]

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """What a query finds."""
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            return list(uow.connection.execute(text(statement), values))


def make_exception_desk(owner: Engine, engine: Engine, *, pupils: int = 2) -> ExceptionDesk:
    """Fill an empty database; all are evaluated."""
    with UnitOfWork(owner, EVERYWHERE) as uow:
        school = make_school(uow.connection, pupils=pupils)
        for statement in _FACTS:
            uow.connection.execute(text(statement), {"id": school.pupils[0].enrolment_id})
    desk = ExceptionDesk(engine, school)
    for code, _, _ in COURSES[:-1]:
        command = PostCourseCredit(
            learner_id=desk.learner_id,
            course_code=code,
            term=Term(2025, 1),
            mark="85",
            earned_on=date(2026, 1, 20),
        )
        desk.use(post_credit, school.registrar, command)
    desk.drain()
    return desk
