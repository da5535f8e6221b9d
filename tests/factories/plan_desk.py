"""A school whose plans are written: what tests of saving and of cohorts do again and again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count

import yaml
from sqlalchemy import Engine, insert, text

from creditbank.domain.access import Actor
from creditbank.domain.permissions import Role
from creditbank.services.commands import (
    AssignPlan,
    MigrateCohort,
    SavePlan,
)
from creditbank.services.evaluations import drain
from creditbank.services.plan_cohorts import assign_plan, migrate_cohort
from creditbank.services.plans import save_plan
from creditbank.store.plan_documents import write_plan
from creditbank.store.plan_versions import revision_of
from creditbank.store.plans import load_plan
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.policies import SchoolPolicyValue
from tests.factories.school import School, make_school

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
_keys = count()


def make_plan_school(owner_engine: Engine, engine: Engine) -> School:
    """Three pupils who follow version 1 since 2025; the second school has one."""
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        made = make_school(uow.connection, pupils=3)
        make_school(uow.connection, number=2, pupils=1)
        uow.connection.execute(  # its electives have no courses: awards alone can fill them
            insert(SchoolPolicyValue).values(
                institution_id=made.institution_id,
                key="substitution.share_percent",
                value={"value": 100},
                effective_from=date(2025, 9, 1),
                reference="测教〔2025〕1号",
            )
        )
    drained(engine)
    return made


def approver(school: School) -> Actor:
    return Actor(account_id=91, role=Role.APPROVER, institution_id=school.institution_id)


def drained(engine: Engine) -> None:
    while drain(lambda: UnitOfWork(engine, EVERYWHERE), now=NOW).claimed:
        pass


def rows(engine: Engine, statement: str, **values) -> list:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        return list(uow.connection.execute(text(statement), values))


def use(engine: Engine, service, actor: Actor, command, *, key: str = ""):
    with UnitOfWork(engine, str(actor.institution_id)) as uow:
        return service(uow, actor, command, idempotency_key=key or f"k{next(_keys)}", now=NOW)


def document(engine: Engine, plan_id: int) -> dict:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        found: dict = yaml.safe_load(write_plan(load_plan(uow.connection, plan_id)))
    return found


def changed(engine: Engine, school: School, **changes) -> str:
    """Version 1 as text, with something different: two more credits of electives, say."""
    return yaml.safe_dump(document(engine, school.plan_id) | changes, allow_unicode=True)


def save(engine: Engine, school: School, written: str, **how):
    key = how.pop("key", "")
    return use(engine, save_plan, school.registrar, SavePlan(text=written, **how), key=key)


def second_version(engine: Engine, school: School):
    """The elective block asks nothing any more: who passed all courses can graduate."""
    plan = document(engine, school.plan_id)
    blocks = [item for item in plan["blocks"] if item["code"] == "GG"]
    return save(engine, school, changed(engine, school, blocks=blocks, credits_min="55"))


def revision(engine: Engine, plan_id: int) -> str:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        return revision_of(load_plan(uow.connection, plan_id))


def assign(engine: Engine, school: School, plan_id: int, year: int = 2026, **how):
    command = AssignPlan(
        plan_id=plan_id,
        entry_year=year,
        document_no="测教〔2026〕1号",
        revision=how.pop("revision", None) or revision(engine, plan_id),
    )
    return use(engine, assign_plan, how.pop("actor", approver(school)), command, **how)


def migrate(engine: Engine, school: School, plan_id: int, **how):
    command = MigrateCohort(
        plan_id=plan_id,
        entry_year=how.pop("year", 2025),
        reason=how.pop("reason", "新方案更合理"),
        document_no=how.pop("document_no", "测教〔2026〕2号"),
        revision=revision(engine, plan_id),
    )
    return use(engine, migrate_cohort, how.pop("actor", school.registrar), command, **how)


def problem(refused) -> str:
    return refused.value.problems[0].code
