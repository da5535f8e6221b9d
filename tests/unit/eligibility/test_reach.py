"""Whether anybody can fulfil a plan: plans that nobody can, and those next to them that can be."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank.domain.errors import Message
from creditbank.eligibility import check_reach, ideal
from creditbank.store.plan_documents import read_plan
from tests.factories.plan_documents import (
    POLICY,
    block,
    cap,
    course,
    faults,
    found,
    plan,
    text_of,
    words,
)
from tests.factories.policies import shipped_policy

A, B = ("P5", "blocks.0.credits_min"), ("P5", "blocks.1.credits_min")
TOGETHER = ("P10", "blocks.0.credits_min")
_UNPROVEN = Message(
    "规则过于复杂,未能核对是否有人能够达到全部要求;请人工核对。",
    "The rules are too many to prove that anybody can reach all of them; check by hand.",
)
TOTAL, FLOOR = ("P7", "credits_min"), ("P6", "floors.0.credits_min")


def test_a_plan_that_can_be_fulfilled_has_no_fault():
    assert faults(plan()) == []


@pytest.mark.parametrize(
    ("caps", "expected"),
    [
        ([cap("3", blocks=("B",), kinds=["course"])], [B]),
        ([cap("4", blocks=("B",), kinds=["course"])], []),
        ([cap("0", blocks=("A",))], [A]),
        ([cap("0", kinds=["competition"])], []),
        ([cap("5", course_codes=["A1"])], [A]),
        ([cap("9", kinds=["course"])], [TOGETHER]),
        ([cap("10", kinds=["course"])], []),
        ([cap("10", kinds=["course"]), cap("3", blocks=("B",))], [B]),
        ([cap("8", blocks=("A", "B")), cap("7", kinds=["course"])], [TOGETHER]),
        ([{"code": "p", "selector": {"kinds": ["course"]}, "percent": 99}], [TOGETHER]),
        (
            [{"code": "p", "selector": {}, "block_codes": ["B"], "percent": 50,
              "percent_of": "blocks"}],
            [B],
        ),
        ([cap("0", natures=["3"])], [B]),
        ([cap("0", tags=["德育"])], []),
    ],
)  # fmt: skip
def test_caps_are_held_against_what_blocks_ask(caps, expected):
    assert faults(plan(caps=caps)) == expected


def test_what_is_lacking_is_said_in_credits():
    said = words(plan(caps=[cap("9", kinds=["course"])]))
    assert "模块 A、B 各自可以修满,但不能同时修满:合计要求 10 学分,至少还差 1 学分" in said
    said = words(plan(caps=[cap("3", blocks=("B",))]))
    assert "模块 B 要求 4 学分,可计入的最多只有 3 学分" in said


def test_blocks_that_share_their_courses_cannot_be_filled_together():
    shared = course("S1", "A", "6", also_counts_in=["B"])
    assert faults(plan(courses=[shared])) == [TOGETHER]
    assert faults(plan(courses=[shared, course("S2", "A", "4", also_counts_in=["B"])])) == []


def test_a_course_counts_whole_so_that_credits_in_sum_are_not_enough():
    """5 + 5 credits for 6 and 4: one course fills B, the other leaves A one short."""
    both = [course(f"S{at}", "A", "5", also_counts_in=["B"]) for at in (1, 2)]
    assert faults(plan(courses=both)) == [TOGETHER]


def test_the_smallest_set_of_blocks_is_named():
    blocks = [block("A", "6"), block("B", "4"), block("C", "2")]
    courses = [course("S1", "A", "6", also_counts_in=["B"]), course("C1", "C", "2")]
    document = plan(blocks=blocks, courses=courses, credits_min="12")
    assert faults(document) == [TOGETHER]
    assert "模块 A、B 各自" in words(document)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"credits_max": "3"}, "P4"),
        ({"accepts": [{"selector": {"kinds": ["innovation"]}, "way": "earn"}]}, ""),
        ({"accepts": [{"selector": {"is_outside": True}, "way": "fill"}]}, ""),
        ({"accepts": [{"selector": {"kinds": ["recognition"]}, "way": "fill"}]}, ""),
        ({"accepts": [{"selector": {"kinds": ["course"], "tags": ["x"]}, "way": "earn"}]}, ""),
        ({"substitution": "approved"}, ""),
        ({"substitution": "automatic", "credits_min": "7"}, "P5"),
    ],
)
def test_what_a_block_takes_besides_its_courses_is_counted(change, expected):
    """B has two credits of courses; awards may substitute half of it by policy, that is two."""
    courses = [course("A1", "A", "6"), course("B1", "B", "2")]
    total = str(6 + int(change.get("credits_min", "4")))
    document = plan(
        blocks=[block("A", "6"), {**block("B", "4"), **change}],
        courses=courses,
        credits_min=total,
    )
    assert [code for code, _ in faults(document)] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("floor", "expected"),
    [
        ({"selector": {"course_codes": ["B1", "B2", "B3"]}, "credits_min": "6"}, []),
        ({"selector": {"course_codes": ["B1", "B2", "B3"]}, "credits_min": "7"}, [FLOOR]),
        ({"selector": {"course_codes": ["gone"]}, "credits_min": "1"}, [FLOOR]),
        ({"selector": {"is_outside": True}, "credits_min": "1"}, [FLOOR]),
        ({"selector": {"natures": ["1"]}, "credits_min": "6"}, []),
        ({"selector": {"tags": ["any"]}, "credits_min": "12"}, []),
    ],
)
def test_a_floor_asks_no_more_than_can_count(floor, expected):
    floors = [{"code": "f", "name": "最低", "name_en": "least", **floor}]
    assert faults(plan(floors=floors)) == expected


def test_a_floor_that_can_just_be_met_is_no_fault_beside_another():
    floor = {"code": "f", "name": "全部", "name_en": "", "selector": {}, "credits_min": "12"}
    blocks = [block("A", "6"), block("B", "40", nature="3")]
    named = faults(plan(blocks=blocks, floors=[floor]))
    assert (B in named, FLOOR in named) == (True, False)
    floor["credits_min"] = "13"
    assert FLOOR in faults(plan(blocks=blocks, floors=[floor]))


def test_a_floor_under_a_cap_cannot_be_met():
    two = {"course_codes": ["B1", "B2"]}
    floors = [{"code": "f", "name": "最低", "name_en": "", "selector": two, "credits_min": "4"}]
    document = plan(floors=floors, caps=[cap("3", course_codes=["B1", "B2"])])
    assert faults(document) == [FLOOR]


def test_a_floor_and_blocks_that_exclude_each_other_are_found():
    """B's credits can come from courses or from outside, six in all: not both as much as asked."""
    blocks = [block("A", "6"), block("B", "4", credits_max="4",
              accepts=[{"selector": {"is_outside": True}, "way": "earn"}])]  # fmt: skip
    floors = [{"code": "f", "name": "校外", "name_en": "", "selector": {"is_outside": True},
               "credits_min": "2"},
              {"code": "g", "name": "校内", "name_en": "", "selector": {"is_outside": False},
               "credits_min": "9"}]  # fmt: skip
    assert faults(plan(blocks=blocks, floors=floors)) == [("P10", "credits_min")]
    floors[1]["credits_min"] = "8"
    assert faults(plan(blocks=blocks, floors=floors)) == []


