"""Where a learner might go: the schools and plans that a transfer may lead to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from creditbank.registry.case import Life
from creditbank.store.paired_schools import pairs_on

# Of the other kind of school those that are named as a pair; of vocational schools the others.
_PLANS = text("""
SELECT i.institution_id, i.name AS institution_name, i.name_en AS institution_name_en,
  p.plan_id, p.name AS plan_name
FROM cohort_plans c JOIN program_plans p USING (plan_id)
  JOIN institutions i ON i.institution_id = p.institution_id
WHERE c.entry_year = :entry_year AND i.institution_id <> :here
  AND (i.institution_id = ANY (:paired)
    OR i.kind = 'vocational_school' AND :kind = 'vocational_school')
ORDER BY i.institution_id, p.name, p.plan_id
""")


@dataclass(frozen=True, slots=True)
class DestinationPlan:
    """A plan of another school for the learner's year."""

    institution_id: int
    institution_name: str
    institution_name_en: str
    plan_id: int
    plan_name: str


def destinations_from(connection: Connection, life: Life, *, on: date) -> list[DestinationPlan]:
    """The plans that a learner may apply for on a day; the rules are asked when they do."""
    here = life.seat.institution_id
    pairs = [
        {pair.vocational_id, pair.general_id}
        for pair in pairs_on(connection, on)
        if here in {pair.vocational_id, pair.general_id}
    ]
    asked = {
        "entry_year": life.grade_year,
        "here": here,
        "kind": life.seat.kind.value,
        "paired": sorted(set().union(*pairs)),
    }
    return [DestinationPlan(*row) for row in connection.execute(_PLANS, asked)]
