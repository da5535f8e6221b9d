"""What the database itself asks of papers, whatever the services say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import DBAPIError

from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.papers import IssuedPaper, PaperRevocation
from tests.databases import Database
from tests.factories.change_desk import NOW, TODAY, make_change_desk, suspension
from tests.factories.paper_desk import PaperDesk
from tests.factories.school import make_school

TABLES = {"issued_papers": "code", "paper_revocations": "reason"}


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> PaperDesk:
    """A paper of the first pupil that was taken back."""
    made = PaperDesk(make_change_desk(owner_engine, engine))
    made.revoke(made.certify()[0])
    return made


def row(desk: PaperDesk, **values: Any) -> dict[str, Any]:
    """The next certificate of the first pupil."""
    given = {
        "institution_id": desk.changes.school.institution_id,
        "kind": "status_certificate",
        "year": 2025,
        "serial": 2,
        "number": "3637010001-2025-1-00002-0",
        "token": "x" * 22,
        "code": "AAAA-BBBB",
        "site": "https://x.example/verify",
        "learner_id": desk.changes.learner_id,
        "enrolment_id": desk.changes.enrolment_id,
        "valid_until": TODAY,
        "document": {},
        "content_hash": "0" * 64,
        "issued_by": 1,
        "issued_at": NOW,
    }
    return given | values


def test_the_next_paper_is_taken(desk: PaperDesk, engine: Engine) -> None:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(insert(IssuedPaper).values(row(desk)))
    assert len(desk.changes.rows("SELECT * FROM issued_papers")) == 2


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"serial": 1}, "follow one another"),
        ({"serial": 3}, "follow one another"),
        ({"year": 2026}, "number of the year"),
        ({"learner_id": 999}, "enrolment of the learner"),
        ({"enrolment_id": 2}, "enrolment of the learner"),
        ({"institution_id": 99}, "enrolment of the learner"),
        ({"valid_until": None}, "ck_issued_papers_until"),
        ({"kind": "diploma", "serial": 1}, "ck_issued_papers_kind"),
        ({"kind": "change_form", "serial": 1, "valid_until": None}, "ck_issued_papers_about"),
        (
            {"kind": "transfer_form", "serial": 1, "valid_until": None, "status_change_id": 1},
            "change of the enrolment",
        ),
    ],
)
def test_a_paper_that_is_none_is_refused(
    desk: PaperDesk, engine: Engine, values: dict[str, Any], why: str
) -> None:
    with pytest.raises(DBAPIError, match=why), UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(insert(IssuedPaper).values(row(desk, **values)))


def test_a_form_is_about_a_change_of_its_enrolment(desk: PaperDesk, engine: Engine) -> None:
    other = desk.changes.apply(suspension(), learner_id=desk.learner_ids[1]).status_change_id
    values = {"kind": "change_form", "serial": 1, "valid_until": None, "status_change_id": other}
    with pytest.raises(DBAPIError, match="change of the enrol"), UnitOfWork(engine, "*") as uow:
        uow.connection.execute(insert(IssuedPaper).values(row(desk, **values)))


def test_a_certificate_is_about_no_change(desk: PaperDesk, engine: Engine) -> None:
    own = desk.changes.apply(suspension()).status_change_id
    with pytest.raises(DBAPIError, match="ck_issued_papers_about"), UnitOfWork(engine, "*") as uow:
        uow.connection.execute(insert(IssuedPaper).values(row(desk, status_change_id=own)))


def test_a_school_takes_back_its_own_papers_once(
    desk: PaperDesk, owner_engine: Engine, engine: Engine
) -> None:
    (made,) = desk.certify(now=NOW + timedelta(days=1))
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
    said = {
        "issued_paper_id": made,
        "institution_id": other.institution_id,
        "reason": "x",
        "revoked_by": 1,
        "revoked_at": NOW,
    }
    with pytest.raises(DBAPIError, match="that issued it"), UnitOfWork(engine, "*") as uow:
        uow.connection.execute(insert(PaperRevocation).values(said))
    desk.revoke(made)
    said["institution_id"] = desk.changes.school.institution_id
    with pytest.raises(DBAPIError, match="pk_paper_revocations"), UnitOfWork(engine, "*") as uow:
        uow.connection.execute(insert(PaperRevocation).values(said))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_nobody_changes_or_removes_a_paper(
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
    with (
        pytest.raises(DBAPIError, match="row-level security"),
        UnitOfWork(engine, str(other.institution_id)) as uow,
    ):
        uow.connection.execute(insert(IssuedPaper).values(row(desk)))
