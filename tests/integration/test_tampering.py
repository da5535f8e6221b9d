"""A part of R15: single fields altered by a superuser, each found; tests.chaos has the whole."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import Connection, Engine

from creditbank.db import make_engine
from tests.chaos.tampered import OFF, fill, findings
from tests.databases import Database
from tests.factories import tampering
from tests.factories.tree_desk import TreeDesk


@pytest.fixture
def superuser(clean_database: Database, engine: Engine, owner_engine: Engine):
    fill(TreeDesk(engine, owner_engine, pupils=3), each=88)
    administrator = make_engine(clean_database.superuser_url)
    with administrator.connect() as opened:
        connection = opened.execution_options(isolation_level="AUTOCOMMIT")
        tampering.disarm(connection)
        yield connection
    administrator.dispose()


def test_what_is_altered_is_found(clean_database: Database, superuser: Connection):
    chance = random.Random(1)
    assert findings(clean_database.owner_url) == []
    for table in tampering.TABLES:
        column = chance.choice(tampering.columns(superuser, table))[0]
        done = tampering.tamper(superuser, chance, table, column)
        assert findings(clean_database.owner_url), done
        tampering.mend(superuser, done)
    assert findings(clean_database.owner_url) == []
    for table, column, off in OFF.values():  # each check, switched off, misses its own kind
        done = tampering.tamper(superuser, chance, table, column)
        with off():
            assert findings(clean_database.owner_url) == [], done
        tampering.mend(superuser, done)
