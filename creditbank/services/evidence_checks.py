"""Checking a certificate number that stands in several accounts: whose it is.

The decision is kept for ever beside its reason, and the latest one rules. Nothing in the ledger
changes: what is not the learner's is taken back by a reversal, which stays a decision of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from creditbank.domain.access import Actor, LearnerKey, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action
from creditbank.services.commands import CheckEvidence
from creditbank.services.grounds import check_reason
from creditbank.services.holders import lock_numbers, move_holders
from creditbank.services.waits import posting
from creditbank.store.evidence_checks import insert_check, read_disputes
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.learner_keys import learner_key, learner_keys
from creditbank.store.ledger import evidence_no_of, lock_head
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CheckedEvidence:
    """What was decided. disputed_ids: who holds the number still and may not count it."""

    learner_id: int
    ledger_seq: int
    owner_ids: tuple[int, ...]
    disputed_ids: tuple[int, ...]
    reason: str
    replayed: bool = False


def check_evidence(
    uow: UnitOfWork, actor: Actor, command: CheckEvidence, *, idempotency_key: str, now: datetime
) -> CheckedEvidence:
    """Decide whose the certificate of an entry is; every holder is evaluated anew.

    Raises NotFoundError, ForbiddenError or InvalidInputError (no reason, not in dispute, an owner
    who does not hold the number, a holder of another school: then it is the county's to check).
    """
    decide(actor, Action.CHECK_EVIDENCE)
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return replace(_kept(answer), replayed=True)
        key = learner_key(uow.connection, command.learner_id, as_of=local_date(now))
        decide(actor, Action.CHECK_EVIDENCE, key)
        number = evidence_no_of(uow.connection, command.learner_id, command.ledger_seq)
        if not number:
            raise NotFoundError
        holders = lock_numbers(uow.connection, [number])
        for learner_id in sorted(holders):
            lock_head(uow.connection, learner_id)
        _refuse(uow, actor, command, number, holders, now)
        insert_check(
            uow.connection,
            {
                "institution_id": _school(actor, key),
                "evidence_no": number,
                "learner_ids": sorted(set(command.owner_ids)),
                "reason": command.reason.strip(),
                "checked_by": actor.account_id,
                "checked_at": now,
            },
        )
        move_holders(uow.connection, holders, now=now)
    checked = CheckedEvidence(
        learner_id=command.learner_id,
        ledger_seq=command.ledger_seq,
        owner_ids=tuple(sorted(set(command.owner_ids))),
        disputed_ids=tuple(sorted(holders - set(command.owner_ids))),
        reason=command.reason.strip(),
    )
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(checked), now)
    return checked


def _refuse(
    uow: UnitOfWork,
    actor: Actor,
    command: CheckEvidence,
    number: str,
    holders: frozenset[int],
    now: datetime,
) -> None:
    check_reason(command.reason, _REASON_MISSING)
    with uow.everywhere():
        disputed = read_disputes(uow.connection, [number]).get(number, frozenset())
    if command.learner_id not in holders or not disputed:
        raise refused(_NOT_DISPUTED)
    keys = learner_keys(uow.connection, sorted(holders), as_of=local_date(now))
    try:
        for learner_id in sorted(holders):
            decide(actor, Action.CHECK_EVIDENCE, keys.get(learner_id) or _unseen(learner_id))
    except NotFoundError as error:
        raise refused(_OTHER_SCHOOL) from error
    if not command.owner_ids or not holders.issuperset(command.owner_ids):
        raise refused(_NO_HOLDER)


def _unseen(learner_id: int) -> LearnerKey:
    return LearnerKey(learner_id, frozenset())


def _school(actor: Actor, key: LearnerKey) -> int:
    """In whose name it is kept: the actor's school, for the county that of the learner."""
    own = actor.institution_id
    return own if own is not None and own in key.institution_ids else min(key.institution_ids)


def _kept(answer: Mapping[str, Any]) -> CheckedEvidence:
    ids = {name: tuple(answer[name]) for name in ("owner_ids", "disputed_ids")}
    return CheckedEvidence(**{**answer, **ids})


_REASON_MISSING = Problem(
    "reason_missing",
    Message("请填写核查依据(1-200字)。", "Say what the check rests on (1 to 200 characters)."),
    field="reason",
)
_NOT_DISPUTED = Problem(
    "not_disputed",
    Message(
        "该证书编号目前没有争议,无须核查。",
        "This certificate number is not in dispute; there is nothing to check.",
    ),
    field="ledger_seq",
)
_OTHER_SCHOOL = Problem(
    "other_school",
    Message(
        "该证书编号也在其他学校的学生名下,须由县教育和体育局核查。",
        "A learner of another school holds this number too: the county bureau has to check it.",
    ),
    field="ledger_seq",
)
_NO_HOLDER = Problem(
    "owner_missing",
    Message(
        "请从持有该编号的学生中选择证书属于谁,至少一人;都不属于的,请分别冲销。",
        "Choose whose it is, at least one of those who hold the number; if it is nobody's, reverse"
        " each entry.",
    ),
    field="owner_ids",
)
