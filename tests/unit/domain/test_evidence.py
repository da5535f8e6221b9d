"""The same evidence has the same key, other evidence another; what counts once is one event."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.domain.awards import AwardLevel, InnovationCategory
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.evidence import (
    ACCUMULATING,
    competition_evidence_key,
    course_evidence_key,
    event_key,
    event_of,
    innovation_evidence_key,
    reversal_evidence_key,
    revision_of,
    same_award,
    substitution_evidence_key,
)

MAY = date(2025, 5, 1)
AUTUMN, SPRING = Term(2025, 1), Term(2025, 2)
_ONCE = sorted(set(InnovationCategory) - ACCUMULATING)


def test_an_attempt_is_known_by_course_term_kind_and_revision():
    keys = {
        course_evidence_key(*parts)
        for parts in itertools.product(
            ("SKZH1", "SKZH2"), (AUTUMN, SPRING), (ExamKind.NORMAL, ExamKind.FIRST_RESIT), (0, 1)
        )
    }
    assert len(keys) == 16
    assert (
        course_evidence_key("SKZH1", AUTUMN, ExamKind.NORMAL, 0) == "course|SKZH1|2025-2026-1|01|r0"
    )


def test_a_better_rank_at_the_same_level_of_an_event_is_no_second_award():
    at_city, at_province = (
        competition_evidence_key("2025年数控车技能大赛", level, MAY, 0)
        for level in (AwardLevel.CITY, AwardLevel.PROVINCE)
    )
    assert at_city == "competition|数控车技能大赛|2025|33|r0"
    assert at_city != at_province


@pytest.mark.parametrize("category", _ONCE)
def test_an_achievement_is_known_by_its_number_whatever_its_title_and_day(category):
    first = innovation_evidence_key(category, "一种夹具", "ZL2025", "2025-05-01", 0)
    assert first == innovation_evidence_key(category, "夹具", "ZL2025", "2025-06-01", 0)
    assert first != innovation_evidence_key(category, "一种夹具", "ZL2026", "2025-05-01", 0)


@pytest.mark.parametrize("category", _ONCE)
def test_without_a_number_its_title_is_what_it_is_known_by(category):
    first = innovation_evidence_key(category, "一种夹具", "", "2025-05-01", 0)
    assert first == innovation_evidence_key(category, "一种夹具", "", "2025-06-01", 0)
    assert first != innovation_evidence_key(category, "另一种夹具", "", "2025-05-01", 0)


@pytest.mark.parametrize("category", sorted(ACCUMULATING))
def test_practice_and_volunteering_are_another_piece_each_day(category):
    first, again, later = (
        innovation_evidence_key(category, "玫瑰节", "", day, 0)
        for day in ("2025-05-01", "2025-05-01", "2025-05-02")
    )
    assert first == again != later


def test_the_halves_of_a_substitution_are_apart_and_so_are_two_from_one_award():
    keys = {
        substitution_evidence_key(7, "RX", side, pair)
        for side, pair in itertools.product(("from", "to"), (20, 31))
    }
    assert len(keys) == 4
    assert reversal_evidence_key(7) == "reversal|7"


def test_the_revision_counts_only_reversed_entries_of_the_same_evidence():
    def row(seq: int, key: str) -> dict[str, object]:
        return {"ledger_seq": seq, "evidence_key": key}

    def key(course: str, revision: int) -> str:
        return course_evidence_key(course, AUTUMN, ExamKind.NORMAL, revision)

    rows = [row(1, key("A", 0)), row(2, key("A", 1)), row(3, key("AB", 0)), row(4, key("A", 2))]
    assert revision_of(rows, key("A", 0), frozenset()) == 0
    assert revision_of(rows, key("A", 0), frozenset({1, 2, 3})) == 2
    assert revision_of(rows, key("A", 9), frozenset({1, 2})) == 2
    assert revision_of(rows, key("B", 0), frozenset({1, 2, 3})) == 0


@given(st.integers(0, 30))
def test_a_corrected_entry_never_takes_a_key_that_stands_in_the_books(corrections):
    rows: list[dict[str, object]] = []
    gone: set[int] = set()
    for seq in range(1, corrections + 2):
        stem = competition_evidence_key("数学|竞赛|r", AwardLevel.COUNTY, MAY, 0)
        revision = revision_of(rows, stem, frozenset(gone))
        key = competition_evidence_key("数学|竞赛|r", AwardLevel.COUNTY, MAY, revision)
        assert key not in {row["evidence_key"] for row in rows}
        rows.append({"ledger_seq": seq, "evidence_key": key})
        gone.add(seq)


def test_one_event_is_one_whatever_its_level_and_number():
    levels = [
        event_key("competition", {"event": "数控车技能大赛", "level": level}, number, MAY)
        for level, number in (("33", "A1"), ("23", None))
    ]
    assert levels[0] == levels[1] == "event|数控车技能大赛|2025"


def test_a_certificate_is_one_by_its_number_and_a_project_by_its_title():
    detail = {"category": InnovationCategory.SKILL_CERTIFICATE, "title": "数控车铣加工"}
    assert event_key("innovation", detail, "JN1", MAY) == "certificate|JN1"
    assert event_key("innovation", detail, None, MAY) == "project|数控车铣加工"
    assert event_key("innovation", detail, "", MAY) == "project|数控车铣加工"


@pytest.mark.parametrize("category", sorted(ACCUMULATING))
def test_what_accumulates_belongs_to_no_event(category):
    assert not event_key("innovation", {"category": category.value, "title": "玫瑰节"}, "证1", MAY)


@pytest.mark.parametrize("kind", ["course", "recognition", "substitution"])
def test_courses_and_what_is_recognised_belong_to_no_event(kind):
    assert not event_key(kind, {}, "1", MAY)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2025年省技能大赛", "省技能大赛"),
        ("2025年省技能大赛", "省技能大赛(2025)"),
        ("省技能大赛2025年度", "２０２５年 省技能大赛"),
        ("“创新杯”大赛", '"创新杯"大赛'),
        ("「创新杯」大赛", "创新杯 大赛"),
        ("ＣＡＤ技能赛", "cad技能赛"),
        ("2024-2025学年 校技能节", "校技能节"),
        ("2024—2025学年度校技能节", "2025年校技能节"),
    ],
)
def test_two_spellings_of_one_event_in_one_year_are_one(first, second):
    assert event_of(first, MAY) == event_of(second, date(2025, 11, 2))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("C++程序设计赛", "C程序设计赛"),
        ("省技能大赛(数控)", "省技能大赛(焊接)"),
        ("第1届创新赛", "第2届创新赛"),
        ("2024年省技能大赛", "2025年省技能大赛"),
        ("2025", "2024"),
    ],
)
def test_different_events_stay_apart(first, second):
    assert event_of(first, MAY) != event_of(second, MAY)


def test_the_same_contest_of_the_next_year_is_another_event():
    assert event_of("县技能大赛", MAY) != event_of("县技能大赛", date(2026, 5, 1))
    assert event_of("2025年县技能大赛", date(2026, 1, 9)) == event_of("县技能大赛", MAY)


def test_an_entry_from_before_events_had_a_year_is_known_by_what_it_says():
    row = {
        "kind": "competition",
        "earned_on": MAY,
        "evidence_key": "competition|2025年省技能大赛|23|r0",
        "detail": {"event": "2025年省技能大赛", "level": "23"},
    }
    assert same_award(row, "省技能大赛", AwardLevel.PROVINCE, MAY)
    assert not same_award(row, "省技能大赛", AwardLevel.CITY, MAY)
    assert not same_award(row, "省技能大赛", AwardLevel.PROVINCE, date(2026, 5, 1))
