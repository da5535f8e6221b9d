"""R7: eight registrars at once on the same evidence and the same caps: never over, never twice."""

from __future__ import annotations

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from unittest.mock import patch

from sqlalchemy import text

from creditbank.domain.access import Actor
from creditbank.domain.awards import AwardLevel, AwardRank
from creditbank.domain.errors import CreditbankError
from creditbank.domain.permissions import Role
from creditbank.services.commands import ApproveSubstitution, PostCompetitionCredit
from creditbank.services.credits import post_credit
from creditbank.services.substitutions import approve_substitution
from creditbank.store import ledger
from creditbank.store.unit_of_work import UnitOfWork
from tests.chaos.arena import REGISTRAR, SCHOOL, Arena, arena

APPROVER = Actor(account_id=7, role=Role.APPROVER, institution_id=1)
REGISTRARS = 8
CAP_UNITS = 800


def run(*, small: bool) -> dict:
    with arena([]) as made:
        found = _attack(made, learners=10 if small else 400, rounds=5 if small else 100)
    return {**found, "passed": not found["violations"] and not found["collisions"]}


def control(*, small: bool) -> dict:
    """Reading the head without its lock, caps must be broken or entries collide."""
    with arena([]) as made, patch("creditbank.services.books.lock_head", _read_without_lock):
        found = _attack(made, learners=10 if small else 50, rounds=5 if small else 20)
    return {**found, "went_red": found["violations"] + found["collisions"] > 0}


def _read_without_lock(connection, learner_id: int):
    row = connection.execute(
        text("SELECT ledger_seq, facts_seq, head_hash FROM learner_heads WHERE learner_id = :id"),
        {"id": learner_id},
    ).one()
    return ledger.Head(row.ledger_seq, row.facts_seq, row.head_hash)


def _attack(made: Arena, *, learners: int, rounds: int) -> dict:
    """In each round eight registrars at once do the same to each learner: book an award, or draw.

    Even rounds book one new award, odd rounds draw on it beyond what it and the cap allow.
    """
    chosen = made.learner_ids[:learners]
    collisions = done = 0
    with ThreadPoolExecutor(REGISTRARS) as pool:
        for number in range(rounds):
            for learner_id in chosen:
                if number % 2:
                    jobs = [pool.submit(_draw, made, learner_id) for _ in range(REGISTRARS)]
                else:
                    event = f"chaos {number}"
                    jobs = [pool.submit(_award, made, learner_id, event) for _ in range(REGISTRARS)]
                results = Counter(job.result() for job in jobs)
                collisions += results["collision"]
                done += results["done"]
    return {
        "learners": len(chosen),
        "rounds": rounds,
        "calls": len(chosen) * rounds * REGISTRARS,
        "done": done,
        "violations": _violations(made),
        "collisions": collisions,
    }


def _award(made: Arena, learner_id: int, event: str) -> str:
    command = PostCompetitionCredit(
        learner_id=learner_id,
        event=event,
        level=AwardLevel.NATIONAL,
        rank=AwardRank.FIRST,
        earned_on=date(2026, 6, 1),
    )
    return _try(made, lambda uow: post_credit(
        uow, REGISTRAR, command, idempotency_key=uuid.uuid4().hex, now=datetime.now(UTC)
    ))  # fmt: skip


def _draw(made: Arena, learner_id: int) -> str:
    with UnitOfWork(made.engine, SCHOOL) as uow:
        seq = uow.connection.execute(
            text(
                "SELECT max(ledger_seq) FROM ledger_entries WHERE learner_id = :id"
                " AND kind = 'competition'"
            ),
            {"id": learner_id},
        ).scalar_one()
    command = ApproveSubstitution(
        learner_id=learner_id, source_seq=seq, block_code="XX", units=300, document_no="chaos"
    )
    return _try(made, lambda uow: approve_substitution(
        uow, APPROVER, command, idempotency_key=uuid.uuid4().hex, now=datetime.now(UTC)
    ))  # fmt: skip


def _try(made: Arena, work) -> str:
    try:
        with UnitOfWork(made.engine, SCHOOL) as uow:
            work(uow)
    except CreditbankError as error:
        # With the lock the second comer is told the truth; without it the database has to stop it.
        return "collision" if error.__cause__ is not None else "refused"
    except Exception:  # noqa: BLE001 (only an unlocked head lets two writers collide in the database)
        return "collision"
    return "done"


def _violations(made: Arena) -> int:
    """Awards drawn over their units, learners over the cap, evidence standing twice."""
    with made.engine.connect() as connection:
        connection.execute(text("SELECT set_config('creditbank.reach', '*', true)"))
        return connection.execute(
            text(
                """
                SELECT (SELECT count(*) FROM (
                    SELECT learner_id FROM ledger_entries
                    WHERE kind = 'substitution' AND units > 0
                    GROUP BY learner_id HAVING sum(units) > :cap) a)
                  + (SELECT count(*) FROM (
                    SELECT s.learner_id FROM ledger_entries s JOIN ledger_entries a
                      ON a.learner_id = s.learner_id AND a.ledger_seq = s.source_seq
                    WHERE s.kind = 'substitution' AND s.units < 0
                    GROUP BY s.learner_id, s.source_seq, a.units
                    HAVING a.units + sum(s.units) < 0) b)
                  + (SELECT count(*) FROM (
                    SELECT learner_id FROM ledger_entries
                    WHERE kind = 'competition' AND detail->>'event' LIKE 'chaos%'
                    GROUP BY learner_id, detail->>'event' HAVING count(*) > 1) c)
                """
            ),
            {"cap": CAP_UNITS},
        ).scalar_one()
