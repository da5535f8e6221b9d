"""The entries of a batch that is taken back, and what else speaks of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

_POSTED = """
WITH posted AS MATERIALIZED (SELECT * FROM unnest(cast(:learner_ids AS int[]),
  cast(:seqs AS int[])) AS n (learner_id, ledger_seq))
"""
_MARKS = text(f"""{_POSTED}
SELECT e.learner_id, e.ledger_seq, e.institution_id, e.kind, e.units, e.hours, e.course_code,
  e.term_code, e.block_code, e.source_seq, e.evidence_key, coalesce(e.detail ->> 'title', '')
FROM posted JOIN ledger_entries e USING (learner_id, ledger_seq)
WHERE e.kind = 'course' AND e.institution_id = :institution_id
ORDER BY e.learner_id, e.ledger_seq DESC
""")  # noqa: S608 (put together from our own constants)
_SPOKEN_OF = text(f"""{_POSTED}
SELECT DISTINCT e.learner_id FROM ledger_entries e
WHERE e.learner_id = ANY(:learner_ids)
  AND (e.learner_id, e.ledger_seq) NOT IN (SELECT learner_id, ledger_seq FROM posted)
  AND (e.course_code = ANY(:codes)
    OR (e.learner_id, e.source_seq) IN (SELECT learner_id, ledger_seq FROM posted))
""")  # noqa: S608 (as above)
_ROWS = text("""
SELECT * FROM ledger_entries WHERE learner_id = ANY(:learner_ids) ORDER BY learner_id, ledger_seq
""")


class PostedMark(NamedTuple):
    """An entry for a course, as far as its reversal repeats it."""

    learner_id: int
    ledger_seq: int
    institution_id: int
    kind: str
    units: int
    hours: int
    course_code: str
    term_code: str
    block_code: str | None
    source_seq: int | None
    evidence_key: str
    title: str


def posted_marks(
    connection: Connection, institution_id: int, posted: Sequence[tuple[int, int]]
) -> list[PostedMark]:
    """Those of these entries (learner_id, ledger_seq) that this school made for courses.

    By learner, the youngest first.
    """
    asked = {**_asked(posted), "institution_id": institution_id}
    return [PostedMark(*row) for row in connection.execute(_MARKS, asked)]


def who_has_more(
    connection: Connection, posted: Sequence[tuple[int, int]], codes: Collection[str]
) -> frozenset[int]:
    """In whose books another entry speaks of one of these courses, or rests on one of these."""
    asked = {**_asked(posted), "codes": sorted(codes)}
    return frozenset(connection.execute(_SPOKEN_OF, asked).scalars())


def rows_by_learner(
    connection: Connection, learner_ids: Sequence[int]
) -> dict[int, list[dict[str, Any]]]:
    """All that the ledger says of these learners, in order."""
    found: dict[int, list[dict[str, Any]]] = {learner_id: [] for learner_id in learner_ids}
    for row in connection.execute(_ROWS, {"learner_ids": list(learner_ids)}).mappings():
        found[row["learner_id"]].append(dict(row))
    return found


def _asked(posted: Sequence[tuple[int, int]]) -> dict[str, list[int]]:
    learner_ids, seqs = zip(*posted, strict=True)
    return {"learner_ids": list(learner_ids), "seqs": list(seqs)}
