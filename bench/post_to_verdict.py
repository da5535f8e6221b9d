"""From the 201 of a posting to the first answer that shows it in transcript and stored verdict.

One plain HTTP client posts one credit of each kind, then 500 at 50 a second, one at a time.
"""

from __future__ import annotations

import statistics
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import httpx

from bench.installation import installation

PER_SECOND = 50
P50_BAR_MS, P99_BAR_MS = 30.0, 150.0
_PATIENCE_S = 5.0
_LEARNERS = 1_800


def measure(*, small: bool = False) -> dict[str, Any]:
    """Percentiles in milliseconds over 500 posts (20 when small)."""
    with installation() as found:
        headers = {"Authorization": f"Bearer {found.api_key('registrar')}"}
        with httpx.Client(base_url=found.address, headers=headers, timeout=10) as client:
            kinds = [_kind(client, credit) for credit in _one_of_each()]
            for _ in range(5):
                _post_and_see(client, _volunteering(0))
            waits = []
            for number in range(20 if small else 500):
                started = time.perf_counter()
                waits.append(_post_and_see(client, _volunteering(number)))
                time.sleep(max(0.0, 1 / PER_SECOND - (time.perf_counter() - started)))
    quantiles = statistics.quantiles(waits, n=100)
    return {
        "posts": len(waits),
        "kinds_seen": kinds,
        "p50_ms": round(quantiles[49], 1),
        "p99_ms": round(quantiles[98], 1),
        "max_ms": round(max(waits), 1),
        "within_bar": quantiles[49] <= P50_BAR_MS and quantiles[98] <= P99_BAR_MS,
    }


def _kind(client: httpx.Client, credit: dict[str, Any]) -> str:
    _post_and_see(client, credit)
    return str(credit["kind"])


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
        if all(item["stored"] and item["ledger_seq"] >= seq for item in verdicts):
            return (time.perf_counter() - posted) * 1000
    message = "the verdict did not follow"
    raise RuntimeError(message)


def _one_of_each() -> list[dict[str, Any]]:
    day = datetime.now(UTC).date().isoformat()
    return [
        {
            "kind": "course", "learner_id": 1, "course_code": "RX01", "term": "2025-2026-2",
            "mark": "88", "earned_on": "2026-06-20",
        },
        {
            "kind": "competition", "learner_id": 1, "event": f"测量用比赛{uuid.uuid4().hex[:6]}",
            "level": "23", "rank": "3", "certificate_no": uuid.uuid4().hex[:20],
            "earned_on": "2026-06-20",
        },
        {
            "kind": "innovation", "learner_id": 1, "category": "skill_certificate",
            "title": "数控车工职业技能等级证书", "certificate_level": "intermediate",
            "certificate_no": f"Y0001370124002649{uuid.uuid4().int % 1_000_000:06d}",
            "earned_on": min(day, "2026-06-20"),
        },
    ]  # fmt: skip


def _volunteering(number: int) -> dict[str, Any]:
    return {
        "kind": "innovation",
        "learner_id": 2 + number * 7 % _LEARNERS,
        "category": "volunteering",
        "title": f"志愿服务{uuid.uuid4().hex[:8]}",
        "quantity": 20,
        "earned_on": "2026-06-01",
    }
