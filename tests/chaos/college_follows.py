"""A college follows a cohort of 500 for a minute of live posting, and ends equal to the database.

Its client is the one of docs/for-colleges.md, over HTTP; workers are killed meanwhile, learners
leave and consents are withdrawn.
"""

from __future__ import annotations

import re
import threading
import time
import types
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from werkzeug.serving import make_server

from creditbank.app import create_app
from creditbank.db import make_engine
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.chaos.arena import Arena, Posters, arena
from tests.chaos.college_reads import college_of

_PAGE = Path(__file__).parents[2] / "docs/for-colleges.md"
_COHORT, _SECONDS, _RATE, _PATIENCE_S = 500, 60, 20.0, 60.0
_AGREE = text("SELECT set_config('creditbank.sharing_consent', 'joining', true)")
_JOIN = text("""
INSERT INTO agreement_members (agreement_id, enrolment_id, joined_on, left_reason)
SELECT :agreement, e.enrolment_id, :today, '' FROM enrolments e
WHERE e.institution_id = 1 AND e.is_open AND NOT EXISTS (SELECT FROM agreement_members m
  WHERE m.enrolment_id = e.enrolment_id)
ORDER BY e.enrolment_id LIMIT :wanted
""")
_LEAVE = text("""
UPDATE agreement_members SET left_on = :today WHERE (agreement_id, enrolment_id) IN (
  SELECT agreement_id, enrolment_id FROM shared_members WHERE agreement_id = :agreement
  ORDER BY enrolment_id LIMIT 5)
""")
_STANDING = text("""
SELECT s.learner_id, h.outcome, b.ledger_seq FROM shared_members s
  JOIN verdict_heads h ON h.enrolment_id = s.enrolment_id AND h.subject_kind = 'articulation'
    AND h.subject_id = s.agreement_id
  JOIN learner_heads b ON b.learner_id = s.learner_id
WHERE s.agreement_id = :agreement
""")


def run(*, small: bool) -> dict:
    found = _attack(small=small, without="")
    return {**found, "passed": found["different"] == 0 and found["members"] > 0}


def control(*, small: bool) -> dict:
    """Where the books move without a mark the client must end behind them."""
    statement = "ALTER TABLE {} DISABLE TRIGGER mark_cohorts_update_of_{}"
    found = _attack(small=small, without=statement)
    return {**found, "went_red": found["different"] > 0}


def _attack(*, small: bool, without: str) -> dict:
    wanted, seconds = (40, 4) if small else (_COHORT, _SECONDS)
    with arena(scale=0.08 if small else 0.45) as made, _live(made) as site:
        signer, members = college_of(made)
        agreement, today = members[0][0], datetime.now(UTC).date()
        owner = make_engine(made.owner_url)
        with UnitOfWork(owner, EVERYWHERE) as uow:
            there = sum(1 for item in members if item[0] == agreement)
            asked = {"agreement": agreement, "today": today, "wanted": max(0, wanted - there)}
            uow.connection.execute(_AGREE)
            uow.connection.execute(_JOIN, asked)
            for table in ("learner_heads", "verdict_heads") if without else ():
                uow.connection.execute(text(without.format(table, table)))
        college = _client()(site, signer.key_id, signer.secret)
        college.follow(agreement)
        first = len(college.members)
        made.learner_ids = sorted(college.members)
        poster = Posters(made, posts=int(seconds * _RATE), per_second=_RATE)
        poster.start()
        rounds = 0
        while poster.is_alive():
            made.tend()
            college.follow(agreement)
            rounds += 1
            if rounds == 3:
                made.kill_workers()
                with UnitOfWork(owner, EVERYWHERE) as uow:
                    uow.connection.execute(_LEAVE, {"agreement": agreement, "today": today})
            time.sleep(0.3)
        settled = made.wait_until_settled(_PATIENCE_S)
        college.follow(agreement)
        different = _different(owner, agreement, college.members)
        owner.dispose()
    return {
        "cohort": first,
        "posts": len(poster.acknowledged),
        "reads": rounds,
        "members": len(college.members),
        "position": college.position,
        "settled_s": None if settled is None else round(settled, 1),
        "different": different,
    }


def _different(owner: Any, agreement: int, known: dict[int, dict[str, Any]]) -> int:
    """Learners whom client and database do not know alike."""
    with UnitOfWork(owner, EVERYWHERE) as uow:
        rows = uow.connection.execute(_STANDING, {"agreement": agreement}).all()
    standing = {row.learner_id: (row.outcome, row.ledger_seq) for row in rows}
    told = {number: (item["outcome"], item["ledger_seq"]) for number, item in known.items()}
    return sum(standing.get(number) != told.get(number) for number in standing.keys() | told.keys())


def _client() -> Any:
    found = re.search(
        r'^```python title="client.py"\n(.*?)^```', _PAGE.read_text(), re.MULTILINE | re.DOTALL
    )
    made = types.ModuleType("client")
    exec(compile(found[1] if found else "", "client", "exec"), made.__dict__)  # noqa: S102
    return made.College


@contextmanager
def _live(made: Arena) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(made.settings), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
