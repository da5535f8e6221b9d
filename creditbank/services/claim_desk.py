"""How every move of a claim is made: access, key, lock, the state machine, the row, the messages.

Which move is made and what it rests on is in services.claims and services.claim_reviews.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.claim_moves import ClaimProposal, claim_obstacle, claim_refusal
from creditbank.domain.claims import ClaimMoveKind
from creditbank.domain.errors import Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action, Role
from creditbank.services.claim_commands import ClaimReceipt
from creditbank.services.grounds import REASON_MAX
from creditbank.services.waits import posting
from creditbank.store.claims import KeptClaim, add_move, lock_claim, read_claim, tell_of_claim
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.learner_keys import learner_key
from creditbank.store.unit_of_work import UnitOfWork

_TOLD = {
    ClaimMoveKind.SUBMIT: (Role.REGISTRAR,),
    ClaimMoveKind.BOUNCE: (Role.REGISTRAR,),
    ClaimMoveKind.ACCEPT: (Role.APPROVER,),
    ClaimMoveKind.OBJECT: (Role.APPROVER,),
}
"""Whose turn it is after a move; the family is told of every one."""
FOLLOWS = frozenset({ClaimMoveKind.POST, ClaimMoveKind.BOUNCE})
"""Nobody makes these, though the books name the first reviewer: nobody knows of them already."""


@dataclass(frozen=True, slots=True)
class ClaimDesk:
    """One claim that is locked, and who moves it."""

    uow: UnitOfWork
    actor: Actor
    claim: KeptClaim
    now: datetime

    @property
    def today(self) -> date:
        """The county's day."""
        return local_date(self.now)

    def check(self, kind: ClaimMoveKind, *, reason: str = "", about: int | None = None) -> None:
        """Raise InvalidInputError where the move may not be made."""
        problem = self.problem(kind, reason=reason, about=about)
        if problem is not None:
            raise refused(problem)

    def problem(
        self, kind: ClaimMoveKind, *, reason: str = "", about: int | None = None
    ) -> Problem | None:
        """What stands in the way of a move."""
        asked = ClaimProposal(
            kind=kind,
            role=self.actor.role,
            account_id=self.actor.account_id,
            today=self.today,
            reason=reason,
            about=about,
        )
        found = claim_obstacle(self.claim.standing, asked)
        if found is not None:
            return claim_refusal(found)
        return _REASON_LONG if len(reason.strip()) > REASON_MAX else None

    def move(self, kind: ClaimMoveKind, **values: Any) -> None:  # noqa: ANN401 (columns)
        """Write the move and tell of it. values: columns of claim_moves."""
        number = add_move(
            self.uow.connection,
            {
                "claim_id": self.claim.claim_id,
                "institution_id": self.claim.institution_id,
                "learner_id": self.claim.learner_id,
                "kind": kind.value,
                "revision": self.claim.revision,
                "detail": {},
                "made_on": self.today,
                "made_by": self.actor.account_id,
                "made_role": self.actor.role.value,
                "made_at": self.now,
                **values,
                "reason": str(values.get("reason", "")).strip(),
            },
        )
        offices = _TOLD.get(kind, ())
        by = None if kind in FOLLOWS else self.actor.account_id
        tell_of_claim(self.uow.connection, number, offices, by=by, now=self.now)

    def receipt(self, claim_file_id: int | None = None) -> ClaimReceipt:
        """Where the claim stands after what was done."""
        found = read_claim(self.uow.connection, self.claim.claim_id)
        assert found is not None  # noqa: S101 (locked and read before)
        standing = found.standing
        return ClaimReceipt(
            claim_id=found.claim_id,
            learner_id=found.learner_id,
            stage=standing.stage.value,
            revision=found.revision,
            ends_on=standing.ends_on.isoformat() if standing.ends_on else "",
            claim_file_id=claim_file_id,
        )


def open_desk(
    uow: UnitOfWork, actor: Actor, action: Action, claim_id: int, *, now: datetime
) -> ClaimDesk:
    """Lock a claim and decide on it. Raises NotFoundError, ForbiddenError."""
    decide(actor, action)
    lock_claim(uow.connection, claim_id)
    found = read_claim(uow.connection, claim_id)
    if found is None:
        raise NotFoundError
    decide(actor, action, learner_key(uow.connection, found.learner_id, as_of=local_date(now)))
    if actor.institution_id is not None and actor.institution_id != found.institution_id:
        raise NotFoundError  # a learner of two schools hands in at each for itself
    return ClaimDesk(uow, actor, found, now)


def answered(
    uow: UnitOfWork,
    actor: Actor,
    command: Any,  # noqa: ANN401 (any command of claim_commands)
    work: Callable[[], ClaimReceipt],
    *,
    idempotency_key: str,
    now: datetime,
) -> ClaimReceipt:
    """Do the work once for the key, and keep its answer with it."""
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return replace(ClaimReceipt(**answer), replayed=True)
        made = work()
        keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(made), now)
    return made


_REASON_LONG = Problem(
    "reason_long",
    Message(f"理由不能超过{REASON_MAX}字。", f"A reason has at most {REASON_MAX} characters."),
    field="reason",
)
