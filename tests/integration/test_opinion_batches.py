"""An office agrees to several applications at once."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from creditbank.domain.errors import ForbiddenError, InvalidInputError
from creditbank.domain.permissions import Role
from creditbank.services.opinion_batches import AgreeToSeveral, agree_to_several
from creditbank.store.unit_of_work import UnitOfWork
from tests.databases import Database
from tests.factories.change_desk import NOW, ChangeDesk, make_change_desk, suspension


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> ChangeDesk:
    return make_change_desk(owner_engine, engine)


def agree(desk: ChangeDesk, role: Role, *numbers: int, key: str = "batch", document_no: str = ""):
    return agree_to_several(
        lambda: UnitOfWork(desk.engine, str(desk.school.institution_id)),
        desk.actor(role),
        AgreeToSeveral(status_change_ids=numbers, document_no=document_no),
        idempotency_key=key,
        now=NOW,
    )


def test_each_is_agreed_to_by_itself_and_refusals_say_why(desk: ChangeDesk) -> None:
    first, second = (
        desk.apply(suspension(), learner_id=pupil.learner_id).status_change_id
        for pupil in desk.school.pupils[:2]
    )
    desk.say(second, Role.ADVISOR)
    found = agree(desk, Role.ADVISOR, first, second, 2_000_000_000)
    assert [item.state for item in found] == ["waiting", "", ""]
    assert [[one.code for one in item.problems] for item in found] == [
        [], ["not_its_turn"], ["not_found"],
    ]  # fmt: skip
    assert [item.state for item in agree(desk, Role.ADVISOR, first, second)] == ["waiting", ""]
    assert len(desk.rows("SELECT * FROM status_change_opinions")) == 2


def test_the_last_office_needs_the_number_of_its_document(desk: ChangeDesk) -> None:
    numbers = [
        desk.apply(suspension(), learner_id=pupil.learner_id).status_change_id
        for pupil in desk.school.pupils[:2]
    ]
    for role in (Role.ADVISOR, Role.REGISTRAR, Role.APPROVER):
        agree(desk, role, *numbers, key=role)
    missing = agree(desk, Role.COUNTY, *numbers)
    assert [item.problems[0].code for item in missing] == ["document_missing"] * 2
    done = agree(desk, Role.COUNTY, *numbers, key="again", document_no="测学〔2025〕1号")
    assert [item.state for item in done] == ["executed"] * 2


def test_nobody_ticks_nothing_or_without_an_office(desk: ChangeDesk) -> None:
    with pytest.raises(InvalidInputError):
        agree(desk, Role.ADVISOR)
    with pytest.raises(ForbiddenError):
        agree(desk, Role.TEACHER, 1)
