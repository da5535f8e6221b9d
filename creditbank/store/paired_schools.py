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
_TO_COME = text("""
SELECT DISTINCT ON (valid_from, vocational_id, general_id)
  vocational_id, general_id, valid_from, valid_until, document_no
FROM paired_schools WHERE valid_from > :day
ORDER BY valid_from, vocational_id, general_id, paired_school_id DESC
""")
_SCHOOLS = text("""
SELECT institution_id, name, name_en, kind FROM institutions
WHERE kind IN ('vocational_school', 'general_high_school') ORDER BY institution_id
""")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two schools between which learners may move. valid_until: the last day, None for no end."""

    vocational_id: int
    general_id: int
    valid_from: date
    valid_until: date | None
    document_no: str


@dataclass(frozen=True, slots=True)
class PairableSchool:
    """A school of either kind that learners may move between."""

    institution_id: int
    name: str
    name_en: str
    kind: str


def pairs_on(connection: Connection, day: date) -> list[Pair]:
    """Those that are named on a day."""
    return [Pair(*row) for row in connection.execute(_PAIRS, {"day": day})]


def pairs_after(connection: Connection, day: date) -> list[Pair]:
    """Those that are named for later, the earliest first."""
    return [Pair(*row) for row in connection.execute(_TO_COME, {"day": day})]


def pairable_schools(connection: Connection) -> dict[int, PairableSchool]:
    """The county's schools of both kinds, by number."""
    return {row[0]: PairableSchool(*row) for row in connection.execute(_SCHOOLS)}


def add_pair(connection: Connection, pair: Pair, *, decided_by: int, now: datetime) -> int:
    """A new row, which speaks from its first day on; its number."""
    made = connection.execute(
        insert(PairedSchool)
        .values(**asdict(pair), decided_by=decided_by, decided_at=now)
        .returning(PairedSchool.paired_school_id)  # type: ignore[call-overload]
    )
    return int(made.scalar_one())
