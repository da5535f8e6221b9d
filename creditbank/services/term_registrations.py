"""A class is registered for a term: what can be recorded is, and whoever cannot is told why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from creditbank.domain.access import Actor, LearnerKey, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import (
    ForbiddenError,
    Message,
    NotFoundError,
    Problem,
    refused,
)
from creditbank.domain.permissions import Action
from creditbank.domain.term_registrations import NO_TERM, RegistrationState
from creditbank.services.grounds import REASON_MAX
from creditbank.services.waits import posting
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.policies import policy_for
from creditbank.store.term_registrations import TermSeat, add_registrations, hold_seats
from creditbank.store.terms import terms_by_code
from creditbank.store.unit_of_work import UnitOfWork

LINES_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TermLine:
    """One enrolment. reason: why it is not registered; on_leave: absent with leave."""

    enrolment_id: int
    state: RegistrationState
    reason: str = ""
    on_leave: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterTerm:
    """Register enrolments of the actor's school for a term, on a day."""

    term: Term
    day: date
    lines: tuple[TermLine, ...]


@dataclass(frozen=True, slots=True)
class RegisteredLine:
    """What became of one. state: as recorded, "" where problems say why nothing is."""

    enrolment_id: int
    learner_id: int
    state: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class RegisteredTerm:
    """Each line once, in their order. replayed: the same key had been answered before."""

    lines: tuple[RegisteredLine, ...]
    replayed: bool = False

    @classmethod
    def kept(cls, answer: Mapping[str, Any]) -> RegisteredTerm:
        """The answer that was kept under its key."""
        return cls(tuple(map(_kept_line, answer["lines"])), replayed=True)


def register_term(
    uow: UnitOfWork, actor: Actor, command: RegisterTerm, *, idempotency_key: str, now: datetime
) -> RegisteredTerm:
    """Record all lines that can be, in one transaction; a record that stands is not made again.

    Raises ForbiddenError, NotFoundError (an enrolment that is not the school's) or
    InvalidInputError (no lines, one twice, a term or a day that is none); then nothing is recorded.
    """
    decide(actor, Action.REGISTER_TERM)
    if actor.institution_id is None:
        raise ForbiddenError
    connection, hashed = uow.connection, request_hash(command)
    with posting():
        answer = earlier_answer(connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return RegisteredTerm.kept(answer)
        _check(uow, actor.institution_id, command, local_date(now))
        numbers = [line.enrolment_id for line in command.lines]
        seats = hold_seats(
            connection, actor.institution_id, numbers, command.term.code, command.day
        )
        if len(seats) < len(numbers):
            raise NotFoundError
        for seat in seats.values():
            key = LearnerKey(seat.learner_id, frozenset({actor.institution_id}))
            decide(actor, Action.REGISTER_TERM, key)
        lines = [(line, seats[line.enrolment_id]) for line in map(_clean, command.lines)]
        made = [_line(line, seat, command.day) for line, seat in lines]
        add_registrations(
            connection,
            [
                {
                    "institution_id": actor.institution_id,
                    "term_code": command.term.code,
                    "day": command.day,
                    "recorded_by": actor.account_id,
                    "recorded_at": now,
                    **asdict(line),
                }
                for (line, seat), item in zip(lines, made, strict=True)
                if item.state and not _stands(line, seat, command.day)
            ],
        )
        found = RegisteredTerm(tuple(made))
        answer = {"lines": [asdict(item) for item in made]}
        keep_answer(connection, actor.account_id, idempotency_key, hashed, answer, now)
    return found


def _check(uow: UnitOfWork, institution_id: int, command: RegisterTerm, today: date) -> None:
    numbers = [line.enrolment_id for line in command.lines]
    if not 0 < len(numbers) <= LINES_MAX:
        raise refused(_COUNT)
    if len(set(numbers)) < len(numbers):
        raise refused(_TWICE)
    term = terms_by_code(uow.connection).get(command.term.code)
    if term is None:
        raise refused(NO_TERM)
    policy = policy_for(uow.connection, institution_id, today)
    first = term.starts_on - timedelta(days=policy.integer("registration.days_before"))
    if not first <= command.day <= min(term.ends_on, today):
        raise refused(_day(first, term.ends_on))


def _clean(line: TermLine) -> TermLine:
    return replace(line, reason=line.reason.strip())


def _line(line: TermLine, seat: TermSeat, day: date) -> RegisteredLine:
    problem = _not_there(seat, day) or _wrong(line)
    if problem is None:
        return RegisteredLine(seat.enrolment_id, seat.learner_id, line.state.value)
    return RegisteredLine(seat.enrolment_id, seat.learner_id, problems=(problem,))


def _not_there(seat: TermSeat, day: date) -> Problem | None:
    """Why nothing can be said of an enrolment on the day."""
    if not seat.is_open:
        return _CLOSED
    if day < seat.entered_on:
        return _BEFORE_ENTRY
    return _AWAY if seat.is_away else None


def _wrong(line: TermLine) -> Problem | None:
    if len(line.reason) > REASON_MAX:
        return _REASON_LONG
    if line.state is RegistrationState.ABSENT:
        return None if line.reason else _REASON_MISSING
    if line.state is RegistrationState.REGISTERED and line.reason:
        return _NO_REASON
    return _NO_LEAVE if line.on_leave else None


def _stands(line: TermLine, seat: TermSeat, day: date) -> bool:
    """Whether this very record speaks already."""
    return (line.state.value, day, line.reason, line.on_leave) == (
        seat.state, seat.registered_on, seat.reason, seat.on_leave,
    )  # fmt: skip


def _kept_line(line: Mapping[str, Any]) -> RegisteredLine:
    problems = tuple(
        Problem(**problem | {"message": Message(**problem["message"])})
        for problem in line["problems"]
    )
    return RegisteredLine(**{**line, "problems": problems})


def _day(first: date, last: date) -> Problem:
    return Problem(
        "day",
        Message(
            f"注册日期应在{first}至{last}之间,且不晚于今天。",
            f"The day is one from {first} to {last}, and not one to come.",
        ),
        "day",
    )


_COUNT = Problem(
    "count",
    Message(f"请为1至{LINES_MAX}名学生选择注册状况。", f"Choose for 1 to {LINES_MAX} learners."),
    "lines",
)
_TWICE = Problem(
    "twice", Message("同一学籍只能填一行。", "Each enrolment stands on one line."), "lines"
)
_CLOSED = Problem(
    "closed", Message("学籍已终止,不能注册。", "The enrolment has ended; it is not registered.")
)
_BEFORE_ENTRY = Problem(
    "before_entry",
    Message("注册日期早于入学日期。", "The day is before the learner's entry."),
    "day",
)
_AWAY = Problem(
    "away",
    Message(
        "该生这一天休学、停学或保留入学资格,不办理注册;复学之日起可以注册。",
        "Suspended or not admitted yet on that day: registered from the day of the return.",
    ),
    "day",
)
_REASON_MISSING = Problem(
    "reason_missing", Message("未报到须填写原因。", "Absence needs a reason."), "reason"
)
_REASON_LONG = Problem(
    "reason_long",
    Message(f"原因不能超过{REASON_MAX}字。", f"The reason has at most {REASON_MAX} characters."),
    "reason",
)
_NO_REASON = Problem(
    "no_reason",
    Message("已注册的不填未注册原因。", "Who is registered needs no reason."),
    "reason",
)
_NO_LEAVE = Problem(
    "no_leave", Message("只有未报到可以注明请假。", "Only absence is with leave."), "on_leave"
)
