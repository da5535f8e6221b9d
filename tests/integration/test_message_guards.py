"""What the database itself asks of messages, and that each of the two walls holds alone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, Insert, insert, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.access import Actor
from creditbank.domain.errors import ForbiddenError, NotFoundError
from creditbank.domain.messages import MessageFilter
from creditbank.domain.permissions import Role
from creditbank.queries.messages import count_unread, list_messages, read_message
from creditbank.services.messages import mark_read
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from creditbank.tables.messages import Message, MessageMail, MessageRead
from tests.databases import Database
from tests.factories.change_desk import NOW, ChangeDesk, make_change_desk, suspension
from tests.factories.message_desk import listen
from tests.factories.school import make_school

TABLES = {"messages": "kind", "message_reads": "read_at", "message_mails": "is_accepted"}
STRANGER = 950


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> ChangeDesk:
    """The student has applied, and later taken it back: guardian and registrar have messages."""
    made = make_change_desk(owner_engine, engine)
    people = {
        role.value: made.actor(role)
        for role in (Role.STUDENT, Role.GUARDIAN, Role.ADVISOR, Role.COUNTY, Role.TEACHER)
    }
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
    people |= {
        "stranger": Actor(STRANGER, Role.REGISTRAR, other.institution_id),
        "gone": made.actor(Role.ADVISOR, 951),
        "classmate": Actor(952, Role.STUDENT, learner_ids=frozenset({made.learner_id + 1})),
    }
    listen(owner_engine, engine, people, gone=["gone"])
    made.apply(suspension(), actor=made.actor(Role.STUDENT))
    made.take_back(1, Role.STUDENT)
    return made


def unit(desk: ChangeDesk, who: Actor, *, account: int | str | None = None) -> UnitOfWork:
    """As a visit opens it; the reach is everywhere, so that it is not what holds."""
    return UnitOfWork(desk.engine, EVERYWHERE, who.account_id if account is None else account)


def kinds(desk: ChangeDesk, who: Actor, **wall: Any) -> list[str]:
    with unit(desk, who, **wall) as uow:
        return [line.kind.value for line in list_messages(uow, who).items]


def test_an_account_sees_its_own_messages_newest_first(desk: ChangeDesk) -> None:
    assert kinds(desk, desk.actor(Role.GUARDIAN)) == ["withdrawn", "applied"]
    assert kinds(desk, desk.actor(Role.ADVISOR)) == ["turn"]
    assert kinds(desk, desk.actor(Role.COUNTY)) == []
    assert kinds(desk, desk.registrar) == ["withdrawn"]
    with unit(desk, desk.actor(Role.TEACHER)) as uow, pytest.raises(ForbiddenError):
        list_messages(uow, desk.actor(Role.TEACHER))


def test_a_page_goes_on_where_the_last_one_ended(desk: ChangeDesk) -> None:
    guardian = desk.actor(Role.GUARDIAN)
    with unit(desk, guardian) as uow:
        first = list_messages(uow, guardian, limit=1)
        second = list_messages(uow, guardian, limit=1, cursor=first.next_cursor)
    assert [line.kind for page in (first, second) for line in page.items] == [
        "withdrawn",
        "applied",
    ]
    assert second.next_cursor == ""


def test_the_database_alone_shows_no_other_account(desk: ChangeDesk) -> None:
    guardian = desk.actor(Role.GUARDIAN)
    for account in (desk.actor(Role.COUNTY).account_id, 0, ""):
        assert kinds(desk, guardian, account=account) == []
        with unit(desk, guardian, account=account) as uow:
            found = [
                uow.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
                for table in TABLES
            ]
            assert found == [0, 0, 0]
            assert count_unread(uow, guardian) == 0
            assert mark_read(uow, guardian, up_to=1000, now=NOW) == 0


def test_the_query_alone_shows_no_other_account(desk: ChangeDesk) -> None:
    guardian, advisor = desk.actor(Role.GUARDIAN), desk.actor(Role.ADVISOR)
    assert kinds(desk, guardian, account=EVERYBODY) == ["withdrawn", "applied"]
    with unit(desk, advisor, account=EVERYBODY) as uow:
        (theirs,) = list_messages(uow, advisor).items
        with pytest.raises(NotFoundError):
            read_message(uow, guardian, theirs.message_id)
        assert mark_read(uow, guardian, message_id=theirs.message_id, now=NOW) == 0
        assert count_unread(uow, advisor) == 1


def test_what_is_read_is_counted_no_more_and_once(desk: ChangeDesk) -> None:
    guardian = desk.actor(Role.GUARDIAN)
    with unit(desk, guardian) as uow:
        newest, oldest = list_messages(uow, guardian).items
        assert count_unread(uow, guardian) == 2
        assert mark_read(uow, guardian, message_id=newest.message_id, now=NOW) == 1
        assert mark_read(uow, guardian, message_id=newest.message_id, now=NOW) == 0
        unread = list_messages(uow, guardian, state=MessageFilter.UNREAD).items
        assert [line.message_id for line in unread] == [oldest.message_id]
        assert mark_read(uow, guardian, up_to=newest.message_id, now=NOW) == 1
        assert count_unread(uow, guardian) == 0
        assert [line.is_read for line in list_messages(uow, guardian).items] == [True, True]


def tell(account_id: int, **values: Any) -> Insert:
    """As the services do, which see nothing of what they tell."""
    given = {"account_id": account_id, "status_change_id": 1, "kind": "executed", "created_at": NOW}
    return insert(Message).values(given | values).inline()


def test_a_message_for_who_may_be_told_is_taken(desk: ChangeDesk, engine: Engine) -> None:
    with UnitOfWork(engine, "") as uow:
        for role in (Role.STUDENT, Role.GUARDIAN, Role.ADVISOR, Role.COUNTY):
            uow.connection.execute(tell(desk.actor(role).account_id))


@pytest.mark.parametrize("account_id", [STRANGER, 951, 952, 203, 9999])
def test_a_message_for_anybody_else_is_refused(
    desk: ChangeDesk, engine: Engine, account_id: int
) -> None:
    """Another school, a closed account, a classmate, a teacher, nobody."""
    assert desk.actor(Role.TEACHER).account_id == 203
    with pytest.raises(DBAPIError, match="told is who"), UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(tell(account_id))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"kind": "gossip"}, "ck_messages_kind"),
        ({"kind": "agreed"}, "ck_messages_office"),
        ({"office": "advisor"}, "ck_messages_office"),
        ({"kind": "applied"}, "uq_messages"),
    ],
)
def test_a_message_that_is_none_is_refused(
    desk: ChangeDesk, engine: Engine, values: dict[str, Any], why: str
) -> None:
    with pytest.raises(DBAPIError, match=why), UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(tell(desk.actor(Role.GUARDIAN).account_id, **values))


def test_nobody_reads_or_mails_for_another(desk: ChangeDesk) -> None:
    guardian, advisor = desk.actor(Role.GUARDIAN), desk.actor(Role.ADVISOR)
    with unit(desk, advisor) as uow:
        (theirs,) = list_messages(uow, advisor).items
    key = {"message_id": theirs.message_id, "account_id": advisor.account_id}
    read = insert(MessageRead).values(key | {"read_at": NOW})
    mail = insert(MessageMail).values(key | {"is_accepted": True, "sent_at": NOW})
    for statement in (read, mail):
        with pytest.raises(DBAPIError, match="row-level security"), unit(desk, guardian) as uow:
            uow.connection.execute(statement)
    foreign = read.values(account_id=guardian.account_id)
    with pytest.raises(DBAPIError, match="fk_message_reads"), unit(desk, guardian) as uow:
        uow.connection.execute(foreign)
    with pytest.raises(DBAPIError, match="row-level security"), unit(desk, advisor) as uow:
        uow.connection.execute(mail)
    with unit(desk, advisor) as uow:
        uow.connection.execute(read)
    with unit(desk, advisor, account=EVERYBODY) as uow:
        uow.connection.execute(mail)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"]
)
def test_what_was_told_stays(
    desk: ChangeDesk, engine: Engine, owner_engine: Engine, table: str, statement: str
) -> None:
    assert mark_all_read_and_mailed(desk) == 2
    said = statement.format(table, TABLES[table])
    with pytest.raises(DBAPIError, match="permission denied"):
        run(engine, said)
    with pytest.raises(DBAPIError, match="takes inserts only"):
        run(owner_engine, said)


def mark_all_read_and_mailed(desk: ChangeDesk) -> int:
    guardian = desk.actor(Role.GUARDIAN)
    with unit(desk, guardian, account=EVERYBODY) as uow:
        for line in list_messages(uow, guardian).items:
            key = {"message_id": line.message_id, "account_id": guardian.account_id}
            row = key | {"is_accepted": True, "sent_at": NOW}
            uow.connection.execute(insert(MessageMail).values(row))
        return mark_read(uow, guardian, up_to=1000, now=NOW)


def run(engine: Engine, statement: str) -> None:
    with UnitOfWork(engine, EVERYWHERE, EVERYBODY) as uow:
        uow.connection.execute(text(statement))


def test_the_audit_and_the_application_change_no_account(desk: ChangeDesk, engine: Engine) -> None:
    run(engine, "UPDATE accounts SET email = 'a@b.example' WHERE account_id = 201")
    with pytest.raises(DBAPIError, match="permission denied"):
        run(engine, "UPDATE accounts SET email = 'a@b.example', role = 'county'")
