"""学分互认: what the table gives in both directions, what it never gives, and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from creditbank.domain.courses import CourseNature
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.plans import Acceptance, Way
from creditbank.domain.recognition_rules import Relation, in_force
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Appraisal, Attestation, AttestationKind, Record
from creditbank.eligibility.recogniser import propose
from creditbank.eligibility.recognition import (
    Given,
    Reason,
    Recognised,
    records_of,
    to_make_up,
    with_recognised,
)
from creditbank.registry.moves import major_change_words, transfer_words
from creditbank.store.recognition_rules import shipped_rules
from tests.unit.eligibility.transfers import (
    DAY,
    FREE,
    GENERAL,
    POLICY,
    TO_GENERAL,
    TO_VOCATIONAL,
    VOCATIONAL,
    elective,
    line,
    passed,
    shipped,
    small_plan,
    sources,
    transfer,
    why,
)

SAME, SIMILAR = Relation.SAME, Relation.SIMILAR
RESTRICTED = CourseNature.RESTRICTED_ELECTIVE


def to_general(*prefixes: str) -> tuple[Recognised, ...]:
    return propose(transfer(passed(VOCATIONAL, *prefixes), TO_GENERAL)).items


def to_vocational(*prefixes: str) -> tuple[Recognised, ...]:
    return propose(transfer(passed(GENERAL, *prefixes), TO_VOCATIONAL, VOCATIONAL)).items


def codes(item: Recognised) -> list[str]:
    return [given.course_code or given.block_code for given in item.gives]


def test_eleven_credits_of_chinese_are_eight_in_a_general_school_for_as_few_as_cover_them():
    (chinese,) = to_general("GG02")
    assert (chinese.source_units, chinese.units) == (900, 800)
    assert codes(chinese) == ["BYW1", "BYW2", "BYW3", "BYW4"]


def test_general_chinese_covers_whole_courses_of_the_vocational_plan():
    (chinese,) = to_vocational("BYW")
    assert codes(chinese) == ["GG021", "GG022", "GG024"]
    assert chinese.units == 800


def test_english_goes_by_its_other_name_and_no_further_than_what_is_required():
    (english,) = to_general("GG04")
    assert (english.source_units, english.units) == (600, 600)


def test_forty_credits_of_the_major_are_at_most_fourteen_of_electives():
    major = [replace(record, units=400) for record in passed(VOCATIONAL, "SKZJ", "SKZH")[:10]]
    assert sum(record.units for record in major) == 4000
    proposal = propose(transfer(tuple(major), TO_GENERAL))
    (item,) = proposal.items
    assert (item.code, item.units, codes(item)) == ("GZ-11", 1400, ["XK"])
    assert proposal.shortfall == proposal.shortfall_without - 1400
    left = {(item.reason, item.code) for item in proposal.not_recognised}
    assert left == {(Reason.CAP_REACHED, "GZ-11")}


def test_practice_internship_and_activities_are_not_courses_of_the_major():
    assert to_general("SKSX", "SKGS", "HD01", "HD03", "HD04") == ()


def test_physics_counts_among_the_restricted_electives_and_geography_among_the_free():
    found = to_vocational("BWL", "BDL")
    assert [(codes(item), item.units) for item in found] == [(["XX"], 600), (["RX"], 400)]


def test_what_a_school_books_is_written_in_full():
    first = next(course for course in VOCATIONAL.courses if course.name.startswith("英语"))
    assert records_of(to_vocational("BWY"), DAY)[0] == Record(
        0, EntryKind.RECOGNITION, first.units, DAY, first.name, first.course_code, block_code="GG"
    )
    name = next(block.name for block in VOCATIONAL.blocks if block.code == "XX")
    assert records_of(to_vocational("BWL"), DAY) == (
        Record(0, EntryKind.RECOGNITION, 600, DAY, name, block_code="XX"),
    )


def test_a_subject_has_several_names_on_either_side():
    arts = line("GZ-08", SAME, "艺术", "舞蹈", targets=("音乐", "美术"))
    (found,) = propose(transfer(sources(("舞蹈基础", 200)), (arts,))).items
    assert codes(found) == ["BMS1", "BYY1"]


@pytest.mark.parametrize("cap", [1, 300, 1400, 4900, 9000])
def test_the_table_caps_what_the_major_counts_for(cap: int):
    rules = shipped(InstitutionKind.GENERAL_HIGH_SCHOOL, GZ_11={"units_max": cap})
    (major,) = propose(transfer(passed(VOCATIONAL, "SKZJ", "SKZH"), rules)).items
    assert major.units == min(cap, 4900)


@pytest.mark.parametrize(
    ("ratio", "cap", "units"),
    [(100, None, 800), (75, None, 800), (70, None, 600), (50, 400, 400), (50, 399, 200), (1, 5, 0)],
)
def test_the_similar_counts_at_its_ratio_and_under_its_cap(ratio, cap, units):
    similar = line("S", SIMILAR, "语文", targets=("语文",), ratio_percent=ratio, units_max=cap)
    assert propose(transfer(passed(VOCATIONAL, "GG02"), (similar,))).units == units


def test_a_line_rounds_down_what_it_pools_and_not_course_by_course():
    third = elective("E", "物理", ratio_percent=33, units_max=1400)
    asked = transfer(sources(("物理1", 150), ("物理2", 150)), (third,))
    assert propose(asked).units == 99


def test_what_needs_a_test_counts_for_who_passed_that_test():
    similar = line("S", SIMILAR, "语文", targets=("语文",), needs_test=True)
    chinese = passed(VOCATIONAL, "GG02")
    assert propose(transfer(chinese, (similar,))).items == ()
    assert propose(transfer(chinese, (similar,), tested=("T",))).items == ()
    assert propose(transfer(chinese, (similar,), tested=("S",))).units == 800
    assert set(why(transfer(chinese, (similar,))).values()) == {(Reason.NEEDS_TEST, "S")}


def test_what_is_not_recognised_is_recognised_by_no_other_line():
    chinese = passed(VOCATIONAL, "GG02")
    none = line("N", Relation.NONE, "语文")
    assert propose(transfer(chinese, (*TO_GENERAL, none))).items == ()
    one = line("N", Relation.NONE, chinese[0].title)
    asked = transfer(chinese, (*TO_GENERAL, one))
    (found,) = propose(asked).items
    assert chinese[0].title not in [source.title for source in found.sources]
    assert why(asked)[chinese[0].title] == (Reason.REFUSED, "N")


def test_a_course_there_is_recognised_once_for_two_lines():
    lines = tuple(line(name, SIMILAR, name, targets=("语文",)) for name in ("国文", "汉语"))
    assert propose(transfer(sources(("国文", 800), ("汉语", 800)), lines)).units == 800


def test_two_lines_without_a_cap_fill_one_block_together():
    lines = tuple(elective(name, name, target_nature=RESTRICTED) for name in ("物理", "化学"))
    asked = next(block.units_min for block in VOCATIONAL.blocks if block.code == "XX")
    records = sources(("物理", asked - 100), ("化学", asked - 100))
    assert propose(transfer(records, lines, VOCATIONAL)).units == asked


def test_a_block_that_takes_without_a_limit_is_not_given_more_than_it_asks_by_anybody():
    there = small_plan([("E", 500, FREE)], total=2000)
    capped, free = elective("C", "物理", units_max=400), elective("F", "化学")
    records = sources(("物理", 400), ("化学", 300))
    assert propose(transfer(records, (capped, free), there)).units == 500
    more = replace(capped, units_max=900)
    asked = transfer(sources(("物理", 800), ("化学", 300)), (more, free), there)
    assert [(item.code, item.units) for item in propose(asked).items] == [("C", 800)]


def test_without_such_a_block_nothing_is_recognised_as_electives():
    there = replace(VOCATIONAL, blocks=tuple(b for b in VOCATIONAL.blocks if b.code != "XX"))
    kept = {block.code for block in there.blocks}
    there = replace(there, courses=tuple(c for c in there.courses if c.block_code in kept))
    asked = transfer(passed(GENERAL, "BWL"), TO_VOCATIONAL, there)
    assert propose(asked).items == ()
    assert set(why(asked).values()) == {(Reason.NOT_WANTED, "ZZ-11")}


@pytest.mark.parametrize(
    ("units", "covered"), [(0, []), (1, ["C1"]), (100, ["C100"]), (101, ["C1", "C100"])]
)
def test_courses_are_covered_whole_and_one_without_credits_never(units: int, covered: list[str]):
    like = VOCATIONAL.courses[0]
    courses = [
        replace(like, course_code=f"C{credit}", name=f"语文{credit}", units=credit, semester_no=1)
        for credit in (0, 1, 100)
    ]
    there = replace(VOCATIONAL, courses=tuple(courses[::-1]))
    found = propose(transfer(sources(("语文", units)), TO_VOCATIONAL, there)).items
    assert [code for item in found for code in codes(item)] == covered


def test_each_course_is_used_once_and_given_once():
    for found in (to_general(""), to_vocational("")):
        used = [source.ledger_seq for item in found for source in item.sources]
        given = [code for item in found for code in codes(item)]
        assert len(used) == len(set(used))
        assert len(given) == len(set(given))
        assert all(item.units <= item.source_units for item in found)


def test_every_recognition_names_what_it_rests_on():
    assert all("项目默认值" in item.reference for item in to_general(""))
    assert [(item.code, item.relation) for item in to_general("GG02")] == [("GZ-01", SAME)]


def test_only_what_the_school_that_is_left_has_booked_as_passed_is_a_source():
    like = passed(VOCATIONAL, "GG021")[0]
    others = [
        replace(like, passed=False), replace(like, units=0), replace(like, is_outside=True),
        replace(like, disputed=True), replace(like, kind=EntryKind.RECOGNITION, block_code="GG"),
    ]  # fmt: skip
    for other in others:
        proposal = propose(transfer((other,), TO_GENERAL))
        assert (proposal.items, proposal.not_recognised) == ((), ())
    twice = (replace(like, ledger_seq=900), like)
    (item,) = propose(transfer(twice, TO_GENERAL)).items
    assert [source.ledger_seq for source in item.sources] == [like.ledger_seq]


def test_who_returns_keeps_what_is_booked_and_is_given_only_the_rest():
    booked = tuple(
        Record(seq, EntryKind.COURSE, course.units, DAY, course.name, course.course_code)
        for seq, course in enumerate(GENERAL.courses, start=1)
        if course.course_code in {"BYW1", "BYW2"}
    )
    before = Record(9, EntryKind.RECOGNITION, 200, DAY, "语文", "BYW3", block_code="BX")
    asked = transfer(passed(VOCATIONAL, "GG02"), TO_GENERAL, booked=(*booked, before))
    (item,) = propose(asked).items
    assert codes(item) == ["BYW4"]
    everything = replace(before, ledger_seq=10, course_code="BYW4")
    asked = transfer(passed(VOCATIONAL, "GG02"), TO_GENERAL, booked=(*booked, before, everything))
    assert propose(asked).items == ()
    assert set(why(asked).values()) == {(Reason.NOT_WANTED, "GZ-01")}


def test_what_a_block_has_already_is_not_asked_of_electives():
    there = small_plan([("E", 500, FREE)], ("选修", "E", 200), total=2000)
    own = Record(1, EntryKind.COURSE, 200, DAY, "选修", "选修")
    before = Record(2, EntryKind.RECOGNITION, 100, DAY, "认定", block_code="E")
    asked = transfer(sources(("物理", 900)), (elective("F", "物理"),), there, booked=(own, before))
    assert propose(asked).units == 200


def test_a_source_that_is_recognised_counts_no_second_time_as_from_outside():
    there = small_plan([("E", 300, FREE), ("O", 300, CourseNature.OTHER)], total=600)
    takes = Acceptance(Selector(is_outside=True), Way.EARN)
    e, o = there.blocks
    there = replace(there, blocks=(e, replace(o, accepts=(takes,))))
    (source,) = sources(("物理", 300))
    outside = replace(source, is_outside=True)
    asked = transfer((source,), (elective("F", "物理"),), there, booked=(outside,))
    proposal = propose(asked)
    assert (proposal.shortfall_without, proposal.shortfall, proposal.units) == (300, 300, 300)
    half = transfer((source,), (elective("F", "物理", ratio_percent=50),), there, booked=(outside,))
    assert propose(half).items == ()


def test_courses_of_another_vocational_school_are_recognised_by_the_same_table():
    there = replace(VOCATIONAL, plan_id=3, institution_id=3)
    rules = (line("V", SAME, "语文", targets=("语文",)),)
    chinese = passed(VOCATIONAL, "GG02")
    (item,) = propose(transfer(chinese, rules, there, here=VOCATIONAL)).items
    assert item.units == sum(record.units for record in chinese)


def test_pass_exams_are_still_to_be_sat_whatever_is_recognised():
    asked = transfer(passed(VOCATIONAL, ""), TO_GENERAL)
    proposal = propose(asked)
    without = {item.code: item for item in asked.verdict().conditions}
    exams = next(i for i in proposal.verdict.conditions if i.code == "academic_pass_exams")
    assert exams == without["academic_pass_exams"]
    assert not exams.met
    assert proposal.units > 5000
    assert {record.kind for record in records_of(proposal.items, DAY)} == {EntryKind.RECOGNITION}
    sat = tuple(
        Attestation(AttestationKind.ACADEMIC_PASS_EXAM, subject, Appraisal.PASSED, DAY)
        for subject in GENERAL.required_pass_exams
    )
    asked = replace(asked, snapshot=replace(asked.snapshot, attestations=sat))
    conditions = propose(asked).verdict.conditions
    assert next(item for item in conditions if item.code == "academic_pass_exams").met


def test_a_course_that_was_failed_or_brought_nothing_is_still_given():
    failed = Record(1, EntryKind.COURSE, 200, DAY, "语文", "BYW1", passed=False)
    for booked in (failed, replace(failed, passed=True, units=0)):
        asked = transfer(passed(VOCATIONAL, "GG021"), TO_GENERAL, booked=(booked,))
        assert codes(propose(asked).items[0]) == ["BYW1"]
        assert to_make_up(GENERAL, (booked,), (), 1)[0].name
    one = replace(failed, passed=True, units=1)
    asked = transfer(passed(VOCATIONAL, "GG021"), TO_GENERAL, booked=(one,))
    assert codes(propose(asked).items[0]) == ["BYW2"]


def test_recognitions_are_numbered_after_all_that_anything_speaks_of():
    asked = transfer(passed(VOCATIONAL, "GG021"), TO_GENERAL)
    assert asked.next_seq == 502
    speaks = PlanException(ExceptionKind.FORCE, "", "XK", 900, None, "因由", "测1号", 1, DAY)
    snapshot = replace(asked.snapshot, exceptions=(speaks, replace(speaks, ledger_seq=None)))
    assert replace(asked, snapshot=snapshot).next_seq == 901
    assert replace(asked, passed=()).next_seq == 401
    items = propose(asked).items
    booked = with_recognised(asked.snapshot, items * 2, DAY, first=77).records
    assert [record.ledger_seq for record in booked] == [77, 78]
    assert asked.verdict(items).placements[0].ledger_seq == 502


def test_what_is_to_be_made_up_is_required_by_then_and_neither_passed_nor_recognised():
    there = small_plan(
        [("B", 800, CourseNature.REQUIRED)],
        *((name, "B", 200) for name in ("一", "二", "三", "四")),
    )
    own = (Record(1, EntryKind.COURSE, 200, DAY, "一", "一"),)
    failed = Record(2, EntryKind.COURSE, 0, DAY, "三", "三", passed=False)
    given = Recognised("L", SAME, "", (), (Given("二", "B", "二", 200),))

    def made_up(semester: int, items=(given,)) -> list[str]:
        return [c.name for c in to_make_up(there, (*own, failed), items, semester)]

    assert made_up(2) == []
    assert made_up(3) == ["三"]
    assert made_up(4) == ["三", "四"]
    assert made_up(4, ()) == ["二", "三", "四"]
    free = replace(there, courses=tuple(replace(c, is_required=False) for c in there.courses))
    assert to_make_up(free, (), (), 6) == ()


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
