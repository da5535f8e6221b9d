"""Where cells are after rows were repeated: what refers to them, in areas and in formulas."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

_CELL = r"\$?[A-Z]{1,3}\$?\d{1,7}"
_AT = re.compile(r"(\$?[A-Z]{0,3}\$?)(\d{1,7})")
# A text in a formula, or a reference, whose sheet may be said before it. What has a letter, a point
# or a bracket beside it is part of a name or a function.
_IN_FORMULA = re.compile(
    rf"""("(?:[^"]|"")*")|(?<![\w.$!'])((?:'(?:[^']|'')+'|[^\W\d][\w.]*)!)?"""
    rf"""({_CELL}(?::{_CELL})?|\$?\d{{1,7}}:\$?\d{{1,7}})(?![\w.(!])"""
)


@dataclass(frozen=True, slots=True)
class RowMoves:
    """Of one sheet: (row, how many more it became), by row."""

    added: tuple[tuple[int, int], ...] = ()

    def row(self, number: int, *, is_end: bool = False) -> int:
        """Where a row is now; is_end: the last one of what it became."""
        return number + sum(
            more for at, more in self.added if number > at or (is_end and number == at)
        )

    def area(self, written: str, *, grows: bool = True) -> str:
        """An area such as A3:C3 or $3:$4. grows: one cell becomes all that its row became."""
        first, _colon, last = written.partition(":")
        if not last and not grows:
            return _at(first, self.row)
        ends = _at(first, self.row), _at(last or first, partial(self.row, is_end=True))
        return ends[0] if not last and ends[0] == ends[1] else ":".join(ends)

    def areas(self, written: str) -> str:
        """Several areas with spaces between them."""
        return " ".join(map(self.area, written.split()))

    def became(self, number: int) -> int:
        """How many rows a row is now."""
        return 1 + sum(more for at, more in self.added if at == number)


@dataclass(frozen=True, slots=True)
class Formulas:
    """Formulas after rows were repeated. moves: by the name of the sheet."""

    moves: Mapping[str, RowMoves]

    def moved(
        self, formula: str, sheet: str, *, grows: bool = False, here: tuple[int, int] | None = None
    ) -> str:
        """A formula of a sheet. here: (row, where this copy of it is) of a row that is repeated."""

        def reference(match: re.Match[str]) -> str:
            if match[1]:
                return match[1]
            said, cells = match[2] or "", match[3]
            named = said[:-1].strip("'").replace("''", "'") if said else sheet
            if here is not None and named == sheet and _rows(cells) == {here[0]}:
                return said + _AT.sub(lambda at: f"{at[1]}{here[1]}", cells)
            return said + self.moves.get(named, RowMoves()).area(cells, grows=grows)

        return _IN_FORMULA.sub(reference, formula)


def _rows(cells: str) -> set[int]:
    return {int(match[2]) for match in _AT.finditer(cells)}


def _at(end: str, row: Callable[[int], int]) -> str:
    return _AT.sub(lambda match: f"{match[1]}{row(int(match[2]))}", end)
