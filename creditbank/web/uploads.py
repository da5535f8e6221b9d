"""What the preview pages of all uploads share: columns to be asked about, cells to be mended.

What belongs here: views and the reading of their forms. Each kind has its own addresses, so that
each declares its own action.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import request

from creditbank.domain.columns import IGNORED, Column, course_meaning
from creditbank.domain.errors import Message, Problem
from creditbank.domain.labels import AWARD_LEVELS, AWARD_RANKS, INNOVATION_CATEGORIES
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import ParsedSheet
from creditbank.domain.uploads import EDITS_MAX
from creditbank.exchange.filled_columns import NAMES, NUMBERS, fill_column
from creditbank.exchange.uploads import (
    OpenUpload,
    answer_columns,
    mend_cells,
    skipped_rows,
    suggestions,
)
from creditbank.queries.classes import school_classes
from creditbank.services.uploads import COLUMNS_UNCLEAR, course_text
from creditbank.store.grade_imports import COMPETITION, GRADES, INNOVATION, TaughtCourse
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.forms import Form
from creditbank.web.languages import gettext as _
from creditbank.web.languages import ngettext
from creditbank.web.pages import class_text, moment
from creditbank.web.visits import actor, may, now, unit_of_work

SEE_OTHER = 303
_CELL, _COLUMN, _FILL = "cell.", "column.", "fill."
_WORDS: Mapping[str, Mapping[Any, tuple[str, ...]]] = {
    "类别": INNOVATION_CATEGORIES,
    "级别": AWARD_LEVELS,
    "等级": AWARD_RANKS,
}
"""Columns that hold one of few words, where a whole list may say the same."""
_OF_ENROLLED = frozenset({GRADES, COMPETITION, INNOVATION})
"""Kinds whose rows are about learners that the school has already."""
_NEVER_ONE = frozenset({"mark", "course", "name", "姓名"})
_MENDED_SHOWN = 200
_FAULTS_SHOWN = 20
_TABLE_CELLS = 2
"""Two rows of two cells are a table; a line of explanation is none."""
_TEXT_MAX = 200
_CHOSEN = ("term", "exam_kind")
_PLACE = re.compile(
    r"(?:第\d+行 [A-Z]+列|Row \d+, column [A-Z]+|(?P<area>[A-Z]+\d+(?::[A-Z]+\d+)?))"
    r"(?: ?\((?P<heading>.+?)\))?: ?"
)
"""What problems of files begin with: 第12行 E列(数学 GG03), G10, A25:J25."""


@dataclass(frozen=True, slots=True)
class Question:
    """A column that nobody knows, what stands in it, and what it may well be."""

    name: str
    letters: str
    heading: str
    samples: tuple[str, ...]
    suggested: str


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """A problem, and its cell where that can be mended here. name: of the field in the form.

    place: such as F102, which the message does not say again.
    """

    place: str
    message: Message
    name: str = ""
    text: str = ""
    suggested: str = ""


@dataclass(frozen=True, slots=True)
class MendedCell:
    """A cell that says something else than the file."""

    cell: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Fill:
    """A column that is missing and can be filled in whole. words: those that it takes, if few.

    by_name: of student numbers, which are found by the names of a class.
    """

    name: str
    heading: str
    words: tuple[str, ...]
    by_name: bool


@dataclass(frozen=True, slots=True)
class UploadView:
    """What can be answered and mended. groups: (name, choices) of what a column may be.

    asks_term: of which term and kind of exam a grade sheet is, to be chosen here; chosen: so far.
    """

    questions: tuple[Question, ...]
    missing: tuple[str, ...]
    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    lines: tuple[ProblemLine, ...]
    mended: tuple[MendedCell, ...]
    first_name: str
    """The cell whose field or suggestion the keyboard goes on with; "" for none."""
    fills: tuple[Fill, ...] = ()
    asks_term: bool = False
    lacks_term: bool = False
    hidden: tuple[int, ...] = ()
    unread: tuple[str, ...] = ()
    chosen: Mapping[str, object] = field(default_factory=dict)

    @property
    def chosen_values(self) -> dict[str, str]:
        """What was chosen, as a form takes it."""
        return {name: str(said) for name, said in self.chosen.items()}

    @property
    def suggested(self) -> tuple[ProblemLine, ...]:
        """Lines with a suggestion."""
        return tuple(line for line in self.lines if line.suggested)

    @property
    def all_text(self) -> str:
        """What the button says that takes all suggestions."""
        count = len(self.suggested)
        return ngettext("按建议改正全部 %(num)s 处", "按建议改正全部 %(num)s 处", count)

    @property
    def hidden_text(self) -> str:
        """Which rows are read that the file does not show; "" for none."""
        listed = _("、").join(map(str, self.hidden[:_MENDED_SHOWN]))
        return (
            _("第 %(rows)s 行在文件中是隐藏的，也读取了，请核对。", rows=listed) if listed else ""
        )

    @property
    def unread_text(self) -> str:
        """Which sheets are not read; "" where all are, or hold no table."""
        listed = _("、").join(self.unread)
        text = _("工作表 %(names)s 不是这种表格，没有读取。", names=listed)
        return text if listed else ""

    @property
    def is_asking(self) -> bool:
        """Whether columns have to be answered before anything else."""
        return bool(self.questions or self.missing or self.asks_term)

    @property
    def mended_text(self) -> str:
        """How many cells say something else than the file."""
        count = len(self.mended)
        return ngettext("已改 %(num)s 个单元格", "已改 %(num)s 个单元格", count)


def upload_view(opened: OpenUpload | None, problems: Sequence[Problem]) -> UploadView:
    """What of an upload can be answered and mended; of a posted one nothing."""
    if opened is None:
        return UploadView((), (), (), _plain(problems), (), "")
    lines = _lines(opened, problems)
    asks_term = opened.lacks_term or any(
        problem.row is None and problem.field in _CHOSEN for problem in problems
    )
    # Which courses are meant is known once the term is; until then nothing else is asked.
    is_first = asks_term and opened.lacks_term
    return UploadView(
        questions=() if is_first else tuple(_question(opened, item) for item in _asked(opened)),
        missing=() if is_first else tuple(_missing(opened)),
        fills=() if is_first else tuple(_fills(opened)),
        groups=_groups(opened),
        lines=lines,
        mended=tuple(
            MendedCell(
                edit.cell, f"{_CELL}{edit.row}.{_letters(edit.cell)}", edit.before, edit.after
            )
            for edit in opened.upload.edits_of(opened.table.sheet)[:_MENDED_SHOWN]
        ),
        first_name=next((line.name for line in lines if line.name), ""),
        asks_term=asks_term,
        lacks_term=is_first,
        hidden=opened.table.hidden_rows,
        unread=tuple(sheet.name for sheet in opened.upload.sheets if _is_unread(opened, sheet)),
        chosen=opened.upload.chosen,
    )


def mend_upload(kind: str, import_id: object) -> None:
    """Put the sent texts into their cells. Raises NotFoundError, InvalidInputError."""
    cells = {}
    for name, text in list(request.form.items())[:EDITS_MAX]:
        row, _, letters = name.removeprefix(_CELL).partition(".")
        if name.startswith(_CELL) and row.isascii() and row.isdigit():
            cells[int(row), letters] = text[:_TEXT_MAX]
    with unit_of_work() as uow:
        mend_cells(uow, actor(), kind, str(import_id), cells, now=now())


def answer_upload(kind: str, import_id: object) -> None:
    """Take what was said of the columns. Raises NotFoundError, InvalidInputError."""
    said = {
        name.removeprefix(_COLUMN): meaning
        for name, meaning in request.form.items()
        if name.startswith(_COLUMN) and meaning
    }
    filled = {
        name.removeprefix(_FILL): text[:_TEXT_MAX].strip()
        for name, text in request.form.items()
        if name.startswith(_FILL)
    }
    with unit_of_work() as uow:
        for name, text in filled.items():
            fill_column(uow, actor(), kind, str(import_id), name, text, now=now())
        if said or not filled:
            answer_columns(uow, actor(), kind, str(import_id), said, now=now())


def skipped_text(opened: OpenUpload | None) -> str:
    """Which rows below the learners are left out; "" for none."""
    rows = skipped_rows(opened) if opened is not None else ()
    listed = _("、").join(map(str, rows[:_MENDED_SHOWN]))
    return _("第 %(rows)s 行是汇总或说明，不是学生，没有读取。", rows=listed) if rows else ""


def class_choices(uow: UnitOfWork, view: UploadView) -> list[tuple[str, str]]:
    """The classes whose learners the names of a file may be of, where that is asked."""
    if not any(item.by_name for item in view.fills) or not may(Action.IMPORT_GRADES):
        return []
    return [
        (f"{item.entry_year}/{item.class_name}", class_text(item.class_name, item.learner_count))
        for item in school_classes(uow, actor())
    ]


def reversal_form() -> Form:
    """The form that takes a posted file back."""
    return Form.sent("reversal", {"reason": request.form.get("reason", "")})


def reversal_parts(
    url: str,
    form: Form | None,
    posted_at: datetime | None,
    reversed_at: datetime | None,
) -> dict[str, object]:
    """What the page says of taking back: the form, or when it was done."""
    shown = form or Form(kind="reversal", fields=frozenset({"reason"}))
    can = posted_at is not None and reversed_at is None and may(Action.REVERSE_ENTRY)
    return {
        "reversal": shown if can else None,
        "reversal_texts": shown.general_faults[:_FAULTS_SHOWN],
        "reversal_url": url,
        "reversed_text": _("已于 %(moment)s 整批冲销", moment=moment(reversed_at))
        if reversed_at
        else "",
    }


def _asked(opened: OpenUpload) -> tuple[Column, ...]:
    """The unknown columns; where more is missing than they can be, those that are not read too."""
    table = opened.table
    if len(table.unknown) >= len(table.missing):
        return table.unknown
    asked = tuple(column for column in table.columns if column.meaning in {"", IGNORED})
    return asked or table.columns


def _question(opened: OpenUpload, column: Column) -> Question:
    return Question(
        name=f"{_COLUMN}{column.letters}",
        letters=column.letters,
        heading=column.heading,
        samples=opened.table.samples(column),
        suggested=column.meaning or column.suggested,
    )


def _missing(opened: OpenUpload) -> list[str]:
    return [_("或").join(opened.fields[field] for field in group) for group in opened.table.missing]


def _is_unread(opened: OpenUpload, sheet: ParsedSheet) -> bool:
    """Whether a sheet holds a table, of whatever, and is not the one that is read."""
    tabled = sum(sum(map(bool, row)) >= _TABLE_CELLS for row in sheet.rows)
    return sheet.name != opened.table.sheet.name and tabled >= _TABLE_CELLS


def _fills(opened: OpenUpload) -> Iterator[Fill]:
    if not any(name in opened.table.places for name in NAMES):
        return
    for group in opened.table.missing:
        by_name = group[0] in NUMBERS and opened.item.kind in _OF_ENROLLED
        if by_name or group[0] not in NUMBERS | _NEVER_ONE:
            yield Fill(
                name=f"{_FILL}{group[0]}",
                heading=opened.fields[group[0]],
                words=tuple(names[0] for names in _WORDS.get(group[0], {}).values() if names[0]),
                by_name=by_name,
            )


def _groups(opened: OpenUpload) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    taken = set(opened.table.places)
    fields = tuple(
        (field, heading) for field, heading in opened.fields.items() if field not in taken
    )
    known = opened.courses
    likely = known.likely if known and known.planned else ()
    others = tuple(course for course in known.courses if course not in likely) if known else ()
    found = (
        (_("本学期的课程"), _courses(likely)),
        (_("项目"), fields),
        (_("课程"), _courses(others)),
    )
    return tuple(group for group in found if group[1])


def _courses(courses: Sequence[TaughtCourse]) -> tuple[tuple[str, str], ...]:
    return tuple((course_meaning(course_text(course)), course_text(course)) for course in courses)


def _plain(problems: Sequence[Problem]) -> tuple[ProblemLine, ...]:
    return tuple(map(_line, problems))


def _line(problem: Problem) -> ProblemLine:
    """A problem with its place before it; of that the message keeps what the column is called."""
    if problem.row is None:
        return ProblemLine("", problem.message)
    said = _PLACE.match(problem.message.zh)
    area = said["area"] if said else None
    message = Message(
        _behind_place(problem.message.zh, "："), _behind_place(problem.message.en, ": ")
    )
    return ProblemLine(area or f"{problem.field}{problem.row}", message)


def _behind_place(text: str, colon: str) -> str:
    said = _PLACE.match(text)
    if said is None:
        return text
    heading = f"{said['heading']}{colon}" if said["heading"] else ""
    return heading + text[said.end() :]


def _lines(opened: OpenUpload, problems: Sequence[Problem]) -> tuple[ProblemLine, ...]:
    """The problems; a cell with several is mended at the first of them."""
    found = tuple(problem for problem in problems if problem.code != COLUMNS_UNCLEAR.code)
    mends = suggestions(opened, found)
    seen: set[tuple[int, str]] = set()
    lines = []
    for problem, plain in zip(found, _plain(found), strict=True):
        place = (problem.row or 0, problem.field)
        is_row = 0 < place[0] <= len(opened.table.sheet.rows)
        is_cell = is_row and problem.field.isupper() and problem.code != "merged"
        if not is_cell or place in seen:
            lines.append(plain)
            continue
        seen.add(place)
        lines.append(
            ProblemLine(
                plain.place,
                plain.message,
                name=f"{_CELL}{problem.row}.{problem.field}",
                text=opened.text(*place),
                suggested=mends.get(place, ""),
            )
        )
    return tuple(lines)


def _letters(cell: str) -> str:
    return cell.rstrip("0123456789")
