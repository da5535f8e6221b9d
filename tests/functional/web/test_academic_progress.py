"""学业预警: who is told when a level is newly reached, what the page shows, what was agreed."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.academic_progress import WarningLevel
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Role
from creditbank.services.academic_warnings import note_progress
from creditbank.services.commands import PostCourseCredit
from creditbank.services.credits import post_credit
from creditbank.services.evaluations import drain
from creditbank.store.academic_progress import Whom, count_progress, standings
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from tests.factories.county import NOW, OTHER, OWN, CountyInSmall
from tests.functional.web.conftest import Reader, Visitor

PAGE = "/academic-progress"
COURSES = ("GG02", "GG03", "GG04", "GG05", "GG06", "GG07")
"""With the one of everybody 53 of the 55.3 credits that are expected after a semester."""


@pytest.fixture
def round_of(engine: Engine) -> Callable[[datetime], int]:
    """The worker's round of a day, once everybody is evaluated."""

    def unit() -> UnitOfWork:
        return UnitOfWork(engine, EVERYWHERE, EVERYBODY)

    def run(now: datetime) -> int:
        while drain(unit, now=now).claimed:
            pass
        with unit() as uow:
            return note_progress(uow, now=now)

    return run


@pytest.fixture
def warned(county: CountyInSmall, round_of) -> int:
    """How many were newly warned on the first day: nearly nothing was posted so far."""
    return round_of(NOW)


def values(engine: Engine, query: str, **asked: object) -> list[object]:
    with UnitOfWork(engine, EVERYWHERE, EVERYBODY) as uow:
        return list(uow.connection.execute(text(query), asked).scalars())


def enrolment_of(county: CountyInSmall, relation: str) -> int:
    found = [
        pupil.enrolment_id
        for school in county.schools
        for pupil in school.pupils
        if pupil.learner_id == county.learners[relation]
    ]
    return found[0]


def page_of(reader: Reader) -> str:
    return reader.get(f"/learners/{reader.county.learners[OWN]}").get_data(as_text=True)


def test_everybody_far_behind_is_noted_once_a_day(warned: int, round_of, engine: Engine):
    noted = "SELECT count(*) FROM academic_warnings WHERE level = 'red'"
    assert values(engine, noted) == [warned]
    assert warned > 1
    assert round_of(NOW) == 0
    assert round_of(NOW + timedelta(days=1)) == 0
    assert values(engine, noted) == [warned]
    counts = "SELECT sum(red) FROM progress_counts GROUP BY noted_on ORDER BY noted_on"
    assert values(engine, counts) == [warned, warned]


def test_the_counts_of_the_county_are_the_sums_over_everybody(warned: int, engine: Engine):
    with UnitOfWork(engine, EVERYWHERE, EVERYBODY) as uow:
        counted = count_progress(uow.connection, on=local_date(NOW))
        progress = [item.progress for item in standings(uow.connection, Whom(), on=local_date(NOW))]
    assert len(progress) == sum(item.learners for item in counted) > len(counted)
    expected = sum(item.expected for item in progress)
    assert expected == sum(item.expected_units for item in counted) > 0
    earned = sum(min(item.earned, item.expected) for item in progress)
    assert earned == sum(item.earned_units for item in counted) > 0
    for level in (WarningLevel.YELLOW, WarningLevel.RED):
        of_level = sum(item.level is level for item in progress)
        assert of_level == sum(getattr(item, level.value) for item in counted)


