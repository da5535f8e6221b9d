"""A column that a file lacks, filled in beside it: one text in every row, or numbers by name.

When to use: where a column is needed and the school's list has none. What is filled in lies over
the file like any mended cell, so it is shown, and changed, like one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from creditbank.domain.access import Actor
from creditbank.domain.errors import NotFoundError
from creditbank.domain.sheets import column_letters
from creditbank.exchange.heading_words import heading_words, summary_words
from creditbank.exchange.uploads import OpenUpload, mend_cells, open_upload
from creditbank.services.named_learners import folded
from creditbank.services.uploads import school_of
from creditbank.store.sheet_learners import numbers_by_name
from creditbank.store.unit_of_work import UnitOfWork

NUMBERS = frozenset({"student_no", "学号"})
NAMES = ("name", "姓名")
_CLASS = re.compile(r"(\d{4})/(.{1,40})", re.DOTALL)


def fill_column(  # noqa: PLR0913 (which upload, which column, with what)
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    import_id: str,
    field: str,
    text: str,
    *,
    now: datetime,
) -> None:
    """Put a column behind the others; field: which one is missing.

    text: what stands in every row; of student numbers the class whose learners the names are
    of, such as 2025/25数控1班, or "" for the whole school. A name that several have is left to a
    person. Raises NotFoundError for what is not missing.
    """
    opened = open_upload(uow, actor, kind, import_id)
    if opened is None or field not in {name for group in opened.table.missing for name in group}:
        raise NotFoundError
    rows = _names(opened)
    filled = dict.fromkeys(rows, text)
    if field in NUMBERS:
        filled = _numbers(uow, school_of(actor, kind), rows, text)
    table = opened.table
    letters = column_letters(max(map(len, table.sheet.rows)) + 1)
    head = {(table.header_row, letters): heading_words(kind).heading_of(field)}
    cells = head | {(row, letters): said for row, said in filled.items()}
    mend_cells(uow, actor, kind, import_id, cells, now=now)


def _names(opened: OpenUpload) -> dict[int, str]:
    """Who stands in each row that names somebody; of a sum below them nobody."""
    table = opened.table
    at = next((table.places[name] for name in NAMES if name in table.places), 0)
    if not at:
        raise NotFoundError
    found = {}
    for row in range(table.first_row, len(table.sheet.rows) + 1):
        first = next((text for text in table.sheet.rows[row - 1] if text), "").replace(" ", "")
        name = table.sheet.text(row, at)
        if name and not first.startswith(summary_words()):
            found[row] = name
    return found


def _numbers(
    uow: UnitOfWork, institution_id: int, rows: Mapping[int, str], of_class: str
) -> dict[int, str]:
    """The number of each row's learner, where one learner and one row have the name."""
    match = _CLASS.fullmatch(of_class)
    if of_class and match is None:
        raise NotFoundError
    wanted = (int(match[1]), match[2]) if match else None
    known: dict[str, list[str]] = {}
    for name, numbers in numbers_by_name(uow.connection, institution_id, wanted).items():
        known.setdefault(folded(name), []).extend(numbers)
    written = Counter(map(folded, rows.values()))
    found = {}
    for row, name in rows.items():
        numbers = known.get(folded(name), [])
        if len(numbers) == 1 and written[folded(name)] == 1:
            found[row] = numbers[0]
    return found
