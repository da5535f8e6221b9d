"""The registrar decides line by line: what the table allows, and what is wrong where."""

from __future__ import annotations

from dataclasses import replace

import pytest

from creditbank.domain.courses import CourseNature
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.ledger import EntryKind
from creditbank.domain.recognition_rules import Relation
from creditbank.domain.snapshots import Record
from creditbank.eligibility.recogniser import propose
from creditbank.eligibility.recognition import Reason
from creditbank.eligibility.recognition_decision import Decided, decided_of, judge
from tests.unit.eligibility.transfers import (
    DAY,
    FIRST,
    FREE,
    TO_GENERAL,
    VOCATIONAL,
    elective,
    line,
    passed,
    small_plan,
    sources,
    transfer,
)

THERE = small_plan(
    [("B", 800, CourseNature.REQUIRED), ("E", 300, FREE), ("R", 300, CourseNature.OTHER)],
    ("语文1", "B", 200), ("语文2", "B", 200), ("数学1", "B", 200), ("语文3", "E", 100),
)  # fmt: skip
LINES = (
    line("SAME", Relation.SAME, "语文", targets=("语文",), units_max=400),
    line("HALF", Relation.SIMILAR, "语文", "数学", targets=("数学", "语文"), ratio_percent=50),
    line("TEST", Relation.SIMILAR, "物理", targets=("数学",), needs_test=True),
    elective("FREE", "物理", "化学"),
    elective("MOST", "化学", units_max=200),
    line("NONE", Relation.NONE, "军训"),
)
RECORDS = sources(
    ("语文1", 200), ("语文2", 300), ("数学1", 400), ("物理", 300), ("化学", 300), ("军训", 200)
)
CHINESE, CHINESE_2, MATHS, PHYSICS, CHEMISTRY, DRILL = range(FIRST, FIRST + 6)
BOOKED = (Record(1, EntryKind.COURSE, 200, DAY, "语文2", "语文2"),)
ASKED = transfer(RECORDS, LINES, THERE, booked=BOOKED)


def problems(*decided: Decided) -> list[tuple[int | None, str, str]]:
    with pytest.raises(InvalidInputError) as refusal:
        judge(ASKED, decided)
    found = refusal.value.problems
    assert all("{" not in problem.message.zh + problem.message.en for problem in found)
    assert all(problem.message.zh and problem.message.en for problem in found)
    return [(problem.row, problem.field, problem.code) for problem in found]


ALLOWED = (
    Decided("SAME", (CHINESE, CHINESE_2), ("语文1",)),
    Decided("HALF", (MATHS,), ("数学1",)),
    Decided("FREE", (PHYSICS,), blocks=(("E", 100),)),
    Decided("MOST", (CHEMISTRY,), blocks=(("E", 200),)),
)


def test_what_the_table_allows_is_judged_by_the_engine():
    judged = judge(ASKED, ALLOWED)
    assert [(item.code, item.units) for item in judged.items] == [
        ("SAME", 200), ("HALF", 200), ("FREE", 100), ("MOST", 200)
    ]  # fmt: skip
    assert judged.shortfall == judged.shortfall_without - 700
    assert judged.shortfall >= propose(ASKED).shortfall
    left = {item.source.title: item.reason for item in judged.not_recognised}
    assert left == {"军训": Reason.REFUSED}
    assert judge(ASKED, ALLOWED[::-1]) == judged


def test_less_than_the_best_may_be_decided_and_nothing_at_all():
    nothing = judge(ASKED, ())
    assert (nothing.items, nothing.shortfall) == ((), nothing.shortfall_without)
    less = judge(ASKED, (replace(ALLOWED[2], blocks=(("E", 1),)),))
    assert less.shortfall == nothing.shortfall - 1


def test_the_best_is_a_decision_like_any_other():
    asked = transfer(passed(VOCATIONAL, ""), TO_GENERAL)
    best = propose(asked)
    assert judge(asked, decided_of(best.items)) == best


def test_a_test_that_is_passed_opens_its_line():
    decided = (Decided("TEST", (PHYSICS,), ("数学1",)),)
    assert problems(*decided) == [(1, "code", "line_needs_test")]
    assert judge(replace(ASKED, tested=frozenset({"TEST"})), decided).units == 200


@pytest.mark.parametrize(
    ("item", "field", "code"),
    [
        (Decided("NEW", (CHINESE,), ("语文1",)), "code", "line_unknown"),
        (Decided("NONE", (DRILL,), ("语文1",)), "code", "line_refuses"),
        (Decided("SAME", (), ("语文1",)), "sources", "sources_missing"),
        (Decided("SAME", (1,), ("语文1",)), "sources", "source_unknown"),
        (Decided("SAME", (CHINESE, DRILL), ("语文1",)), "sources", "source_refused"),
        (Decided("SAME", (CHINESE, MATHS), ("语文1",)), "sources", "source_not_of_line"),
        (Decided("SAME", (CHINESE, CHINESE), ("语文1",)), "sources", "source_twice"),
        (Decided("SAME", (CHINESE,)), "courses", "gives_missing"),
        (Decided("SAME", (CHINESE,), ("语文2",)), "courses", "course_not_of_line"),
        (Decided("SAME", (CHINESE,), ("数学1",)), "courses", "course_not_of_line"),
        (Decided("FREE", (PHYSICS,), ("语文1",)), "courses", "course_not_of_line"),
        (Decided("HALF", (MATHS,), ("数学1", "数学1")), "courses", "course_twice"),
        (Decided("FREE", (PHYSICS,), blocks=(("B", 100),)), "blocks", "block_not_of_line"),
        (Decided("SAME", (CHINESE,), blocks=(("E", 100),)), "blocks", "block_not_of_line"),
        (Decided("MOST", (CHEMISTRY,), blocks=(("E", 0),)), "blocks", "units_wrong"),
        (Decided("HALF", (CHINESE_2,), ("数学1",)), "sources", "too_much"),
        (Decided("MOST", (CHEMISTRY,), blocks=(("E", 201),)), "sources", "too_much"),
    ],
)
def test_what_the_table_does_not_allow_is_named_at_item_and_field(item, field, code):
    assert (2, field, code) in problems(ALLOWED[1] if item.code != "HALF" else ALLOWED[0], item)


def test_a_line_a_source_a_course_and_a_block_are_each_used_once():
    same = Decided("SAME", (CHINESE,), ("语文1",))
    assert problems(same, replace(same, sources=(CHINESE_2,))) == [(2, "code", "line_twice")]
    half = Decided("HALF", (CHINESE, MATHS), ("语文1",))
    assert problems(same, half) == [
        (2, "sources", "source_twice"), (2, "courses", "course_twice")
    ]  # fmt: skip
    split = Decided("FREE", (PHYSICS,), blocks=(("E", 100), ("E", 100)))
    assert problems(split) == [(1, "blocks", "block_not_of_line")]


def test_a_line_without_a_limit_fills_no_block_beyond_what_it_asks():
    free, most = ALLOWED[2], ALLOWED[3]
    assert problems(replace(free, blocks=(("E", 101),)), most) == [(1, "blocks", "block_full")]
    assert problems(most, free, Decided("SAME", (CHINESE,), ("语文3",))) == [
        (2, "blocks", "block_full")
    ]
    alone = judge(ASKED, (Decided("MOST", (CHEMISTRY,), blocks=(("E", 200),)),))
    assert alone.units == 200
