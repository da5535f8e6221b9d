"""The first page of each role: what waits, in which order, and where it leads; it names nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import insert, text

from creditbank.api.calls import ENGINE
from creditbank.domain.permissions import Role
from creditbank.queries.waiting import Waiting, summed
from creditbank.queries.waiting_entries import classes_without_marks
from creditbank.services.grade_draft_steps import discard_draft
from creditbank.services.grade_drafts import OpenDraft, open_draft
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.accounts import AccountLearner
from creditbank.tables.evaluations import QuarantinedLearner
from tests.factories.county import NOW, OWN, SAME
from tests.factories.county_parts import add_account
from tests.factories.school import add_pupil
from tests.functional.web.conftest import Visitor

ROW = re.compile(
    r'<li class="is-(\w+)">\s*<a href="([^"]+)">.*?what">([^<]+)<.*?count">([^<]+)<', re.DOTALL
)
NEW_CLASS = "25数控2班"
STAFF = (Role.TEACHER, Role.ADVISOR, Role.REGISTRAR, Role.APPROVER, Role.COLLEGE, Role.COUNTY)


@pytest.fixture
def new_class(app, county) -> Iterator[UnitOfWork]:
    """The first school has another class, of which nothing is entered, until the test ends."""
    school = county.schools[0]
    with UnitOfWork(app.extensions[ENGINE], EVERYWHERE) as uow:
        add_pupil(uow.connection, school.institution_id, school.plan_id, NEW_CLASS, (1, 90))
        yield uow
        uow.connection.rollback()


def rows(visitor: Visitor, role: Role) -> dict[str, tuple[str, str, str]]:
    """What waits: text to (tone, address, count)."""
    answer = visitor(role).get("/")
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    return {what: (tone, url, count) for tone, url, what, count in ROW.findall(page)}


def test_the_registrar_is_told_of_the_review_and_led_to_it(visitor: Visitor, county):
    tone, url, count = rows(visitor, Role.REGISTRAR)["已作的决定与现在的结论不一致，待复核"]
    assert (tone, url, count) == ("neutral", f"/reviews/{county.reviews[OWN]}", "1 件")


def test_the_bureau_is_told_of_both_schools_reviews_and_led_to_the_list(visitor: Visitor):
    _, url, count = rows(visitor, Role.COUNTY)["已作的决定与现在的结论不一致，待复核"]
    assert (url, count) == ("/reviews", "2 件")


def test_an_exception_waits_for_the_approver_alone(visitor: Visitor):
    assert rows(visitor, Role.APPROVER)["个人例外待批准"][1:] == ("/exceptions", "1 件")
    for role in (Role.REGISTRAR, Role.ADVISOR, Role.COUNTY, Role.TEACHER):
        assert "个人例外待批准" not in rows(visitor, role)


def test_an_application_waits_for_the_office_whose_turn_it_is(visitor: Visitor, app):
    query = "SELECT office FROM status_change_states WHERE status_change_id = :id"
    reader = visitor(Role.ADVISOR)
    with UnitOfWork(app.extensions[ENGINE], EVERYWHERE) as uow:
        asked = {"id": reader.county.changes[OWN]}
        assert uow.connection.execute(text(query), asked).scalar_one() == "advisor"
    assert rows(visitor, Role.ADVISOR)["学籍异动待签署意见"][1] == "/status-changes"
    assert "学籍异动待签署意见" not in rows(visitor, Role.APPROVER)


def test_a_sheet_that_is_not_handed_in_waits_for_who_wrote_in_it_with_the_terms_last_day(
    visitor: Visitor, county
):
    """The term ended on 2026-01-31, and thirty days later its credits are expected."""
    what = "成绩录入表还没有提交"
    tone, url, count = rows(visitor, Role.REGISTRAR)[what]
    assert (tone, url, count) == ("bad", f"/grade-drafts/{county.grade_drafts[OWN]}", "1 件")
    assert "2026年3月2日 截止" in visitor(Role.REGISTRAR).get("/").get_data(as_text=True)
    assert what not in rows(visitor, Role.APPROVER)


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (date(2026, 1, 16), []),
        (date(2026, 1, 17), [Waiting(count=1, since=date(2026, 1, 17), until=date(2026, 3, 2))]),
        (date(2026, 5, 31), [Waiting(count=1, since=date(2026, 1, 17), until=date(2026, 3, 2))]),
        (date(2026, 6, 1), []),
    ],
)
def test_a_class_without_marks_waits_from_two_weeks_before_its_term_ends(
    day: date, found: list[Waiting], new_class: UnitOfWork, county
):
    at = datetime.combine(day, time(4), UTC)
    actor = county.schools[0].registrar
    assert list(classes_without_marks(new_class, actor, at)) == found


def test_a_class_with_a_sheet_waits_no_more(new_class: UnitOfWork, county):
    uow, school = new_class, county.schools[0]
    at = datetime(2026, 2, 20, 4, tzinfo=UTC)
    command = OpenDraft(class_name=NEW_CLASS, entry_year=2025, term=school.term)
    number = open_draft(uow, school.registrar, command, now=at)
    assert list(classes_without_marks(uow, school.registrar, at)) == []
    discard_draft(uow, school.registrar, number, now=at)
    assert [item.count for item in classes_without_marks(uow, school.registrar, at)] == [1]


def test_a_class_with_marks_in_the_books_waits_no_more(new_class: UnitOfWork, county):
    school, at = county.schools[0], datetime(2026, 2, 20, 4, tzinfo=UTC)
    new_class.connection.execute(text("UPDATE grade_drafts SET state = 'discarded'"))
    assert [item.count for item in classes_without_marks(new_class, school.registrar, at)] == [1]


def test_what_hangs_waits_to_be_looked_at_by_who_does_not_decide_on_it(visitor: Visitor):
    what = "学分认定公示中，有异议可以提出"
    for role in (Role.TEACHER, Role.ADVISOR):
        assert rows(visitor, role)[what][1:] == ("/claims/notice", "1 件")
    for role in (Role.REGISTRAR, Role.APPROVER, Role.COUNTY):
        assert what not in rows(visitor, role)


def test_who_looks_after_the_installation_is_told_how_many_are_set_aside(visitor: Visitor, app):
    assert "学生的结论多次计算失败，已搁置" not in rows(visitor, Role.SYSADMIN)
    reader = visitor(Role.SYSADMIN)
    row = insert(QuarantinedLearner).values(
        learner_id=reader.county.learners[OWN], attempts=5, error="x", is_quarantined=True,
        next_try_at=NOW,
    )  # fmt: skip
    with UnitOfWork(app.extensions[ENGINE], EVERYWHERE) as uow:
        uow.connection.execute(row)
    assert rows(visitor, Role.SYSADMIN)["学生的结论多次计算失败，已搁置"][2] == "1 名学生"
    with UnitOfWork(app.extensions[ENGINE], EVERYWHERE) as uow:
        uow.connection.execute(text("DELETE FROM quarantined_learners"))


@pytest.mark.parametrize("role", STAFF)
def test_the_first_page_names_nobody_and_leads_only_where_the_role_may_go(
    role: Role, visitor: Visitor
):
    reader = visitor(role)
    answer = reader.get("/")
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert not [name for name in reader.county.names.values() if name in page]
    for _, url, _, _ in ROW.findall(page):
        assert reader.get(url).status_code in {200, 302}, url


def test_a_guardian_of_two_sees_both_and_nobody_else(visitor: Visitor, app):
    reader = visitor(Role.GUARDIAN)
    county = reader.county
    assert reader.get("/").status_code == 302
    with UnitOfWork(app.extensions[ENGINE], EVERYWHERE) as uow:
        uow.connection.execute(
            insert(AccountLearner).values(
                account_id=county.account_ids[Role.GUARDIAN], learner_id=county.learners[SAME]
            )
        )
    page = visitor(Role.GUARDIAN).get("/").get_data(as_text=True)
    shown = {int(number) for number in re.findall(r'href="/learners/(\d+)"', page)}
    assert shown == {county.learners[OWN], county.learners[SAME]}


def test_a_guardian_of_nobody_is_told_whom_to_ask(visitor: Visitor, app):
    with UnitOfWork(app.extensions[ENGINE], EVERYWHERE) as uow:
        number = add_account(uow.connection, "guardian-of-nobody", Role.GUARDIAN, None)
    page = visitor(Role.GUARDIAN, account_id=number).get("/").get_data(as_text=True)
    assert "您的账号还没有关联学生" in page
    assert "今天没有等您办的事" not in page


def test_what_is_late_is_a_line_of_its_own_and_stands_first():
    today = date(2026, 5, 4)
    found = [
        Waiting(count=1, until=date(2026, 5, 9), since=date(2026, 4, 2), number=1),
        Waiting(count=1, until=date(2026, 5, 1), since=date(2026, 4, 9), number=2),
        Waiting(count=2, until=date(2026, 5, 6), since=date(2026, 4, 1), number=3),
    ]
    late, others = summed(found, today)
    assert (late.count, late.number, late.is_over(today)) == (1, 2, True)
    assert (others.count, others.number) == (3, None)
    assert (others.until, others.since) == (date(2026, 5, 6), date(2026, 4, 1))
