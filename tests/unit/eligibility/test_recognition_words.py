"""Why a course is not recognised, and that all of it is said in both languages."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from creditbank.domain.courses import CourseNature
from creditbank.domain.recognition_rules import Relation
from creditbank.eligibility import recognition_words
from creditbank.eligibility.recogniser import propose
from creditbank.eligibility.recognition import Reason
from tests.unit.eligibility.transfers import (
    FREE,
    TO_GENERAL,
    VOCATIONAL,
    elective,
    line,
    passed,
    small_plan,
    sources,
    transfer,
    why,
)

SAME, SIMILAR = Relation.SAME, Relation.SIMILAR


def test_what_no_line_names_and_what_is_too_little_say_so():
    asked = transfer(sources(("书法", 100), ("语文", 100)), TO_GENERAL)
    assert why(asked) == {"书法": (Reason.NO_LINE, ""), "语文": (Reason.TOO_LITTLE, "GZ-01")}
    found = why(transfer(passed(VOCATIONAL, "GG02"), TO_GENERAL))
    assert set(found.values()) == {(Reason.SUFFICED, "GZ-01")}


def test_of_several_lines_the_one_that_was_nearest_says_why():
    there = small_plan([("B", 900, CourseNature.REQUIRED)], ("数学", "B", 400), ("语文", "B", 500))
    far = line("A", SAME, "物理", "化学", targets=("外语",))
    little = line("B", SIMILAR, "物理", targets=("数学",), ratio_percent=50)
    capped = line("C", SIMILAR, "物理", "数学", targets=("数学", "语文"), units_max=499)
    asked = transfer(sources(("物理", 700), ("化学", 100)), (far, little), there)
    assert why(asked) == {"物理": (Reason.TOO_LITTLE, "B"), "化学": (Reason.NOT_WANTED, "A")}
    asked = transfer(sources(("数学", 400), ("物理", 700)), (far, little, capped), there)
    assert why(asked) == {"物理": (Reason.CAP_REACHED, "C")}
    more = replace(asked, rules=(far, little, replace(capped, units_max=900)))
    assert why(more) == {}
    exact = replace(asked, rules=(far, little, replace(capped, units_max=500)))
    (item,) = propose(exact).items
    assert [given.course_code for given in item.gives] == ["语文"]


@pytest.mark.parametrize(("cap", "reason"), [(400, Reason.CAP_REACHED), (401, Reason.SUFFICED)])
def test_a_line_is_full_when_nothing_more_fits_under_its_limit(cap: int, reason: Reason):
    there = small_plan([("E", 900, FREE)], total=900)
    asked = transfer(sources(("物理", 800), ("化学", 1)), (elective("E", "物理", "化学"),), there)
    asked = replace(asked, rules=(replace(asked.rules[0], units_max=cap, ratio_percent=50),))
    assert why(asked) == {"化学": (reason, "E")}


def test_reasons_and_problems_are_sentences_in_both_languages():
    (record,) = sources(("物理", 100))
    said = [recognition_words._not_recognised(record, reason, "L").message for reason in Reason]
    problems = [
        recognition_words.problem(name, 1, seq=7, code="C", credits="3")
        for name in recognition_words._PROBLEMS
    ]
    assert all(problem.row == 1 and problem.field for problem in problems)
    for message in (*said, *(problem.message for problem in problems)):
        assert re.match(r"[\u4e00-\u9fff]", message.zh)
        assert re.match(r"[A-Z][a-z ]", message.en)
        assert (message.zh[-1], message.en[-1]) == ("。", ".")
