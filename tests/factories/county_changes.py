"""Status changes and transfers of the small county, applied for and waiting."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import Engine, text

from creditbank.domain.status_changes import Application, ChangeKind, GivenProof, Proof
from creditbank.services.status_change_commands import ApplyForChange, GiveOpinion, TakeBackChange
from creditbank.services.status_changes import apply_for_change, give_opinion, take_back_change
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.school import Pupil, School

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
"""When the county's records were made."""
ABSENT, NOBODY = "absent", 2_000_000_000
LEAVES, COMES, TURNED, BACK = (
    "leaves for another school", "comes from it", "came no longer", "was not let back",
)  # fmt: skip
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
    """Who leaves the first school, who comes, who came but took the application back.

    And who had left it before, and was refused when wanting to return.
    """
    _left(owner, first, second.pupils[5])
    made = {
        LEAVES: _transfer(owner, first, 6, second),
        COMES: _transfer(owner, second, 3, first),
        TURNED: _transfer(owner, second, 4, first),
        BACK: _transfer(owner, second, 5, first),
    }
    with UnitOfWork(owner, EVERYWHERE) as uow:
        command = TakeBackChange(status_change_id=made[TURNED])
        take_back_change(uow, second.registrar, command, idempotency_key="turned", now=NOW)
        refusal = GiveOpinion(status_change_id=made[BACK], agrees=False, opinion="材料不全")
        give_opinion(uow, second.registrar, refusal, idempotency_key="back", now=NOW)
    return made | {ABSENT: NOBODY}


def _left(owner: Engine, school: School, pupil: Pupil) -> None:
    """An enrolment at a former school."""
    with UnitOfWork(owner, EVERYWHERE) as uow:
        uow.connection.execute(
            text(
                "INSERT INTO enrolments (institution_id, learner_id, student_no, plan_id,"
                " major_code, catalogue_year, class_name, entry_year, entered_on, study_mode,"
                " status, is_open, suspended_semesters)"
                " SELECT :school, learner_id, '20240199', :plan, major_code, catalogue_year,"
                " class_name, entry_year, date '2024-09-01', study_mode, '10', false, 0"
                " FROM enrolments WHERE enrolment_id = :id"
            ),
            {"school": school.institution_id, "plan": school.plan_id, "id": pupil.enrolment_id},
        )


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
