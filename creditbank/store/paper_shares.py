"""Links to papers as rows: entered, withdrawn and opened by further rows, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, text
from sqlmodel import col

from creditbank.tables.paper_shares import PaperShare, PaperShareOpening, PaperShareWithdrawal

_SHARES = """
SELECT s.paper_share_id, s.institution_id, s.learner_id, s.issued_paper_id, s.issued_credential_id,
  s.shows_numbers, s.expires_at, s.shared_at, w.withdrawn_at
FROM paper_shares s LEFT JOIN paper_share_withdrawals w USING (paper_share_id)
WHERE {}
"""
_BY_HASH = text(_SHARES.format("s.token_hash = :value"))
_BY_ID = text(_SHARES.format("s.paper_share_id = :value"))
_OPEN = text("""
SELECT count(*) FROM paper_shares s WHERE s.learner_id = :learner_id AND s.expires_at > :now
  AND NOT EXISTS (SELECT FROM paper_share_withdrawals w WHERE w.paper_share_id = s.paper_share_id)
""")
_LINES = text("""
SELECT s.paper_share_id, s.issued_paper_id, s.issued_credential_id, p.kind AS paper_kind,
  c.kind AS credential_kind, p.number, s.shows_numbers, s.shared_at, s.expires_at, w.withdrawn_at,
  count(o.*) FILTER (WHERE NOT o.is_file) AS looks, count(o.*) FILTER (WHERE o.is_file) AS files,
  max(o.opened_at) AS opened_at
FROM paper_shares s
  LEFT JOIN issued_papers p USING (issued_paper_id)
  LEFT JOIN issued_credentials c USING (issued_credential_id)
  LEFT JOIN paper_share_withdrawals w ON w.paper_share_id = s.paper_share_id
  LEFT JOIN paper_share_openings o ON o.paper_share_id = s.paper_share_id
WHERE s.learner_id = :learner_id AND (cast(:before AS bigint) IS NULL OR s.paper_share_id < :before)
GROUP BY s.paper_share_id, p.issued_paper_id, c.issued_credential_id, w.paper_share_id
ORDER BY s.paper_share_id DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class KeptShare:
    """One link; fields as in tables.paper_shares.PaperShare."""

    paper_share_id: int
    institution_id: int
    learner_id: int
    issued_paper_id: int | None
    issued_credential_id: int | None
    shows_numbers: bool
    expires_at: datetime
    shared_at: datetime
    withdrawn_at: datetime | None


def add_share(connection: Connection, values: Mapping[str, Any]) -> int:
    """A new link; the number it got."""
    made = connection.execute(
        insert(PaperShare).values(**values).returning(col(PaperShare.paper_share_id))
    )
    return int(made.scalar_one())  # type: ignore[arg-type]


def add_withdrawal(connection: Connection, values: Mapping[str, Any]) -> None:
    """Close a link."""
    connection.execute(insert(PaperShareWithdrawal).values(**values))


def add_opening(connection: Connection, share: KeptShare, *, is_file: bool, now: datetime) -> None:
    """A link was opened."""
    connection.execute(
        insert(PaperShareOpening).values(
            paper_share_id=share.paper_share_id,
            institution_id=share.institution_id,
            is_file=is_file,
            opened_at=now,
        )
    )


def share_by_hash(connection: Connection, token_hash: str) -> KeptShare | None:
    """The link of a token, whatever has become of it."""
    row = connection.execute(_BY_HASH, {"value": token_hash}).mappings().first()
    return None if row is None else KeptShare(**row)


def share_by_id(connection: Connection, paper_share_id: int) -> KeptShare | None:
    """The link of a number, as far as we see."""
    row = connection.execute(_BY_ID, {"value": paper_share_id}).mappings().first()
    return None if row is None else KeptShare(**row)


def open_shares(connection: Connection, learner_id: int, *, now: datetime) -> int:
    """How many links of a learner still open."""
    found = connection.execute(_OPEN, {"learner_id": learner_id, "now": now})
    return int(found.scalar_one())


def share_rows(
    connection: Connection, learner_id: int, *, before: int | None, limit: int
) -> list[Mapping[str, Any]]:
    """The links of a learner with how often they were opened, the latest first."""
    asked = {"learner_id": learner_id, "before": before, "limit": limit}
    return [dict(row) for row in connection.execute(_LINES, asked).mappings()]
