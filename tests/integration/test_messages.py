"""Who is told at each step of a status change: exactly those, once, and never who took the step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from creditbank.domain.access import Actor
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Role, Section
from creditbank.domain.status_changes import ChangeKind, GivenProof, Office, Proof
from creditbank.services.messages import remind_offices
from creditbank.services.status_change_commands import ApplyForChange
from creditbank.services.status_changes import apply_for_change
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from tests.databases import Database
from tests.factories import change_desk, transfer_desk
from tests.factories.change_desk import ChangeDesk, make_change_desk, of_kind, suspension
from tests.factories.message_desk import Ears, listen, told
from tests.factories.transfer_desk import TransferDesk, make_transfer_desk

FAMILY = ("student", "guardian")
REGISTRARS = ("registrar", "registrar2", "registrar1")


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> ChangeDesk:
    return make_change_desk(owner_engine, engine)


@pytest.fixture
def ears(desk: ChangeDesk, owner_engine: Engine) -> Ears:
    """Two of each office, and others whom it does not concern."""
    roles = (Role.ADVISOR, Role.REGISTRAR, Role.APPROVER, Role.COUNTY)
    people = {role.value: desk.actor(role) for role in (*roles, Role.STUDENT, Role.GUARDIAN)}
    people |= {f"{role.value}2": desk.actor(role, 900 + at) for at, role in enumerate(roles)}
    people |= {
        "registrar1": desk.registrar,
        "general": replace(desk.actor(Role.COUNTY, 910), section=Section.GENERAL),
        "vocational": replace(desk.actor(Role.COUNTY, 911), section=Section.VOCATIONAL),
        "left": desk.actor(Role.ADVISOR, 912),
        "teacher": desk.actor(Role.TEACHER, 913),
        "classmate": Actor(914, Role.STUDENT, learner_ids=frozenset({desk.learner_id + 1})),
        "auditor": desk.actor(Role.AUDITOR, 915),
    }
    return listen(owner_engine, desk.engine, people, gone=["left"])


def test_everybody_whom_a_suspension_concerns_is_told_step_by_step(
    desk: ChangeDesk, ears: Ears
) -> None:
    made = desk.apply(suspension(), actor=desk.actor(Role.STUDENT))
    assert ears.news() == (
        told("applied", "", "guardian") | told("turn", "advisor", "advisor", "advisor2")
    )
    number = made.status_change_id
    desk.say(number, Role.ADVISOR)
    assert ears.news() == (
        told("agreed", "advisor", *FAMILY) | told("turn", "registrar", *REGISTRARS)
    )
    desk.say(number, Role.REGISTRAR)
    assert ears.news() == (
        told("agreed", "registrar", *FAMILY) | told("turn", "principal", "approver", "approver2")
    )
    desk.say(number, Role.APPROVER)
    bureau = ("county", "county2", "general", "vocational")
    assert ears.news() == (told("agreed", "principal", *FAMILY) | told("turn", "county", *bureau))
    desk.say(number, Role.COUNTY)
    assert ears.news() == told("executed", "", *FAMILY, *REGISTRARS)


def test_the_registrar_who_applied_is_told_of_each_step_and_the_colleague_of_the_end(
    desk: ChangeDesk, ears: Ears
) -> None:
    number = desk.apply(suspension(), actor=desk.registrar).status_change_id
    assert ears.news() == (
        told("applied", "", *FAMILY) | told("turn", "advisor", "advisor", "advisor2")
    )
    desk.say(number, Role.ADVISOR)
    assert told("turn", "registrar", *REGISTRARS) <= ears.news()
    desk.say(number, Role.REGISTRAR)
    assert ears.news() - told("turn", "principal", "approver", "approver2") == (
        told("agreed", "registrar", *FAMILY, "registrar1")
    )
    desk.say(number, Role.APPROVER, agrees=False, opinion="材料不全")
    assert ears.news() == told("refused", "principal", *FAMILY, *REGISTRARS)


def test_what_is_taken_back_is_told_to_the_registrars_and_the_rest_of_the_family(
    desk: ChangeDesk, ears: Ears
) -> None:
    desk.apply(suspension(), actor=desk.actor(Role.STUDENT))
    ears.news()
    (number,) = desk.rows("SELECT status_change_id FROM status_changes")[0]
    desk.take_back(number, Role.GUARDIAN)
    assert ears.news() == told("withdrawn", "", "student", *REGISTRARS)


def test_what_waited_for_its_day_is_told_to_all_as_nobody_did_it(
    desk: ChangeDesk, ears: Ears
) -> None:
    tomorrow = change_desk.NOW + timedelta(days=1)
    what = suspension(takes_effect_on=change_desk.TODAY + timedelta(days=1))
    number = desk.apply(what, actor=desk.actor(Role.STUDENT)).status_change_id
    desk.agree(number, Role.ADVISOR, Role.REGISTRAR, Role.APPROVER)
    ears.news()
    desk.say(number, Role.COUNTY)
    assert ears.news() == told("agreed", "county", *FAMILY)
    desk.turn_of_the_day(tomorrow)
    assert ears.news() == told("executed", "", *FAMILY, *REGISTRARS)
    desk.turn_of_the_day(tomorrow)
    assert ears.news() == set()


def apply_and_fail(desk: ChangeDesk) -> None:
    command = ApplyForChange(learner_id=desk.learner_id, what=suspension())
    with UnitOfWork(desk.engine, str(desk.school.institution_id)) as uow:
        apply_for_change(uow, desk.registrar, command, idempotency_key="k", now=change_desk.NOW)
        raise ZeroDivisionError


def test_nothing_is_told_of_what_is_refused_rolled_back_or_sent_twice(
    desk: ChangeDesk, ears: Ears
) -> None:
    with pytest.raises(InvalidInputError):
        desk.apply(suspension(until=None), actor=desk.actor(Role.STUDENT))
    assert ears.news() == set()
    with pytest.raises(ZeroDivisionError):
        apply_and_fail(desk)
    assert ears.news() == set()
    desk.apply(suspension(), actor=desk.registrar, key="k")
    assert ears.news() != set()
    assert desk.apply(suspension(), actor=desk.registrar, key="k").replayed
    assert ears.news() == set()


def test_a_death_that_ends_another_application_tells_of_both(desk: ChangeDesk, ears: Ears) -> None:
    first = desk.apply(suspension(), actor=desk.registrar).status_change_id
    ears.news()
    proofs = (GivenProof(Proof.DEATH, change_desk.TODAY, "亡字1号"),)
    what = of_kind(ChangeKind.DEATH, proofs=proofs)
    number = desk.apply(what, actor=desk.registrar).status_change_id
    (offices,) = desk.rows(
        "SELECT offices FROM status_changes WHERE status_change_id = :id", id=number
    )[0]
    roles = {"registrar": Role.REGISTRAR, "principal": Role.APPROVER, "county": Role.COUNTY,
             "advisor": Role.ADVISOR}  # fmt: skip
    for office in offices[:-1]:
        desk.say(number, roles[office])
    ears.news()
    last = roles[offices[-1]]
    desk.say(number, last)
    everybody = {*FAMILY, *REGISTRARS} - {last.value}
    assert ears.news() == told("executed", "", *everybody) | told("withdrawn", "", *everybody)
    assert first != number


def reminded(desk: ChangeDesk | TransferDesk, now: datetime) -> int:
    with UnitOfWork(desk.engine, EVERYWHERE, EVERYBODY) as uow:
        return remind_offices(uow, now=now)


def test_an_office_is_reminded_once_from_two_working_days_before_its_last(
    desk: ChangeDesk, ears: Ears
) -> None:
    number = desk.apply(suspension(), actor=desk.actor(Role.STUDENT)).status_change_id
    ears.news()
    last = datetime(2025, 11, 3, 2, tzinfo=UTC)  # ten working days after 20 October
    assert reminded(desk, last - timedelta(days=5)) == 0  # a Wednesday: three are left
    assert ears.news() == set()
    assert reminded(desk, last - timedelta(days=4)) == 1
    assert ears.news() == told("deadline", "advisor", "advisor", "advisor2")
    assert reminded(desk, last + timedelta(days=9)) == 0
    desk.say(number, Role.ADVISOR, now=last)
    ears.news()
    assert reminded(desk, last + timedelta(days=60)) == 1
    assert ears.news() == told("deadline", "registrar", *REGISTRARS)
    desk.take_back(number, Role.STUDENT)
    ears.news()
    assert reminded(desk, last + timedelta(days=90)) == 0


@pytest.fixture
def schools(clean_database: Database, owner_engine: Engine, engine: Engine) -> TransferDesk:
    return make_transfer_desk(owner_engine, engine)


@pytest.fixture
def ears_of_schools(schools: TransferDesk, owner_engine: Engine) -> Ears:
    """Everybody of the two schools, of a third one, and of the bureau."""
    named = {"here": schools.vocational, "to": schools.general, "other": schools.another}
    roles = (Role.ADVISOR, Role.REGISTRAR, Role.APPROVER)
    people = {
        f"{name} {role.value}": schools.staff(school, role)
        for name, school in named.items()
        for role in roles
    }
    learner_id = schools.vocational.pupils[0].learner_id
    people |= {
        role.value: schools.family(learner_id, role) for role in (Role.STUDENT, Role.GUARDIAN)
    }
    people |= {str(section): schools.bureau(section) for section in (None, *Section)}
    return listen(owner_engine, schools.engine, people)


def test_both_schools_the_family_and_the_sections_are_told_of_a_transfer(
    schools: TransferDesk, ears_of_schools: Ears
) -> None:
    ears, here, to = ears_of_schools, schools.vocational, schools.general
    pupil = here.pupils[0]
    schools.post(here, pupil.learner_id, "GG02", "GG03")
    number = schools.apply(pupil, to).status_change_id
    assert ears.news() == (
        told("applied", "", "guardian") | told("turn", "registrar", "here registrar")
    )
    turns = {
        Office.REGISTRAR: told("turn", "principal", "here approver"),
        Office.PRINCIPAL: told("turn", "receiving_registrar", "to registrar"),
        Office.RECEIVING_REGISTRAR: told("turn", "receiving_principal", "to approver"),
    }
    for office, turn in turns.items():
        if office is Office.RECEIVING_REGISTRAR:
            for _ in range(2):  # saved again it is no news
                schools.plan(number, to)
            assert ears.news() == told("planned", "", *FAMILY)
        schools.say(number, schools.speaker(office, here, to))
        assert ears.news() == told("agreed", office, *FAMILY) | turn
    schools.say(number, schools.speaker(Office.RECEIVING_PRINCIPAL, here, to))
    assert ears.news() == (
        told("notice", "", *FAMILY) | told("turn", "authority_out", "None", "vocational")
    )
    later = transfer_desk.AFTER_NOTICE
    schools.say(number, schools.bureau(Section.VOCATIONAL), now=later)
    assert ears.news() == (
        told("agreed", "authority_out", *FAMILY) | told("turn", "authority_in", "None", "general")
    )
    schools.say(number, schools.bureau(Section.GENERAL), now=later)
    assert ears.news() == told("executed", "", *FAMILY, "here registrar", "to registrar")


def test_the_receiving_school_that_refuses_tells_the_other_one(
    schools: TransferDesk, ears_of_schools: Ears
) -> None:
    ears, here, to = ears_of_schools, schools.vocational, schools.general
    number = schools.apply(here.pupils[0], to, actor=here.registrar).status_change_id
    assert ears.news() == told("applied", "", *FAMILY)
    for office in (Office.REGISTRAR, Office.PRINCIPAL):
        schools.say(number, schools.speaker(office, here, to))
    ears.news()
    schools.plan(number, to, passed=False, opinion="考核未通过")
    assert ears.news() == told("planned", "", *FAMILY, "here registrar")
    schools.say(number, to.registrar, agrees=False, opinion="考核未通过")
    assert ears.news() == told("refused", "receiving_registrar", *FAMILY, "here registrar")


def test_the_worker_reminds_at_the_turn_of_the_day(
    desk: ChangeDesk, ears: Ears, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workers.database import engine
    from workers.days import mark_for_new_day_task

    desk.apply(suspension(), actor=desk.actor(Role.STUDENT))
    ears.news()
    monkeypatch.setenv("DATABASE_URL", database.app_url)
    engine.cache_clear()
    for _ in range(2):
        mark_for_new_day_task()
    engine().dispose()
    engine.cache_clear()
    assert ears.news() == told("deadline", "advisor", "advisor", "advisor2")
