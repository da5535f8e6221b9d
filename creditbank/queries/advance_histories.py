"""Every step of the advance as it was recorded, taken back or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from creditbank.domain.advances import MoveKind
from creditbank.store.advance_standings import AdvanceBook, Known
from creditbank.store.unit_of_work import UnitOfWork


def score_lines_of(scores: Mapping[str, int] | None) -> list[dict[str, Any]]:
    """Scores in hundredths, by part in its order."""
    return [{"part": part, "units": units} for part, units in sorted((scores or {}).items())]


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One step as it was recorded. is_withdrawn: taken back by a later row.

    rank, total, ranked_scores: of a ranking, as it was frozen, scores in hundredths by part. sheet,
    scores, admission: what stands beside it.
    """

    kind: str
    decided_on: date
    document_no: str
    reason: str
    attempt: int
    decided_role: str
    recorded_at: datetime
    advance_move_id: int | None = None
    decision_id: int | None = None
    withdraws_id: int | None = None
    is_withdrawn: bool = False
    starts_on: date | None = None
    ends_on: date | None = None
    appeal_until: date | None = None
    rank: int | None = None
    total: int | None = None
    ranked_scores: Mapping[str, int] | None = None
    signatures: tuple[str, ...] = ()
    sheet: Mapping[str, Any] | None = None
    scores: Mapping[str, int] | None = None
    admission_no: str = ""
    college_student_no: str = ""
    recognised_units: int | None = None

    @property
    def sheet_lines(self) -> list[dict[str, Any]]:
        """The sheet by dimension."""
        return [
            {"dimension": name, **result} for name, result in sorted((self.sheet or {}).items())
        ]

    @property
    def score_lines(self) -> list[dict[str, Any]]:
        """The scores by part."""
        return score_lines_of(self.scores)


_HISTORY = text("""
SELECT m.*, EXISTS (SELECT FROM advance_moves w WHERE w.withdraws_id = m.advance_move_id)
    AS is_withdrawn, p.results AS sheet, a.admission_no, a.college_student_no, a.recognised_units,
  (SELECT jsonb_object_agg(s.part, s.units) FROM advance_scores s
    WHERE s.advance_move_id = m.advance_move_id) AS scores
FROM advance_moves m LEFT JOIN process_assessments p USING (advance_move_id)
  LEFT JOIN advance_admissions a USING (advance_move_id)
WHERE m.agreement_id = :agreement AND m.enrolment_id = ANY (:ids) ORDER BY m.advance_move_id
""")
_DECISIONS = text("""
SELECT d.*, EXISTS (SELECT FROM decisions w WHERE w.withdraws_id = d.decision_id) AS is_withdrawn
FROM decisions d WHERE d.subject_kind = 'articulation' AND d.subject_id = :agreement
  AND d.enrolment_id = ANY (:ids) ORDER BY d.decision_id
""")


def histories(
    uow: UnitOfWork, book: AdvanceBook, known: Sequence[Known]
) -> dict[int, tuple[HistoryRow, ...]]:
    """Every step of each, taken back or not, in the order of recording."""
    numbers = [item.seat.enrolment_id for item in known]
    asked = {"agreement": book.agreement.agreement_id, "ids": numbers}
    found: dict[int, list[HistoryRow]] = {number: [] for number in numbers}
    for row in uow.connection.execute(_DECISIONS, asked):
        found[row.enrolment_id].append(_of_decision(row))
    for row in uow.connection.execute(_HISTORY, asked):
        found[row.enrolment_id].append(_of_move(row))
    return {
        number: tuple(sorted(rows, key=lambda row: row.recorded_at))
        for number, rows in found.items()
    }


def _of_decision(row: Any) -> HistoryRow:  # noqa: ANN401 (a row)
    is_withdrawal = row.withdraws_id is not None
    return HistoryRow(
        kind="withdraw" if is_withdrawal else MoveKind.QUALIFY.value,
        decided_on=row.decided_on,
        document_no=row.document_no,
        reason=row.reason,
        attempt=1,
        decided_role="approver",
        recorded_at=row.decided_at,
        decision_id=row.decision_id,
        withdraws_id=row.withdraws_id,
        is_withdrawn=row.is_withdrawn,
    )


def _of_move(row: Any) -> HistoryRow:  # noqa: ANN401 (a row)
    return HistoryRow(
        kind=row.kind,
        decided_on=row.decided_on,
        document_no=row.document_no,
        reason=row.reason,
        attempt=row.attempt,
        decided_role=row.decided_role,
        recorded_at=row.recorded_at,
        advance_move_id=row.advance_move_id,
        withdraws_id=row.withdraws_id,
        is_withdrawn=row.is_withdrawn,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        appeal_until=row.appeal_until,
        rank=row.detail.get("rank"),
        total=row.detail.get("total"),
        ranked_scores=row.detail.get("scores"),
        signatures=tuple(row.detail.get("signatures", ())),
        sheet=row.sheet,
        scores=row.scores,
        admission_no=row.admission_no or "",
        college_student_no=row.college_student_no or "",
        recognised_units=row.recognised_units,
    )
