"""The sheet of the national 学籍 system: its headings of one year, and what a cell of it may say.

What belongs here: the words of that sheet. The headings themselves are data of exchange.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from creditbank.domain.enrolments import StudyMode

STUDY_MODES = {"全日制": StudyMode.FULL_TIME, "非全日制": StudyMode.PART_TIME}
SEXES = {"男": "1", "女": "2"}
_NUMERALS = "零一二三四五六七八九"
MODE_NAMES = {mode: name for name, mode in STUDY_MODES.items()}
SEX_NAMES = {code: name for name, code in SEXES.items()}


@dataclass(frozen=True, slots=True)
class SheetVersion:
    """The headings of one year in their order. fields: what creditbank keeps itself, by heading.

    lists: the words that a column takes; is_order_known: whether the order is the system's own.
    identity_card: the word for the one kind of number that creditbank keeps as a person's.
    """

    version: str
    sheet: str
    headings: tuple[str, ...]
    fields: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    identity_card: str
    day_format: str
    month_format: str
    is_order_known: bool

    @property
    def heading_of(self) -> Mapping[str, str]:
        """The heading of each field."""
        return {field: heading for heading, field in self.fields.items()}

    def month(self, text: str) -> date | None:
        """The first day of a month as written in the sheet, or in one of the usual ways."""
        digits = "".join(sign for sign in text if sign.isdigit())
        for shape in ("%Y%m", "%Y%m%d"):
            try:
                return datetime.strptime(digits, shape).date().replace(day=1)  # noqa: DTZ007 (a month)
            except ValueError:
                continue
        return None


def years_text(years: int) -> str:
    """Such as 三年制."""
    return f"{_NUMERALS[years]}年制"
