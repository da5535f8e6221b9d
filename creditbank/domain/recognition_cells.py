"""A line of the recognition table as the cells of a table or a form: written, and read again.

What is written is read as the same line. Faults are named by field; where the cell stands is known
to whoever has read the table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from creditbank.domain.courses import CourseNature
from creditbank.domain.credits import credits_text, units_from_text
from creditbank.domain.errors import Message, Problem
from creditbank.domain.labels import DIRECTIONS, ELECTIVES, RELATIONS, code_of, written_names
from creditbank.domain.recognition_rules import RATIO_WHOLE, SEPARATOR, RecognitionRule
from creditbank.domain.sheets import clean_text, day_of

COLUMNS: Mapping[str, str] = {
    "code": "编号",
    "into": "转入",
    "relation": "关系",
    "sources": "原校课程",
    "targets": "转入校课程",
    "target_nature": "计入选修",
    "ratio_percent": "折算比例(%)",
    "units_max": "学分上限",
    "needs_test": "须考核",
    "document_no": "文号",
    "valid_from": "生效日期",
    "valid_until": "失效日期",
}
"""Field and heading of each cell, in their order."""
_TESTED = {"是": True, "否": False, "": False}
_SEPARATORS = re.compile(r"[、,;\n]")
_WHOLE = re.compile(r"([0-9]{1,3})(?:\.0)?%?")

_Code = TypeVar("_Code", bound=StrEnum)


def cells_of(rule: RecognitionRule) -> dict[str, str]:
    """The cells of a line, "" where it says nothing."""
    nature, until = rule.target_nature, rule.valid_until
    return {
        "code": rule.code,
        "into": DIRECTIONS[rule.into][0],
        "relation": RELATIONS[rule.relation][0],
        "sources": SEPARATOR.join(rule.sources),
        "targets": SEPARATOR.join(rule.targets),
        "target_nature": "" if nature is None else ELECTIVES[nature][0],
        "ratio_percent": str(rule.ratio_percent),
        "units_max": "" if rule.units_max is None else credits_text(rule.units_max),
        "needs_test": "是" if rule.needs_test else "否",
        "document_no": rule.document_no,
        "valid_from": rule.valid_from.isoformat(),
        "valid_until": "" if until is None else until.isoformat(),
    }


def line_of(cells: Mapping[str, str]) -> tuple[RecognitionRule | None, tuple[Problem, ...]]:
    """The line that cells describe, or None and what cannot be read of it.

    Whether it can stand is not asked here: that is recognition_rules.line_problems.
    """
    reading = _Reading(cells)
    rule = RecognitionRule(
        code=reading.text("code"),
        into=reading.code("into", DIRECTIONS),
        relation=reading.code("relation", RELATIONS),
        sources=reading.names("sources"),
        targets=reading.names("targets"),
        target_nature=reading.nature(),
        ratio_percent=reading.ratio(),
        units_max=reading.units(),
        needs_test=reading.tested(),
        document_no=reading.text("document_no"),
        valid_from=reading.day("valid_from"),
        valid_until=reading.day("valid_until") if reading.text("valid_until") else None,
    )
    problems = tuple(reading.problems)
    return (None if problems else rule), problems


class _Reading:
    """One line; a cell that cannot be read is noted and stood in for."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self._cells = {field: clean_text(text) for field, text in cells.items()}
        self.problems: list[Problem] = []

    def text(self, field: str) -> str:
        return self._cells.get(field, "")

    def names(self, field: str) -> tuple[str, ...]:
        parts = (part.strip() for part in _SEPARATORS.split(self.text(field)))
        return tuple(part for part in parts if part)

    def code(self, field: str, labels: Mapping[_Code, tuple[str, ...]]) -> _Code:
        found = code_of(labels, self.text(field))
        if found is None:
            self._refuse(field, _one_of(written_names(labels)))
            return next(iter(labels))
        return found

    def nature(self) -> CourseNature | None:
        return self.code("target_nature", ELECTIVES) if self.text("target_nature") else None

    def ratio(self) -> int:
        written = self.text("ratio_percent")
        match = _WHOLE.fullmatch(written)
        if written and match is None:
            self._refuse("ratio_percent", _RATIO)
        return int(match[1]) if match else RATIO_WHOLE

    def units(self) -> int | None:
        written = self.text("units_max")
        try:
            return units_from_text(written) if written else None
        except ValueError:
            self._refuse("units_max", _UNITS)
            return None

    def tested(self) -> bool:
        written = self.text("needs_test")
        if written not in _TESTED:
            self._refuse("needs_test", _one_of("是、否"))
        return _TESTED.get(written, False)

    def day(self, field: str) -> date:
        found = day_of(self.text(field))
        if found is None:
            self._refuse(field, _DAY)
        return found or date.max

    def _refuse(self, field: str, message: Message) -> None:
        self.problems.append(Problem("field_invalid", message, field=field))


def _one_of(names: str) -> Message:
    return Message(f"应为以下之一:{names}。", f"This must be one of {names}.")


_RATIO = Message("折算比例应为整数,如 80。", "The ratio is a whole number, such as 80.")
_UNITS = Message(
    "请填学分数,至多两位小数,如 1.5。", "Credits with at most two decimals, such as 1.5."
)
_DAY = Message("日期无法识别,请写成 2026-09-01。", "Write the day such as 2026-09-01.")
