"""职普融通: what is recognised by the shipped table, in both directions, and what never is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from creditbank.demo import high_school, vocational
from creditbank.demo.majors import MAJORS
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan
from creditbank.domain.policies import resolve
from creditbank.domain.snapshots import Record
from creditbank.eligibility.recognition import Recognition, recognise
from creditbank.registry.moves import major_change_words, transfer_words
from creditbank.store.policy_files import load_policy_files
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


def to_general(*prefixes: str) -> tuple[Recognition, ...]:
    return recognise(
        passed(VOCATIONAL, *prefixes), VOCATIONAL, GENERAL, POLICY,
        into=InstitutionKind.GENERAL_HIGH_SCHOOL, as_of=DAY,
    )  # fmt: skip


def to_vocational(*prefixes: str) -> tuple[Recognition, ...]:
    return recognise(
        passed(GENERAL, *prefixes), GENERAL, VOCATIONAL, POLICY,
        into=InstitutionKind.VOCATIONAL_SCHOOL, as_of=DAY,
    )  # fmt: skip


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
    policy = shipped_policy(recognition__same__arts="音乐、美术|艺术、舞蹈")
    (found,) = recognise([dance], VOCATIONAL, GENERAL, policy,
                         into=InstitutionKind.GENERAL_HIGH_SCHOOL, as_of=DAY)  # fmt: skip
    assert [record.course_code for record in found.records] == ["BMS1", "BYY1"]


def test_subjects_come_in_the_order_of_their_keys_and_electives_last():
    found = [item.sources[0] for item in to_vocational("")]
    subjects = ["音乐", "语文", "外语", "历史", "劳动", "数学", "思想政治", "体育", "信息技术"]
    order = [
        next(at for at, name in enumerate(found) if name.startswith(subject))
        for subject in subjects
    ]
    assert order == sorted(order)
    assert [name[:2] for name in found[-2:]] == ["物理", "地理"]


@pytest.mark.parametrize("cap", [0, 300, 1400, 4900, 9000])
def test_policy_caps_what_the_major_counts_for(cap: int):
    policy = shipped_policy(recognition__elective__general_cap_units=cap)
    (major,) = recognise(
        passed(VOCATIONAL, "SKZJ", "SKZH"), VOCATIONAL, GENERAL, policy,
        into=InstitutionKind.GENERAL_HIGH_SCHOOL, as_of=DAY,
    )  # fmt: skip
    assert major.units == min(cap, 4900)


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
    (found,) = recognise([chinese], GENERAL, there, POLICY,
                         into=InstitutionKind.VOCATIONAL_SCHOOL, as_of=DAY)  # fmt: skip
    assert [record.course_code for record in found.records] == covered


def test_each_course_is_recognised_once():
    for found in (to_general(""), to_vocational("")):
        names = [name for item in found for name in item.sources]
        assert len(names) == len(set(names))
        assert all(item.units <= item.source_units for item in found)


def test_every_recognition_names_what_it_rests_on():
    assert all("项目默认值" in item.reference for item in to_general(""))


def test_before_the_rule_was_in_force_nothing_can_be_recognised():
    before = resolve(load_policy_files(), institution_id=1, as_of=date(2025, 12, 31))
    with pytest.raises(KeyError, match=r"recognition\.same"):
        recognise([], VOCATIONAL, GENERAL, before, into=InstitutionKind.GENERAL_HIGH_SCHOOL,
                  as_of=DAY)  # fmt: skip


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
