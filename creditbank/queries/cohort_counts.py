"""How many learners of each agreement have which outcome. Names nobody."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.permissions import Action, Scope
from creditbank.queries.cohorts import SHARED
from creditbank.store.unit_of_work import UnitOfWork

_COUNTS = text(f"""
SELECT m.agreement_id, coalesce(a.outcome, '') AS outcome, count(*) AS members
FROM agreement_members m JOIN enrolments e USING (enrolment_id)
LEFT JOIN verdict_heads a ON a.enrolment_id = e.enrolment_id
  AND a.subject_kind = 'articulation' AND a.subject_id = m.agreement_id
WHERE m.agreement_id = ANY (:agreements) AND (NOT :shared_only OR {SHARED})
GROUP BY m.agreement_id, outcome
""")  # noqa: S608 (put together from our own constants)


def cohort_counts(
    uow: UnitOfWork, actor: Actor, agreement_ids: Sequence[int]
) -> dict[int, dict[str, int]]:
    """Counts by agreement and outcome, "" where nothing was decided yet.

    agreement_ids: such as the actor may see. A college counts those who are shared with it.
    """
    grant = decide(actor, Action.SEE_AGREEMENTS)
    rows = uow.connection.execute(
        _COUNTS,
        {"agreements": list(agreement_ids), "shared_only": grant.scope is Scope.AGREED},
    )
    found: dict[int, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.agreement_id, {})[row.outcome] = row.members
    return found
