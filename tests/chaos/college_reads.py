"""R11 for verified status: fifty readers and ten posters with all workers stopped.

No answer may be behind a post that had been acknowledged before the question was asked.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from unittest.mock import patch

from flask import Flask
from sqlalchemy import text

from creditbank.app import create_app
from creditbank.commands import WEB_THREADS, WEB_WORKERS
from creditbank.db import make_engine
from creditbank.services.evaluations import drain
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from tests.chaos.arena import Arena, arena
from tests.factories.signing import Signer, college_actor, make_signer, sent

READERS, POSTERS, SECONDS = 50, 10, 60.0
Member = tuple[int, int]
"""(agreement, learner)"""


def run(*, small: bool) -> dict:
    with arena([]) as made:
        found = _attack(made, seconds=3.0 if small else SECONDS)
    is_asked = found["answers"] > 0 and found["posts"] > 0
    is_right = found["stale"] == 0 and found["refused"] == {}
    return {**found, "passed": is_asked and is_right}


def control(*, small: bool) -> dict:
    """Who takes the stored verdict for current whatever the books say must be caught."""
    with (
        arena([]) as made,
        patch("creditbank.services.fresh_verdicts._is_current", return_value=True),
    ):
        found = _attack(made, seconds=3.0 if small else SECONDS / 6)
    return {**found, "went_red": found["stale"] > 0}


def _attack(made: Arena, *, seconds: float) -> dict:
    app = create_app(made.settings)

    def open_unit() -> UnitOfWork:
        return UnitOfWork(made.engine, EVERYWHERE, EVERYBODY)

    while drain(open_unit, now=datetime.now(UTC)).claimed:
        pass
    signer, members = college_of(made)
    numbers = iter(range(10**9))

    def post(learner: int) -> int:
        return made.post(learner, f"chaos {next(numbers)}").ledger_seq

    return read_while_posting(
        app, signer, members, post, seconds=seconds, readers=READERS, posters=POSTERS
    )


def college_of(made: Arena) -> tuple[Signer, list[Member]]:
    """A college with a class at the vocational school: its key, and the learners shared with it."""
    owner = make_engine(made.owner_url)
    with UnitOfWork(owner, EVERYWHERE) as uow:
        rows = uow.connection.execute(
            text(
                "SELECT s.agreement_id, s.learner_id, s.college_id, a.account_id"
                " FROM shared_members s JOIN accounts a"
                "  ON a.institution_id = s.college_id AND a.role = 'college'"
                " JOIN agreements_on(:today) g ON g.agreement_id = s.agreement_id"
                "  AND :today BETWEEN g.valid_from AND g.valid_to"
                " WHERE s.school_id = 1 AND s.college_id = ("
                "  SELECT college_id FROM shared_members WHERE school_id = 1"
                "  GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1)"
                " ORDER BY 2"
            ),
            {"today": datetime.now(UTC).date()},
        ).all()
    college = college_actor(rows[0].account_id, rows[0].college_id)
    signer = make_signer(owner, college, now=datetime.now(UTC))
    owner.dispose()
    return signer, [(row.agreement_id, row.learner_id) for row in rows]


def read_while_posting(
    app: Flask,
    signer: Signer,
    members: Sequence[Member],
    post: Callable[[int], int],
    *,
    seconds: float,
    readers: int,
    posters: int,
) -> dict:
    """Ask and post at once. post: (learner) -> ledger_seq, acknowledged when it returns.

    refused: answers other than 200, by status.
    """
    acknowledged = dict.fromkeys((learner for _, learner in members), 0)
    counted = {"answers": 0, "posts": 0, "stale": 0}
    refused: Counter[int] = Counter()
    # As many at once as the web server lets in; the others wait before it, and not for a
    # connection, for which nobody waits longer than the pool's five seconds (503).
    slots = threading.BoundedSemaphore(WEB_WORKERS * WEB_THREADS)
    lock, until = threading.Lock(), time.monotonic() + seconds

    def read(seed: int) -> None:
        client, chosen = app.test_client(), random.Random(seed)
        while time.monotonic() < until:
            agreement, learner = chosen.choice(members)
            target = f"/api/v1/college/agreements/{agreement}/learners/{learner}/status"
            with slots:
                known = acknowledged[learner]
                answer = client.open(target, **sent(signer, "GET", target))
            with lock:
                is_right = answer.status_code == 200
                counted["answers"] += is_right
                refused.update([] if is_right else [answer.status_code])
                found = (answer.json or {}).get("ledger_seq", 0)
                counted["stale"] += is_right and found < known

    def write(seed: int) -> None:
        chosen = random.Random(-seed - 1)
        while time.monotonic() < until:
            _, learner = chosen.choice(members)
            seq = post(learner)
            with lock:
                acknowledged[learner] = max(acknowledged[learner], seq)
                counted["posts"] += 1

    threads = [threading.Thread(target=read, args=(number,)) for number in range(readers)]
    threads += [threading.Thread(target=write, args=(number,)) for number in range(posters)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {**counted, "refused": {str(status): count for status, count in refused.items()}}
