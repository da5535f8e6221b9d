"""互转结对学校 as rows: named from a day on, until a day; of one pair the latest row speaks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, text

from creditbank.tables.paired_schools import PairedSchool

_PAIRS = text("""
SELECT vocational_id, general_id, valid_from, valid_until, document_no FROM (
  SELECT DISTINCT ON (vocational_id, general_id) * FROM paired_schools
  WHERE valid_from <= :day
  ORDER BY vocational_id, general_id, valid_from DESC, paired_school_id DESC) p
WHERE valid_until IS NULL OR valid_until >= :day ORDER BY vocational_id, general_id
""")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two schools between which learners may move. valid_until: the last day, None for no end."""

    vocational_id: int
    general_id: int
    valid_from: date
    valid_until: date | None
    document_no: str


def pairs_on(connection: Connection, day: date) -> list[Pair]:
    """Those that are named on a day."""
    return [Pair(*row) for row in connection.execute(_PAIRS, {"day": day})]


def add_pair(connection: Connection, pair: Pair, *, decided_by: int, now: datetime) -> None:
    """A new row, which speaks from its first day on."""
    connection.execute(
        insert(PairedSchool).values(**asdict(pair), decided_by=decided_by, decided_at=now)
    )
