"""入账: a claim whose notice has passed is booked by itself, once, or goes back to 初审.

When to use: by the worker at the turn of the day, and before somebody is shown a claim that is due.
Each claim is a transaction of its own. What it rests on is locked in one order everywhere: the
claim, its evidence as text (number and files), then what services.credits locks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from creditbank.domain.access import Actor
from creditbank.domain.calendar import local_date
from creditbank.domain.claims import ClaimMoveKind
from creditbank.domain.errors import AlreadyBookedError, InvalidInputError, Message, NotFoundError
from creditbank.services.claim_checks import check_claim, credit_of, registrar_at
from creditbank.services.claim_desk import ClaimDesk
from creditbank.services.commands import PostClaimedCredit, evidence_number
from creditbank.services.credits import post_credit
from creditbank.services.waits import posting
from creditbank.store.claim_files import read_files
from creditbank.store.claims import KeptClaim, due_claims, lock_claim, read_claim
from creditbank.store.ledger import lock_evidence
from creditbank.store.unit_of_work import UnitOfWork

ROUND_MAX = 500
"""Claims in one round of the worker."""
LOOK_MAX = 20
"""Claims that are booked before a page is shown; the worker has the rest."""


@dataclass(slots=True)
class PostingRound:
    """Claims that were booked, and those that went back."""

    posted: list[int] = field(default_factory=list)
    bounced: list[int] = field(default_factory=list)


def post_due_claims(
    open_unit: Callable[[], UnitOfWork],
    *,
    now: datetime,
    school: int | None = None,
    learner_ids: Sequence[int] | None = None,
    limit: int = ROUND_MAX,
) -> PostingRound:
    """Book what is due: everywhere, at a school, or of these learners. Raises BusyError."""
    done = PostingRound()
    with open_unit() as uow, uow.everywhere():
        due = due_claims(
            uow.connection,
            today=local_date(now),
            school=school,
            learner_ids=learner_ids,
            limit=limit,
        )
    for claim_id in due:
        with open_unit() as uow:
            kind = post_claim(uow, claim_id, now=now)
        if kind is not None:
            (done.posted if kind is ClaimMoveKind.POST else done.bounced).append(claim_id)
    return done


def post_claim(uow: UnitOfWork, claim_id: int, *, now: datetime) -> ClaimMoveKind | None:
    """Book one claim, or send it back; None where it is not due, or not any more."""
    with uow.everywhere(), posting():
        lock_claim(uow.connection, claim_id)
        claim = read_claim(uow.connection, claim_id)
        if claim is None or not claim.standing.is_due(local_date(now)):
            return None
        _lock_what_it_rests_on(uow, claim)
        actor = registrar_at(claim.institution_id, claim.standing.accepted_by)
        desk = ClaimDesk(uow, actor, claim, now)
        refusal = _refusal(desk)
        if refusal is None:
            return ClaimMoveKind.POST
        said = {"zh": refusal.zh, "en": refusal.en}
        desk.move(ClaimMoveKind.BOUNCE, detail=said)
        return ClaimMoveKind.BOUNCE


def _refusal(desk: ClaimDesk) -> Message | None:
    """None where it was booked, else why not."""
    problem = check_claim(desk.uow, desk.claim, now=desk.now).problem
    if problem is not None:
        return problem.message
    try:
        with desk.uow.connection.begin_nested():
            ledger_seq = _book(desk.uow, desk.actor, desk.claim, now=desk.now)
    except (AlreadyBookedError, InvalidInputError, NotFoundError) as error:
        return error.message
    desk.move(ClaimMoveKind.POST, ledger_seq=ledger_seq)
    return None


def _book(uow: UnitOfWork, actor: Actor, claim: KeptClaim, *, now: datetime) -> int:
    command = PostClaimedCredit(
        claim_id=claim.claim_id,
        credit=credit_of(claim.content, claim.learner_id),
        units=claim.standing.units or 0,
    )
    confirmed = [move.number for move in claim.plain_moves if move.kind is ClaimMoveKind.CONFIRM]
    key = f"claim|{claim.claim_id}|{confirmed[-1]}"
    return post_credit(uow, actor, command, idempotency_key=key, now=now).ledger_seq


def _lock_what_it_rests_on(uow: UnitOfWork, claim: KeptClaim) -> None:
    """Two claims with one certificate or one file wait for each other, whoever the learners are."""
    number = evidence_number(credit_of(claim.content, claim.learner_id))
    hashes = {f"file|{item.file_hash}" for item in read_files(uow.connection, claim.file_ids)}
    for resting_on in sorted({number, *hashes} - {""}):
        lock_evidence(uow.connection, resting_on)
