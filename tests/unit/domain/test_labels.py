"""Names of codes in tables: every code has one, no name stands for two, terms in every spelling."""

from __future__ import annotations

import pytest

from creditbank.domain import labels
from creditbank.domain.enrolments import Term

ALL = {
    "exam kinds": labels.EXAM_KINDS,
    "award levels": labels.AWARD_LEVELS,
    "award ranks": labels.AWARD_RANKS,
    "team roles": labels.TEAM_ROLES,
    "categories": labels.INNOVATION_CATEGORIES,
    "certificate levels": labels.CERTIFICATE_LEVELS,
    "statuses": labels.STATUSES,
    "kinds of change": labels.CHANGE_KINDS,
    "reasons of change": labels.CHANGE_REASONS,
    "grounds": labels.GROUNDS,
    "proofs": labels.PROOFS,
    "offices": labels.OFFICES,
}


@pytest.mark.parametrize("table", ALL.values(), ids=ALL.keys())
def test_every_code_has_a_name_and_no_name_stands_for_two(table):
    assert list(table) == list(type(next(iter(table))).__members__.values())
    names = [name for given in table.values() for name in given]
    assert len(names) == len(set(names))
    for code, given in table.items():
        assert {labels.code_of(table, text) for text in (code.value, *given)} == {code}


def test_an_unknown_name_is_no_code():
    assert labels.code_of(labels.EXAM_KINDS, "随堂") is None
    assert "补考一" in labels.written_names(labels.EXAM_KINDS)


@pytest.mark.parametrize(
    "text",
    [
        "2025-2026-1", "2025-2026学年第一学期", "2025-2026学年度第1学期",
        "2025 - 2026 学年 第 一 学期", "2025-2026学年,第一学期",
    ],
)  # fmt: skip
def test_a_term_is_read_in_every_spelling(text):
    assert labels.term_of(text) == Term(2025, 1)


def test_a_term_is_found_within_a_title():
    title = "25数控1班 2025-2026学年第二学期 成绩表"
    assert labels.term_within(title) == Term(2025, 2)
    for written in (
        "2026—2027学年第一学期 班主任:王老师",
        "2026--2027学年度(上学期)成绩",
        "2026至2027学年 第1学期",
    ):
        assert labels.term_within(written) == Term(2026, 1)
    assert labels.term_within("25数控1班 成绩表") is None
    assert labels.term_of(title) is None
    assert labels.term_of("2025-2027学年第一学期") is None
