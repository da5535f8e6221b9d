"""转段测试成绩 from a file: every cell checked, all of it recorded or none of it.

When to use: after creditbank.exchange has read the file. A file whose scores stand already changes
nothing, whatever its name and whoever uploads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.agreement_terms import ScoreKind
from creditbank.domain.calendar import local_date
from creditbank.domain.credits import units_from_text
from creditbank.domain.errors import InvalidInputError, Message, NotFoundError, Problem
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import ListedRow, ListedTable, problem_at
from creditbank.services.advance_commands import LINES_MAX, RecordScores, ScoreLine, TakenSteps
from creditbank.services.advance_scores import record_scores
from creditbank.services.advance_steps import may
from creditbank.store.advance_standings import open_book
from creditbank.store.advances import Seat
from creditbank.store.unit_of_work import UnitOfWork

_PROBLEMS_KEPT = 500
_POINTS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?", re.ASCII)
_KINDS = frozenset(kind.value for kind in ScoreKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFile:
    """A table as it was read. file_hash: SHA-256 hex of the file's bytes."""

    agreement_id: int
    file_hash: str
    table: ListedTable


def import_scores(
    uow: UnitOfWork, actor: Actor, command: ScoreFile, *, idempotency_key: str, now: datetime
) -> TakenSteps:
    """Record the scores of a file; replayed where they stand already.

    Raises ForbiddenError, NotFoundError, BusyError, or InvalidInputError with each cell that is
    wrong by row and column; then nothing was recorded.
    """
    decide(actor, Action.SCORE_ADVANCE)
    book = open_book(uow.connection, command.agreement_id, today=local_date(now))
    members = [
        item.seat
        for item in (book.known() if book else [])
        if may(actor, Action.SCORE_ADVANCE, item)
    ]
    if not members:
        raise NotFoundError
    table = command.table
    problems = [*table.problems, *_row_problems(table, members)]
    if problems:
        ordered = sorted(problems, key=lambda problem: problem.row or 0)
        raise InvalidInputError(_SEVERAL, problems=tuple(ordered[:_PROBLEMS_KEPT]))
    by_number = {seat.row["student_no"]: seat for seat in members}
    scores = RecordScores(
        agreement_id=command.agreement_id,
        source_hash=command.file_hash,
        lines=tuple(
            ScoreLine(
                enrolment_id=by_number[row.cells["student_no"]].enrolment_id,
                scores=_scores(row),
                row=row.row,
            )
            for row in table.rows
        ),
    )
    return record_scores(uow, actor, scores, idempotency_key=idempotency_key, now=now)


def _scores(row: ListedRow) -> Mapping[ScoreKind, int]:
    return {
        ScoreKind(field): units_from_text(text)
        for field, text in row.cells.items()
        if field in _KINDS and text
    }


def _row_problems(table: ListedTable, members: list[Seat]) -> Iterator[Problem]:
    by_number = {seat.row["student_no"]: seat for seat in members}
    seen: set[str] = set()
    if len(table.rows) > LINES_MAX:
        message = Message(
            f"一次最多{LINES_MAX}行,请分开上传。", f"At most {LINES_MAX} rows at once."
        )
        yield Problem("too_many_rows", message, field="file")
        return
    if not _KINDS & set(table.columns):
        yield Problem("no_score_column", _NO_COLUMN, field="file")
    for row in table.rows:
        number = row.cells["student_no"]
        seat = by_number.get(number)
        if seat is None:
            yield _at(table, row, "student_no", "not_a_member", _NOT_A_MEMBER)
        elif seat.row["name"] != row.cells["name"]:
            yield _at(table, row, "name", "other_name", _OTHER_NAME)
        if number in seen:
            yield _at(table, row, "student_no", "twice", _TWICE)
        seen.add(number)
        for field, text in row.cells.items():
            if field in _KINDS and text and not _POINTS.fullmatch(text):
                yield _at(table, row, field, "not_points", _NOT_POINTS)


def _at(table: ListedTable, row: ListedRow, field: str, code: str, message: Message) -> Problem:
    return problem_at(code, message, row=row.row, column=table.columns[field])


_SEVERAL = Message(
    "成绩表有问题,没有登记任何成绩;请按所列修改后重新上传。",
    "The table has faults and nothing was recorded; mend them and upload it again.",
)
_NO_COLUMN = Message(
    "表中没有成绩列(课程平均、文化基础、专业基础知识、专业基本技能、综合素质)。",
    "There is no column of scores.",
)
_NOT_A_MEMBER = Message(
    "该学号不在这个协议的名单中。", "Nobody of this agreement has this student number."
)
_OTHER_NAME = Message("姓名与学号不符。", "The name is not that of the student number.")
_TWICE = Message("该学号在表中出现了两次。", "The student number stands in the table twice.")
_NOT_POINTS = Message(
    "应为0至999.99的分数,最多两位小数。", "This is points with at most two decimals."
)
