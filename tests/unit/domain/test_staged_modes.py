"""分段培养方式: labels of the national system and levels with years, both ways."""

from __future__ import annotations

import pytest

from creditbank.domain.agreements import EducationLevel
from creditbank.domain.errors import Problem
from creditbank.domain.staged_modes import (
    STAGED_MODES,
    Stages,
    read_staged_mode,
    staged_mode,
    staged_mode_of,
)

NATIONAL = (
    "非分段培养", "五年一贯制", "中高职3+2", "中高职2+3", "中高职3+3", "中高职2.5+2.5",
    "中职本科3+4",
)  # fmt: skip
SECONDARY, HIGHER, BACHELOR = (
    EducationLevel.SECONDARY_VOCATIONAL,
    EducationLevel.HIGHER_VOCATIONAL,
    EducationLevel.BACHELOR,
)


def test_all_labels_of_the_import_sheet_are_known():
    assert tuple(STAGED_MODES) == NATIONAL


@pytest.mark.parametrize("label", NATIONAL)
def test_a_label_comes_back_from_its_stages(label):
    stages = read_staged_mode(label)
    assert isinstance(stages, Stages)
    assert staged_mode(stages) == label
    assert stages.is_staged is label.startswith("中")


@pytest.mark.parametrize(
    ("pre", "post", "level", "label"),
    [
        (30, 20, HIGHER, "中高职3+2"),
        (20, 30, HIGHER, "中高职2+3"),
        (25, 25, HIGHER, "中高职2.5+2.5"),
        (30, 40, BACHELOR, "中职本科3+4"),
        (30, 20, BACHELOR, ""),
    ],
)
def test_levels_and_years_have_their_label(pre, post, level, label):
    assert staged_mode_of(SECONDARY, pre, level, post) == label


def test_three_and_two_from_a_college_is_no_label_of_a_secondary_school():
    assert staged_mode_of(HIGHER, 30, BACHELOR, 20) == ""


def test_a_label_is_read_in_full_width_too():
    assert read_staged_mode(" 中高职3+2 ") == STAGED_MODES["中高职3+2"]


@pytest.mark.parametrize("word", ["3+2", "", "中高职4+1"])
def test_an_unknown_label_is_refused_by_name(word):
    problem = read_staged_mode(word)
    assert isinstance(problem, Problem)
    assert f"“{word}”" in problem.message.zh
    assert "中高职3+2" in problem.message.en
