"""Everything computed again: what stands in the whole county, and a long history of verdicts.

The county is seeded and drained; then credits are posted to everybody, round after round, until
the history is long enough. Differences must be none in both.
"""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine, text

from bench.throwaway import fill, servers
from creditbank.db import make_engine
from creditbank.domain.access import Actor
from creditbank.domain.awards import InnovationCategory
from creditbank.domain.permissions import Role
from creditbank.embedded import OWNER
from creditbank.replaying import recompute, replay
from creditbank.services.commands import PostInnovationCredit
from creditbank.services.credits import BATCH_MAX, post_batch
from creditbank.services.evaluations import drain
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork

VERDICTS = 100_000
_ROUNDS_MAX = 40
_OPEN = text("SELECT institution_id, learner_id FROM enrolments WHERE is_open ORDER BY 2")
_VERDICTS = text("SELECT count(*) FROM verdicts")


def measure(*, small: bool = False) -> dict[str, Any]:
    """Counts and differences of both, with the seconds they took on two cores."""
    with servers() as urls:
        fill(urls, small=small)
        engine = make_engine(urls.database(), pool_size=1)
        _drain(engine)
        url = urls.database(OWNER)
        today = datetime.now(UTC).date()
        started = time.perf_counter()
        standing = recompute(url, as_of=today, workers=2, progress=_silently)
        recomputed = time.perf_counter() - started
        _lengthen_history(engine, VERDICTS // 100 if small else VERDICTS)
        engine.dispose()
        started = time.perf_counter()
        history = replay(url, workers=2, progress=_silently)
        replayed = time.perf_counter() - started
    return {
        "standing": standing.count,
        "standing_differences": len(standing.differences),
        "recompute_s": round(recomputed, 1),
        "replayed": history.count,
        "replayed_same": history.same,
        "replay_differences": len(history.differences),
        "replay_s": round(replayed, 1),
        "within_bar": not standing.differences and history.same == history.count,
    }


def _lengthen_history(engine: Engine, wanted: int) -> None:
    """Post an hour of volunteering to everybody, until so many verdicts have been written."""
    with UnitOfWork(engine, EVERYWHERE) as uow:
        schools: dict[int, list[int]] = defaultdict(list)
        for school_id, learner_id in uow.connection.execute(_OPEN):
            schools[school_id].append(learner_id)
    for number in range(_ROUNDS_MAX):
        if _count(engine) >= wanted:
            return
        for school_id, learner_ids in schools.items():
            for start in range(0, len(learner_ids), BATCH_MAX):
                _post(engine, school_id, learner_ids[start : start + BATCH_MAX], number)
        _drain(engine)
    message = f"only {_count(engine)} verdicts after {_ROUNDS_MAX} rounds"
    raise RuntimeError(message)


def _post(engine: Engine, school_id: int, learner_ids: list[int], number: int) -> None:
    commands = [
        PostInnovationCredit(
            learner_id=learner_id,
            category=InnovationCategory.VOLUNTEERING,
            title=f"志愿服务第{number + 1}次",
            quantity=20,
            earned_on=date(2026, 6, 1),
        )
        for learner_id in learner_ids
    ]
    registrar = Actor(account_id=1, role=Role.REGISTRAR, institution_id=school_id)
    with UnitOfWork(engine, str(school_id)) as uow:
        post_batch(
            uow,
            registrar,
            commands,
            idempotency_key=f"replay {school_id} {number} {learner_ids[0]}",
            now=datetime.now(UTC),
        )


def _drain(engine: Engine) -> None:
    while drain(lambda: UnitOfWork(engine, EVERYWHERE), now=datetime.now(UTC)).claimed:
        pass


def _count(engine: Engine) -> int:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        return int(uow.connection.execute(_VERDICTS).scalar_one())


def _silently(_done: int, _of: int) -> None:
    pass
