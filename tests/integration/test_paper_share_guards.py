"""What the database itself asks of links to papers, whatever the services say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.access import Actor
from creditbank.domain.permissions import Role
from creditbank.services.paper_shares import SharePaper, WithdrawShare, share_paper, withdraw_share
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.paper_shares import PaperShare, PaperShareOpening
from tests.databases import Database
from tests.factories.change_desk import NOW, make_change_desk
from tests.factories.paper_desk import PaperDesk
from tests.factories.school import make_school

TABLES = {
    "paper_shares": "shows_numbers",
    "paper_share_withdrawals": "withdrawn_by",
    "paper_share_openings": "is_file",
}


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> PaperDesk:
    """A certificate of the first pupil, shared, opened and withdrawn."""
    made = PaperDesk(make_change_desk(owner_engine, engine))
    (paper,) = made.certify()
    family = Actor(1, Role.STUDENT, learner_ids=frozenset(made.learner_ids[:1]))
    with UnitOfWork(engine, str(made.changes.school.institution_id)) as uow:
        command = SharePaper(learner_id=made.learner_ids[0], issued_paper_id=paper, days=7)
        share = share_paper(uow, family, command, idempotency_key="s", now=NOW)
        opening = {"is_file": False, "opened_at": NOW, "paper_share_id": share.paper_share_id}
        school = {"institution_id": made.changes.school.institution_id}
        uow.connection.execute(insert(PaperShareOpening).values(opening | school))
        withdraw_share(uow, family, WithdrawShare(paper_share_id=share.paper_share_id), now=NOW)
    return made


def row(desk: PaperDesk, **values: Any) -> dict[str, Any]:
    """Another link to the certificate."""
    given = {
        "institution_id": desk.changes.school.institution_id,
        "learner_id": desk.learner_ids[0],
        "issued_paper_id": 1,
        "token_hash": "0" * 64,
        "shows_numbers": False,
        "expires_at": NOW + timedelta(days=7),
        "shared_by": 1,
        "shared_at": NOW,
    }
    return given | values


def test_another_link_is_taken(desk: PaperDesk, engine: Engine) -> None:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(insert(PaperShare).values(row(desk)))
    assert len(desk.changes.rows("SELECT * FROM paper_shares")) == 2


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"learner_id": 999}, "of its learner and school"),
        ({"institution_id": 999}, "of its learner and school"),
        ({"issued_paper_id": 999}, "of its learner and school"),
        ({"issued_paper_id": None}, "of its learner and school"),
        ({"issued_credential_id": 1}, "ck_paper_shares_one"),
        ({"expires_at": NOW}, "ck_paper_shares_time"),
    ],
)
def test_a_link_to_what_is_not_the_learners_is_refused(
    desk: PaperDesk, engine: Engine, values: dict[str, Any], why: str
) -> None:
    with pytest.raises(DBAPIError, match=why), UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(insert(PaperShare).values(row(desk, **values)))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_nobody_changes_or_removes_a_link(
    desk: PaperDesk, owner_engine: Engine, engine: Engine, table: str, statement: str
) -> None:
    said = statement.format(table, TABLES[table], TABLES[table])
    assert desk.changes.rows(f"SELECT * FROM {table}")
    for made, why in ((engine, "permission denied"), (owner_engine, "inserts only")):
        with pytest.raises(DBAPIError, match=why), UnitOfWork(made, EVERYWHERE) as uow:
            uow.connection.execute(text(said))


def test_no_other_school_and_no_college_sees_a_link(
    desk: PaperDesk, owner_engine: Engine, engine: Engine
) -> None:
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
    of_college = f"{desk.changes.school.institution_id}@1/2025-12-01"
    for table in TABLES:
        for reach in ("", str(other.institution_id), of_college):
            with UnitOfWork(engine, reach) as uow:
                assert uow.connection.execute(text(f"SELECT * FROM {table}")).all() == []
