"""Several rounds of booking at once: whatever claims have in common is booked exactly once.

`python -m tests.chaos claims` does the same with two hundred claims, and with the guard off.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from creditbank.services.claim_postings import post_claim
from tests.databases import Database
from tests.factories.claim_desk import AFTER, AWARD, ClaimDesk, make_claim_desk, other

THREADS = 4


def book(desk: ClaimDesk, claim_id: int) -> None:
    with desk.unit() as uow:
        post_claim(uow, claim_id, now=AFTER)


def test_certificates_and_files_in_common_are_booked_once_by_four_rounds_at_once(
    clean_database: Database, owner_engine: Engine, engine: Engine
) -> None:
    desk = make_claim_desk(owner_engine, engine, pupils=4)
    claims = []
    for at in range(4):
        for school in (0, 1):
            number = f"SHARED-{at // 2}"
            content = other(AWARD, title=f"2026 技能大赛 {at}", certificate_no=number)
            claims.append(desk.announced(content, of=at, school=school))
            content = other(AWARD, title=f"2026 文明风采 {at}", certificate_no=f"{at}-{school}")
            claims.append(desk.announced(content, of=at, school=school, proof=f"file {at}"))
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda number: book(desk, number), [*claims, *claims[::-1]]))
    found = desk.rows(
        "SELECT e.evidence_no, f.file_hash FROM ledger_entries e"
        " JOIN claims c ON c.claim_id = (e.detail->>'claim_id')::int"
        " JOIN claim_files f USING (claim_id)"
    )
    numbers, files = [row.evidence_no for row in found], [row.file_hash for row in found]
    assert len(numbers) == len(set(numbers))
    assert len(files) == len(set(files))
    assert {"SHARED-0", "SHARED-1"} <= set(numbers)
    assert len(found) == 2 + 4
    ended = desk.rows("SELECT kind, count(*) FROM claim_moves WHERE kind IN ('post', 'bounce')"
                      " GROUP BY kind")  # fmt: skip
    assert dict(tuple(row) for row in ended) == {"post": 6, "bounce": 10}