@pytest.mark.parametrize(("hours", "expected"), [(216, []), (217, ["P6"])])
def test_a_floor_of_hours_asks_no_more_than_the_courses_have(hours, expected):
    floor = {"code": "h", "name": "实践", "name_en": "", "selector": {}, "practice_only": True}
    document = plan(hours_floors=[{**floor, "hours_min": hours}])
    assert [code for code, _ in faults(document)] == expected


@pytest.mark.parametrize(
    ("selector", "is_practice", "most"),
    [
        ({}, True, 216),
        ({}, False, 216 + 10),
        ({"natures": ["3"]}, False, 108 + 10),
        ({"natures": ["9"]}, False, 0),
    ],
)
def test_a_floor_of_hours_asks_of_the_courses_that_it_means(selector, is_practice, most):
    """216 hours of practice in all, half of them in B, where one course has ten of theory."""
    first, *others = (course(f"B{at}", "B", "2") for at in (1, 2, 3))
    courses = [course("A1", "A", "6"), {**first, "theory_hours": 10}, *others]
    floor = {"code": "h", "name": "学时", "name_en": "", "selector": selector}
    floor |= {"practice_only": is_practice, "hours_min": most + 1}
    (fault,) = [
        item for item in found(plan(courses=courses, hours_floors=[floor])) if not item.is_warning
    ]
    assert (fault.code, fault.field) == ("P6", "hours_floors.0.hours_min")
    assert fault.message == Message(
        f"要求 {most + 1} 学时,最多只能修得 {most} 学时;请增加课程或降低要求。",
        f"It asks {most + 1} hours; only {most} can be earned; add courses or ask less.",
    )
    if most:
        floor["hours_min"] = most
        assert faults(plan(courses=courses, hours_floors=[floor])) == []


