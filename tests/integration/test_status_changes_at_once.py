"""Of two who act on one status change at the same moment, one does it, and both are answered."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.errors import CreditbankError
from creditbank.domain.permissions import Role
from creditbank.services.status_change_commands import RecordedChange
from tests.databases import Database
from tests.factories.change_desk import NOW, TODAY, ChangeDesk, make_change_desk, suspension

ADVISOR, REGISTRAR, PRINCIPAL, COUNTY = Role.ADVISOR, Role.REGISTRAR, Role.APPROVER, Role.COUNTY


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> ChangeDesk:
    return make_change_desk(owner_engine, engine)


def status(desk: ChangeDesk) -> EnrolmentStatus:
    return desk.life().life.status


def outcome(call: Callable[[], RecordedChange]) -> str:
    try:
        return str(call().state)
    except CreditbankError as error:
        return error.problems[0].code if error.problems else error.code


def test_a_double_click_is_answered_twice_and_done_once(desk: ChangeDesk) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: desk.apply(suspension(), key="same"), range(2)))
    assert answers[0].status_change_id == answers[1].status_change_id
    assert {answer.replayed for answer in answers} == {True, False}
    number = answers[0].status_change_id
    desk.agree(number, ADVISOR, REGISTRAR, PRINCIPAL)
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda _: desk.say(number, COUNTY, key="last"), range(2)))
    assert [answer.state for answer in said] == ["executed", "executed"]
    assert len(desk.rows("SELECT * FROM status_change_executions")) == 1


def test_of_two_last_opinions_at_once_one_decides(desk: ChangeDesk) -> None:
    number = desk.apply(suspension()).status_change_id
    desk.agree(number, ADVISOR, REGISTRAR, PRINCIPAL)
    with ThreadPoolExecutor(2) as pool:
        said = sorted(
            pool.map(
                lambda at: outcome(
                    lambda: desk.say(
                        number, COUNTY, agrees=at == 1, opinion="不同意", account_id=300 + at
                    )
                ),
                range(2),
            )
        )
    assert said in (["decided_already", "executed"], ["decided_already", "refused"])
    assert len(desk.rows("SELECT * FROM status_change_opinions WHERE office = 'county'")) == 1


def test_two_families_of_one_learner_apply_at_once_for_one_change(desk: ChangeDesk) -> None:
    roles = (Role.STUDENT, Role.GUARDIAN)
    with ThreadPoolExecutor(2) as pool:
        said = sorted(
            pool.map(
                lambda role: outcome(lambda: desk.apply(suspension(), actor=desk.actor(role))),
                roles,
            )
        )
    assert said == ["under_way", "waiting"]


def test_workers_and_a_taking_back_that_meet_do_it_once(desk: ChangeDesk) -> None:
    tomorrow = NOW + timedelta(days=1)
    number = desk.apply(suspension(takes_effect_on=TODAY + timedelta(days=1))).status_change_id
    desk.agree(number)
    with ThreadPoolExecutor(4) as pool:
        rounds = [pool.submit(desk.turn_of_the_day, tomorrow) for _ in range(3)]
        taken = pool.submit(outcome, lambda: desk.take_back(number))
        done = [found for item in rounds for found in item.result().executed]
    executed = len(desk.rows("SELECT * FROM status_change_executions"))
    withdrawn = len(desk.rows("SELECT * FROM status_change_withdrawals"))
    assert executed + withdrawn == 1
    assert done == [number] * executed
    assert taken.result() == ("withdrawn" if withdrawn else "decided_already")
    assert status(desk) is (EnrolmentStatus.SUSPENDED if executed else EnrolmentStatus.STUDYING)
