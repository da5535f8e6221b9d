"""Exceptions from the plan, as rows: entered and ruled on, never changed.

The triggers move the learner's facts and mark the learner when one is ruled on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, text
from sqlmodel import col

from creditbank.domain.causes import Cause, CauseKind
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException, Ruling
from creditbank.tables.plan_exceptions import ExceptionRuling, PlanExceptionRow

_OF_ENROLMENT = text("""
SELECT x.*, r.ruled_by AS approver_id, ARRAY(SELECT ruling FROM exception_rulings
  WHERE plan_exception_id = x.plan_exception_id) AS rulings
FROM plan_exceptions x LEFT JOIN exception_rulings r
  ON r.plan_exception_id = x.plan_exception_id AND r.ruling = 'approved'
WHERE (cast(:id AS bigint) IS NULL OR x.plan_exception_id = :id)
  AND (cast(:enrolment_id AS int) IS NULL OR x.enrolment_id = :enrolment_id)
ORDER BY x.plan_exception_id
""")
_CAUSE = text("SELECT set_config('creditbank.cause', :cause, true)")


@dataclass(frozen=True, slots=True)
class KeptException:
    """One that was entered. what: approver_id is 0 before it is approved."""

    plan_exception_id: int
    institution_id: int
    learner_id: int
    enrolment_id: int
    entered_by: int
    what: PlanException
    rulings: frozenset[Ruling]

    @property
    def is_waiting(self) -> bool:
        """Nobody has said anything yet."""
        return not self.rulings

    @property
    def stands(self) -> bool:
        """Approved and not withdrawn, though a later one may speak in its place."""
        return self.rulings == {Ruling.APPROVED}


def read_exception(connection: Connection, plan_exception_id: int) -> KeptException | None:
    """One, as far as the reach shows."""
    found = _read(connection, id=plan_exception_id, enrolment_id=None)
    return found[0] if found else None


def exceptions_of(connection: Connection, enrolment_id: int) -> list[KeptException]:
    """All of one enrolment in the order in which they were entered."""
    return _read(connection, id=None, enrolment_id=enrolment_id)


def _read(connection: Connection, **which: int | None) -> list[KeptException]:
    return [
        KeptException(
            plan_exception_id=row.plan_exception_id,
            institution_id=row.institution_id,
            learner_id=row.learner_id,
            enrolment_id=row.enrolment_id,
            entered_by=row.entered_by,
            what=PlanException(
                kind=ExceptionKind(row.kind),
                subject=row.subject,
                block_code=row.block_code,
                ledger_seq=row.ledger_seq,
                units=row.units,
                reason=row.reason,
                document_no=row.document_no,
                approver_id=row.approver_id or 0,
                decided_on=row.decided_on,
            ),
            rulings=frozenset(map(Ruling, row.rulings)),
        )
        for row in connection.execute(_OF_ENROLMENT, which)
    ]


def add_exception(connection: Connection, values: Mapping[str, Any]) -> int:
    """A new row; the number it got."""
    made = connection.execute(
        insert(PlanExceptionRow).values(**values).returning(col(PlanExceptionRow.plan_exception_id))
    )
    return int(made.scalar_one())  # type: ignore[arg-type]


def add_ruling(connection: Connection, values: Mapping[str, Any]) -> None:
    """A ruling; what it marks the learner with is the exception."""
    cause = Cause(CauseKind.EXCEPTION, str(values["plan_exception_id"]))
    connection.execute(_CAUSE, {"cause": str(cause)})
    connection.execute(insert(ExceptionRuling).values(**values))
