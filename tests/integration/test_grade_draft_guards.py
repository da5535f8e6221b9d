"""What the database itself asks of sheets of marks, and that its wall holds alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.grade_drafts import DraftStep
from creditbank.domain.permissions import Role
from creditbank.services.grade_draft_steps import submit_draft
from creditbank.services.grade_drafts import save_cells
from creditbank.store.grade_drafts import CellEdit, add_step, cells_of, read_draft
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork, reach_of
from tests.databases import Database
from tests.factories.county_parts import add_account
from tests.factories.grade_drafts import add_grade_draft
from tests.factories.school import School, make_school

NOW = datetime(2026, 6, 30, 8, tzinfo=UTC)


@pytest.fixture
def school(clean_database: Database, owner_engine: Engine) -> School:
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        made = make_school(uow.connection, pupils=2)
        make_school(uow.connection, number=2, pupils=1)
    return made


def test_a_submitted_sheet_is_changed_by_nobody_and_posted_by_another(
    school: School, engine: Engine, owner_engine: Engine
) -> None:
    number = add_grade_draft(owner_engine, school)
    pupil = school.pupils[0].enrolment_id
    by = school.registrar.account_id
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        second = add_account(uow.connection, "second", Role.REGISTRAR, school.institution_id)
        stranger = add_account(uow.connection, "stranger", Role.REGISTRAR, None)
    with UnitOfWork(engine, reach_of(school.registrar)) as uow:
        edit = CellEdit(pupil, "GG02", 0, "88")
        seen = save_cells(uow, school.registrar, number, [edit], now=NOW).change_no
        submit_draft(uow, school.registrar, number, seen=seen, now=NOW)
    with UnitOfWork(engine, reach_of(school.registrar)) as uow:
        draft = read_draft(uow.connection, number)
        assert draft is not None
        changed = "UPDATE grade_draft_cells SET written = '99'"
        with pytest.raises(DBAPIError, match="while their sheet is open"), uow.undone():
            uow.connection.execute(text(changed))
        for account, said in ((by, "a second person"), (stranger, "made by the school")):
            with pytest.raises(DBAPIError, match=said), uow.undone():
                add_step(uow.connection, draft, DraftStep.POSTED, by=account, now=NOW)
        add_step(uow.connection, draft, DraftStep.POSTED, by=second, now=NOW)
        with pytest.raises(DBAPIError, match="is done"), uow.undone():
            add_step(uow.connection, draft, DraftStep.OPENED, by=by, now=NOW)
        for query in ("DELETE FROM grade_draft_steps", "DELETE FROM grade_draft_cells"):
            with pytest.raises(DBAPIError, match="permission denied"), uow.undone():
                uow.connection.execute(text(query))


def test_another_school_sees_and_writes_nothing(
    school: School, engine: Engine, owner_engine: Engine
) -> None:
    number = add_grade_draft(owner_engine, school)
    with UnitOfWork(engine, reach_of(school.registrar)) as uow:
        edit = CellEdit(school.pupils[1].enrolment_id, "GG02", 0, "88")
        save_cells(uow, school.registrar, number, [edit], now=NOW)
        assert len(cells_of(uow.connection, number)) == 1
    with UnitOfWork(engine, str(school.institution_id + 1)) as uow:
        assert read_draft(uow.connection, number) is None
        assert cells_of(uow.connection, number) == []
        changed = uow.connection.execute(text("UPDATE grade_draft_cells SET written = ''"))
        assert changed.rowcount == 0
