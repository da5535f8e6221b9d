"""Marks: every scale, every word, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.domain.errors import Problem
from creditbank.domain.marks import Mark, grade_point, read_mark, tenths_text
from creditbank.domain.policies import Policy
from tests.factories.policies import shipped_policy

NORMAL = ExamKind.NORMAL
PERCENT = GradingScale.PERCENT
SHIPPED = shipped_policy()


def mark(text: str, scale: GradingScale = PERCENT, kind: ExamKind = NORMAL) -> Mark:
    found = read_mark(text, scale, kind, SHIPPED)
    assert isinstance(found, Mark), found
    return found


def refusal(text: str, scale: GradingScale = PERCENT, kind: ExamKind = NORMAL) -> Problem:
    found = read_mark(text, scale, kind, SHIPPED)
    assert isinstance(found, Problem), found
    return found


@pytest.mark.parametrize(
    ("text", "written", "tenths", "passed"),
    [
        ("0", "0", 0, False),
        ("59.9", "59.9", 599, False),
        ("60", "60", 600, True),
        ("85.5", "85.5", 855, True),
        ("60.0", "60", 600, True),
        ("85.50", "85.5", 855, True),
        ("100", "100", 1000, True),
        ("  85.5 ", "85.5", 855, True),
    ],
)
def test_percent_marks_are_read_in_tenths(text, written, tenths, passed):
    assert mark(text) == Mark(written, PERCENT, passed, tenths)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("101", "成绩“101”超出0-100"),
        ("100.5", "成绩“100.5”超出0-100"),
        ("-1", "成绩“-1”超出0-100"),
        ("1e2", "不是百分制成绩"),
        ("85.55", "最多一位小数"),
        ("NaN", "不是百分制成绩"),
        ("八十", "不是百分制成绩"),
        ("٨٥", "不是百分制成绩"),
        ("优秀", "不是百分制成绩"),
    ],
)
def test_what_is_no_percent_mark_is_refused(text, message):
    problem = refusal(text)
    assert (problem.code, problem.field) == ("mark_invalid", "mark")
    assert message in problem.message.zh


@pytest.mark.parametrize("scale", GradingScale)
def test_an_empty_mark_is_refused_as_missing(scale):
    assert refusal(" ", scale).code == "mark_missing"


@given(st.integers(0, 1000))
def test_every_percent_mark_survives_being_written(tenths):
    assert mark(tenths_text(tenths)).tenths == tenths


@given(st.text(max_size=30), st.sampled_from(GradingScale), st.sampled_from(ExamKind))
def test_no_text_breaks_reading(text, scale, kind):
    assert isinstance(read_mark(text, scale, kind, SHIPPED), Mark | Problem)


@pytest.mark.parametrize(
    ("scale", "text", "written", "tenths", "passed"),
    [
        (GradingScale.FIVE_LEVEL, "优秀", "优秀", 950, True),
        (GradingScale.FIVE_LEVEL, "良", "良好", 850, True),
        (GradingScale.FIVE_LEVEL, "中等", "中等", 750, True),
        (GradingScale.FIVE_LEVEL, "及格", "及格", 650, True),
        (GradingScale.FIVE_LEVEL, "不及格", "不及格", 500, False),
        (GradingScale.LETTER, "a", "A", 950, True),
        (GradingScale.LETTER, "B", "B", 850, True),
        (GradingScale.LETTER, "D", "D", 650, True),
        (GradingScale.LETTER, "E", "E", 500, False),
        (GradingScale.PASS_FAIL, "合格", "合格", None, True),
        (GradingScale.PASS_FAIL, "不合格", "不合格", None, False),
        (GradingScale.CONDUCT, "优", "优秀", None, True),
        (GradingScale.CONDUCT, "及格", "及格", None, True),
        (GradingScale.CONDUCT, "合格", "合格", None, True),
        (GradingScale.CONDUCT, "不及格", "不及格", None, False),
        (GradingScale.CONDUCT, "不合格", "不合格", None, False),
    ],
)
def test_levels_are_read(scale, text, written, tenths, passed):
    assert mark(text, scale) == Mark(written, scale, passed, tenths)


@pytest.mark.parametrize(
    ("scale", "text"),
    [
        (GradingScale.FIVE_LEVEL, "合格"),
        (GradingScale.FIVE_LEVEL, "85"),
        (GradingScale.LETTER, "F"),
        (GradingScale.PASS_FAIL, "及格"),
        (GradingScale.CONDUCT, "中等"),
    ],
)
def test_a_level_of_another_scale_is_refused_with_what_is_allowed(scale, text):
    assert "请填:" in refusal(text, scale).message.zh


@pytest.mark.parametrize("scale", GradingScale)
def test_words_go_on_any_scale(scale):
    for word in ("旷考", "缺考", "作弊"):
        assert mark(word, scale) == Mark(word, scale, passed=False, tenths=0)
    assert mark("缓考", scale).is_pending
    assert mark("", scale, ExamKind.ABSENT).text == "旷考"
    assert mark("0", scale, ExamKind.ABSENT).text == "旷考"
    assert mark("免修", scale, ExamKind.EXEMPT) == Mark("免修", scale, passed=True, tenths=None)
    assert mark("", scale, ExamKind.EXEMPT).text == "免修"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("85", ExamKind.DEFERRED),
        ("85", ExamKind.ABSENT),
        ("免修", ExamKind.NORMAL),
        ("旷考", ExamKind.EXEMPT),
    ],
)
def test_a_mark_that_contradicts_the_exam_kind_is_refused(text, kind):
    assert refusal(text, PERCENT, kind).code == "mark_invalid"


@pytest.mark.parametrize(
    ("text", "scale", "point"),
    [
        ("59.9", PERCENT, 0),
        ("60", PERCENT, 100),
        ("85", PERCENT, 350),
        ("85.5", PERCENT, 355),
        ("100", PERCENT, 500),
        ("优秀", GradingScale.FIVE_LEVEL, 450),
        ("良好", GradingScale.FIVE_LEVEL, 350),
        ("中等", GradingScale.FIVE_LEVEL, 250),
        ("及格", GradingScale.FIVE_LEVEL, 150),
        ("不及格", GradingScale.FIVE_LEVEL, 0),
        ("旷考", GradingScale.FIVE_LEVEL, 0),
        ("旷考", GradingScale.PASS_FAIL, 0),
        ("合格", GradingScale.PASS_FAIL, 350),
        ("不合格", GradingScale.PASS_FAIL, 0),
        ("优秀", GradingScale.CONDUCT, None),
        ("缓考", PERCENT, None),
    ],
)
def test_grade_points(text, scale, point):
    assert grade_point(mark(text, scale), shipped_policy()) == point


def test_a_policy_can_leave_pass_fail_courses_out_of_the_average():
    left_out = shipped_policy(marks__pass_fail_point=0)
    for text in ("合格", "不合格", "旷考"):
        assert grade_point(mark(text, GradingScale.PASS_FAIL), left_out) is None


def test_a_school_may_set_its_own_pass_mark_and_levels():
    stricter = shipped_policy(marks__pass_mark=70, marks__level_value__pass=70)
    assert not read_mark_passed("69.5", PERCENT, stricter)
    assert read_mark_passed("70", PERCENT, stricter)
    assert read_mark_passed("及格", GradingScale.FIVE_LEVEL, stricter)
    assert not read_mark_passed("D", GradingScale.LETTER, shipped_policy(marks__pass_mark=70))
    assert grade_point(mark("69"), shipped_policy(marks__point_base=40)) == 290


def read_mark_passed(text: str, scale: GradingScale, policy: Policy) -> bool:
    found = read_mark(text, scale, NORMAL, policy)
    assert isinstance(found, Mark)
    return found.passed
