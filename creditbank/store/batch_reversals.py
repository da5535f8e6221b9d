"""The entries of a batch that is taken back, and what else speaks of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

_SPEAKING = text("""
SELECT learner_id, ledger_seq, institution_id, kind, units, hours, course_code, term_code,
  block_code, source_seq, evidence_key, coalesce(detail ->> 'title', '')
FROM ledger_entries WHERE learner_id = ANY(:learner_ids)
  AND (course_code = ANY(:codes) OR source_seq = ANY(:seqs))
ORDER BY learner_id, ledger_seq DESC
""")
_ROWS = text("""
SELECT * FROM ledger_entries WHERE learner_id = ANY(:learner_ids) ORDER BY learner_id, ledger_seq
""")


class SpeakingEntry(NamedTuple):
    """An entry, as far as the reversal of a mark repeats it."""

    learner_id: int
    ledger_seq: int
    institution_id: int
    kind: str
    units: int
    hours: int
    course_code: str | None
    term_code: str | None
    block_code: str | None
    source_seq: int | None
    evidence_key: str
    title: str


def speaking_entries(
    connection: Connection,
    learner_ids: Sequence[int],
    codes: Collection[str],
    ledger_seqs: Collection[int],
) -> list[SpeakingEntry]:
    """These learners' entries for one of these courses, or drawn from an entry of these numbers.

    Of all schools that the reach shows; by learner, the youngest first.
    """
    asked = {"learner_ids": list(learner_ids), "codes": sorted(codes), "seqs": sorted(ledger_seqs)}
    return [SpeakingEntry(*row) for row in connection.execute(_SPEAKING, asked)]


def rows_by_learner(
    connection: Connection, learner_ids: Sequence[int]
) -> dict[int, list[dict[str, Any]]]:
    """All that the ledger says of these learners, in order."""
    found: dict[int, list[dict[str, Any]]] = {learner_id: [] for learner_id in learner_ids}
    for row in connection.execute(_ROWS, {"learner_ids": list(learner_ids)}).mappings():
        found[row["learner_id"]].append(dict(row))
    return found
