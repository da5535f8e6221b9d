"""Status changes and transfers of the small county, applied for and waiting."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import Engine

from creditbank.domain.status_changes import Application, ChangeKind, GivenProof, Proof
from creditbank.services.status_change_commands import ApplyForChange, TakeBackChange
from creditbank.services.status_changes import apply_for_change, take_back_change
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.school import School

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
"""When the county's records were made."""
ABSENT, NOBODY = "absent", 2_000_000_000
LEAVES, COMES, TURNED = "leaves for another school", "comes from it", "came no longer"
"""Who has applied for a transfer from or to the first school."""


def add_change(owner: Engine, school: School, at: int) -> int:
    """A suspension that the school's registrar applied for."""
    what = Application(
        kind=ChangeKind.SUSPENSION,
        takes_effect_on=date(2026, 7, 1),
        until=date(2026, 12, 31),
        proofs=(GivenProof(Proof.APPLICATION, date(2026, 6, 30)),),
    )
    command = ApplyForChange(learner_id=school.pupils[at].learner_id, what=what)
    with UnitOfWork(owner, EVERYWHERE) as uow:
        made = apply_for_change(
            uow, school.registrar, command, idempotency_key=f"change-{at}", now=NOW
        )
    return made.status_change_id


def add_transfers(owner: Engine, first: School, second: School) -> dict[str, int]:
    """Who leaves the first school, who comes, and who came but took the application back."""
    made = {
        LEAVES: _transfer(owner, first, 6, second),
        COMES: _transfer(owner, second, 3, first),
        TURNED: _transfer(owner, second, 4, first),
    }
    with UnitOfWork(owner, EVERYWHERE) as uow:
        command = TakeBackChange(status_change_id=made[TURNED])
        take_back_change(uow, second.registrar, command, idempotency_key="turned", now=NOW)
    return made | {ABSENT: NOBODY}


def _transfer(owner: Engine, school: School, at: int, to: School) -> int:
    """To the other vocational school, applied for by the registrar."""
    what = Application(
        kind=ChangeKind.TRANSFER_OUT,
        takes_effect_on=date(2026, 9, 1),
        to_institution_id=to.institution_id,
        plan_id=to.plan_id,
        proofs=(GivenProof(Proof.APPLICATION, date(2026, 6, 30)),),
    )
    command = ApplyForChange(learner_id=school.pupils[at].learner_id, what=what)
    with UnitOfWork(owner, EVERYWHERE) as uow:
        made = apply_for_change(
            uow, school.registrar, command, idempotency_key=f"transfer-{at}", now=NOW
        )
    return made.status_change_id
