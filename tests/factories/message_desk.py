"""Accounts for the people of a desk, and who of them was told of what since the last look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Engine, insert, text

from creditbank.domain.access import Actor
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from creditbank.tables.accounts import Account, AccountLearner

News = set[tuple[str, str, str]]


@dataclass
class Ears:
    """names: of all who have an account, by its number."""

    engine: Engine
    names: Mapping[int, str]
    heard: int = field(default=0)

    def news(self) -> News:
        """(who, kind, office) of each message since the last call."""
        with UnitOfWork(self.engine, EVERYWHERE, EVERYBODY) as uow:
            rows = uow.connection.execute(
                text("SELECT * FROM messages WHERE message_id > :heard"), {"heard": self.heard}
            ).all()
        self.heard = max([self.heard, *(row.message_id for row in rows)])
        told = [(self.names[row.account_id], row.kind, row.office) for row in rows]
        assert len(told) == len(set(told))
        return set(told)


def listen(
    owner: Engine, engine: Engine, people: Mapping[str, Actor], gone: Iterable[str] = ()
) -> Ears:
    """Give everybody an account, but for whoever has one; gone: whose account is closed."""
    with UnitOfWork(owner, EVERYWHERE) as uow:
        there = set(uow.connection.execute(text("SELECT account_id FROM accounts")).scalars())
        for name, who in people.items():
            if who.account_id in there:
                continue
            uow.connection.execute(
                insert(Account).values(
                    account_id=who.account_id,
                    username=f"u{who.account_id}",
                    display_name=name,
                    password_hash="!",
                    role=who.role.value,
                    institution_id=who.institution_id,
                    section=who.section or "",
                    is_active=name not in gone,
                )
            )
            for learner_id in who.learner_ids:
                uow.connection.execute(
                    insert(AccountLearner).values(account_id=who.account_id, learner_id=learner_id)
                )
    return Ears(engine, {who.account_id: name for name, who in people.items()})


def told(kind: str, office: str, *names: str) -> News:
    """The same message for several."""
    return {(name, kind, office) for name in names}