def test_a_total_beyond_all_courses_is_refused():
    assert faults(plan(credits_min="12")) == []
    assert faults(plan(credits_min="13")) == [TOTAL]


def test_double_counting_fills_two_blocks_and_counts_once():
    document = plan(
        courses=[course("A1", "A", "10")],
        double_counts=[
            {"code": "d", "selector": {}, "from_block": "A", "to_block": "B", "credits_max": "4"}
        ],
    )
    assert faults(document) == []
    document["courses"] = [course("A1", "A", "9")]
    assert faults(document) == [TOTAL]


def test_the_policy_in_force_limits_what_awards_may_fill():
    """Automatic substitution of a block without courses: half of it is what policy allows."""
    blocks = [block("A", "6"), block("B", "4", substitution="automatic")]
    courses = [course("A1", "A", "6"), course("B1", "B", "1")]
    assert faults(plan(blocks=blocks, courses=courses)) == [B]
    generous = shipped_policy(substitution__share_percent=100)
    assert faults(plan(blocks=blocks, courses=courses), generous) == []


def test_rules_beyond_counting_are_said_to_be_unproven():
    accepts = [
        {
            "selector": {
                "kinds": ["innovation"], "levels": [f"l{at}"], "issuers": [f"i{at}"],
            },
            "way": "fill",
        }
        for at in range(40)
    ]  # fmt: skip
    document = plan(blocks=[block("A", "6"), block("B", "4", nature="3", accepts=accepts)])
    (fault,) = (item for item in found(document) if item.code == "P10")
    assert (fault.field, fault.is_warning) == ("blocks", True)
    assert fault.message == _UNPROVEN


def test_where_there_is_too_much_to_count_that_is_said(monkeypatch):
    monkeypatch.setattr(ideal, "COMBINATIONS_MAX", 1)
    (fault,) = check_reach(read_plan(text_of(plan()), POLICY).plan, POLICY)
    assert (fault.code, fault.field, fault.is_warning) == ("P10", "blocks", True)
    assert fault.message == _UNPROVEN


@pytest.mark.parametrize(("cap_units", "expected"), [(399, [B]), (400, [])])
def test_a_category_that_policy_caps_fills_no_more_than_its_cap(cap_units, expected):
    """B can be filled by volunteering alone."""
    volunteering = {"selector": {"kinds": ["innovation"], "categories": ["volunteering"]}}
    document = plan(
        blocks=[block("A", "6"), block("B", "4", accepts=[{**volunteering, "way": "fill"}])],
        courses=[course("A1", "A", "6"), course("B1", "A", "2")],
    )
    policy = shipped_policy(
        innovation__category_cap__volunteering=cap_units, innovation__career_cap_units=9999
    )
    assert faults(document, policy) == expected


def test_of_awards_the_category_that_is_capped_least_may_fill():
    """Any award may substitute; competitions are capped at one credit, others are not."""
    blocks = [block("A", "6"), block("B", "4", substitution="automatic")]
    courses = [course("A1", "A", "6"), course("B1", "A", "2")]
    for category in ("competition", "volunteering"):
        policy = shipped_policy(
            **{f"innovation__category_cap__{category}": 100},
            innovation__career_cap_units=9999,
            substitution__share_percent=100,
        )
        assert faults(plan(blocks=blocks, courses=courses), policy) == []


_SHARES = st.lists(st.tuples(st.integers(1, 6), st.booleans()), min_size=1, max_size=5)


@given(_SHARES, st.integers(1, 8), st.integers(1, 8))
@settings(max_examples=60)
def test_reach_agrees_with_trying_every_placement(shapes, need_a, need_b):
    """Whole courses of A, some of which B takes as well: all ways of placing them are tried."""
    courses = [
        course(f"C{at}", "A", str(units), also_counts_in=["B"] if shared else [])
        for at, (units, shared) in enumerate(shapes)
    ]
    document = plan(
        blocks=[block("A", str(need_a)), block("B", str(need_b))],
        courses=courses,
        credits_min=str(need_a + need_b),
    )
    possible = False
    for places in range(2 ** len(shapes)):
        into_b = [bool(places >> at & 1) for at in range(len(shapes))]
        if any(here and not shared for here, (_, shared) in zip(into_b, shapes, strict=True)):
            continue
        in_b = sum(units for here, (units, _) in zip(into_b, shapes, strict=True) if here)
        in_a = sum(units for units, _ in shapes) - in_b
        possible |= in_a >= need_a and in_b >= need_b
    parsed = read_plan(yaml.safe_dump(document, allow_unicode=True), POLICY).plan
    assert (check_reach(parsed, POLICY) == ()) is possible
