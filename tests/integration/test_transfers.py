"""转学: applied for, agreed to by both schools and the bureau, carried out in one transaction."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine

from creditbank.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from creditbank.domain.papers import PaperKind
from creditbank.domain.permissions import Role, Section
from creditbank.domain.status_changes import GivenProof, Proof
from creditbank.domain.verdicts import Outcome, Use
from creditbank.eligibility.recognition_decision import Decided
from creditbank.papers.rendering import render
from creditbank.queries.papers import open_papers, printed
from creditbank.queries.status_changes import list_waiting_changes
from creditbank.services.commands import ReverseEntry
from creditbank.services.paper_commands import IssueChangeForms
from creditbank.services.papers import issue_change_forms
from creditbank.services.reversals import reverse_entry
from creditbank.services.transfer_files import read_transfer
from tests.databases import Database
from tests.factories.school import CLASS_NAME, School
from tests.factories.transfer_desk import (
    AFTER_NOTICE,
    GENERAL_CLASS,
    ROUTE,
    SECOND,
    WITHIN,
    TransferDesk,
    make_transfer_desk,
)

SUMMER = datetime(2026, 8, 20, 2, tzinfo=UTC)
SITE = "https://xuefen.example/verify"
COMMON = ("GG02", "GG03", "GG04")


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> TransferDesk:
    return make_transfer_desk(owner_engine, engine)


def codes(refused: pytest.ExceptionInfo[InvalidInputError]) -> list[str]:
    return [problem.code for problem in refused.value.problems]


def enrolments(desk: TransferDesk, learner_id: int):
    return desk.rows(
        "SELECT institution_id, status, is_open, class_name, entry_year, entered_on"
        " FROM enrolments WHERE learner_id = :id ORDER BY enrolment_id", id=learner_id,
    )  # fmt: skip


def booked(desk: TransferDesk, learner_id: int):
    return desk.rows(
        "SELECT institution_id, units, course_code, block_code, source_seq, detail"
        " FROM ledger_entries WHERE learner_id = :id AND kind = 'recognition'"
        " ORDER BY ledger_seq", id=learner_id,
    )  # fmt: skip


def test_a_transfer_goes_from_office_to_office_and_credits_come_along(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, *COMMON, "ZY01", "ZY02")
    made = desk.apply(pupil, to)
    number = made.status_change_id
    for office in ROUTE[:2]:
        assert desk.say(number, desk.speaker(office, here, to)).state == "waiting"
    desk.plan(number, to)
    for office in ROUTE[2:4]:
        assert desk.say(number, desk.speaker(office, here, to)).state == "waiting"
    (notice,) = desk.rows("SELECT starts_on, ends_on FROM public_notices")
    assert tuple(notice) == (date(2026, 1, 21), date(2026, 1, 27))
    with pytest.raises(InvalidInputError) as refused:
        desk.say(number, desk.bureau(Section.VOCATIONAL))
    assert codes(refused) == ["notice_runs"]
    out, into = (desk.bureau(item) for item in (Section.VOCATIONAL, Section.GENERAL))
    assert desk.say(number, out, now=AFTER_NOTICE).state == "waiting"
    assert [tuple(row)[:3] for row in enrolments(desk, pupil.learner_id)] == [
        (here.institution_id, "01", True)
    ]
    assert desk.say(number, into, now=AFTER_NOTICE).state == "executed"
    assert [tuple(row) for row in enrolments(desk, pupil.learner_id)] == [
        (here.institution_id, "10", False, CLASS_NAME, 2025, date(2025, 9, 1)),
        (to.institution_id, "01", True, GENERAL_CLASS, 2025, date(2026, 2, 1)),
    ]
    entries = booked(desk, pupil.learner_id)
    assert sum(row.units for row in entries) == 0
    came = {
        row.detail["title"]: row.units for row in entries if row.institution_id == to.institution_id
    }
    # 语文, 数学 and 英语 one for one; 10 credits of the major into free electives
    assert came == {"语文": 1100, "数学": 800, "外语": 800, "任选课": came["任选课"]}
    assert sum(row.units for row in entries if row.block_code == "RX") == 1000
    assert all(row.detail["document_no"] and row.detail["line"] for row in entries)
    (arrival,) = desk.rows("SELECT presented, recognised FROM transfer_arrivals")
    assert tuple(arrival) == (3700, 3700)
    makeups = desk.rows("SELECT name, units, due_on FROM makeup_courses ORDER BY course_code")
    assert [row.name for row in makeups] == ["思想政治", "历史", "信息技术", "体育与健康", "音乐"]
    assert {row.due_on for row in makeups} == {date(2027, 1, 31)}
    before = desk.verdicts(pupil.learner_id)
    desk.drain(AFTER_NOTICE)
    stored = desk.verdicts(pupil.learner_id)
    assert stored == before
    left, there = stored.values()
    assert (left.outcome, there.outcome) == (Outcome.CLOSED, Outcome.NOT_YET)
    counted = [place for place in there.placements if place.use is Use.COUNTED]
    assert sum(place.units for place in counted) == 3700


def test_case_9_of_forty_credits_of_the_major_fourteen_at_most_are_electives(
    desk: TransferDesk, owner_engine: Engine
) -> None:
    pupil = desk.vocational.pupils[0]
    desk.post(desk.vocational, pupil.learner_id, "ZY01", "ZY02", "ZY03")
    desk.transfer(pupil, desk.vocational, desk.general)
    came = [row for row in booked(desk, pupil.learner_id) if row.block_code == "RX"]
    assert sum(row.units for row in came) == 1400
    (arrival,) = desk.rows("SELECT presented, recognised FROM transfer_arrivals")
    assert tuple(arrival) == (1800, 1400)


def test_the_other_way_and_back_again_with_what_was_earned_meanwhile(desk: TransferDesk) -> None:
    pupil, general, vocational = desk.general.pupils[0], desk.general, desk.vocational
    learner_id = pupil.learner_id
    desk.post(general, learner_id, "GG02", "GG04")
    desk.transfer(pupil, general, vocational)
    came = booked(desk, learner_id)
    assert {row.detail["title"] for row in came} == {"语文", "英语"}
    desk.post(vocational, learner_id, "ZY01", "GG03", term=SECOND, now=SUMMER)
    desk.transfer(pupil, vocational, general, now=SUMMER)
    assert [row.status for row in enrolments(desk, learner_id)] == ["10", "10", "01"]
    back = booked(desk, learner_id)[len(came) :]
    # What was recognised is not passed on: 语文 and 外语 stand in the books of the first school.
    assert {(row.detail["title"], row.units) for row in back if row.units > 0} == {
        ("数学", 800), ("任选课", 400),
    }  # fmt: skip
    *_, again = desk.verdicts(learner_id, SUMMER + timedelta(days=14)).values()
    counted = [place for place in again.placements if place.use is Use.COUNTED]
    assert sum(place.units for place in counted) == 1100 + 800 + 800 + 400


def test_a_transfer_that_is_agreed_to_early_waits_for_its_day(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, *COMMON)
    made = desk.apply(pupil, to, takes_effect_on=date(2026, 2, 20))
    assert desk.agree(made.status_change_id, here, to).state == "agreed"
    # A mark that is taken back meanwhile is not recognised; the rest is.
    (seq,) = desk.rows(
        "SELECT ledger_seq FROM ledger_entries WHERE learner_id = :id AND course_code = 'GG03'",
        id=pupil.learner_id,
    )[0]
    reverse = ReverseEntry(learner_id=pupil.learner_id, ledger_seq=seq, reason="成绩登记有误")
    desk.use(reverse_entry, here.registrar, reverse, now=AFTER_NOTICE)
    assert desk.turn_of_the_day(AFTER_NOTICE) == ((), {})
    on_its_day = AFTER_NOTICE.replace(day=20)
    assert desk.turn_of_the_day(on_its_day) == ((made.status_change_id,), {})
    assert desk.turn_of_the_day(on_its_day) == ((), {})
    came = {row.detail["title"] for row in booked(desk, pupil.learner_id)}
    assert came == {"语文", "外语"}
    (arrival,) = desk.rows("SELECT presented, recognised, dropped FROM transfer_arrivals")
    assert (arrival.presented, arrival.recognised) == (1900, 1900)
    assert [item["sources"] for item in arrival.dropped] == [["数学"]]


def test_the_receiving_school_sees_an_application_until_it_is_decided(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    number = desk.apply(pupil, to).status_change_id
    with pytest.raises(InvalidInputError) as refused:
        desk.say(number, to.registrar)
    assert codes(refused) == ["not_its_turn"]
    with pytest.raises(NotFoundError):
        desk.say(number, desk.another.registrar)
    with pytest.raises(NotFoundError):
        desk.say(number, replace(to.registrar, institution_id=99))
    for office in ROUTE[:2]:
        desk.say(number, desk.speaker(office, here, to))
    with pytest.raises(InvalidInputError) as refused:
        desk.say(number, to.registrar)
    assert codes(refused) == ["assessment_missing"]
    desk.plan(number, to, passed=False, opinion="考核未达要求")
    with pytest.raises(InvalidInputError) as refused:
        desk.say(number, to.registrar)
    assert codes(refused) == ["assessment_missing"]
    assert desk.say(number, to.registrar, agrees=False, opinion="考核未通过").state == "refused"
    with pytest.raises(NotFoundError):
        desk.say(number, to.registrar)
    with pytest.raises(NotFoundError):
        desk.plan(number, to)
    assert len(enrolments(desk, pupil.learner_id)) == 1


def test_who_applied_takes_it_back_and_applies_again(desk: TransferDesk) -> None:
    pupil, to = desk.vocational.pupils[0], desk.general
    made = desk.apply(pupil, to, key="once")
    assert desk.apply(pupil, to, key="once").replayed
    with pytest.raises(InvalidInputError) as refused:
        desk.apply(pupil, to)
    assert codes(refused) == ["under_way"]
    with pytest.raises(NotFoundError):
        desk.take_back(made.status_change_id, to.registrar)
    guardian = desk.family(pupil.learner_id, Role.GUARDIAN)
    assert desk.take_back(made.status_change_id, guardian).state == "withdrawn"
    assert desk.apply(pupil, to).state == "waiting"


def test_rules_refuse_by_their_id(desk: TransferDesk) -> None:
    pupil = desk.vocational.pupils[0]
    outside = AFTER_NOTICE.replace(month=3)
    with pytest.raises(InvalidInputError) as refused:
        desk.apply(pupil, desk.general, now=outside)
    assert codes(refused) == ["TW1"]
    with pytest.raises(InvalidInputError) as refused:
        desk.apply(desk.general.pupils[0], desk.another)
    assert codes(refused) == ["TP1"]
    with pytest.raises(InvalidInputError) as refused:
        desk.apply(pupil, desk.vocational)
    assert codes(refused) == ["destination_unknown"]
    with pytest.raises(InvalidInputError) as refused:
        desk.apply(pupil, desk.general, plan_id=desk.another.plan_id)
    assert codes(refused) == ["plan_unknown"]


def test_before_there_was_a_rule_nobody_went_to_the_other_kind_of_school(
    desk: TransferDesk,
) -> None:
    before = datetime(2025, 12, 20, 2, tzinfo=UTC)
    with pytest.raises(InvalidInputError) as refused:
        desk.apply(
            desk.vocational.pupils[0], desk.general, now=before,
            proofs=(GivenProof(Proof.APPLICATION, date(2025, 12, 19)),),
        )  # fmt: skip
    assert codes(refused) == ["not_yet"]


def test_between_vocational_schools_the_bureau_answers_once(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.another
    desk.post(here, pupil.learner_id, "GG02", "ZY01")
    made = desk.apply(pupil, to, now=AFTER_NOTICE)
    later = AFTER_NOTICE.replace(day=20)
    number = made.status_change_id
    desk.agree(number, here, to, WITHIN[:4], now=AFTER_NOTICE)
    assert desk.say(number, desk.bureau(None), now=later).state == "executed"
    came = {row.detail["title"] for row in booked(desk, pupil.learner_id)}
    assert came == {"语文", "机械制图"}


def test_an_own_choice_needs_a_reason_and_may_be_less_but_never_more(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, "GG02", "GG03")
    number = desk.apply(pupil, to).status_change_id
    desk.agree(number, here, to, ROUTE[:2])
    seqs = {
        row.course_code: row.ledger_seq
        for row in desk.rows("SELECT course_code, ledger_seq FROM ledger_entries")
    }
    less = (Decided("GZ-01", (seqs["GG02"],), ("GG02",)),)
    with pytest.raises(InvalidInputError) as refused:
        desk.plan(number, to, decided=less)
    assert codes(refused) == ["reason_missing"]
    wrong = (Decided("GZ-01", (seqs["GG03"],), ("GG02",)),)
    with pytest.raises(InvalidInputError):
        desk.plan(number, to, decided=wrong, reasons={"GZ-01": "误", "GZ-02": "误"})
    desk.plan(number, to, decided=less, reasons={"GZ-02": "内容差别较大"})
    (plan,) = desk.rows("SELECT shortfall, best_shortfall FROM recognition_plans")
    assert plan.shortfall == plan.best_shortfall + 800
    for office in ROUTE[2:4]:
        desk.say(number, desk.speaker(office, here, to))
    with pytest.raises(InvalidInputError) as refused:
        desk.plan(number, to)
    assert codes(refused) == ["not_its_turn"]


def test_a_mark_that_falls_takes_what_was_recognised_for_it_along(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, "GG02", "GG03")
    desk.transfer(pupil, here, to)
    (seq,) = desk.rows(
        "SELECT ledger_seq FROM ledger_entries WHERE learner_id = :id AND course_code = 'GG03'"
        " AND kind = 'course'", id=pupil.learner_id,
    )[0]  # fmt: skip
    reverse = ReverseEntry(learner_id=pupil.learner_id, ledger_seq=seq, reason="成绩登记有误")
    desk.use(reverse_entry, here.registrar, reverse, now=AFTER_NOTICE)
    (total,) = desk.rows("SELECT sum(units) FROM ledger_entries")[0]
    assert total == 1100
    *_, there = desk.verdicts(pupil.learner_id).values()
    counted = [place for place in there.placements if place.use is Use.COUNTED]
    assert sum(place.units for place in counted) == 1100


def test_a_recognised_course_earns_nothing_again_and_is_taken_back_whole(
    desk: TransferDesk,
) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, "GG02")
    desk.transfer(pupil, here, to)
    desk.post(to, pupil.learner_id, "GG02", term=SECOND, now=SUMMER)
    assert desk.rows("SELECT sum(units) FROM ledger_entries")[0][0] == 1100
    (seq,) = desk.rows(
        "SELECT ledger_seq FROM ledger_entries WHERE kind = 'recognition' AND units > 0"
    )[0]
    reverse = ReverseEntry(learner_id=pupil.learner_id, ledger_seq=seq, reason="认定有误")
    desk.use(reverse_entry, to.registrar, reverse, now=SUMMER)
    by_school = desk.rows(
        "SELECT institution_id, sum(units) FROM ledger_entries GROUP BY 1 ORDER BY 1"
    )
    # The pass at the new school earned nothing before; now it does.
    assert [tuple(row) for row in by_school] == [
        (here.institution_id, 1100), (to.institution_id, 1100),
    ]  # fmt: skip


def test_the_file_shows_the_gap_before_anybody_signs(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, *COMMON)
    number = desk.apply(pupil, to).status_change_id
    family = desk.family(pupil.learner_id)
    file = desk.read(read_transfer, family, number)
    assert file.plan is None
    assert file.best.units == 2700
    assert file.best.shortfall_without - file.best.shortfall == 2700
    assert [item.title for item in file.courses] == ["语文", "数学", "英语"]
    assert file.desk is None
    assert desk.read(read_transfer, to.registrar, number).applicant.name == pupil.name
    for stranger in (desk.another.registrar, desk.family(desk.vocational.pupils[1].learner_id)):
        with pytest.raises(NotFoundError):
            desk.read(read_transfer, stranger, number)
    with pytest.raises(ForbiddenError):
        desk.read(read_transfer, desk.staff(here, Role.TEACHER), number)
    desk.agree(number, here, to, ROUTE[:2])
    at_desk = desk.read(read_transfer, to.registrar, number).desk
    assert at_desk.classes == (GENERAL_CLASS,)
    desk.plan(number, to)
    file = desk.read(read_transfer, family, number)
    assert file.planned.shortfall == file.best.shortfall == file.plan.shortfall
    waiting = desk.read(list_waiting_changes, to.registrar).items
    assert [item.status_change_id for item in waiting] == [number]
    assert not desk.read(list_waiting_changes, here.registrar).items
    desk.agree(number, here, to, ROUTE[2:])
    for who in (to.registrar, here.registrar, family):
        done = desk.read(read_transfer, who, number, now=AFTER_NOTICE)
        assert done.arrival.recognised == 2700
        assert len(done.arrival.makeups) == 5


def test_each_section_finds_what_waits_for_it(desk: TransferDesk) -> None:
    pupil, here, to = desk.general.pupils[0], desk.general, desk.vocational
    number = desk.apply(pupil, to).status_change_id
    desk.agree(number, here, to, ROUTE[:4])
    found = {
        section: [item.status_change_id for item in desk.read(list_waiting_changes, who).items]
        for section in (None, *Section)
        for who in [desk.bureau(section)]
    }
    assert found == {None: [number], Section.GENERAL: [number], Section.VOCATIONAL: []}


def test_both_schools_print_their_paper_of_it(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, *COMMON, "ZY01", "ZY02", "ZY03")
    number = desk.apply(pupil, to, note="更想读普通高中").status_change_id

    def printed_at(school: School):
        command = IssueChangeForms(status_change_ids=(number,))
        made = desk.use(partial(issue_change_forms, site=SITE), school.registrar, command)
        return desk.read(open_papers, school.registrar, made.issued_paper_ids)[0]

    form = printed_at(here)
    assert form.kind is PaperKind.TRANSFER_FORM
    assert form.document["target"]["school"] == "第2测试职业学校"
    assert [box["answer"] for box in form.document["opinions"]] == [""] * 4
    with pytest.raises(NotFoundError):
        printed_at(to)
    desk.agree(number, here, to)
    form = printed_at(here)
    assert [box["answer"] for box in form.document["opinions"]] == ["同意"] * 4
    recognised = printed_at(to)
    assert recognised.kind is PaperKind.RECOGNITION_FORM
    lines = recognised.document["courses"]
    assert {(line["name"], line["target"]) for line in lines} >= {
        ("语文", "语文"),
        ("英语", "外语"),
    }
    assert recognised.document["total"] == "41"
    pages = render([printed(form), printed(recognised)])
    assert pages.startswith(b"%PDF")
    if folder := os.environ.get("CREDITBANK_LOOK"):
        (Path(folder) / "transfer-papers.pdf").write_bytes(pages)
