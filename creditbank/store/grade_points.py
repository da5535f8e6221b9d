"""平均学分绩点 of what the ledger holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from creditbank.domain.attempts import GradedAttempt, gpa
from creditbank.domain.ledger import EntryKind
from creditbank.store.courses import course_units
from creditbank.store.policies import policy_for


def grade_point_average(
    connection: Connection,
    rows: Sequence[Mapping[str, Any]],
    gone: frozenset[int],
    *,
    as_of: date,
) -> int | None:
    """Over standing attempts, in hundredths; a course weighs its credits, passed or not.

    rows: of store.ledger.entries_of; gone: the ledger_seq of those that were taken back. None
    without marks.
    """
    courses = [
        row for row in rows if row["kind"] == EntryKind.COURSE and row["ledger_seq"] not in gone
    ]
    if not courses:
        return None
    weights = course_units(
        connection, {(row["institution_id"], row["course_code"]) for row in courses}
    )
    policy = policy_for(connection, courses[-1]["institution_id"], as_of)
    return gpa(
        (
            GradedAttempt(
                course_code=row["course_code"],
                course_units=weights[row["institution_id"], row["course_code"]],
                grade_point=row["grade_point"],
                ledger_seq=row["ledger_seq"],
                passed=bool(row["passed"]),
            )
            for row in courses
            if (row["institution_id"], row["course_code"]) in weights
        ),
        policy,
    )