def test_the_family_is_told_of_one_and_the_advisor_of_all_at_once(
    warned: int, visitor: Visitor, engine: Engine
):
    county = visitor(Role.ADVISOR).county
    told = "SELECT learners FROM messages WHERE kind = 'warning' AND account_id = :account"
    own = "SELECT count(*) FROM enrolments WHERE institution_id = :school AND is_open"
    school = county.schools[0].institution_id
    in_school = "SELECT count(*) FROM academic_warnings WHERE institution_id = :school"
    assert values(engine, told, account=county.account_ids[Role.ADVISOR]) == values(
        engine, in_school, school=school
    )
    assert values(engine, own, school=school) != [0]
    for role in (Role.STUDENT, Role.GUARDIAN):
        assert values(engine, told, account=county.account_ids[role]) == [1]
    for role in (Role.REGISTRAR, Role.APPROVER, Role.COUNTY, Role.COLLEGE, Role.TEACHER):
        assert values(engine, told, account=county.account_ids[role]) == []


def test_a_message_leads_the_advisor_to_the_list_and_the_family_to_the_record(
    warned: int, visitor: Visitor
):
    for role, place in ((Role.ADVISOR, PAGE), (Role.GUARDIAN, "/learners/")):
        reader = visitor(role)
        page = reader.get("/messages").get_data(as_text=True)
        assert "学业预警" in page
        opened = re.search(r'href="(/messages/\d+)"', page)
        assert opened is not None
        assert reader.get(opened[1]).headers["Location"].startswith(place)


def test_the_first_page_counts_whom_nobody_has_talked_with(warned: int, visitor: Visitor):
    page = visitor(Role.ADVISOR).get("/").get_data(as_text=True)
    assert "学业预警，还没有联系" in page
    assert "学业预警，还没有联系" not in visitor(Role.APPROVER).get("/").get_data(as_text=True)


def test_the_page_shows_the_own_school_alone_with_what_is_behind(warned: int, visitor: Visitor):
    reader = visitor(Role.ADVISOR)
    page = reader.get(f"{PAGE}?level=red").get_data(as_text=True)
    shown = set(re.findall(r'href="/learners/(\d+)"', page))
    assert str(reader.county.learners[OWN]) in shown
    assert str(reader.county.learners[OTHER]) not in shown
    assert "公共基础必修 差" in page
    assert "没有需要关注的学生" in reader.get(f"{PAGE}?level=yellow").get_data(as_text=True)
    overview = reader.get(PAGE).get_data(as_text=True)
    assert reader.county.schools[0].class_name in overview
    assert not re.search(r'href="/learners/\d+"', overview)


