"""课程互认与学分换算对照表: what speaks on a day, and what keeps a line out of the table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from creditbank.domain.courses import CourseNature
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.recognition_rules import (
    RecognitionRule,
    Relation,
    in_force,
    line_problems,
)
from creditbank.store.recognition_rules import FILE, read_rules, shipped_rules

DAY = date(2026, 9, 1)
SAME = RecognitionRule(
    code="ZZ-01",
    into=InstitutionKind.VOCATIONAL_SCHOOL,
    relation=Relation.SAME,
    sources=("语文",),
    targets=("语文",),
    target_nature=None,
    ratio_percent=100,
    units_max=None,
    needs_test=False,
    document_no="平教〔2026〕1号",
    valid_from=DAY,
)
SIMILAR = replace(SAME, relation=Relation.SIMILAR, ratio_percent=50)
FREE = CourseNature.FREE_ELECTIVE
ELECTIVE = replace(SAME, relation=Relation.ELECTIVE, targets=(), target_nature=FREE)
NONE = replace(SAME, relation=Relation.NONE, targets=())


def speaking(*rules: RecognitionRule, on: date = DAY) -> tuple[RecognitionRule, ...]:
    return in_force(rules, into=InstitutionKind.VOCATIONAL_SCHOOL, as_of=on)


def test_the_later_line_of_a_code_replaces_the_earlier_from_its_day_on():
    later = replace(SIMILAR, valid_from=date(2027, 9, 1))
    assert speaking(later, SAME, on=date(2027, 8, 31)) == (SAME,)
    assert speaking(later, SAME, on=date(2027, 9, 1)) == (later,)
    assert speaking(SAME, on=date(2026, 8, 31)) == ()


def test_of_two_lines_from_one_day_the_one_decided_later_speaks():
    assert speaking(SAME, SIMILAR) == (SIMILAR,)
    assert speaking(SIMILAR, SAME) == (SAME,)


def test_a_line_holds_to_its_last_day_and_the_earlier_does_not_come_back():
    ending = replace(SIMILAR, valid_from=date(2027, 1, 1), valid_until=date(2027, 6, 30))
    assert speaking(SAME, ending, on=date(2027, 6, 30)) == (ending,)
    assert speaking(SAME, ending, on=date(2027, 7, 1)) == ()


def test_lines_come_by_relation_and_code_and_for_their_direction_alone():
    lines = [replace(NONE, code="A"), replace(SAME, code="C"), replace(SAME, code="B")]
    other = replace(SAME, code="D", into=InstitutionKind.GENERAL_HIGH_SCHOOL)
    assert [rule.code for rule in speaking(*lines, other)] == ["B", "C", "A"]


def test_all_that_ships_can_stand_and_covers_both_directions():
    assert [list(line_problems(rule)) for rule in shipped_rules()] == [[]] * 24
    counts = {
        into: len(in_force(shipped_rules(), into=into, as_of=DAY)) for into in InstitutionKind
    }
    assert counts[InstitutionKind.VOCATIONAL_SCHOOL] == 12
    assert counts[InstitutionKind.GENERAL_HIGH_SCHOOL] == 12
    assert sum(counts.values()) == 24


@pytest.mark.parametrize("rule", [SAME, SIMILAR, ELECTIVE, NONE])
def test_each_relation_has_its_shape(rule: RecognitionRule):
    assert list(line_problems(rule)) == []


@pytest.mark.parametrize(
    ("rule", "changed", "field"),
    [
        (SAME, {"code": ""}, "code"),
        (SAME, {"code": "zz-01"}, "code"),
        (SAME, {"code": "Z" * 21}, "code"),
        (SAME, {"code": "ZZ-01\n"}, "code"),
        (SAME, {"into": InstitutionKind.COLLEGE}, "into"),
        (SAME, {"sources": ()}, "sources"),
        (SAME, {"sources": ("语文、数学",)}, "sources"),
        (SAME, {"sources": ("语",) * 21}, "sources"),
        (SAME, {"sources": ("语" * 31,)}, "sources"),
        (SAME, {"sources": ("",)}, "sources"),
        (NONE, {"sources": ()}, "sources"),
        (SAME, {"targets": ()}, "targets"),
        (SIMILAR, {"targets": ()}, "targets"),
        (ELECTIVE, {"targets": ("语文",)}, "targets"),
        (NONE, {"targets": ("语文",)}, "targets"),
        (SAME, {"target_nature": FREE}, "target_nature"),
        (ELECTIVE, {"target_nature": None}, "target_nature"),
        (ELECTIVE, {"target_nature": CourseNature.REQUIRED}, "target_nature"),
        (SAME, {"ratio_percent": 99}, "ratio_percent"),
        (SIMILAR, {"ratio_percent": 0}, "ratio_percent"),
        (SIMILAR, {"ratio_percent": 101}, "ratio_percent"),
        (SAME, {"units_max": 0}, "units_max"),
        (SAME, {"units_max": 10_001}, "units_max"),
        (SAME, {"document_no": ""}, "document_no"),
        (SAME, {"document_no": "文" * 101}, "document_no"),
        (SAME, {"valid_until": date(2026, 8, 31)}, "valid_until"),
    ],
)
def test_a_wrong_line_is_told_at_its_field(
    rule: RecognitionRule, changed: dict[str, Any], field: str
):
    assert [item.field for item in line_problems(replace(rule, **changed))] == [field]


def test_electives_may_come_from_every_course_of_the_major():
    assert list(line_problems(replace(ELECTIVE, sources=()))) == []


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ("relation: same, sources: [语文]", "relation: alike, sources: [语文]"),
        ("relation: same, sources: [语文]", "relation: same, sources: []"),
        ("relation: same, sources: [语文]", "relation: same, sorces: [语文]"),
        ('units_max: "11"', "units_max: 11"),
        ("into: vocational_school, ", ""),
    ],
)
def test_a_file_with_a_line_in_doubt_is_refused_whole(tmp_path: Path, given: str, wrong: str):
    written = FILE.read_text("utf-8")
    assert given in written
    path = tmp_path / "rules.yaml"
    path.write_text(written.replace(given, wrong, 1), "utf-8")
    with pytest.raises(ValueError, match="ZZ-01: "):
        read_rules(path)
