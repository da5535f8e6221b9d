"""The page of whose record it is: verdicts, timeline, who looked, and what a browser may keep."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from creditbank.domain.permissions import PERMISSIONS, Action, FieldMask, Role
from creditbank.queries.looks import LIMIT
from creditbank.store.access_log import record_access
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.web.look_words import LOOKS
from tests.factories.county import NOW, OWN, CountyInSmall
from tests.functional.web.conftest import Visitor

FAMILY = (Role.STUDENT, Role.GUARDIAN)


def text_of(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def own(county: CountyInSmall) -> str:
    return f"/learners/{county.learners[OWN]}"


@pytest.mark.parametrize("role", FAMILY)
def test_the_family_sees_the_verdict_first_and_staff_their_desk(
    visitor: Visitor, county: CountyInSmall, role: Role
):
    page = text_of(visitor(role).get(own(county)))
    assert page.index('class="glance"') < page.index('id="transcript"') < page.index('id="mine"')
    assert 'class="glance"' not in text_of(visitor(Role.REGISTRAR).get(own(county)))


@pytest.mark.parametrize("part", ["gap", "history", "what-if", "claims/new"])
def test_the_bar_of_ones_own_record_stays_on_its_pages(visitor: Visitor, county, part: str):
    address = f"/learners/{county.learners[OWN]}/{part}"
    page = visitor(Role.STUDENT).get(address).get_data(as_text=True)
    assert "own-tabs" in page
    assert "own-tabs" not in visitor(Role.REGISTRAR).get(address).get_data(as_text=True)


def test_a_reversed_credit_stays_struck_with_the_reason(visitor: Visitor, county: CountyInSmall):
    reversal = {"reason": "重复登记"}
    visitor(Role.REGISTRAR).post(f"{own(county)}/entries/2/reversal", reversal, part=True)
    page = text_of(visitor(Role.STUDENT).get(own(county)))
    line = page[page.index('id="entry-2"') :].partition("</li>")[0]
    assert "<del>" in line
    assert "冲销：重复登记" in line


def test_earlier_terms_come_as_a_part_and_as_a_page(visitor: Visitor, county: CountyInSmall):
    student = visitor(Role.STUDENT)
    address = f"{own(county)}/timeline?before=2099-2100-1"
    assert "<html" not in text_of(student.get(address, part=True))
    assert "<html" in text_of(student.get(address))
    assert "还没有学分记录" in text_of(student.get(f"{own(county)}/timeline?before=1901-1902-1"))


def test_who_looked_is_told_by_day_once_for_each_person_and_purpose(
    visitor: Visitor, county: CountyInSmall
):
    for _ in range(3):
        visitor(Role.TEACHER).get(own(county))
    visitor(Role.STUDENT).get(own(county))
    page = text_of(visitor(Role.GUARDIAN).get(f"{own(county)}/looks"))
    assert page.count("任课教师") == 1
    assert "查看档案：看了学籍、成绩和结论" in page
    assert "3 次" in page
    assert "学生</small>" not in page


def test_the_looks_are_paged(visitor: Visitor, county: CountyInSmall, owner_engine: Engine):
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        for days in range(LIMIT + 3):
            uow.connection.exec_driver_sql("SELECT set_config('creditbank.noted', '', true)")
            actor = county.schools[0].registrar
            at = NOW - timedelta(days=days + 1)
            learners = [county.learners[OWN]]
            record_access(uow.connection, actor, Action.SEE_FACTS, FieldMask.RECORD, learners, at)
    student = visitor(Role.STUDENT)
    first = text_of(student.get(f"{own(county)}/looks"))
    assert first.count("looks-day") <= LIMIT
    following = first.partition("/looks?cursor=")[2].partition('"')[0]
    assert "查看记录" in text_of(student.get(f"{own(county)}/looks?cursor={following}"))


def test_every_look_has_words():
    noted = {
        action
        for (action, role), grant in PERMISSIONS.items()
        if grant.mask is not FieldMask.NONE and role not in FAMILY
    }
    assert noted <= set(LOOKS)


@pytest.mark.parametrize(
    ("role", "address", "word"),
    [
        (Role.STUDENT, "{own}", "keep"),
        (Role.GUARDIAN, "{own}/timeline", "keep"),
        (Role.STUDENT, "{own}/news", "pass"),
        (Role.STUDENT, "{own}/shares", "pass"),
        (Role.STUDENT, "{own}/looks", "pass"),
        (Role.STUDENT, "/learners/1999999999", "pass"),
        (Role.STUDENT, "/papers/{paper}/file", "pass"),
        (Role.REGISTRAR, "{own}", "wipe"),
        (Role.COUNTY, "{own}", "wipe"),
        (Role.ANONYMOUS, "/sign-in", "wipe"),
        (Role.ANONYMOUS, "{own}", "wipe"),
        (Role.ANONYMOUS, "/service-worker.js", "pass"),
    ],
)
def test_a_browser_keeps_ones_own_record_alone(
    visitor: Visitor, county: CountyInSmall, role: Role, address: str, word: str
):
    path = address.format(own=own(county), paper=county.papers[OWN])
    said = visitor(role).get(path).headers["Offline-Copy"]
    assert said.split()[0] == word


def test_copies_of_one_session_are_no_others(visitor: Visitor, county: CountyInSmall):
    first, second = (visitor(Role.STUDENT).get(own(county)) for _ in range(2))
    assert first.headers["Offline-Copy"] != second.headers["Offline-Copy"]


def test_signing_out_wipes(visitor: Visitor):
    assert visitor(Role.STUDENT).post("/sign-out", {}).headers["Offline-Copy"] == "wipe"


def test_the_app_can_be_installed(visitor: Visitor):
    reader = visitor(Role.ANONYMOUS)
    answer = reader.get("/manifest.webmanifest")
    assert answer.content_type == "application/manifest+json"
    found = answer.get_json(force=True)
    assert (found["name"], found["scope"], found["display"]) == ("学分银行", "/", "standalone")
    assert {reader.get(icon["src"]).status_code for icon in found["icons"]} == {200}
    worker = reader.get("/service-worker.js")
    assert worker.headers["Cache-Control"] == "no-cache"
    assert "worker-src 'self'" in worker.headers["Content-Security-Policy"]
