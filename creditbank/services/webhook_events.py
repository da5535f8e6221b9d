"""What colleges are told: ids and positions, no name and no mark; who wants to know more asks."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from creditbank.domain.calendar import local_date
from creditbank.domain.webhooks import EventKind
from creditbank.store.advance_standings import open_book
from creditbank.store.agreements import load_agreements
from creditbank.store.checkpoints import latest_checkpoint
from creditbank.store.cohort_changes import (
    ChangedLine,
    flag_lines,
    flagged_before,
    lines_after,
    lock_announced,
    move_announced,
    settle,
    untold_agreements,
)
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.store.webhook_events import (
    NewEvent,
    add_deliveries,
    add_event,
    lead_checkpoints,
    told_of_checkpoints,
)
from creditbank.store.webhooks import EndpointRow, endpoints_of

LINES_MAX = 5_000


def new_message_id() -> str:
    """The webhook-id of an event: the same in all its deliveries."""
    return f"msg_{secrets.token_hex(16)}"


def enqueue_event(
    uow: UnitOfWork,
    college_ids: Sequence[int],
    kind: EventKind,
    data: Mapping[str, Any],
    *,
    now: datetime,
) -> int:
    """Tell colleges of something that is about nobody, such as a checkpoint; how many are told.

    In the transaction of what it tells of; the reach must be everywhere. data: no personal data.
    """
    told = 0
    for college_id, endpoints in _by_college(uow, college_ids).items():
        event = NewEvent(college_id, kind, new_message_id(), data)
        told += _tell(uow, event, endpoints, now=now)
    return told


def announce_changes(open_unit: Callable[[], UnitOfWork], *, now: datetime) -> int:
    """Turn what has changed in cohorts into events; how many. One transaction for each agreement.

    An agreement that begins or ends by date changes its cohort on that day.
    A cohort that nobody is told of gets its positions all the same, so that marks do not pile up.
    open_unit opens units of work that reach everywhere.
    """
    with open_unit() as uow:
        agreement_ids = untold_agreements(uow.connection, on=local_date(now))
    made = 0
    for agreement_id in agreement_ids:
        with open_unit() as uow:
            settle(uow.connection, agreement_id, on=local_date(now))
            made += _announce(uow, agreement_id, now=now)
    return made


def announce_checkpoint(uow: UnitOfWork, *, every: timedelta, now: datetime) -> int:
    """Tell colleges of the newest checkpoint; how many are told.

    A college is told at most once in `every`, and never twice of one tree. Whoever keeps the tree
    knows nothing of it. The reach must be everywhere; while another one tells, nobody is told.
    """
    connection = uow.connection
    checkpoint = latest_checkpoint(connection) if lead_checkpoints(connection) else None
    if checkpoint is None:
        return 0
    due = [
        told.college_id
        for told in told_of_checkpoints(connection)
        if told.at is None
        or (told.at + every <= now and told.data["tree_size"] < checkpoint.tree_size)
    ]
    data = {"tree_size": checkpoint.tree_size, "note": checkpoint.note}
    return enqueue_event(uow, due, EventKind.CHECKPOINT_PUBLISHED, data, now=now) if due else 0


def _announce(uow: UnitOfWork, agreement_id: int, *, now: datetime) -> int:
    connection, on = uow.connection, local_date(now)
    announced = lock_announced(connection, agreement_id)
    lines = lines_after(connection, agreement_id, announced, limit=LINES_MAX)
    if _flag(uow, agreement_id, lines, on=on):
        settle(connection, agreement_id, on=on)
        lines = lines_after(connection, agreement_id, announced, limit=LINES_MAX)
    if not lines:
        return 0
    position = lines[-1].position
    move_announced(connection, agreement_id, position)
    agreement = load_agreements(connection, [agreement_id], as_of=on)[agreement_id]
    endpoints = endpoints_of(connection, [agreement.college_id])
    if not agreement.valid_from <= on <= agreement.valid_to:
        return 0
    told = [
        NewEvent(
            agreement.college_id,
            EventKind.STATUS_CHANGED,
            new_message_id(),
            {
                "agreement_id": agreement_id,
                "learner_id": line.learner_id,
                "position": line.position,
            },
            agreement_id,
            line.learner_id,
        )
        for line in lines
        if line.is_status and line.is_shared
    ]
    if any(line.is_shared or line.was_shared for line in lines):
        data = {"agreement_id": agreement_id, "position": position}
        told.append(
            NewEvent(
                agreement.college_id, EventKind.COHORT_CHANGED, new_message_id(), data,
                agreement_id,
            )
        )  # fmt: skip
    return sum(_tell(uow, event, endpoints, now=now) for event in told)


def _flag(uow: UnitOfWork, agreement_id: int, lines: Sequence[ChangedLine], *, on: date) -> bool:
    """Whether what somebody was ranked by is otherwise than was told last.

    The books changed, and with them a position was given; that a decision rests on what changed is
    found here, as no row says so. Nor does one say that a flag has ended with its year.
    """
    numbers = {line.enrolment_id for line in lines}
    numbers.update(flagged_before(uow.connection, agreement_id, on=on))
    book = open_book(uow, agreement_id, today=on) if numbers else None
    known = book.known(enrolment_ids=sorted(numbers)) if book else []
    flags: dict[int, tuple[str, ...]] = dict.fromkeys(numbers, ())
    flags |= {item.seat.enrolment_id: item.standing.ranking_changed for item in known}
    return flag_lines(uow.connection, agreement_id, flags, on=on)


def _tell(
    uow: UnitOfWork, event: NewEvent, endpoints: Sequence[EndpointRow], *, now: datetime
) -> bool:
    """Whether anybody is told."""
    wanted = [item.webhook_endpoint_id for item in endpoints if item.is_told_of(event.kind)]
    if not wanted:
        return False
    number = add_event(uow.connection, event, now=now)
    pairs = [(number, endpoint) for endpoint in wanted]
    add_deliveries(uow.connection, event.college_id, pairs, now=now)
    return True


def _by_college(uow: UnitOfWork, college_ids: Sequence[int]) -> dict[int, list[EndpointRow]]:
    found: dict[int, list[EndpointRow]] = {college_id: [] for college_id in college_ids}
    for item in endpoints_of(uow.connection, college_ids):
        found[item.college_id].append(item)
    return found
