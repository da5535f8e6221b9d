"""A line of the recognition table as cells: what is written is read as the same line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.domain.courses import CourseNature
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.recognition_cells import COLUMNS, cells_of, line_of
from creditbank.domain.recognition_rules import (
    DIRECTIONS,
    ELECTIVES,
    RecognitionRule,
    Relation,
    line_problems,
)
from creditbank.store.recognition_rules import shipped_rules

_NAMES = st.lists(st.text("语文数学AB(12)·", min_size=1, max_size=30), max_size=4).map(tuple)
_DAYS = st.dates(date(2026, 1, 1), date(2099, 12, 31))
_LINES = st.builds(
    RecognitionRule,
    code=st.from_regex(r"[A-Z0-9][A-Z0-9-]{0,19}", fullmatch=True),
    into=st.sampled_from(DIRECTIONS),
    relation=st.sampled_from(Relation),
    sources=_NAMES,
    targets=_NAMES,
    target_nature=st.none() | st.sampled_from(ELECTIVES),
    ratio_percent=st.integers(1, 100),
    units_max=st.none() | st.integers(1, 10_000),
    needs_test=st.booleans(),
    document_no=st.just("平教字〔2026〕9号"),
    valid_from=_DAYS,
    valid_until=st.none() | _DAYS,
)
CELLS = cells_of(shipped_rules()[0])


@given(_LINES)
def test_every_line_comes_back_as_it_was_written(line: RecognitionRule):
    cells = cells_of(line)
    assert list(cells) == list(COLUMNS)
    assert line_of(cells) == (line, ())


def test_people_write_leniently():
    lenient = CELLS | {
        "into": "普通高中", "sources": "语文,应用文写作；口语", "ratio_percent": "",
        "units_max": "2.50", "needs_test": "", "valid_from": "2026年9月1日",
        "valid_until": "2027-01-31T00:00:00",
    }  # fmt: skip
    line, problems = line_of(lenient)
    assert problems == ()
    assert line == replace(
        shipped_rules()[0],
        into=InstitutionKind.GENERAL_HIGH_SCHOOL,
        sources=("语文", "应用文写作", "口语"),
        units_max=250,
        valid_from=date(2026, 9, 1),
        valid_until=date(2027, 1, 31),
    )


@pytest.mark.parametrize(
    ("field", "text", "read"),
    [
        ("ratio_percent", "80%", 80),
        ("ratio_percent", "80.0", 80),
        ("target_nature", "限选", CourseNature.RESTRICTED_ELECTIVE),
        ("needs_test", "是", True),
        ("relation", "不予认定", Relation.NONE),
        ("relation", "similar", Relation.SIMILAR),
        ("code", "ZZ-01", "ZZ-01"),
    ],
)
def test_a_cell_is_read(field: str, text: str, read: object):
    line, problems = line_of(CELLS | {field: text})
    assert problems == ()
    assert getattr(line, field) == read


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("into", ""),
        ("into", "大学"),
        ("relation", "相似"),
        ("target_nature", "必修"),
        ("ratio_percent", "0.8"),
        ("ratio_percent", "1000"),
        ("units_max", "1.234"),
        ("needs_test", "也许"),
        ("valid_from", ""),
        ("valid_from", "2026-13-01"),
        ("valid_until", "明年"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field(field: str, text: str):
    line, problems = line_of(CELLS | {field: text})
    assert line is None
    assert [item.field for item in problems] == [field]


def test_a_cell_that_is_missing_is_as_an_empty_one():
    line, problems = line_of({})
    assert line is None
    assert {item.field for item in problems} == {"into", "relation", "valid_from"}


def test_a_negative_limit_can_be_read_and_cannot_stand():
    line, _ = line_of(CELLS | {"units_max": "-1"})
    assert line is not None
    assert [item.field for item in line_problems(line)] == ["units_max"]
