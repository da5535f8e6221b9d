"""Layouts of papers: a school keeps versions of its own, and puts one in force from a day on.

What comes in here was tried on samples by the face that took it (papers.layouts): nothing below the
faces sets papers. Versions are never changed; an issued paper keeps the one it was set with.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import ForbiddenError, Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action
from creditbank.services.paper_commands import AddLayout, StartLayout
from creditbank.services.waits import posting
from creditbank.store import paper_layouts as rows
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.unit_of_work import UnitOfWork

NOTE_MAX = 100


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """The version that was kept."""

    paper_layout_id: int
    version: int


def add_layout(
    uow: UnitOfWork, actor: Actor, command: AddLayout, *, idempotency_key: str, now: datetime
) -> KeptVersion:
    """Keep a version; nothing is set with it yet. Raises ForbiddenError or BusyError."""
    decide(actor, Action.CHANGE_PAPER_LAYOUT)
    school = _school(actor)
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return KeptVersion(**answer)
        version = rows.next_version(uow.connection, school, command.kind)
        number = rows.add_layout(
            uow.connection,
            {
                "institution_id": school,
                "kind": command.kind.value,
                "version": version,
                "source": command.source,
                "note": command.note.strip()[:NOTE_MAX],
                "uploaded_by": actor.account_id,
                "uploaded_at": now,
            },
        )
        made = {"paper_layout_id": number, "version": version}
        keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, made, now)
        return KeptVersion(**made)


def start_layout(
    uow: UnitOfWork, actor: Actor, command: StartLayout, *, idempotency_key: str, now: datetime
) -> None:
    """Papers of the kind that are issued from that day on are set with it.

    Raises NotFoundError for a version that is not of the school and kind, ForbiddenError, BusyError
    or InvalidInputError (a day that is over).
    """
    decide(actor, Action.CHANGE_PAPER_LAYOUT)
    school = _school(actor)
    hashed = request_hash(command)
    with posting():
        if earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed) is not None:
            return
        if command.paper_layout_id is not None:
            found = rows.layouts_by_id(uow.connection, [command.paper_layout_id])
            kept = found.get(command.paper_layout_id)
            if kept is None or (kept.institution_id, kept.kind) != (school, command.kind):
                raise NotFoundError
        if command.starts_on < local_date(now):
            raise refused(_IN_THE_PAST)
        rows.add_start(
            uow.connection,
            {
                "institution_id": school,
                "kind": command.kind.value,
                "paper_layout_id": command.paper_layout_id,
                "starts_on": command.starts_on,
                "started_by": actor.account_id,
                "started_at": now,
            },
        )
        keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, {}, now)


def _school(actor: Actor) -> int:
    if actor.institution_id is None:
        raise ForbiddenError
    return actor.institution_id


_IN_THE_PAST = Problem(
    "date_in_past",
    Message(
        "启用日期已过;已签发的文件不改版式,请填今天或以后的日期。",
        "That day is over, and issued papers keep their layout: give today or a later day.",
    ),
    field="starts_on",
)
