"""The page of suppositions without a browser: whole and in parts, refusals, and what is kept."""

from __future__ import annotations

from creditbank.domain.permissions import Role
from tests.factories.county import OWN
from tests.functional.web.conftest import Reader, Visitor


def address(reader: Reader) -> str:
    return f"/learners/{reader.county.learners[OWN]}/what-if"


def test_without_scripts_the_whole_page_comes_back_with_what_was_tapped(visitor: Visitor):
    reader = visitor(Role.STUDENT)
    page = reader.post(address(reader), {"course": ["GG02"], "prize": ["33.2"]})
    body = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "<h1>" in body
    assert 'data-changed="yes"' in body
    assert 'value="GG02" checked' in " ".join(body.split())


def test_htmx_gets_the_answer_alone(visitor: Visitor):
    reader = visitor(Role.GUARDIAN)
    body = reader.post(address(reader), {"course": "GG02"}, part=True).get_data(as_text=True)
    assert "<h1>" not in body
    assert "没有保存任何内容" in body


def test_nothing_tapped_changes_nothing(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    body = reader.post(address(reader), {}, part=True).get_data(as_text=True)
    assert 'data-changed="no"' in body
    assert "还没有假设什么" in body


def test_what_the_form_does_not_offer_is_refused_in_words(visitor: Visitor):
    reader = visitor(Role.STUDENT)
    for form in ({"prize": "99.9"}, {"plan_id": "x"}, {"as_of": "x"}, {"course": "NONE"},
                 {"course": [f"C{n}" for n in range(51)]}):  # fmt: skip
        refused = reader.post(address(reader), form, part=True)
        assert refused.status_code == 422
        assert "这个假设按规定不成立" in refused.get_data(as_text=True)


def test_the_learners_page_leads_to_it_and_asks_for_the_cheapest_way(visitor: Visitor):
    reader = visitor(Role.STUDENT)
    page = reader.get(f"/learners/{reader.county.learners[OWN]}").get_data(as_text=True)
    assert address(reader) in page
    assert "/gap?enrolment=" in page
    college = visitor(Role.COLLEGE)
    seen = college.county.learners["agreed"]
    assert "/what-if" not in college.get(f"/learners/{seen}").get_data(as_text=True)


def test_the_cheapest_way_has_a_page_of_its_own_for_who_has_no_scripts(visitor: Visitor):
    reader = visitor(Role.TEACHER)
    body = reader.get(f"/learners/{reader.county.learners[OWN]}/gap").get_data(as_text=True)
    assert "<h1>怎样补最省</h1>" in body
    assert "教务科" in body
