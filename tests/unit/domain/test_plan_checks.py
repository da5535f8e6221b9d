"""Each clause that a plan is checked by: what breaks it, and the place that is named."""

from __future__ import annotations

import pytest

from tests.factories.plan_documents import block, course, faults, found, plan, text_of, warnings
from tests.factories.policies import shipped_policy

DOUBLE = {"code": "d", "selector": {}, "from_block": "A", "to_block": "B", "credits_max": "1"}
FLOOR = {"code": "f", "name": "f", "name_en": "", "selector": {}, "credits_min": "1"}
CHOICE = {"course_codes": ["B1", "B2"], "count": 1}


def with_block(**changes):
    return plan(blocks=[block("A", "6"), block("B", "4", nature="3", **changes)])


def with_course(at: int, **changes):
    document = plan()
    document["courses"][at] |= changes
    return document


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (plan(blocks=[block("A", "6"), block("A", "4")]), "blocks.1.code"),
        (with_course(1, course_code="A1"), "courses.1.course_code"),
        (plan(floors=[FLOOR, FLOOR]), "floors.1.code"),
        (plan(double_counts=[DOUBLE, DOUBLE]), "double_counts.1.code"),
    ],
)
def test_p1_a_code_stands_for_one_thing(document, field):
    assert ("P1", field) in faults(document)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (with_course(0, block_code="X"), "courses.0.block_code"),
        (with_course(0, also_counts_in=["B", "X"]), "courses.0.also_counts_in.1"),
        (with_block(choices=[{**CHOICE, "course_codes": ["B1", "X"]}]),
         "blocks.1.choices.0.course_codes.1"),
        (plan(double_counts=[{**DOUBLE, "to_block": "X"}]), "double_counts.0.to_block"),
        (plan(double_counts=[{**DOUBLE, "to_block": "A"}]), "double_counts.0.to_block"),
        (plan(caps=[{"code": "c", "selector": {}, "credits": "1", "block_codes": ["X"]}]),
         "caps.0.block_codes.0"),
    ],
)  # fmt: skip
def test_p2_what_is_named_is_there(document, field):
    assert faults(document) == [("P2", field)]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (with_block(choices=[{**CHOICE, "count": 3}]), "blocks.1.choices.0.count"),
        (with_block(choices=[{**CHOICE, "count": 0}]), "blocks.1.choices.0.count"),
        (with_block(choices=[{"course_codes": ["B1", "B1"], "count": 2}]),
         "blocks.1.choices.0.count"),
        (with_block(choices=[{"course_codes": [], "count": 1}]),
         "blocks.1.choices.0.course_codes"),
        (plan(conditions=["conduct", "conduct"]), "conditions.1"),
        (plan(conditions=["academic_pass_exams"]), "conditions.0"),
    ],
)  # fmt: skip
def test_p3_a_condition_can_be_met(document, field):
    assert faults(document) == [("P3", field)]


def test_p3_a_choice_that_can_be_met_is_taken():
    assert faults(with_block(choices=[CHOICE])) == []


def test_p3_subjects_that_nothing_asks_for_are_warned_of():
    document = plan(required_pass_exams=["语文"])
    assert ("P3", "required_pass_exams") in warnings(document)
    assert faults(plan(required_pass_exams=["语文"], conditions=["academic_pass_exams"])) == []


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (plan(caps=[{"code": "c", "selector": {}}]), "caps.0"),
        (plan(caps=[{"code": "c", "selector": {}, "credits": "1", "percent": 1}]), "caps.0"),
        (plan(caps=[{"code": "c", "selector": {}, "percent": 101}]), "caps.0.percent"),
        (with_block(credits_max="3"), "blocks.1.credits_max"),
    ],
)
def test_p4_a_limit_is_a_limit(document, field):
    assert faults(document)[0] == ("P4", field)


def test_p7_blocks_and_total_agree():
    assert faults(plan(credits_min="9")) == [("P7", "credits_min")]
    assert ("P7", "credits_min") in warnings(plan(credits_min="11"))
    assert ("P7", "credits_min") not in warnings(plan())


COMMON = shipped_policy(plan__common_blocks="A")


def test_p8_shares_of_hours_are_warned_of_each_by_itself():
    """A and B have 108 and 108 hours, all practice; B is elective and is taken by two thirds."""
    assert [code for code, _ in warnings(plan(), COMMON)] == ["P8"]  # 180 hours are not 3000
    theory = with_course(0, theory_hours=108, practice_hours=0)
    said = [item.message.zh for item in found(theory, COMMON)]
    assert any("实践学时占 40%(72/180 学时)" in text for text in said)
    few = plan(courses=[course("A1", "A", "6"), course("B1", "B", "4", practice_hours=2)])
    assert any("选修课学时占 1%" in item.message.zh for item in found(few, COMMON))
    no_common = shipped_policy(plan__common_blocks="B", plan__common_percent_min=41)
    assert any("公共基础课学时占 40%" in item.message.zh for item in found(plan(), no_common))


def test_p8_asks_nothing_of_plans_without_common_courses():
    assert warnings(plan()) == []


@pytest.mark.parametrize(("hours", "warned"), [(96, False), (95, True), (108, False), (109, True)])
def test_p9_a_credit_has_so_many_hours(hours, warned):
    document = with_course(0, practice_hours=hours)
    assert (("P9", "courses.0") in warnings(document)) is warned


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (plan(code=""), "code"),
        (plan(code="x" * 31), "code"),
        (plan(name=" 方案"), "name"),
        (plan(major_code="12345678"), "major_code"),
        (plan(years=0), "years"),
        (plan(catalogue_year=21), "catalogue_year"),
        (plan(credits_min="0", blocks=[block("A", "0"), block("B", "0")]), "credits_min"),
        (with_course(0, semester_no=0), "courses.0.semester_no"),
        (with_course(0, theory_hours=-1), "courses.0.theory_hours"),
        (with_course(0, credits="0"), "courses.0.credits"),
        (with_course(0, credits="60.5"), "courses.0.credits"),
        (with_course(0, name=""), "courses.0.name"),
        (plan(blocks=[], courses=[]), "blocks"),
    ],
)
def test_p11_values_are_such_as_a_plan_can_have(document, field):
    assert faults(document) == [("P11", field)]


def test_p11_a_course_after_the_last_semester_is_warned_of():
    assert ("P11", "courses.0.semester_no") in warnings(with_course(0, semester_no=7))
    assert warnings(with_course(0, semester_no=6)) == []


def test_a_fault_has_the_line_that_it_speaks_of():
    document = plan(credits_min="9")
    (fault,) = [item for item in found(document) if not item.is_warning]
    assert text_of(document).splitlines()[fault.line - 1] == "credits_min: '9'"
    assert fault.located.zh.startswith(f"第{fault.line}行第1列 credits_min:")
