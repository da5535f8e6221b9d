"""Announcing the pass line of an examination: by the county, for everybody of a year and level.

A row is never changed: of one score the row announced last speaks, for the correction of a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.agreement_terms import (
    ANNOUNCED_SCORES,
    FULL_MARKS_MAX,
    ScoreKind,
)
from creditbank.domain.agreements import EducationLevel
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import InvalidInputError, Message, Problem
from creditbank.domain.pass_lines import PassLine
from creditbank.domain.permissions import Action
from creditbank.services.advance_calendar import announcement_problems, refuse_other_section
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.pass_lines import insert_pass_line, pass_lines_of
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncePassLine:
    """Put a line in force. points, full_marks: hundredths. reason: needed to correct a line."""

    finishing_year: int
    post_level: EducationLevel
    score: ScoreKind
    points: int
    full_marks: int
    announced_on: date
    document_no: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PassLineAnnounced:
    """The line that stands now, in hundredths."""

    points: int
    replayed: bool = False


def announce_pass_line(
    uow: UnitOfWork,
    actor: Actor,
    command: AnnouncePassLine,
    *,
    idempotency_key: str,
    now: datetime,
) -> PassLineAnnounced:
    """Announce one line. Raises ForbiddenError, or InvalidInputError with each wrong field."""
    decide(actor, Action.ANNOUNCE_ADVANCE_CALENDAR)
    refuse_other_section(actor)
    hashed = request_hash(command)
    answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
    if answer is not None:
        return PassLineAnnounced(**answer, replayed=True)
    standing = pass_lines_of(uow.connection, command.finishing_year, command.post_level)
    problems = tuple(_problems(command, local_date(now), is_correction=command.score in standing))
    if problems:
        raise InvalidInputError(problems[0].message, problems=problems)
    line = PassLine(
        finishing_year=command.finishing_year,
        post_level=command.post_level,
        score=command.score,
        points=command.points,
        full_marks=command.full_marks,
        document_no=command.document_no.strip(),
        announced_on=command.announced_on,
    )
    insert_pass_line(
        uow.connection, line, reason=command.reason.strip(), decided_by=actor.account_id, now=now
    )
    kept = {"points": line.points}
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, kept, now)
    return PassLineAnnounced(line.points)


def _problems(command: AnnouncePassLine, today: date, *, is_correction: bool) -> Iterator[Problem]:
    yield from announcement_problems(
        command.finishing_year, command.post_level, command.document_no, command.reason
    )
    if is_correction and not command.reason.strip():
        yield Problem("reason_missing", _REASON_MISSING, field="reason")
    if command.score not in ANNOUNCED_SCORES:
        yield Problem("score", _SCORE, field="score")
    if not 0 < command.full_marks <= FULL_MARKS_MAX:
        yield Problem("full_marks", _FULL_MARKS, field="full_marks")
    elif not 0 < command.points <= command.full_marks:
        yield Problem("points", _POINTS, field="points")
    if not date(command.finishing_year - 1, 1, 1) <= command.announced_on <= today:
        yield Problem("announced_on", _ANNOUNCED_ON, field="announced_on")


_REASON_MISSING = Message(
    "这条合格线已经公布,更正须写明理由。",
    "This line is announced already: say why it is corrected.",
)
_SCORE = Message(
    "只有文化基础考试和专业基础知识测试有公布的合格线,请改选。",
    "Only the culture examination and the knowledge test have an announced line; choose one.",
)
_FULL_MARKS = Message(
    f"满分应大于0,不超过{FULL_MARKS_MAX // 100}。",
    f"Full marks are above 0 and at most {FULL_MARKS_MAX // 100}.",
)
_POINTS = Message("合格线应大于0,不高于满分。", "The line is above 0 and not above full marks.")
_ANNOUNCED_ON = Message(
    "公布日期应在毕业前一年1月1日到今天之间。",
    "The day of the announcement lies between 1 January of the year before and today.",
)
