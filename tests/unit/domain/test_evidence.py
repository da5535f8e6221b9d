"""The same evidence has the same key, other evidence another; what counts once is one event."""

from __future__ import annotations

import itertools

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
    innovation_evidence_key,
    reversal_evidence_key,
    revision_of,
    substitution_evidence_key,
)

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
        competition_evidence_key("数控车技能大赛", level, 0)
        for level in (AwardLevel.CITY, AwardLevel.PROVINCE)
    )
    assert at_city == "competition|数控车技能大赛|33|r0"
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
        stem = competition_evidence_key("数学|竞赛|r", AwardLevel.COUNTY, 0)
        revision = revision_of(rows, stem, frozenset(gone))
        key = competition_evidence_key("数学|竞赛|r", AwardLevel.COUNTY, revision)
        assert key not in {row["evidence_key"] for row in rows}
        rows.append({"ledger_seq": seq, "evidence_key": key})
        gone.add(seq)


def test_one_event_is_one_whatever_its_level_and_number():
    levels = [
        event_key("competition", {"event": "数控车技能大赛", "level": level}, number)
        for level, number in (("33", "A1"), ("23", None))
    ]
    assert levels[0] == levels[1] == "event|数控车技能大赛"


def test_a_certificate_is_one_by_its_number_and_a_project_by_its_title():
    detail = {"category": InnovationCategory.SKILL_CERTIFICATE, "title": "数控车铣加工"}
    assert event_key("innovation", detail, "JN1") == "certificate|JN1"
    assert event_key("innovation", detail, None) == "project|数控车铣加工"
    assert event_key("innovation", detail, "") == "project|数控车铣加工"


@pytest.mark.parametrize("category", sorted(ACCUMULATING))
def test_what_accumulates_belongs_to_no_event(category):
    assert not event_key("innovation", {"category": category.value, "title": "玫瑰节"}, "证1")


@pytest.mark.parametrize("kind", ["course", "recognition", "substitution"])
def test_courses_and_what_is_recognised_belong_to_no_event(kind):
    assert not event_key(kind, {}, "1")
