"""What the database itself asks of papers about a class, their sources, and layouts."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from creditbank.domain.papers import PaperKind
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.papers import IssuedPaper, PaperLayout, PaperLayoutStart, PaperSource
from tests.databases import Database
from tests.factories.change_desk import NOW, TODAY, make_change_desk
from tests.factories.paper_desk import PaperDesk
from tests.factories.school import make_school

TABLES = {"paper_sources": "outcome", "paper_layouts": "note", "paper_layout_starts": "kind"}
KIND = PaperKind.TRANSCRIPT


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> PaperDesk:
    """A transcript of the first pupil, set with the first version of the school's own layout."""
    made = PaperDesk(make_change_desk(owner_engine, engine))
    made.lay_out(KIND, "= own", TODAY)
    made.study(KIND)
    return made


def refused(
    engine: Engine, table: type[SQLModel], values: dict[str, Any], why: str, reach: str = EVERYWHERE
) -> None:
    with pytest.raises(DBAPIError, match=why), UnitOfWork(engine, reach) as uow:
        uow.connection.execute(insert(table).values(values))


def test_a_paper_is_about_one_learner_or_about_a_class(desk: PaperDesk, engine: Engine) -> None:
    (kept,) = desk.changes.rows("SELECT * FROM issued_papers")
    next_one = {
        name: value for name, value in kept._asdict().items() if name != "issued_paper_id"
    } | {"serial": 2, "number": "x", "token": "x" * 22}  # fmt: skip
    for values, why in (
        ({"learner_id": None, "enrolment_id": None}, "an enrolment of the learner"),
        ({"class_name": "25数控1班", "entry_year": 2025}, "ck_issued_papers_of_class"),
        (
            {"kind": "class_audit", "serial": 1, "paper_layout_id": None},
            "ck_issued_papers_of_class",
        ),
        ({"kind": "credit_statement", "serial": 1}, "layout of its school and kind"),
    ):
        refused(engine, IssuedPaper, next_one | values, why)


def test_a_paper_is_made_from_books_of_its_school_and_learner(
    desk: PaperDesk, owner_engine: Engine, engine: Engine
) -> None:
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
    (kept,) = desk.changes.rows("SELECT * FROM paper_sources")
    second = desk.changes.school.pupils[1]
    for values in (
        {"learner_id": second.learner_id, "enrolment_id": second.enrolment_id},
        {"learner_id": second.learner_id},
        {"learner_id": other.pupils[0].learner_id, "enrolment_id": other.pupils[0].enrolment_id},
    ):
        refused(engine, PaperSource, kept._asdict() | values, "names learners of its school")


def test_versions_follow_one_another_and_are_the_schools_own(
    desk: PaperDesk, owner_engine: Engine, engine: Engine
) -> None:
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
    (kept,) = desk.changes.rows("SELECT * FROM paper_layouts")
    layout = {
        "institution_id": kept.institution_id, "kind": KIND.value, "version": 2, "source": "= x",
        "note": "", "uploaded_by": 1, "uploaded_at": NOW,
    }  # fmt: skip
    refused(engine, PaperLayout, layout | {"version": 3}, "follow one another")
    refused(engine, PaperLayout, layout | {"source": ""}, "ck_paper_layouts_source")
    refused(engine, PaperLayout, layout | {"kind": "credential", "version": 1}, "layouts_kind")
    start = {
        "institution_id": other.institution_id, "kind": KIND.value, "starts_on": TODAY,
        "paper_layout_id": kept.paper_layout_id, "started_by": 1, "started_at": NOW,
    }  # fmt: skip
    refused(engine, PaperLayoutStart, start, "a layout of its own")
    own = start | {"institution_id": kept.institution_id}
    refused(engine, PaperLayoutStart, own | {"kind": "grad_audit"}, "a layout of its own")
    refused(engine, PaperLayoutStart, own, "row-level security", str(other.institution_id))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_nobody_changes_or_removes_any_of_it(
    desk: PaperDesk, owner_engine: Engine, engine: Engine, table: str, statement: str
) -> None:
    said = statement.format(table, TABLES[table], TABLES[table])
    assert desk.changes.rows(f"SELECT * FROM {table}")
    for made, why in ((engine, "permission denied"), (owner_engine, "inserts only")):
        with pytest.raises(DBAPIError, match=why), UnitOfWork(made, EVERYWHERE) as uow:
            uow.connection.execute(text(said))


def test_another_school_sees_none_of_it(
    desk: PaperDesk, owner_engine: Engine, engine: Engine
) -> None:
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
    for table in TABLES:
        for reach in ("", str(other.institution_id)):
            with UnitOfWork(engine, reach) as uow:
                assert uow.connection.execute(text(f"SELECT * FROM {table}")).all() == []
