"""Replay finds every stored verdict again, and says so when something was altered."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, create_engine, text

from creditbank.demo import seed_county
from creditbank.services.evaluations import drain
from creditbank.services.replays import replay_all, replay_learners
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)


@pytest.fixture
def county(clean_database: Database, engine: Engine, owner_engine: Engine) -> Database:
    """A small county whose verdicts were computed on two days and under two policies."""
    seed_county(clean_database.owner_url, as_of=NOW.date(), scale=0.02)
    for number in range(3):
        _drain_all(engine, NOW + timedelta(days=number))
        with owner_engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO school_policy_values (institution_id, key, effective_from, value,"
                    " reference) SELECT institution_id, 'substitution.cap_units', :day,"
                    " jsonb_build_object('value', cast(:cap AS int)), '测试' FROM institutions"
                ),
                {"day": date(2026, 7, 2) + timedelta(days=number), "cap": 100 + 100 * number},
            )
            connection.execute(
                text(
                    "UPDATE conduct_evaluations SET result = 'failed' WHERE enrolment_id % 7 = :n"
                ),
                {"n": number},
            )
            connection.execute(
                text(
                    "INSERT INTO pending_evaluations (learner_id, due_seq, cause, marked_at)"
                    " SELECT learner_id, 0, 'policy:test', now() FROM learner_heads"
                )
            )
    _drain_all(engine, NOW + timedelta(days=3))
    return clean_database


def _drain_all(engine: Engine, now: datetime) -> None:
    while drain(lambda: UnitOfWork(engine, EVERYWHERE), now=now).claimed:
        pass


def faults(owner: Engine, **options) -> Counter[str]:
    with UnitOfWork(owner, EVERYWHERE) as uow:
        return Counter(item.fault for item in replay_all(uow, **options))


def alter(database: Database, *statements: str) -> None:
    """As somebody who can switch the guards off."""
    superuser = create_engine(database.superuser_url)
    with superuser.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        for table in ("verdicts", "pinned_documents"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER refuse_change"))
        for statement in statements:
            assert connection.execute(text(statement)).rowcount
    superuser.dispose()


def test_every_verdict_is_found_again_though_facts_and_rules_have_changed(county, owner_engine):
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        count = "SELECT count(*), count(DISTINCT policy_version) FROM verdicts"
        stored, policies = uow.connection.execute(text(count)).one()
        causes = uow.connection.execute(text("SELECT count(*) FROM verdicts WHERE causes = '{}'"))
        assert causes.scalar_one() == 0
    assert policies > 3
    assert faults(owner_engine) == {"": stored}
    assert faults(owner_engine, limit=10) == {"": 10}


_OF = "WHERE verdict_id = {id}"
_PINNED = f"WHERE digest = (SELECT facts_hash FROM verdicts {_OF})"


CHANGES = (
    (f"UPDATE verdicts SET findings_hash = repeat('0', 64) {_OF}", "stored"),
    (f"UPDATE verdicts SET findings = findings || :changed {_OF}", "stored"),
    (f"UPDATE pinned_documents SET document = document || :changed {_PINNED}", "pin"),
    (f"DELETE FROM pinned_documents {_PINNED}", "pin"),
    (f"UPDATE verdicts SET ledger_seq = 3 {_OF}", "differs"),
    (f"UPDATE verdicts SET facts_hash = NULL {_OF}", "unpinned"),
)


def test_what_was_altered_is_named(county, owner_engine):
    with owner_engine.connect() as connection:
        chosen = connection.execute(
            text(
                "SELECT min(verdict_id) AS verdict_id, learner_id FROM verdicts"
                " WHERE ledger_seq > 20 AND subject_kind = 'graduation'"
                " GROUP BY learner_id ORDER BY learner_id LIMIT :count"
            ),
            {"count": len(CHANGES)},
        ).all()
    changed = """'{"counted_units": 1}'"""
    for (verdict_id, _), (change, _) in zip(chosen, CHANGES, strict=True):
        alter(county, change.replace(":changed", changed).replace("{id}", str(verdict_id)))
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        found = {
            item.verdict_id: item.fault
            for item in replay_learners(uow, [learner_id for _, learner_id in chosen])
        }
    named = [found[verdict_id] for verdict_id, _ in chosen]
    assert named == [fault for _, fault in CHANGES]
