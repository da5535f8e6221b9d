"""What putting a version in force, or moving a cohort to it, would concern. Names nobody."""

from __future__ import annotations

from dataclasses import dataclass

from creditbank.domain.access import Actor, decide
from creditbank.domain.errors import NotFoundError
from creditbank.domain.permissions import Action
from creditbank.store.plan_versions import cohort_of, is_in_force, movable, running_count
from creditbank.store.plans import load_plan
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CohortPreview:
    """A cohort before it is touched.

    from_version: what it follows, None for nothing. is_running: it has learners, so that it can
    only be migrated. learner_count: open learners who would be moved and evaluated again;
    kept_count: whose graduation is approved, who stay. is_followed: it follows this version now.
    """

    entry_year: int
    from_version: int | None
    is_running: bool
    learner_count: int
    kept_count: int
    is_followed: bool
    in_force: bool


def preview_cohort(uow: UnitOfWork, actor: Actor, plan_id: int, entry_year: int) -> CohortPreview:
    """Raises NotFoundError for a plan of another school, ForbiddenError."""
    decide(actor, Action.MIGRATE_COHORT)
    plan = load_plan(uow.connection, plan_id)
    if plan.institution_id != actor.institution_id:
        raise NotFoundError
    where = (uow.connection, plan.institution_id, plan.code, entry_year)
    standing = cohort_of(*where)
    found = []
    if standing is not None:
        found = movable(
            uow.connection, plan.institution_id, entry_year, standing.plan_id, lock=False
        )
    kept = sum(item.is_decided for item in found)
    return CohortPreview(
        entry_year=entry_year,
        from_version=None
        if standing is None
        else load_plan(uow.connection, standing.plan_id).version,
        is_running=bool(running_count(*where)),
        learner_count=len(found) - kept,
        kept_count=kept,
        is_followed=standing is not None and standing.plan_id == plan_id,
        in_force=is_in_force(uow.connection, plan_id),
    )
