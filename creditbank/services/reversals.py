"""Reversal: the only way to take an entry back. What was built on it goes back with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Message, NotFoundError, Problem, refused
from creditbank.domain.evidence import half_of, reversal_evidence_key
from creditbank.domain.ledger import EntryKind
from creditbank.domain.permissions import Action
from creditbank.services.books import Books, open_books
from creditbank.services.commands import PostedEntry, ReverseEntry
from creditbank.services.credits import posted_entry
from creditbank.services.grounds import check_reason
from creditbank.services.holders import lock_numbers, move_holders
from creditbank.services.waits import posting
from creditbank.store.courses import load_course
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.learner_keys import learner_key
from creditbank.store.ledger import evidence_no_of, lock_head
from creditbank.store.unit_of_work import UnitOfWork

_EARNING = frozenset({EntryKind.COURSE.value, EntryKind.RECOGNITION.value})
"""Kinds of entry that earn a course."""
_REASON_MISSING = Problem(
    "reason_missing",
    Message("请填写冲销原因(200字以内)。", "Give the reason for the reversal (1-200 characters)."),
    field="reason",
)
_IS_REVERSAL = Problem(
    "is_reversal",
    Message(
        "冲销记录不能再冲销;如需恢复,请重新入账。",
        "A reversal cannot be reversed; post the entry again instead.",
    ),
    field="ledger_seq",
)
_ALREADY_REVERSED = Problem(
    "already_reversed",
    Message("该记录已经冲销。", "This entry has been reversed already."),
    field="ledger_seq",
)
_OTHER_SCHOOL = Problem(
    "other_school",
    Message(
        "该记录由其他学校入账,只能由该校冲销。",
        "Another school posted this entry; only that school can reverse it.",
    ),
    field="ledger_seq",
)


def reverse_entry(
    uow: UnitOfWork, actor: Actor, command: ReverseEntry, *, idempotency_key: str, now: datetime
) -> PostedEntry:
    """Reverse one standing entry of the actor's own school and answer with the reversal.

    Substitutions and recognitions drawn from it are reversed too, those that another school booked
    included. If it had earned a course's credit and a later
    pass of that course stands, that pass is restated so that the credit stays earned once.
    Raises NotFoundError, ForbiddenError or InvalidInputError (reversed already, a reversal itself,
    another school's entry, no reason), BusyError.
    """
    decide(actor, Action.REVERSE_ENTRY, learner_key(
        uow.connection, command.learner_id, as_of=local_date(now)
    ))  # fmt: skip
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return replace(PostedEntry.kept(answer), replayed=True)
        # Evidence before the learners' heads, and those by id, as everywhere.
        number = evidence_no_of(uow.connection, command.learner_id, command.ledger_seq)
        others = lock_numbers(uow.connection, [number]) - {command.learner_id}
        for learner_id in sorted({*others, command.learner_id}):
            lock_head(uow.connection, learner_id)
        with uow.everywhere():
            books = open_books(uow, actor, command.learner_id, now=now)
            take_back(books, command)
            entry = posted_entry(books.write(cause="reversal")[0])
        move_holders(uow.connection, others, now=now)
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(entry), now)
    return entry


def take_back(books: Books, command: ReverseEntry) -> dict[str, Any]:
    """Put the reversal of an entry, and of what was built on it, in line; returns the entry.

    Raises NotFoundError or InvalidInputError, see reverse_entry.
    """
    target = _target(books, command)
    fallen = [target, *built_on(books, target)]
    for row in fallen:
        _reverse(books, row, command.reason)
    for institution_id, course_code in _courses_of(fallen):
        lost = [
            row
            for row in fallen
            if (row["institution_id"], row["course_code"]) == (institution_id, course_code)
        ]
        _restate_later_pass(books, institution_id, course_code, lost)
    return target


def _courses_of(fallen: Iterable[dict[str, Any]]) -> list[tuple[int, str]]:
    """School and code of the courses that lost what they had earned, by mark or recognition."""
    return sorted(
        {
            (row["institution_id"], row["course_code"])
            for row in fallen
            if row["kind"] in _EARNING and row["course_code"] and row["units"] > 0
        }
    )


def built_on(books: Books, target: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The pairs that drew from an entry, or the rest of the pair that it is a half of."""
    halves = {half_of(target["evidence_key"])} | {
        half_of(row["evidence_key"]) for row in books.standing(source_seq=target["ledger_seq"])
    }
    if halves == {""}:
        return []
    return [
        row
        for row in books.standing()
        if row is not target and half_of(row["evidence_key"]) in halves - {""}
    ]


def _target(books: Books, command: ReverseEntry) -> dict[str, Any]:
    check_reason(command.reason, _REASON_MISSING)
    found = [row for row in books.rows if row["ledger_seq"] == command.ledger_seq]
    if not found:
        raise NotFoundError
    target = found[0]
    if target["kind"] == EntryKind.REVERSAL:
        raise refused(_IS_REVERSAL)
    if target["ledger_seq"] in books.reversed_seqs:
        raise refused(_ALREADY_REVERSED)
    if target["institution_id"] != books.institution_id:
        raise refused(_OTHER_SCHOOL)
    return target


def _reverse(books: Books, target: dict[str, Any], reason: str) -> None:
    books.add(
        {
            "kind": EntryKind.REVERSAL.value,
            "institution_id": target["institution_id"],
            "units": -target["units"],
            "hours": -target["hours"],
            "earned_on": local_date(books.now),
            "course_code": target["course_code"],
            "term_code": target["term_code"],
            "block_code": target["block_code"],
            "source_seq": target["ledger_seq"],
            "evidence_key": reversal_evidence_key(target["ledger_seq"]),
            "detail": {"title": target["detail"].get("title", ""), "reason": reason.strip()},
        }
    )


def _restate_later_pass(
    books: Books, institution_id: int, course_code: str, lost: Iterable[dict[str, Any]]
) -> None:
    """A pass that earned nothing because the course was earned already now earns it.

    lost: the entries that had earned it.
    """
    earned = [
        row
        for row in books.standing(course_code=course_code, institution_id=institution_id)
        if row["kind"] in _EARNING
    ]
    passes = [row for row in earned if row["kind"] == EntryKind.COURSE and row["passed"]]
    if not passes or any(row["units"] for row in earned):
        return
    units = sum(row["units"] for row in lost)
    hours = sum(row["hours"] for row in lost)
    if not hours:  # what was recognised had none of its own
        course = load_course(books.uow.connection, institution_id, course_code)
        hours = course.hours if course else 0
    later = passes[0]
    _reverse(books, later, "restated")
    key = later["evidence_key"]
    books.add(
        {
            name: later[name]
            for name in (
                "kind", "earned_on", "course_code", "term_code", "exam_kind", "scale", "mark",
                "passed", "grade_point", "evidence_no",
            )
        }
        | {
            "institution_id": institution_id,
            "units": units,
            "hours": hours,
            "evidence_key": f"{key.rpartition('|r')[0]}|r{books.revision(key)}",
            "detail": {**later["detail"], "restates": str(later["ledger_seq"])},
        }
    )  # fmt: skip
