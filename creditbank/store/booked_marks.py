"""What the ledger says of attempts at courses: what marks of a file or a page are compared with."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, text

from creditbank.domain.enrolments import Term


class MarkKey(NamedTuple):
    """One attempt of one kind at one course in one term."""

    learner_id: int
    course_code: str
    term_code: str
    exam_kind: str


class BookedMark(NamedTuple):
    """What the ledger says of an attempt. ledger_seq and mark are None unless an entry stands.

    mark: as it was handed in, also where the school's policy records another. revision: how many
    entries for it were taken back.
    """

    ledger_seq: int | None
    mark: str | None
    revision: int


_BOOKED = text("""
SELECT e.learner_id, e.course_code, e.term_code, e.exam_kind,
  max(e.ledger_seq) FILTER (WHERE r.ledger_seq IS NULL) AS ledger_seq,
  max(coalesce(e.detail ->> 'raw_mark', e.mark)) FILTER (WHERE r.ledger_seq IS NULL) AS mark,
  count(r.ledger_seq) AS revision
FROM ledger_entries e
LEFT JOIN ledger_entries r ON r.institution_id = e.institution_id
  AND r.learner_id = e.learner_id AND r.source_seq = e.ledger_seq AND r.kind = 'reversal'
WHERE e.institution_id = :institution_id AND e.learner_id = ANY(:learner_ids) AND e.kind = 'course'
  AND e.term_code = ANY(:term_codes) AND e.course_code = ANY(:course_codes)
GROUP BY e.learner_id, e.course_code, e.term_code, e.exam_kind
""")


def booked_marks(
    connection: Connection,
    institution_id: int,
    *,
    learner_ids: Collection[int],
    terms: Collection[Term],
    course_codes: Collection[str],
) -> dict[MarkKey, BookedMark]:
    """Attempts of these learners at these courses that the ledger knows, also those taken back."""
    rows = connection.execute(
        _BOOKED,
        {
            "institution_id": institution_id,
            "learner_ids": sorted(learner_ids),
            "term_codes": sorted(term.code for term in terms),
            "course_codes": sorted(course_codes),
        },
    )
    return {MarkKey(*row[:4]): BookedMark(*row[4:]) for row in rows}
