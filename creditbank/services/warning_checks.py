"""学业预警 noted again from the books and the rules of their day. Writes nothing.

Earned is what the verdict of the moment says, expected what the plan asks after so many semesters,
the level what the shares make of both, and a row is written where the level changed. How many
semesters were over is not derived: it rests on the cohort and suspensions of that day.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from creditbank.domain.academic_progress import Shares, WarningLevel, expected_units, level_of
from creditbank.domain.damages import Damage, DamageKind
from creditbank.store import family_dump as dump
from creditbank.store.plans import load_plans
from creditbank.store.policies import policy_for

WARNINGS = "academic_warnings"


def check_warnings(connection: Connection) -> Iterator[Damage]:
    """All warnings, and the counts of each day, as one moment saw them."""
    for row in dump.warnings(connection):
        key = f"academic_warning_id={row.academic_warning_id}"
        if row.earned_units not in row.earned:
            yield Damage(WARNINGS, key, DamageKind.BASIS, "earned_units")
        if row.expected_units not in _expected(connection, row):
            yield Damage(WARNINGS, key, DamageKind.BASIS, "expected_units")
        policy = policy_for(connection, row.institution_id, row.noted_on, known_at=row.noted_at)
        level = WarningLevel(row.level)
        if level is not level_of(row.earned_units, row.expected_units, Shares.of(policy)):
            yield Damage(WARNINGS, key, DamageKind.RULE, "level")
        if level.value == (row.before or WarningLevel.NONE):
            yield Damage(WARNINGS, key, DamageKind.STEP, "level")
    for row in dump.unnoted_warnings(connection):
        key = f"noted_on={row.noted_on} institution_id={row.institution_id}"
        for level in (WarningLevel.YELLOW, WarningLevel.RED):
            if getattr(row, level.value):
                yield Damage("progress_counts", key, DamageKind.BASIS, level.value)


def _expected(connection: Connection, row: Any) -> set[int]:  # noqa: ANN401 (a row)
    """By each plan that the enrolment has been judged by: which of them it had then is not kept."""
    plans = load_plans(connection, row.plan_ids).values()
    return {
        sum(expected_units(plan, block, row.semesters) for block in plan.blocks) for plan in plans
    }