def test_the_file_holds_the_same_learners(warned: int, visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    answer = reader.get(f"{PAGE}.xlsx?level=warned")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    rows = book.get_sheet_by_index(0).to_python()
    page = reader.get(f"{PAGE}?level=warned").get_data(as_text=True)
    numbers = {row[1] for row in rows[3:]}
    assert numbers
    assert all(str(number) in page for number in numbers)


def test_what_was_agreed_is_kept_once_and_shown(warned: int, visitor: Visitor, engine: Engine):
    reader = visitor(Role.ADVISOR)
    form = {
        "enrolment_id": str(enrolment_of(reader.county, OWN)), "contacted_on": "2026-06-30",
        "with_whom": "both", "note": "七月底前补考语文", "level": "red", "idempotency_key": "k1",
    }  # fmt: skip
    for _ in range(2):
        assert reader.post(f"{PAGE}/contacts", form).status_code == 302
    assert values(engine, "SELECT note FROM warning_contacts") == ["七月底前补考语文"]
    assert "七月底前补考语文" in reader.get(f"{PAGE}?level=red").get_data(as_text=True)


def test_the_family_reads_the_rule_the_figures_the_way_out_and_what_was_agreed_with_it(
    warned: int, visitor: Visitor
):
    """9 of 55.33 credits: half of them is 27.67, two thirds 36.89."""
    pages = {}
    for role in (Role.STUDENT, Role.GUARDIAN):
        reader = visitor(role)
        pages[role] = reader.get(f"/learners/{reader.county.learners[OWN]}").get_data(as_text=True)
        shown = pages[role].partition('id="warning"')[2].partition("</section>")[0]
        assert "红色预警" in shown
        assert "已得学分低于方案应得的 2/3 为黄色预警，低于 1/2 为红色预警。" in shown
        assert re.findall(r"再得 ([\d.]+) 学分，(转为黄色预警|预警解除)", shown) == [
            ("18.67", "转为黄色预警"), ("27.89", "预警解除"),
        ]  # fmt: skip
        assert "2026年10月1日 起应得升到 55.66 学分，那时已得满 37.11 学分才没有预警" in shown
        assert "公共基础必修 差" in shown
        assert "记录联系" not in shown
        assert f'href="/learners/{reader.county.learners[OWN]}#warning"' in pages[role]


def test_what_was_talked_over_with_the_guardian_alone_is_not_the_students_to_read(
    warned: int, visitor: Visitor, engine: Engine
):
    reader = visitor(Role.ADVISOR)
    for with_whom, note in (("guardian", "家访商定"), ("student", "面谈商定")):
        form = {
            "enrolment_id": str(enrolment_of(reader.county, OWN)), "contacted_on": "2026-06-30",
            "with_whom": with_whom, "note": note, "idempotency_key": f"k-{with_whom}",
        }  # fmt: skip
        assert reader.post(f"{PAGE}/contacts", form).status_code == 302
    seen = {
        role: [note in page_of(visitor(role)) for note in ("家访商定", "面谈商定")]
        for role in (Role.STUDENT, Role.GUARDIAN, Role.ADVISOR, Role.APPROVER, Role.TEACHER)
    }
    assert seen == {
        Role.STUDENT: [False, True],
        Role.GUARDIAN: [True, False],
        Role.ADVISOR: [True, True],
        Role.APPROVER: [True, True],
        Role.TEACHER: [False, False],
    }
    assert f"{PAGE}?class_name=" in page_of(visitor(Role.ADVISOR))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"note": " "}, "请填写此项。"),
        ({"contacted_on": "2027-01-01"}, "联系日期不能晚于今天，请核对。"),
        ({"with_whom": "nobody"}, "请从列表中选择。"),
    ],
)
def test_a_wrong_note_comes_back_with_what_was_typed(warned: int, visitor: Visitor, change, said):
    reader = visitor(Role.ADVISOR)
    form = {
        "enrolment_id": str(enrolment_of(reader.county, OWN)), "contacted_on": "2026-06-30",
        "with_whom": "student", "note": "每周谈一次", "level": "red",
    }  # fmt: skip
    answer = reader.post(f"{PAGE}/contacts", form | change)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert page.count(said) == 1
    assert change.get("note", "每周谈一次").strip() in page


def test_nothing_of_a_warning_is_changed_or_shown_to_a_college(warned: int, engine: Engine, county):
    for table in ("academic_warnings", "warning_contacts", "progress_counts"):
        for change in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(DBAPIError), UnitOfWork(engine, EVERYWHERE) as uow:
                uow.connection.execute(text(change))
        college = f"{county.schools[0].institution_id}@{county.college.institution_id}/2026-07-01"
        with UnitOfWork(engine, college) as uow:
            found = uow.connection.execute(text(f"SELECT count(*) FROM {table}"))
            assert found.scalar_one() == 0


def test_who_catches_up_is_no_longer_warned_and_told_again_when_falling_behind(
    warned: int, round_of, engine: Engine, county: CountyInSmall
):
    school = county.schools[0]
    for code in COURSES:
        with UnitOfWork(engine, str(school.institution_id)) as uow:
            post_credit(
                uow,
                school.registrar,
                PostCourseCredit(
                    learner_id=county.learners[OWN],
                    course_code=code,
                    term=school.term,
                    mark="80",
                    earned_on=(NOW - timedelta(days=200)).date(),
                ),
                idempotency_key=f"catches-up-{code}",
                now=NOW,
            )
    assert round_of(NOW + timedelta(days=2)) == 0
    levels = "SELECT level FROM academic_warnings WHERE enrolment_id = :id ORDER BY noted_on"
    assert values(engine, levels, id=enrolment_of(county, OWN)) == ["red", "none"]
