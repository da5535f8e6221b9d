"""The recognition plan between the receiving school's signature and the day of the transfer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine

from creditbank.domain.access import Role
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.status_changes import Office
from creditbank.queries.papers import open_papers
from creditbank.services.commands import ReverseEntry
from creditbank.services.paper_commands import IssueChangeForms
from creditbank.services.papers import issue_change_forms
from creditbank.services.policy_changes import change_policy
from creditbank.services.policy_commands import ChangePolicy
from creditbank.services.recognition_rules import (
    ChangeRecognitionRules,
    change_recognition_rules,
)
from creditbank.services.reversals import reverse_entry
from creditbank.services.transfer_files import TransferFile, read_transfer
from creditbank.store.recognition_rules import shipped_rules
from schemas.transfers import TransferSchema
from tests.databases import Database
from tests.factories.school import School
from tests.factories.transfer_desk import (
    AFTER_NOTICE,
    NOW,
    ROUTE,
    TODAY,
    TransferDesk,
    make_transfer_desk,
)

SITE = "https://xuefen.example/verify"
LATER = NOW + timedelta(days=1)
OUT, INTO = ROUTE[4:]


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> TransferDesk:
    return make_transfer_desk(owner_engine, engine)


def no_table(desk: TransferDesk) -> None:
    """Every line of the table ends with tomorrow."""
    day = TODAY + timedelta(days=1)
    lines = tuple(replace(line, valid_from=day, valid_until=day) for line in shipped_rules())
    command = ChangeRecognitionRules(lines=lines, reason="停用")
    desk.use(change_recognition_rules, desk.bureau(None), command)


def policy(desk: TransferDesk, key: str, value: str) -> None:
    command = ChangePolicy(key=key, value=value, effective_from=TODAY, reference="测教1号")
    desk.use(change_policy, desk.bureau(None), command)


def paper(desk: TransferDesk, school: School, number: int) -> Any:
    """What the paper says that a school prints of a transfer."""
    command = IssueChangeForms(status_change_ids=(number,))
    made = desk.use(partial(issue_change_forms, site=SITE), school.registrar, command)
    return desk.read(open_papers, school.registrar, made.issued_paper_ids)[0].document


def codes(refused: pytest.ExceptionInfo[InvalidInputError]) -> list[tuple[str, str]]:
    return [(problem.code, problem.field) for problem in refused.value.problems]


def test_the_form_names_the_reason_by_its_code_and_who_answered_for_a_school(
    desk: TransferDesk,
) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    number = desk.apply(pupil, to, note="更想读普通高中").status_change_id
    desk.say(number, here.registrar, agrees=False, opinion="材料不全")
    form = paper(desk, here, number)
    assert form["reason"] == "99 其他：更想读普通高中"
    assert [box["words"] for box in form["opinions"]] == ["材料不全", "", "", ""]


def test_the_file_shows_marks_and_sanctions_without_a_table(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, "GG02")
    number = desk.apply(pupil, to).status_change_id
    desk.agree(number, here, to, ROUTE[:2])
    no_table(desk)
    later = NOW + timedelta(days=2)
    file = desk.read(read_transfer, to.registrar, number, now=later)
    assert file.message is not None
    assert [item.title for item in file.courses] == ["语文"]
    assert file.desk is not None
    desk.plan(number, to, passed=False, opinion="考核未达要求", now=later)


def test_a_plan_is_judged_by_its_own_day_and_tests(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, "GG02", "GG03")
    number = desk.apply(pupil, to).status_change_id
    desk.agree(number, here, to, ROUTE[:4])
    no_table(desk)
    for tested in (None, ("GZ-05",)):
        read = partial(read_transfer, tested=tested)
        file = desk.read(read, desk.family(pupil.learner_id), number, now=AFTER_NOTICE)
        assert file.planned is not None
        assert file.planned.units == 1900


def test_what_was_recognised_and_what_not_stands_on_the_file(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, "GG02", "ZY01", "ZY02", "ZY03")
    desk.transfer(pupil, here, to)
    ((number,),) = desk.rows("SELECT status_change_id FROM transfer_arrivals")
    file = desk.read(read_transfer, to.registrar, number, now=AFTER_NOTICE)
    came = {pair.title: pair.units for pair in file.recognised}
    assert came.keys() == {"语文", "任选课"}
    shown = TransferSchema().dump(file)
    assert shown["recognised"][0]["line"] == file.recognised[0].line
    titles = [item["source"]["title"] for item in shown["plan"]["not_recognised"]]
    assert titles == [item.source.title for item in file.plan.declined]


def test_the_notice_follows_the_last_office_of_the_receiving_school(desk: TransferDesk) -> None:
    policy(desk, "change.offices.transfer_across",
           "registrar receiving_registrar authority_out authority_in")  # fmt: skip
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    number = desk.apply(pupil, to, now=LATER).status_change_id
    desk.agree(number, here, to, (Office.REGISTRAR,), now=LATER)
    assert not desk.rows("SELECT FROM public_notices")
    desk.agree(number, here, to, (Office.RECEIVING_REGISTRAR,), now=LATER)
    assert len(desk.rows("SELECT FROM public_notices")) == 1
