"""互转结对学校: named and ended by the county, by rows that are never changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.access import Actor
from creditbank.domain.errors import ForbiddenError, InvalidInputError, SignedOutError
from creditbank.domain.permissions import Role, Section
from creditbank.queries.paired_schools import paired_schools
from creditbank.services.paired_schools import NamePairedSchools, PairNamed, name_paired_schools
from creditbank.store.unit_of_work import UnitOfWork
from tests.databases import Database
from tests.factories.transfer_desk import NOW, TODAY, TransferDesk, make_transfer_desk

SINCE = date(2026, 1, 1)
LATER = date(2026, 9, 1)


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> TransferDesk:
    """With vocational and general paired since SINCE, and another vocational school."""
    return make_transfer_desk(owner_engine, engine, pupils=1)


def name(desk: TransferDesk, *, actor: Actor | None = None, key: str = "", **fields) -> PairNamed:
    given: dict[str, Any] = {
        "vocational_id": desk.another.institution_id,
        "general_id": desk.general.institution_id,
        "valid_from": TODAY,
        "document_no": "测结2号",
    }
    command = NamePairedSchools(**(given | fields))
    return desk.use(name_paired_schools, actor or desk.bureau(Section.GENERAL), command, key=key)


def pairs(desk: TransferDesk, day: date | None = None) -> list[list]:
    with UnitOfWork(desk.engine, "") as uow:
        found = paired_schools(uow, desk.staff(desk.another, Role.TEACHER), now=NOW, as_of=day)
    return [
        [(item.vocational.institution_id, item.valid_from, item.valid_until) for item in items]
        for items in (found.items, found.to_come)
    ]


def test_a_pair_is_named_once_and_learners_may_apply_from_its_day_on(desk: TransferDesk) -> None:
    pupil = desk.general.pupils[0]
    with pytest.raises(InvalidInputError) as refused:
        desk.apply(pupil, desk.another)
    assert [item.code for item in refused.value.problems] == ["TP1"]
    made = name(desk, key="once")
    assert name(desk, key="once") == PairNamed(made.paired_school_id, replayed=True)
    first, other = desk.vocational.institution_id, desk.another.institution_id
    assert pairs(desk) == [[(first, SINCE, None), (other, TODAY, None)], []]
    assert desk.apply(pupil, desk.another).state == "waiting"


def test_one_for_later_is_to_come(desk: TransferDesk) -> None:
    name(desk, valid_from=LATER)
    other = desk.another.institution_id
    assert pairs(desk)[1] == [(other, LATER, None)]
    assert (other, LATER, None) in pairs(desk, LATER)[0]


def test_a_pair_is_ended_by_a_later_row_and_the_past_stays(desk: TransferDesk) -> None:
    first = desk.vocational.institution_id
    ends = TODAY + timedelta(days=10)
    name(desk, vocational_id=first, valid_from=SINCE, valid_until=ends)
    assert pairs(desk) == [[(first, SINCE, ends)], []]
    assert pairs(desk, SINCE)[0] == [(first, SINCE, ends)]
    assert pairs(desk, ends + timedelta(days=1))[0] == []
    assert len(desk.rows("SELECT FROM paired_schools")) == 2
    name(desk, vocational_id=first, valid_from=ends + timedelta(days=5), valid_until=None)
    assert pairs(desk, ends + timedelta(days=4))[0] == []
    assert pairs(desk, ends + timedelta(days=5))[0] == [(first, ends + timedelta(days=5), None)]


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"vocational_id": 99}, ["vocational_id"]),
        ({"vocational_id": 3, "general_id": 1}, ["vocational_id", "general_id"]),
        ({"valid_from": TODAY - timedelta(days=1)}, ["valid_from"]),
        ({"valid_from": SINCE}, ["valid_from"]),
        ({"valid_until": TODAY - timedelta(days=1)}, ["valid_until"]),
        ({"valid_from": LATER, "valid_until": LATER - timedelta(days=1)}, ["valid_until"]),
        ({"document_no": "  "}, ["document_no"]),
        ({"document_no": "文" * 101}, ["document_no"]),
        ({"general_id": 99, "document_no": ""}, ["general_id", "document_no"]),
    ],
)
def test_every_field_that_is_wrong_is_named_and_nothing_is_kept(
    desk: TransferDesk, changed, fields
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        name(desk, **changed)
    assert [item.field for item in refused.value.problems] == fields
    assert len(desk.rows("SELECT FROM paired_schools")) == 1


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COUNTY])
def test_others_do_not_name_pairs(desk: TransferDesk, role: Role) -> None:
    refusal = SignedOutError if role is Role.ANONYMOUS else ForbiddenError
    with pytest.raises(refusal):
        name(desk, actor=Actor(account_id=1, role=role, institution_id=1))


@pytest.mark.parametrize(
    "statement", ["UPDATE paired_schools SET document_no = 'x'", "DELETE FROM paired_schools"]
)
def test_a_pair_is_never_edited_not_even_by_the_owner(
    desk: TransferDesk, owner_engine: Engine, statement: str
) -> None:
    with UnitOfWork(owner_engine, "*") as uow, pytest.raises(DBAPIError):
        uow.connection.execute(text(statement))
