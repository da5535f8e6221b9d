"""Announcing the days of the advance's year (转段年历): by the county, over the usual pattern.

A row is never changed: of one step the row announced last speaks. A step that is over stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from creditbank.domain.access import Actor, decide
from creditbank.domain.advance_calendar import AdvanceStep, CalendarDay, days_in_order
from creditbank.domain.agreement_terms import DOCUMENT_MAX, REASON_MAX
from creditbank.domain.agreements import EducationLevel
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import InvalidInputError, Message, Problem
from creditbank.domain.permissions import Action, Section
from creditbank.store.advance_calendar import calendar_of, insert_days, pattern_days
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.unit_of_work import UnitOfWork

_YEARS_BEFORE_MAX = 2


@dataclass(frozen=True, slots=True)
class StepDays:
    """The days of one step, both included."""

    step: AdvanceStep
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceDays:
    """Put days in force for who finishes in a year. reason: a word on it, may be empty."""

    finishing_year: int
    post_level: EducationLevel
    days: tuple[StepDays, ...]
    document_no: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DaysAnnounced:
    """How many steps were given days."""

    announced: int
    replayed: bool = False


def announce_days(
    uow: UnitOfWork, actor: Actor, command: AnnounceDays, *, idempotency_key: str, now: datetime
) -> DaysAnnounced:
    """Announce days of steps, all of them or none.

    Raises ForbiddenError, or InvalidInputError whose problems name the step (row, from 1).
    """
    decide(actor, Action.ANNOUNCE_ADVANCE_CALENDAR)
    refuse_other_section(actor)
    hashed = request_hash(command)
    answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
    if answer is not None:
        return DaysAnnounced(**answer, replayed=True)
    standing = calendar_of(uow.connection, command.finishing_year, command.post_level)
    announced = [
        CalendarDay(
            finishing_year=command.finishing_year,
            post_level=command.post_level,
            step=item.step,
            starts_on=item.starts_on,
            ends_on=item.ends_on,
            document_no=command.document_no.strip(),
            is_announced=True,
        )
        for item in command.days
    ]
    problems = tuple(_problems(command, standing, announced, local_date(now)))
    if problems:
        raise InvalidInputError(problems[0].message, problems=problems)
    insert_days(
        uow.connection,
        announced,
        reason=command.reason.strip(),
        decided_by=actor.account_id,
        now=now,
    )
    kept = {"announced": len(announced)}
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, kept, now)
    return DaysAnnounced(len(announced))


def refuse_other_section(actor: Actor) -> None:
    """The bureau's section for high schools does not answer for agreements of 中职."""
    if actor.section is Section.GENERAL:
        raise InvalidInputError(_SECTION, problems=(Problem("section", _SECTION),))


def announcement_problems(
    finishing_year: int, post_level: EducationLevel, document_no: str, reason: str
) -> Iterator[Problem]:
    """What can be wrong with any announcement for a year: its level, document number, reason."""
    if not 1 <= len(document_no.strip()) <= DOCUMENT_MAX:
        yield Problem("document_missing", _DOCUMENT, field="document_no")
    if len(reason) > REASON_MAX:
        yield Problem("reason_too_long", _REASON, field="reason")
    if not pattern_days(finishing_year, post_level):
        yield Problem("level", _LEVEL, field="post_level")


def _problems(
    command: AnnounceDays,
    standing: tuple[CalendarDay, ...],
    announced: list[CalendarDay],
    today: date,
) -> Iterator[Problem]:
    yield from announcement_problems(
        command.finishing_year, command.post_level, command.document_no, command.reason
    )
    if not standing:
        return
    steps = [item.step for item in announced]
    if not steps or len(steps) != len(set(steps)):
        yield Problem("steps", _STEPS, field="days")
        return
    over = {item.step for item in standing if item.ends_on < today}
    earliest = date(command.finishing_year - _YEARS_BEFORE_MAX, 1, 1)
    latest = date(command.finishing_year, 12, 31)
    for row, item in enumerate(announced, start=1):
        if item.step in over or item.ends_on < today:
            yield Problem("step_over", _OVER, field=f"days.{item.step.value}", row=row)
        elif not earliest <= item.starts_on <= item.ends_on <= latest:
            yield Problem("days", _DAYS, field=f"days.{item.step.value}", row=row)
    whole = days_in_order(standing, announced)
    for before, after in pairwise(whole):
        if after.starts_on < before.starts_on:
            yield Problem("order", _ORDER, field=f"days.{after.step.value}")


_DOCUMENT = Message(
    f"请填写文号(1-{DOCUMENT_MAX}字)。",
    f"Give the document number (1 to {DOCUMENT_MAX} characters).",
)
_REASON = Message(f"说明不超过{REASON_MAX}字。", f"A reason has at most {REASON_MAX} characters.")
_LEVEL = Message(
    "转段只到高职专科或本科,请改选。", "An advance leads to 高职 or 本科; choose one of them."
)
_STEPS = Message(
    "请填写要公布的环节,每个环节一次。", "Name the steps to be announced, each of them once."
)
_OVER = Message(
    "这个环节已经结束,日期不能再改。", "This step is over; its days are not changed afterwards."
)
_DAYS = Message(
    "截止日期不能早于起始日期,且须在毕业前两年到毕业当年之内。",
    "A step ends on or after its first day, from two years before the finishing year to its end.",
)
_ORDER = Message(
    "这个环节早于它前面的环节,请核对起始日期。",
    "This step begins before the one that comes first; check their first days.",
)
_SECTION = Message(
    "中职贯通培养由职教科负责,请由职教科的账号办理。",
    "Agreements of vocational schools are the vocational section's; use its account.",
)
