"""Finding anything from any page, as far as the reader may see it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from creditbank.api.calls import ENGINE
from creditbank.domain.permissions import Role
from creditbank.queries.palette import is_named
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.web.palette import PLACES
from tests.factories.county import AGREED, OTHER, OWN
from tests.functional.web.conftest import Reader, Visitor

GROUP = re.compile(r'aria-labelledby="palette-(\w+)"')
ADDRESS = re.compile(r'role="option"[^>]*href="([^"]+)"')


def found(reader: Reader, words: str) -> str:
    answer = reader.post("/palette", {"words": words}, part=True)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def in_database(app, query: str, **values: object) -> str:
    with UnitOfWork(app.extensions[ENGINE], EVERYWHERE) as uow:
        return str(uow.connection.execute(text(query), values).scalar_one())


def test_a_learner_is_found_by_number_initials_and_account(visitor: Visitor, app):
    reader = visitor(Role.TEACHER)
    county = reader.county
    own = county.learners[OWN]
    initials = in_database(app, "SELECT initials FROM learners WHERE learner_id = :id", id=own)
    for words in (county.numbers[OWN], initials.lower(), county.accounts[OWN]):
        assert f'href="/learners/{own}"' in found(reader, words), words


def test_an_account_number_is_not_found_by_its_beginning(visitor: Visitor):
    reader = visitor(Role.TEACHER)
    assert "learners" not in GROUP.findall(found(reader, reader.county.accounts[OWN][:-1]))


def test_one_sign_finds_no_learner(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    assert "learners" not in GROUP.findall(found(reader, reader.county.names[OWN][0]))


def test_the_first_wall_holds_for_the_palette(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    other = reader.county.learners[OTHER]
    assert f"/learners/{other}" not in found(reader, reader.county.numbers[OTHER])
    assert f"/learners/{other}" in found(visitor(Role.COUNTY), reader.county.numbers[OTHER])


def test_courses_lead_to_a_plan_that_teaches_them(visitor: Visitor):
    reader = visitor(Role.TEACHER)
    page = found(reader, "GG03")
    assert "courses" in GROUP.findall(page)
    address = next(item for item in ADDRESS.findall(page) if item.startswith("/plans/"))
    assert "GG03" in reader.get(address).get_data(as_text=True)


def test_classes_plans_and_agreements_are_found(visitor: Visitor, app):
    reader = visitor(Role.REGISTRAR)
    school = reader.county.schools[0]
    groups = GROUP.findall(found(reader, school.class_name))
    assert "classes" in groups
    agreement = reader.county.agreements[AGREED]
    query = "SELECT name FROM articulation_agreements WHERE agreement_id = :id"
    college = found(visitor(Role.COLLEGE), in_database(app, query, id=agreement))
    assert f'href="/agreements/{agreement}"' in college
    assert "learners" not in GROUP.findall(college)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ANONYMOUS])
def test_every_page_that_is_offered_can_be_opened(role: Role, visitor: Visitor):
    reader = visitor(role)
    for name, *_ in PLACES:
        for address in ADDRESS.findall(found(reader, str(name))):
            assert reader.get(address.replace("&amp;", "&")).status_code in {200, 302}, address


def test_pages_are_found_by_name_and_by_initials(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    assert "/paste?kind=course" in found(reader, "粘贴成绩")
    assert "/paste?kind=course" in found(reader, "ztcj")
    assert is_named("gz", "规则")
    assert not is_named("gz", "复核")


def test_the_same_search_is_a_page_without_scripts(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    assert "<h1>查找</h1>" in reader.get("/palette").get_data(as_text=True)
    answer = reader.post("/palette", {"words": reader.county.numbers[OWN]})
    assert f'href="/learners/{reader.county.learners[OWN]}"' in answer.get_data(as_text=True)


def test_the_way_to_the_palette_says_what_it_does(visitor: Visitor):
    page = visitor(Role.STUDENT).get("/messages").get_data(as_text=True)
    (said,) = re.findall(r"data-palette-open.*?</svg>(.*?)<kbd", page, re.DOTALL)
    assert re.sub(r"<[^>]+>|\s+", "", said) == "查找课程、方案、页面"
