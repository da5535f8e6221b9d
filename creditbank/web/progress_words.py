"""学业预警 in the reader's words: levels, with whom it was talked over, a learner's bar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from flask_babel import LazyString

from creditbank.domain.academic_progress import (
    BlockProgress,
    ContactWith,
    Progress,
    Shares,
    WarningLevel,
)
from creditbank.domain.credits import credits_text
from creditbank.web.figures import FULL, percent_text, share
from creditbank.web.languages import gettext as _
from creditbank.web.languages import lazy_gettext as _l
from creditbank.web.languages import named

WARNED = frozenset({WarningLevel.YELLOW, WarningLevel.RED})
LEVELS: Mapping[WarningLevel, tuple[LazyString, str]] = {
    WarningLevel.RED: (_l("红色预警"), "bad"),
    WarningLevel.YELLOW: (_l("黄色预警"), "warn"),
    WarningLevel.NONE: (_l("正常"), "good"),
}
"""What a level is called, and its tone; the worst first."""
WITH: Mapping[ContactWith, LazyString] = {
    ContactWith.STUDENT: _l("学生"),
    ContactWith.GUARDIAN: _l("监护人"),
    ContactWith.BOTH: _l("学生和监护人"),
}


@dataclass(frozen=True, slots=True)
class ProgressBar:
    """What is earned of what is expected. earned: in thousandths of it.

    marks: where the lines of the warnings stand, in thousandths.
    """

    earned: int
    percent: str
    units: str
    semesters: int
    tone: str
    marks: tuple[int, int]

    @classmethod
    def of(cls, progress: Progress, shares: Shares) -> ProgressBar:
        """The bar of one learner."""
        return cls(
            earned=share(progress.earned, progress.expected),
            percent=percent_text(progress.earned, progress.expected),
            units=f"{credits_text(progress.earned)} / {credits_text(progress.expected)}",
            semesters=progress.semesters,
            tone=LEVELS[progress.level][1],
            marks=(int(shares.red * FULL), int(shares.yellow * FULL)),
        )


def share_text(part: Fraction) -> str:
    """Such as 2/3."""
    return f"{part.numerator}/{part.denominator}"


def behind_text(block: BlockProgress) -> str:
    """What a block is behind by."""
    name = named(block.name, block.name_en)
    return _("%(block)s 差 %(units)s", block=name, units=credits_text(block.behind))
