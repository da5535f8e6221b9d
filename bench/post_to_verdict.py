"""From the 201 of a posting to the first answer that shows it in transcript and stored verdict.

One plain HTTP client posts 500 credits of all kinds at 50 a second, one at a time. Seen is an entry
when the transcript holds it and the stored verdicts stand at it and say what became of it.
"""

from __future__ import annotations

import statistics
import time
import uuid
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import text

from bench.installation import installation
from creditbank.db import make_engine
from creditbank.domain.calendar import local_date
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork

PER_SECOND = 50
P50_BAR_MS, P99_BAR_MS = 30.0, 150.0
_PATIENCE_S = 5.0


def measure(*, small: bool = False) -> dict[str, Any]:
    """Percentiles in milliseconds over 500 posts (20 when small)."""
    with installation() as found:
        learners = _enrolled(found.database_url)
        term = _term(found.database_url)
        headers = {"Authorization": f"Bearer {found.api_key('registrar')}"}
        with httpx.Client(base_url=found.address, headers=headers, timeout=10) as client:
            for credit in _one_of_each(learners, term, 0):
                _post_and_see(client, credit)
            waits: list[float] = []
            kinds: Counter[str] = Counter()
            for number in range(20 if small else 500):
                credit = _one_of_each(learners, term, 1 + number // 4)[number % 4]
                kinds[credit["kind"]] += 1
                started = time.perf_counter()
                waits.append(_post_and_see(client, credit))
                time.sleep(max(0.0, 1 / PER_SECOND - (time.perf_counter() - started)))
    quantiles = statistics.quantiles(waits, n=100)
    return {
        "posts": len(waits),
        "kinds": dict(kinds),
        "p50_ms": round(quantiles[49], 1),
        "p99_ms": round(quantiles[98], 1),
        "max_ms": round(max(waits), 1),
        "within_bar": quantiles[49] <= P50_BAR_MS and quantiles[98] <= P99_BAR_MS,
    }


def _post_and_see(client: httpx.Client, credit: dict[str, Any]) -> float:
    """Milliseconds from the 201 until transcript and stored verdicts have both shown the entry.

    The transcript is asked first: it reads the ledger and must hold the entry at once.
    """
    answer = client.post(
        "/api/v1/credits", json=credit, headers={"Idempotency-Key": uuid.uuid4().hex}
    )
    posted = time.perf_counter()
    if answer.status_code != httpx.codes.CREATED:
        raise RuntimeError(answer.text)
    seq = answer.json()["ledger_seq"]
    learner = f"/api/v1/learners/{credit['learner_id']}"
    if client.get(f"{learner}/transcript").json()["ledger_seq"] < seq:
        message = "the transcript was behind its own ledger"
        raise RuntimeError(message)
    while time.perf_counter() - posted < _PATIENCE_S:
        verdicts = client.get(f"{learner}/verdicts").json()["verdicts"]
        if verdicts and all(_shows(item, seq) for item in verdicts):
            return (time.perf_counter() - posted) * 1000
    message = "the verdict did not follow"
    raise RuntimeError(message)


def _shows(verdict: dict[str, Any], seq: int) -> bool:
    """A stored verdict at the entry or after it; that on graduation names what the entry did."""
    at = verdict["stored"] and verdict["ledger_seq"] >= seq
    if not at or verdict["subject_kind"] != "graduation":
        return bool(at)
    return any(item["ledger_seq"] == seq for item in verdict["placements"])


def _one_of_each(learners: list[int], term: str, number: int) -> list[dict[str, Any]]:
    """A volunteering, a retake, an award and a certificate, each of another learner, all of today.

    term: the one in which today lies.
    """
    today = local_date(datetime.now(UTC)).isoformat()
    first, second, third, fourth = (learners[(4 * number + at) % len(learners)] for at in range(4))
    return [
        {
            "kind": "innovation", "learner_id": first, "category": "volunteering",
            "title": f"志愿服务{uuid.uuid4().hex[:8]}", "quantity": 20, "earned_on": today,
        },
        {
            "kind": "course", "learner_id": second, "course_code": "RX01",
            "term": term, "exam_kind": "13", "mark": "88", "earned_on": today,
        },
        {
            "kind": "competition", "learner_id": third,
            "event": f"测量用比赛{uuid.uuid4().hex[:6]}",
            "level": "23", "rank": "3", "certificate_no": uuid.uuid4().hex[:20],
            "earned_on": today,
        },
        {
            "kind": "innovation", "learner_id": fourth,
            "category": "skill_certificate",
            "title": "数控车工职业技能等级证书", "certificate_level": "intermediate",
            "certificate_no": f"Y000137012400264{uuid.uuid4().int % 1_000_000:06d}",
            "earned_on": today,
        },
    ]  # fmt: skip


def _term(database_url: str) -> str:
    """The term in which today lies."""
    engine = make_engine(database_url)
    with UnitOfWork(engine, EVERYWHERE) as uow:
        found = uow.connection.execute(
            text("SELECT code FROM academic_terms WHERE :today BETWEEN starts_on AND ends_on"),
            {"today": local_date(datetime.now(UTC))},
        ).scalar_one()
    engine.dispose()
    return str(found)


def _enrolled(database_url: str) -> list[int]:
    """Learners of the first school who study there today."""
    engine = make_engine(database_url)
    with UnitOfWork(engine, EVERYWHERE) as uow:
        found = uow.connection.execute(
            text(
                "SELECT learner_id FROM enrolments WHERE status = '01' AND institution_id ="
                " (SELECT institution_id FROM accounts WHERE username = 'registrar')"
                " ORDER BY learner_id"
            )
        )
        learners = list(found.scalars())
    engine.dispose()
    return learners
