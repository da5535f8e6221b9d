"""Approved substitution: an award's credit is used for an elective block, in double entry.

Two entries whose units sum to zero: one draws from the award, one arrives in the block; both name
the award, so the use can be followed in both directions and the credit cannot be used twice.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import Message, NotFoundError, Problem, refused
from creditbank.domain.evidence import substitution_evidence_key
from creditbank.domain.ledger import EntryKind
from creditbank.domain.permissions import Action
from creditbank.domain.plans import Substitution
from creditbank.domain.snapshots import Snapshot
from creditbank.eligibility import units_to_substitute
from creditbank.services.books import Books, open_books
from creditbank.services.commands import ApproveSubstitution, PostedEntry
from creditbank.services.credits import posted_entry
from creditbank.services.waits import posting
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.learner_keys import learner_key
from creditbank.store.plans import load_plan
from creditbank.store.snapshots import read_evaluand
from creditbank.store.unit_of_work import UnitOfWork

_AWARDS = frozenset({EntryKind.COMPETITION.value, EntryKind.INNOVATION.value})


def approve_substitution(
    uow: UnitOfWork,
    actor: Actor,
    command: ApproveSubstitution,
    *,
    idempotency_key: str,
    now: datetime,
) -> PostedEntry:
    """Use units of a standing award for a block that takes them with approval.

    Answers with the entry that arrives in the block. Raises NotFoundError, ForbiddenError or
    InvalidInputError (not an award, block not open to substitution, more than what is left of an
    award that counts, over a cap of substitution, category or career).
    """
    decide(actor, Action.APPROVE_SUBSTITUTION, learner_key(
        uow.connection, command.learner_id, as_of=local_date(now)
    ))  # fmt: skip
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return replace(PostedEntry.kept(answer), replayed=True)
        books = open_books(uow, actor, command.learner_id, now=now)
        award = _award(books, command.source_seq)
        _check(books, command)
        written = _post_pair(books, command, award)
    entry = posted_entry(written[1])
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(entry), now)
    return entry


def _award(books: Books, source_seq: int) -> dict[str, Any]:
    for row in books.standing(ledger_seq=source_seq):
        if row["kind"] in _AWARDS:
            return row
    raise NotFoundError(
        Message(
            "没有找到这项有效的竞赛或创新学分。",
            "No standing competition or innovation credit there.",
        )
    )


def _check(books: Books, command: ApproveSubstitution) -> None:
    plan = load_plan(books.uow.connection, books.plan_id)
    blocks = {block.code: block for block in plan.blocks}
    block = blocks.get(command.block_code)
    if block is None or block.substitution is not Substitution.APPROVED:
        message = Message(
            f"模块 {command.block_code} 不接受经批准的替代,请选择限选模块。",
            f"Block {command.block_code} takes no approved substitution; choose another block.",
        )
        raise refused(Problem("block_closed", message, field="block_code"))
    allowed = units_to_substitute(
        _snapshot(books), plan, books.policy, local_date(books.now), command.source_seq
    )
    if not 0 < command.units <= allowed:
        most = credits_text(allowed)
        message = Message(
            f"可替代学分最多为 {most},请修改。",
            f"At most {most} credits can be used here; change the amount.",
        )
        raise refused(Problem("units_over_limit", message, field="units"))


def _snapshot(books: Books) -> Snapshot:
    """Everything the verdict on this enrolment looks at: entries of other schools count in caps."""
    with books.uow.everywhere():
        return read_evaluand(books.uow.connection, books.learner_id, books.enrolment_id).snapshot


def _post_pair(
    books: Books, command: ApproveSubstitution, award: dict[str, Any]
) -> list[dict[str, Any]]:
    detail = {"title": award["detail"].get("title", ""), "document_no": command.document_no}
    pair = books.head.ledger_seq + 1
    for side, units, block_code in (
        ("from", -command.units, None),
        ("to", command.units, command.block_code),
    ):
        books.add(
            {
                "kind": EntryKind.SUBSTITUTION.value,
                "units": units,
                "earned_on": local_date(books.now),
                "block_code": block_code,
                "source_seq": command.source_seq,
                "evidence_key": substitution_evidence_key(
                    command.source_seq, command.block_code, side, pair
                ),
                "detail": detail,
            }
        )
    return books.write(cause="substitution")
