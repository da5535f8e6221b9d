"""分段培养方式: the labels of the national 学籍 system for what agreements say in levels and years.

Both ways: a label as the stages it stands for, and stages as their label. What has no label of its
own (高职专科3 + 本科2, which the province calls 3+2 too) is written as stages alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from creditbank.domain.agreements import EducationLevel
from creditbank.domain.errors import Message, Problem
from creditbank.domain.sheets import clean_text

NOT_STAGED = "非分段培养"
UNBROKEN = "五年一贯制"
UNBROKEN_YEARS = 5
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Stages:
    """Levels and years, in tenths of a year, of one or two stages.

    post_level is None where there is no second stage: 非分段培养 tells no length, and 五年一贯制 is
    five years of 高职 at one school.
    """

    pre_level: EducationLevel
    pre_years_tenths: int
    post_level: EducationLevel | None = None
    post_years_tenths: int = 0

    @property
    def is_staged(self) -> bool:
        """Whether there is a second stage, at another institution."""
        return self.post_level is not None


def _secondary(pre_years_tenths: int, post_level: EducationLevel, post_years_tenths: int) -> Stages:
    return Stages(
        EducationLevel.SECONDARY_VOCATIONAL, pre_years_tenths, post_level, post_years_tenths
    )


STAGED_MODES: Mapping[str, Stages] = {
    NOT_STAGED: Stages(EducationLevel.SECONDARY_VOCATIONAL, 0),
    UNBROKEN: Stages(EducationLevel.HIGHER_VOCATIONAL, 10 * UNBROKEN_YEARS),
    "中高职3+2": _secondary(30, EducationLevel.HIGHER_VOCATIONAL, 20),
    "中高职2+3": _secondary(20, EducationLevel.HIGHER_VOCATIONAL, 30),
    "中高职3+3": _secondary(30, EducationLevel.HIGHER_VOCATIONAL, 30),
    "中高职2.5+2.5": _secondary(25, EducationLevel.HIGHER_VOCATIONAL, 25),
    "中职本科3+4": _secondary(30, EducationLevel.BACHELOR, 40),
}
"""Every label of the import sheet's column 分段培养方式, in its order."""
_LABELS = {stages: label for label, stages in STAGED_MODES.items()}


def read_staged_mode(text: str) -> Stages | Problem:
    """The stages of a label as written, full width or half; a problem names an unknown one."""
    word = clean_text(text)
    found = STAGED_MODES.get(word)
    if found is not None:
        return found
    names = "、".join(STAGED_MODES)
    return Problem(
        "staged_mode",
        Message(
            f"没有“{word[:_SHOWN]}”这种分段培养方式,请填:{names}。",
            f"“{word[:_SHOWN]}” is no 分段培养方式; give one of {names}.",
        ),
        field="staged_mode",
    )


def check_staged_mode(text: str, label: str) -> Problem | None:
    """What is wrong with a learner's cell, "" for one left empty; label: of the learner's class.

    label "" is of an agreement whose stages have none: the cell stays empty.
    """
    read = read_staged_mode(text) if clean_text(text) else None
    if read is None or isinstance(read, Problem):
        return read
    if staged_mode(read) == label:
        return None
    return Problem("staged_mode_differs", _differs(label), field="staged_mode")


def _differs(label: str) -> Message:
    if not label:
        return Message(
            "所选贯通班的学制在国家学籍系统中没有对应的分段培养方式,请留空。",
            "the national system has no 分段培养方式 for the stages of this class; leave it empty.",
        )
    if label in {NOT_STAGED, UNBROKEN}:
        return Message(
            f"上传时没有选择贯通班,按培养方案的学制应为“{label}”;如在贯通班,请选择后重新上传;"
            "如学制不同,请先为该年级选用相应的培养方案。",
            f"no through-training class was chosen for this list, so by the years of the plan this"
            f" is {label}; choose the class, or first a plan of other years for the cohort, and"
            " upload the list again if that is not so.",
        )
    return Message(
        f"与所选贯通班的协议不一致,应为“{label}”;请改正,或选择另一贯通班后重新上传。",
        f"the agreement of the chosen class says {label}; mend this, or choose another class and"
        " upload the list again.",
    )


def unstaged_mode(years: int) -> str:
    """The label of learners who are in no class of an agreement, by the years of their plan."""
    return UNBROKEN if years >= UNBROKEN_YEARS else NOT_STAGED


def staged_mode(stages: Stages) -> str:
    """The label of stages, "" where the national system has none for them."""
    return _LABELS.get(stages, "")


def staged_mode_of(
    pre_level: EducationLevel,
    pre_years_tenths: int,
    post_level: EducationLevel,
    post_years_tenths: int,
) -> str:
    """The label of an agreement's two stages, "" for none."""
    return staged_mode(Stages(pre_level, pre_years_tenths, post_level, post_years_tenths))
