"""职普融通: what is recognised by the shipped table, in both directions, and what never is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from creditbank.demo import high_school, vocational
from creditbank.demo.majors import MAJORS
from creditbank.domain.courses import CourseNature
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan
from creditbank.domain.recognition_rules import RecognitionRule, Relation, in_force
from creditbank.domain.snapshots import Record
from creditbank.eligibility.recognition import Recognition, recognise
from creditbank.registry.moves import major_change_words, transfer_words
from creditbank.store.recognition_rules import shipped_rules
from tests.factories.policies import shipped_policy

DAY = date(2026, 7, 1)
POLICY = shipped_policy()
VOCATIONAL = vocational.plan_of(MAJORS[0], plan_id=1, institution_id=1)
GENERAL = high_school.plan_of(plan_id=2, institution_id=2)


def passed(plan: Plan, *prefixes: str) -> list[Record]:
    return [
        Record(seq, EntryKind.COURSE, course.units, DAY, course.name, course.course_code)
        for seq, course in enumerate(plan.courses, start=1)
        if course.course_code.startswith(prefixes)
    ]


def shipped(into: InstitutionKind, **changed: dict[str, Any]) -> tuple[RecognitionRule, ...]:
    """The table of the day; changed: fields of its lines by code, GZ_11={"units_max": 300}."""
    rules = in_force(shipped_rules(), into=into, as_of=DAY)
    return tuple(replace(rule, **changed.get(rule.code.replace("-", "_"), {})) for rule in rules)


TO_GENERAL = shipped(InstitutionKind.GENERAL_HIGH_SCHOOL)
TO_VOCATIONAL = shipped(InstitutionKind.VOCATIONAL_SCHOOL)


def recognised(
    records: list[Record],
    rules: tuple[RecognitionRule, ...],
    there: Plan = GENERAL,
    tested: tuple[str, ...] = (),
) -> tuple[Recognition, ...]:
    here = VOCATIONAL if there is GENERAL else GENERAL
    common = POLICY.text("plan.common_blocks").split()
    return recognise(
        records, here, there, rules, common_blocks=common, as_of=DAY, tested=tested
    )  # fmt: skip


def to_general(*prefixes: str) -> tuple[Recognition, ...]:
    return recognised(passed(VOCATIONAL, *prefixes), TO_GENERAL)


def to_vocational(*prefixes: str) -> tuple[Recognition, ...]:
    return recognised(passed(GENERAL, *prefixes), TO_VOCATIONAL, VOCATIONAL)


def line(code: str, relation: Relation, *sources: str, **more: Any) -> RecognitionRule:
    like = next(rule for rule in TO_GENERAL if rule.code == "GZ-01")
    return replace(like, code=code, relation=relation, sources=sources, **more)


def test_eleven_credits_of_chinese_are_eight_in_a_general_school():
    (chinese,) = to_general("GG02")
    assert (chinese.source_units, chinese.units) == (1100, 800)
    assert [record.course_code for record in chinese.records] == ["BYW1", "BYW2", "BYW3", "BYW4"]


def test_general_chinese_covers_whole_courses_of_the_vocational_plan():
    (chinese,) = to_vocational("BYW")
    assert [record.course_code for record in chinese.records] == ["GG021", "GG022", "GG024"]
    assert chinese.units == 800


def test_english_goes_by_its_other_name_and_no_further_than_what_is_required():
    (english,) = to_general("GG04")
    assert (english.source_units, english.units) == (800, 600)


def test_courses_of_the_major_are_at_most_fourteen_credits_of_electives():
    (major,) = to_general("SKZJ", "SKZH")
    assert (major.source_units, major.units) == (4900, 1400)
    assert [record.block_code for record in major.records] == ["XK"]


def test_practice_internship_and_activities_are_not_courses_of_the_major():
    assert to_general("SKSX", "SKGS", "HD01", "HD03", "HD04") == ()


def test_physics_counts_among_the_restricted_electives_and_geography_among_the_free():
    found = to_vocational("BWL", "BDL")
    places = [(item.records[0].block_code, item.units) for item in found]
    assert places == [("XX", 600), ("RX", 400)]


def test_what_a_school_books_is_written_in_full():
    (english,) = to_vocational("BWY")
    (first, *_) = (course for course in VOCATIONAL.courses if course.name.startswith("英语"))
    assert english.records[0] == Record(
        0, EntryKind.RECOGNITION, first.units, DAY, first.name, first.course_code, block_code="GG"
    )
    (physics,) = to_vocational("BWL")
    name = next(block.name for block in VOCATIONAL.blocks if block.code == "XX")
    assert physics.records == (Record(0, EntryKind.RECOGNITION, 600, DAY, name, block_code="XX"),)


def test_a_subject_has_several_names_on_either_side():
    dance = Record(1, EntryKind.COURSE, 200, DAY, "舞蹈基础", "X1")
    arts = line("GZ-08", Relation.SAME, "艺术", "舞蹈", targets=("音乐", "美术"))
    (found,) = recognised([dance], (arts,))
    assert [record.course_code for record in found.records] == ["BMS1", "BYY1"]


def test_subjects_come_in_the_order_of_the_table_and_electives_last():
    found = [item.sources[0] for item in to_vocational("")]
    subjects = ["语文", "数学", "外语", "思想政治", "历史", "信息技术", "体育", "音乐", "劳动"]
    order = [
        next(at for at, name in enumerate(found) if name.startswith(subject))
        for subject in subjects
    ]
    assert order == sorted(order)
    assert [name[:2] for name in found[-2:]] == ["物理", "地理"]


@pytest.mark.parametrize("cap", [1, 300, 1400, 4900, 9000])
def test_the_table_caps_what_the_major_counts_for(cap: int):
    rules = shipped(InstitutionKind.GENERAL_HIGH_SCHOOL, GZ_11={"units_max": cap})
    (major,) = recognised(passed(VOCATIONAL, "SKZJ", "SKZH"), rules)
    assert major.units == min(cap, 4900)


@pytest.mark.parametrize(
    ("ratio", "cap", "units"),
    [(100, None, 800), (75, None, 800), (70, None, 600), (50, 400, 400), (50, 399, 200), (1, 5, 0)],
)
def test_the_similar_counts_at_its_ratio_and_under_its_cap(ratio, cap, units):
    similar = line(
        "S", Relation.SIMILAR, "语文", targets=("语文",), ratio_percent=ratio, units_max=cap
    )
    (found,) = recognised(passed(VOCATIONAL, "GG02"), (similar,))
    assert (found.source_units, found.units) == (1100, units)


def test_what_needs_a_test_counts_for_who_passed_that_test():
    similar = line("S", Relation.SIMILAR, "语文", targets=("语文",), needs_test=True)
    chinese = passed(VOCATIONAL, "GG02")
    assert recognised(chinese, (similar,)) == ()
    assert recognised(chinese, (similar,), tested=("T",)) == ()
    (found,) = recognised(chinese, (similar,), tested=("S",))
    assert found.units == 800


def test_what_is_not_recognised_is_recognised_by_no_other_line():
    chinese = passed(VOCATIONAL, "GG02")
    none = line("N", Relation.NONE, "语文", targets=())
    assert recognised(chinese, (*TO_GENERAL, none)) == ()
    one = line("N", Relation.NONE, chinese[0].title, targets=())
    (found,) = recognised(chinese, (*TO_GENERAL, one))
    assert chinese[0].title not in found.sources
    assert found.source_units == 1100 - chinese[0].units


def test_a_course_there_is_recognised_once_for_two_lines():
    records = [
        Record(seq, EntryKind.COURSE, 800, DAY, name, f"X{seq}")
        for seq, name in enumerate(("国文", "汉语"), start=1)
    ]
    lines = tuple(
        line(name, Relation.SIMILAR, name, targets=("语文",)) for name in ("国文", "汉语")
    )
    first, second = recognised(records, lines)
    assert (first.units, second.units) == (800, 0)


def test_two_lines_without_a_cap_fill_one_block_together():
    fields: dict[str, Any] = {"targets": (), "target_nature": CourseNature.RESTRICTED_ELECTIVE}
    lines = tuple(line(name, Relation.ELECTIVE, name, **fields) for name in ("物理", "化学"))
    asked = next(block.units_min for block in VOCATIONAL.blocks if block.code == "XX")
    records = [
        Record(seq, EntryKind.COURSE, asked - 100, DAY, name, f"X{seq}")
        for seq, name in enumerate(("物理", "化学"), start=1)
    ]
    first, second = recognised(records, lines, VOCATIONAL)
    assert (first.units, second.units) == (asked - 100, 100)


def test_without_such_a_block_nothing_is_recognised_as_electives():
    there = replace(VOCATIONAL, blocks=tuple(b for b in VOCATIONAL.blocks if b.code != "XX"))
    assert recognised(passed(GENERAL, "BWL"), TO_VOCATIONAL, there) == ()


@pytest.mark.parametrize(
    ("units", "covered"), [(0, []), (1, ["C1"]), (100, ["C1"]), (101, ["C1", "C2"])]
)
def test_courses_are_covered_whole_and_one_without_credits_never(units: int, covered: list[str]):
    like = VOCATIONAL.courses[0]
    courses = [
        replace(like, course_code=f"C{size}", name=f"语文{size}", units=credit, semester_no=size)
        for size, credit in enumerate((0, 1, 100))
    ]
    there = replace(VOCATIONAL, courses=tuple(courses[::-1]))
    chinese = Record(1, EntryKind.COURSE, units, DAY, "语文", "BYW1")
    (found,) = recognised([chinese], TO_VOCATIONAL, there)
    assert [record.course_code for record in found.records] == covered


def test_each_course_is_recognised_once():
    for found in (to_general(""), to_vocational("")):
        names = [name for item in found for name in item.sources]
        assert len(names) == len(set(names))
        assert all(item.units <= item.source_units for item in found)


def test_every_recognition_names_what_it_rests_on():
    assert all("项目默认值" in item.reference for item in to_general(""))
    assert [item.code for item in to_general("GG02")] == ["GZ-01"]


def test_before_the_rule_was_in_force_there_is_no_line():
    for into in InstitutionKind:
        assert in_force(shipped_rules(), into=into, as_of=date(2025, 12, 31)) == ()


@pytest.mark.parametrize(
    ("here", "there", "last"),
    [("660103", "720201", 1), ("660103", "660301", 3), ("710201", "711001", 3)],
)
def test_a_change_of_major_has_its_time(here: str, there: str, last: int):
    in_time, too_late = (
        major_change_words(here, there, semester, POLICY) for semester in (last, last + 1)
    )
    assert "来得及申请" in in_time.zh
    assert "时限已过" in too_late.zh
    assert "too late" in too_late.en


@pytest.mark.parametrize(
    ("into", "last"),
    [(InstitutionKind.GENERAL_HIGH_SCHOOL, 2), (InstitutionKind.VOCATIONAL_SCHOOL, 3)],
)
def test_a_transfer_has_its_windows(into: InstitutionKind, last: int):
    assert "来得及申请" in transfer_words(into, last, POLICY).zh
    assert "时限已过" in transfer_words(into, last + 1, POLICY).zh
