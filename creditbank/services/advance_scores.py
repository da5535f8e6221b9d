"""转段测试成绩: recorded by part, typed or from a file; 课程平均 is computed and not recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from creditbank.domain.access import Actor
from creditbank.domain.advances import MoveKind
from creditbank.domain.agreement_terms import AgreementTerms, ScoreKind
from creditbank.domain.errors import Message, Problem
from creditbank.domain.permissions import Action
from creditbank.services.advance_commands import RecordScores, ScoreLine, TakenSteps
from creditbank.services.advance_steps import (
    Desk,
    Step,
    at_desk,
    make_steps,
    refused_together,
)
from creditbank.store.advances import add_scores, has_score_file
from creditbank.store.unit_of_work import UnitOfWork


def record_scores(
    uow: UnitOfWork, actor: Actor, command: RecordScores, *, idempotency_key: str, now: datetime
) -> TakenSteps:
    """Record scores; a later row of a part replaces the earlier one until it is ranked.

    A file whose scores stand already changes nothing and is answered as replayed. Raises
    ForbiddenError, NotFoundError, BusyError, or InvalidInputError with each line's problem (a part
    that the terms do not count or that is computed, more than full marks, or what the stage says);
    then nothing was recorded.
    """

    def work(desk: Desk) -> TakenSteps:
        source = command.source_hash
        if source and has_score_file(uow.connection, command.agreement_id, source):
            return TakenSteps(replayed=True)
        problems = [
            problem
            for at, line in enumerate(command.lines, start=1)
            for problem in _score_problems(desk.book.terms, line, line.row or at)
        ]
        if problems:
            raise refused_together(problems)
        steps = [
            Step(enrolment_id=line.enrolment_id, kind=MoveKind.SCORE, row=line.row)
            for line in command.lines
        ]
        return make_steps(desk, steps, keeping)

    def keeping(desk: Desk, made: Sequence[tuple[Step, int]]) -> None:
        add_scores(
            uow.connection,
            [
                {
                    "advance_move_id": number,
                    "institution_id": desk.book.agreement.school_id,
                    "part": part.value,
                    "units": units,
                    "source_hash": command.source_hash,
                }
                for line, (_, number) in zip(command.lines, made, strict=True)
                for part, units in line.scores.items()
            ],
        )

    numbers = [line.enrolment_id for line in command.lines]
    return at_desk(
        uow, actor, Action.SCORE_ADVANCE, command, numbers, work,
        idempotency_key=idempotency_key, now=now,
    )  # fmt: skip


def _score_problems(terms: AgreementTerms, line: ScoreLine, row: int) -> Iterator[Problem]:
    entered = any(part.kind is not ScoreKind.COURSE_AVERAGE for part in terms.scores)
    if entered and not line.scores:
        yield Problem("no_scores", _NO_SCORES, field="scores", row=row)
    for kind, units in line.scores.items():
        part = terms.part(kind)
        if part is None:
            yield Problem("part_unknown", _PART_UNKNOWN, field=kind.value, row=row)
        elif kind is ScoreKind.COURSE_AVERAGE:
            yield Problem("part_computed", _PART_COMPUTED, field=kind.value, row=row)
        elif not 0 <= units <= part.full_marks:
            full = f"{part.full_marks / 100:g}"
            message = Message(f"应在0至{full}分之间。", f"This is from 0 to {full} points.")
            yield Problem("score_out_of_range", message, field=kind.value, row=row)


_NO_SCORES = Message("请至少填写一项成绩。", "Give at least one score.")
_PART_UNKNOWN = Message("协议不计这一项成绩。", "The agreement does not count this score.")
_PART_COMPUTED = Message(
    "课程平均由系统按课程成绩计算,不需填写;成绩有误请更正课程成绩。",
    "The course average is computed from the course marks and not entered; correct those instead.",
)
