"""The recognition plan between the receiving school's signature and the day of the transfer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from creditbank.domain.errors import InvalidInputError, NotFoundError
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
from creditbank.services.transfer_files import read_transfer
from creditbank.services.transfers import RenewPlan, renew_plan
from creditbank.store.recognition_rules import shipped_rules
from schemas.transfers import TransferSchema
from tests.databases import Database
from tests.factories.school import School
from tests.factories.transfer_desk import (
    AFTER_NOTICE,
    GENERAL_CLASS,
    NOW,
    ROUTE,
    SECOND,
    TODAY,
    TransferDesk,
    make_transfer_desk,
)

SITE = "https://xuefen.example/verify"
SUMMER = datetime(2026, 8, 20, 2, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
INTO = ROUTE[5]
AGAIN = """
INSERT INTO recognition_plans (status_change_id, institution_id, passed, assessed_on, document_no,
  opinion, class_name, student_no, items, declined, tested, shortfall, best_shortfall, ledger_seq,
  as_of, planned_by, planned_at)
SELECT status_change_id, institution_id, passed, assessed_on, document_no, opinion, class_name,
  {student_no}, {items}, declined, tested, shortfall + {more}, best_shortfall,
  ledger_seq, as_of, planned_by, planned_at
FROM recognition_plans WHERE status_change_id = {number} RETURNING 1
"""


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


def renew(desk: TransferDesk, number: int, school: School, *, now: datetime = NOW, **fields: Any):
    given = {"class_name": GENERAL_CLASS, "student_no": f"ZR{number:06d}"} | fields
    command = RenewPlan(status_change_id=number, **given)
    return desk.use(renew_plan, school.registrar, command, now=now)


def reverse(desk: TransferDesk, school: School, learner_id: int, code: str) -> None:
    ((seq,),) = desk.rows(
        "SELECT ledger_seq FROM ledger_entries WHERE learner_id = :id AND course_code = :code"
        " AND kind = 'course'", id=learner_id, code=code,
    )  # fmt: skip
    command = ReverseEntry(learner_id=learner_id, ledger_seq=seq, reason="成绩登记有误")
    desk.use(reverse_entry, school.registrar, command, now=AFTER_NOTICE)


def faults(refused: pytest.ExceptionInfo[InvalidInputError]) -> list[tuple[str, str]]:
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
           "registrar receiving_principal receiving_registrar authority_in")  # fmt: skip
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    number = desk.apply(pupil, to, now=LATER).status_change_id
    desk.agree(number, here, to, (Office.REGISTRAR, Office.RECEIVING_PRINCIPAL), now=LATER)
    assert not desk.rows("SELECT FROM public_notices")
    desk.agree(number, here, to, (Office.RECEIVING_REGISTRAR,), now=LATER)
    assert len(desk.rows("SELECT FROM public_notices")) == 1


def test_two_plans_never_promise_the_same_number(desk: TransferDesk) -> None:
    here, to = desk.vocational, desk.general
    first, second = (desk.apply(pupil, to).status_change_id for pupil in here.pupils[:2])
    for number in (first, second):
        desk.agree(number, here, to, ROUTE[:2])
    desk.plan(first, to, student_no="Z1")
    with pytest.raises(InvalidInputError) as refused:
        desk.plan(second, to, student_no="Z1")
    assert faults(refused) == [("student_no_taken", "student_no")]
    desk.plan(first, to, student_no="Z2")
    desk.plan(second, to, student_no="Z1")


def test_the_receiving_registrar_gives_another_number_after_signing(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, "GG02")
    number = desk.apply(pupil, to).status_change_id
    desk.agree(number, here, to, ROUTE[:4])
    taken = desk.general.pupils[0].learner_id
    ((held,),) = desk.rows("SELECT student_no FROM enrolments WHERE learner_id = :id", id=taken)
    with pytest.raises(InvalidInputError) as refused:
        renew(desk, number, to, student_no=held)
    assert faults(refused) == [("student_no_taken", "student_no")]
    with pytest.raises(InvalidInputError) as refused:
        renew(desk, number, to, class_name="别班")
    assert faults(refused) == [("class_unknown", "class_name")]
    with pytest.raises(NotFoundError):
        renew(desk, number, desk.another)
    with pytest.raises(InvalidInputError) as refused:
        renew(desk, number, here)
    assert faults(refused) == [("not_its_turn", "status_change_id")]
    before = desk.read(read_transfer, to.registrar, number).plan
    renew(desk, number, to, student_no="Z9", now=LATER)
    file = desk.read(read_transfer, to.registrar, number, now=LATER)
    assert file.plan.student_no == "Z9"
    assert file.plan.is_renewed
    assert (file.plan.items, file.plan.as_of) == (before.items, before.as_of)
    desk.agree(number, here, to, ROUTE[4:])
    rows = desk.rows("SELECT student_no FROM enrolments WHERE learner_id = :id AND is_open",
                     id=pupil.learner_id)  # fmt: skip
    assert [row.student_no for row in rows] == ["Z9"]


def test_a_number_that_went_to_another_is_told_to_the_bureau_also_at_once(
    desk: TransferDesk,
) -> None:
    here, to = desk.vocational, desk.general
    numbers = [desk.apply(pupil, to).status_change_id for pupil in here.pupils[:2]]
    for number in numbers:
        desk.agree(number, here, to, ROUTE[:5])
    for number in numbers:  # as if both had been planned at the same moment
        desk.rows(AGAIN.format(items="items", student_no="'Z1'", more=0, number=number))
    said = Barrier(2)

    def answer(number: int) -> str:
        said.wait(60)
        try:
            return desk.say(number, desk.speaker(INTO, here, to), now=AFTER_NOTICE).state
        except InvalidInputError as error:
            return " ".join(f"{item.code}:{item.field}" for item in error.problems)

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(answer, numbers))
    assert found == ["executed", "student_no_taken:status_change_id"]


def test_a_plan_that_no_longer_fits_is_made_again_after_signing(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, "GG02")
    number = desk.apply(pupil, to).status_change_id
    desk.agree(number, here, to, ROUTE[:4])
    with pytest.raises(InvalidInputError) as refused:
        renew(desk, number, to, replans=True)
    assert faults(refused) == [("plan_stands", "replans")]
    desk.post(here, pupil.learner_id, "GG03", now=LATER)
    read = partial(desk.read, read_transfer, to.registrar, number, now=AFTER_NOTICE)
    assert [course.title for course in read().later] == ["数学"]
    renew(desk, number, to, replans=True, now=LATER)
    assert not read().later
    reverse(desk, here, pupil.learner_id, "GG02")
    assert read().planned is None
    renew(desk, number, to, replans=True, now=AFTER_NOTICE)
    assert [item.sources[0].title for item in read().plan.items] == ["数学"]
    desk.agree(number, here, to, ROUTE[4:])
    assert [pair.title for pair in read().recognised] == ["数学"]


def test_nobody_else_plans_again_and_the_database_keeps_other_plans_out(
    desk: TransferDesk,
) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, "GG02")
    number = desk.apply(pupil, to).status_change_id
    desk.agree(number, here, to, ROUTE[:4])
    with pytest.raises(DBAPIError, match="a recognition is planned"):
        desk.rows(AGAIN.format(items="'[]'", student_no="student_no", more=1100, number=number))


def test_marks_after_the_plan_are_named_before_and_after_the_arrival(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, "GG02")
    number = desk.apply(pupil, to).status_change_id
    desk.agree(number, here, to, ROUTE[:4])
    desk.post(here, pupil.learner_id, "GG03", now=LATER)
    desk.agree(number, here, to, ROUTE[4:])
    file = desk.read(read_transfer, to.registrar, number, now=AFTER_NOTICE)
    assert (file.arrival.presented, file.arrival.recognised) == (1900, 1100)
    assert [item.source.title for item in file.arrival.left] == ["数学"]
    lines = paper(desk, to, number)["courses"]
    assert [(line["name"], line["relation"]) for line in lines][-1] == ("数学", "不认定")


def test_the_files_of_both_ways_are_read_after_a_return(desk: TransferDesk) -> None:
    pupil, general, vocational = desk.general.pupils[0], desk.general, desk.vocational
    desk.post(general, pupil.learner_id, "GG02", "GG04")
    first = desk.transfer(pupil, general, vocational)
    desk.post(vocational, pupil.learner_id, "ZY01", term=SECOND, now=SUMMER)
    second = desk.transfer(pupil, vocational, general, now=SUMMER)
    for number, titles in ((first, ["语文", "英语"]), (second, ["任选课"])):
        file = desk.read(read_transfer, desk.family(pupil.learner_id), number, now=SUMMER)
        assert [pair.title for pair in file.recognised] == titles
        assert {pair.source_seq for pair in file.recognised} <= {
            course.ledger_seq for course in file.courses
        }
