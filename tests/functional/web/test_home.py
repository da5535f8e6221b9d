"""The first page of each role: what waits, in which order, and where it leads; it names nobody."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import insert, text

from creditbank.api.calls import ENGINE
from creditbank.domain.permissions import Role
from creditbank.queries.waiting import Waiting, summed
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.accounts import AccountLearner
from creditbank.tables.evaluations import QuarantinedLearner
from tests.factories.county import NOW, OWN, SAME
from tests.functional.web.conftest import Visitor

ROW = re.compile(
    r'<li class="is-(\w+)">\s*<a href="([^"]+)">.*?what">([^<]+)<.*?count">([^<]+)<', re.DOTALL
)
STAFF = (Role.TEACHER, Role.ADVISOR, Role.REGISTRAR, Role.APPROVER, Role.COLLEGE, Role.COUNTY)


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


def test_nothing_waits_for_a_teacher(visitor: Visitor):
    assert "今天没有等您办的事" in visitor(Role.TEACHER).get("/").get_data(as_text=True)


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
