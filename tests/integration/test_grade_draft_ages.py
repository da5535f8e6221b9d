"""Sheets of marks that nobody touches: told of, discarded, and never without having been told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.grade_drafts import DraftState, DraftStep
from creditbank.domain.permissions import Role
from creditbank.services.grade_draft_ages import AgedDrafts, age_drafts
from creditbank.services.grade_draft_steps import submit_draft
from creditbank.services.grade_drafts import save_cells
from creditbank.store.grade_drafts import CellEdit, KeptDraft, add_step, read_draft, steps_of
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork, reach_of
from tests.databases import Database
from tests.factories.county_changes import NOW
from tests.factories.county_parts import add_account
from tests.factories.grade_drafts import add_grade_draft
from tests.factories.school import School, make_school

NOTHING, TOLD, DISCARDED = AgedDrafts(0, 0), AgedDrafts(1, 0), AgedDrafts(0, 1)


@pytest.fixture
def school(clean_database: Database, owner_engine: Engine) -> School:
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        made = make_school(uow.connection, pupils=2)
        add_account(uow.connection, "approver", Role.APPROVER, made.institution_id)
    return made


@pytest.fixture
def number(school: School, owner_engine: Engine, engine: Engine) -> int:
    """A sheet with a mark, saved at NOW."""
    made = add_grade_draft(owner_engine, school)
    save(engine, school, made, "88", 0, after=0)
    return made


def save(
    engine: Engine, school: School, number: int, mark: str, version: int, *, after: int
) -> int:
    edit = CellEdit(school.pupils[0].enrolment_id, "GG02", version, mark)
    moment = NOW + timedelta(days=after)
    with UnitOfWork(engine, reach_of(school.registrar)) as uow:
        return save_cells(uow, school.registrar, number, [edit], now=moment).change_no


def aged(engine: Engine, days: float) -> AgedDrafts:
    with UnitOfWork(engine, EVERYWHERE, EVERYBODY) as uow:
        return age_drafts(uow, now=NOW + timedelta(days=days))


def kept(engine: Engine, number: int) -> KeptDraft:
    with UnitOfWork(engine, EVERYWHERE, EVERYBODY) as uow:
        found = read_draft(uow.connection, number)
    assert found is not None
    return found


def told(engine: Engine) -> list[tuple[str, int]]:
    query = "SELECT kind, account_id FROM messages ORDER BY message_id"
    with UnitOfWork(engine, EVERYWHERE, EVERYBODY) as uow:
        return [(row.kind, row.account_id) for row in uow.connection.execute(text(query))]


def test_who_wrote_is_told_a_fortnight_before_it_is_discarded(
    school: School, number: int, engine: Engine
) -> None:
    assert aged(engine, 165) == NOTHING
    assert aged(engine, 166) == TOLD
    assert aged(engine, 166) == NOTHING
    assert aged(engine, 179) == NOTHING
    assert kept(engine, number).state is DraftState.DRAFT
    assert aged(engine, 180) == DISCARDED
    assert aged(engine, 181) == NOTHING
    assert kept(engine, number).state is DraftState.DISCARDED
    by = school.registrar.account_id
    assert told(engine) == [("ageing", by), ("expired", by)]
    with UnitOfWork(engine, EVERYWHERE, EVERYBODY) as uow:
        steps = steps_of(uow.connection, number)
    assert [(step.step, step.taken_by) for step in steps] == [
        (DraftStep.OPENED, by), (DraftStep.AGEING, None), (DraftStep.EXPIRED, None),
    ]  # fmt: skip


def test_a_touch_begins_anew_and_a_round_that_was_missed_still_tells_first(
    school: School, number: int, engine: Engine
) -> None:
    assert aged(engine, 170) == TOLD
    save(engine, school, number, "89", 1, after=171)
    assert aged(engine, 300) == NOTHING
    assert aged(engine, 500) == TOLD
    assert aged(engine, 513) == NOTHING
    assert aged(engine, 514) == DISCARDED


def test_what_waits_for_a_second_person_does_not_age(
    school: School, number: int, engine: Engine
) -> None:
    with UnitOfWork(engine, reach_of(school.registrar)) as uow:
        seen = kept(engine, number).change_no
        submit_draft(uow, school.registrar, number, seen=seen, now=NOW)
    assert aged(engine, 1_000) == NOTHING


def test_a_shorter_rule_of_the_school_holds(
    school: School, number: int, engine: Engine, owner_engine: Engine
) -> None:
    with owner_engine.begin() as owner:
        owner.execute(
            text(
                "INSERT INTO school_policy_values (institution_id, key, value, effective_from,"
                " reference) VALUES (:school, 'grades.draft_days', '{\"value\": 30}',"
                " '2020-01-01', 'x')"
            ),
            {"school": school.institution_id},
        )
    assert aged(engine, 16) == TOLD
    assert aged(engine, 30) == DISCARDED


def test_the_database_discards_nothing_untold(number: int, engine: Engine) -> None:
    draft = kept(engine, number)
    moment = datetime(2027, 1, 1, tzinfo=UTC)
    with (
        UnitOfWork(engine, EVERYWHERE, EVERYBODY) as uow,
        pytest.raises(DBAPIError, match="was told of before"),
        uow.undone(),
    ):
        add_step(uow.connection, draft, DraftStep.EXPIRED, by=None, now=moment)
    with (
        UnitOfWork(engine, EVERYWHERE, EVERYBODY) as uow,
        pytest.raises(DBAPIError, match="taken_by"),
        uow.undone(),
    ):
        add_step(uow.connection, draft, DraftStep.DISCARDED, by=None, now=moment)
