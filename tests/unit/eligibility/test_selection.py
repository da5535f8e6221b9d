"""Which records a selector means: every field that it gives must match."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from creditbank.domain.courses import CourseNature
from creditbank.domain.ledger import EntryKind
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Record
from creditbank.eligibility.selection import selects

_RECORD = Record(
    1,
    EntryKind.INNOVATION,
    200,
    date(2024, 1, 1),
    "车工",
    course_code="C1",
    category="skill_certificate",
    nature=CourseNature.REQUIRED,
    level="intermediate",
    issuer="人社厅",
    tags=("劳动", "实训"),
    is_outside=True,
)
_MATCHING = {
    "kinds": (EntryKind.INNOVATION,),
    "categories": ("skill_certificate",),
    "natures": (CourseNature.REQUIRED,),
    "levels": ("advanced", "intermediate"),
    "issuers": ("人社厅",),
    "tags": ("劳动", "美育"),
    "course_codes": ("C1", "C2"),
    "is_outside": True,
}
_OTHER = {
    "kinds": (EntryKind.COMPETITION,),
    "categories": ("volunteering",),
    "natures": (CourseNature.FREE_ELECTIVE,),
    "levels": ("advanced",),
    "issuers": ("教育局",),
    "tags": ("美育",),
    "course_codes": ("C2",),
    "is_outside": False,
}


def test_an_empty_selector_means_everything():
    assert selects(Selector(), _RECORD)
    assert selects(Selector(), Record(2, EntryKind.COURSE, 0, date(2024, 1, 1), "课"))


def test_a_record_that_matches_in_every_field_is_meant():
    assert selects(Selector(**_MATCHING), _RECORD)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", _MATCHING)
def test_each_field_by_itself_tells_records_apart(field):
    assert selects(Selector(**{field: _MATCHING[field]}), _RECORD)  # type: ignore[arg-type]
    assert not selects(Selector(**{field: _OTHER[field]}), _RECORD)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", _MATCHING)
def test_one_field_that_differs_is_enough(field):
    selector = Selector(**{**_MATCHING, field: _OTHER[field]})  # type: ignore[arg-type]
    assert not selects(selector, _RECORD)


def test_what_was_earned_here_is_told_from_what_was_not():
    assert selects(Selector(is_outside=False), replace(_RECORD, is_outside=False))
