"""Putting lines of the recognition table in force from a day on: by the county, all or none.

A line is never edited: a later one of its code replaces it. Lines that stand as they are given are
left alone, so that the whole table can be sent back with a few lines changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import InvalidInputError, Message, Problem
from creditbank.domain.permissions import Action
from creditbank.domain.recognition_cells import line_of
from creditbank.domain.recognition_rules import (
    LINES_MAX,
    REASON_MAX,
    RecognitionRule,
    in_force,
    line_problems,
)
from creditbank.domain.sheets import ListedTable, column_letters, problem_at
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.recognition_rules import insert_rules, known_rules
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecognitionRules:
    """Put lines in force. reason: a word on it, may be empty."""

    lines: tuple[RecognitionRule, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RecognitionChanged:
    """changed: codes of the lines put in force; unchanged: how many stood as they were given."""

    changed: tuple[str, ...]
    unchanged: int
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class RecognitionPreview:
    """What a table would change. problems: if there are any, none of it can be put in force.

    changed: codes; unchanged: lines that stand as given; unnamed: lines in force that the table
    does not hold, which stand on.
    """

    table: ListedTable
    problems: tuple[Problem, ...]
    changed: tuple[str, ...]
    unchanged: int
    unnamed: int


def change_recognition_rules(
    uow: UnitOfWork,
    actor: Actor,
    command: ChangeRecognitionRules,
    *,
    idempotency_key: str,
    now: datetime,
) -> RecognitionChanged:
    """Keep the lines that are new or other than what stands; all of them or none.

    Raises ForbiddenError, or InvalidInputError whose problems name line (row, from 1) and field.
    """
    decide(actor, Action.CHANGE_RECOGNITION_RULES)
    hashed = request_hash(command)
    answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
    if answer is not None:
        return RecognitionChanged(tuple(answer["changed"]), answer["unchanged"], replayed=True)
    known, today = known_rules(uow.connection), local_date(now)
    reason = command.reason.strip()
    problems = list(_problems(known, command.lines, today))
    if len(reason) > REASON_MAX:
        problems.append(Problem("reason_too_long", _REASON, field="reason"))
    if problems:
        raise InvalidInputError(_refusal(len(problems)), problems=tuple(problems))
    lines = [line for line in command.lines if not _stands(known, line, today)]
    insert_rules(uow.connection, lines, reason=reason, decided_by=actor.account_id, now=now)
    changed = RecognitionChanged(
        tuple(line.code for line in lines), len(command.lines) - len(lines)
    )
    kept = {"changed": list(changed.changed), "unchanged": changed.unchanged}
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, kept, now)
    return changed


def preview_recognition_table(
    uow: UnitOfWork, actor: Actor, table: ListedTable, *, now: datetime
) -> RecognitionPreview:
    """What a table as read would change, with every fault by its cell. Raises ForbiddenError."""
    decide(actor, Action.CHANGE_RECOGNITION_RULES)
    known, today = known_rules(uow.connection), local_date(now)
    lines, problems = _read(table)
    rows = [row.row for row in table.rows]
    if len(lines) == len(rows):
        problems += [
            _placed(problem, table, rows[(problem.row or 1) - 1])
            for problem in _problems(known, lines, today)
        ]
    named = {line.code for line in lines}
    speaking = {line.code for line in known if _stands(known, line, today)}
    stand = [line for line in lines if _stands(known, line, today)]
    return RecognitionPreview(
        table=table,
        problems=tuple(sorted(problems, key=lambda problem: problem.row or 0)),
        changed=tuple(line.code for line in lines if line not in stand),
        unchanged=len(stand),
        unnamed=len(speaking - named),
    )


def import_recognition_table(
    uow: UnitOfWork,
    actor: Actor,
    table: ListedTable,
    *,
    reason: str,
    idempotency_key: str,
    now: datetime,
) -> RecognitionChanged:
    """Put a previewed table in force, all or none.

    Raises ForbiddenError, or InvalidInputError whose problems name the cells.
    """
    lines, problems = _read(table)
    if problems:
        raise InvalidInputError(_refusal(len(problems)), problems=tuple(problems))
    try:
        return change_recognition_rules(
            uow,
            actor,
            ChangeRecognitionRules(lines=tuple(lines), reason=reason),
            idempotency_key=idempotency_key,
            now=now,
        )
    except InvalidInputError as error:
        placed = tuple(
            problem if problem.row is None else _placed(problem, table, _row(table, problem))
            for problem in error.problems
        )
        raise InvalidInputError(error.message, problems=placed) from error


def _read(table: ListedTable) -> tuple[list[RecognitionRule], list[Problem]]:
    """The lines that can be read, and what cannot."""
    lines, problems = [], list(table.problems)
    for row in table.rows:
        line, found = line_of(row.cells)
        problems += [_placed(problem, table, row.row) for problem in found]
        lines += [] if line is None else [line]
    return lines, problems


def _row(table: ListedTable, problem: Problem) -> int:
    return table.rows[(problem.row or 1) - 1].row


def _placed(problem: Problem, table: ListedTable, row: int) -> Problem:
    """A problem of a line as one of its cell; a column that is missing is told at the code's."""
    columns = table.columns
    column = columns.get(problem.field) or columns.get("code") or column_letters(1)
    return problem_at(problem.code, problem.message, row=row, column=column)


def _problems(
    known: Sequence[RecognitionRule], lines: Sequence[RecognitionRule], today: date
) -> Iterator[Problem]:
    """What keeps these lines from being put in force; row: which of them, from 1."""
    if not 1 <= len(lines) <= LINES_MAX:
        yield Problem("row_count", _COUNT)
        return
    directions = {line.code: line.into for line in known}
    seen: set[str] = set()
    for row, line in enumerate(lines, start=1):
        for problem in line_problems(line):
            yield replace(problem, row=row)
        if directions.get(line.code, line.into) is not line.into:
            yield Problem("direction_fixed", _DIRECTION, field="into", row=row)
        if line.code in seen:
            yield Problem("code_twice", _TWICE, field="code", row=row)
        if line.valid_from < today and not _stands(known, line, today):
            yield Problem("day_past", _PAST, field="valid_from", row=row)
        seen.add(line.code)


def _stands(known: Sequence[RecognitionRule], line: RecognitionRule, today: date) -> bool:
    """Whether just this line speaks on its first day, or today where that is later."""
    return line in in_force(known, into=line.into, as_of=max(line.valid_from, today))


def _refusal(count: int) -> Message:
    return Message(
        f"共有{count}处问题,对照表没有改变;请修改后重新提交。",
        f"{count} problems; the table is as it was. Mend them and send it again.",
    )


_COUNT = Message(f"一次可提交1至{LINES_MAX}条。", f"From 1 to {LINES_MAX} lines at once.")
_REASON = Message(f"说明不超过{REASON_MAX}字。", f"A reason has at most {REASON_MAX} characters.")
_DIRECTION = Message(
    "这个编号已用于另一方向,请换一个编号。",
    "This code is a line of the other direction; use another code.",
)
_TWICE = Message("编号重复。", "This code comes twice.")
_PAST = Message(
    "生效日期不能早于今天;已生效的对照关系不能追溯修改。",
    "A line begins today or later; what was in force is not changed afterwards.",
)
