"""Who holds a certificate number, whose it is by the latest check, and for whom it is in dispute.

Needs a reach of all institutions: the other holders may be anywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, TextClause, insert, text

from creditbank.domain.disputes import Holding, disputed_holders
from creditbank.tables.evidence_checks import EvidenceCheckRow

_STANDING = """
FROM ledger_entries e
WHERE e.evidence_no = ANY (:numbers) AND e.kind IN ('competition', 'innovation') AND NOT EXISTS (
  SELECT 1 FROM ledger_entries r
  WHERE r.learner_id = e.learner_id AND r.source_seq = e.ledger_seq AND r.kind = 'reversal')
"""


# Nearly every number has one holder and no check: only the others are looked at closely.
_CONTESTED = text(f"""
SELECT e.evidence_no {_STANDING} GROUP BY e.evidence_no HAVING count(DISTINCT e.learner_id) > 1
UNION SELECT evidence_no FROM evidence_checks WHERE evidence_no = ANY (:numbers)
""")  # noqa: S608 (put together from our own constants)
_HOLDINGS = text(f"""
SELECT e.evidence_no, e.learner_id, e.kind, e.earned_on, coalesce(e.detail->>'event', '') AS event,
  coalesce(e.detail->>'level', '') AS level, coalesce(e.detail->>'rank', '') AS rank,
  coalesce(e.detail->>'team_role', '') AS team_role
{_STANDING} ORDER BY e.evidence_no, e.learner_id
""")
_OWNERS = text("""
SELECT DISTINCT ON (evidence_no) evidence_no, learner_ids FROM evidence_checks
WHERE evidence_no = ANY (:numbers) ORDER BY evidence_no, evidence_check_id DESC
""")


def read_disputes(connection: Connection, numbers: Iterable[str]) -> Mapping[str, frozenset[int]]:
    """Of these numbers those in dispute, with the learners for whom they do not count."""
    wanted = sorted(set(numbers))
    contested = _read(connection, _CONTESTED, wanted)
    if not contested:
        return {}
    asked = sorted(row.evidence_no for row in contested)
    holdings: dict[str, list[Holding]] = defaultdict(list)
    for number, *columns in _read(connection, _HOLDINGS, asked):
        holdings[number].append(Holding(*columns))
    owners = {row.evidence_no: frozenset(row.learner_ids) for row in _read(
        connection, _OWNERS, asked
    )}  # fmt: skip
    found = {number: disputed_holders(holdings[number], owners.get(number)) for number in holdings}
    return {number: learners for number, learners in found.items() if learners}


def insert_check(connection: Connection, row: Mapping[str, Any]) -> None:
    """Insert one check; from now on it is the latest of its number."""
    connection.execute(insert(EvidenceCheckRow).values(**row))


def _read(connection: Connection, query: TextClause, numbers: Sequence[str]) -> Sequence[Any]:
    return connection.execute(query, {"numbers": list(numbers)}).all() if numbers else ()
