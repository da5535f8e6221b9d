"""Consent to be shown to a college: given or withdrawn by the learner or a guardian, at any time.

Whoever withdraws is no longer shown from the commit on: not by page, API or webhook.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import NotFoundError
from creditbank.domain.permissions import Action
from creditbank.domain.sharing_consents import JOINING_POLICY, ConsentBasis, JoiningConsent
from creditbank.services.waits import posting
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.learner_keys import learner_key
from creditbank.store.ledger import lock_head
from creditbank.store.policies import policy_for
from creditbank.store.sharing_consents import Said, add_consent, consent_lines
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveConsent:
    """Consent under one agreement, or withdraw it."""

    learner_id: int
    agreement_id: int
    is_given: bool


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """What stands now. replayed: the same key had been answered before."""

    learner_id: int
    agreement_id: int
    is_given: bool
    replayed: bool = False


def give_consent(
    uow: UnitOfWork, actor: Actor, command: GiveConsent, *, idempotency_key: str, now: datetime
) -> ConsentGiven:
    """Record it, unless the same stands already.

    Raises ForbiddenError, or NotFoundError for another's record or an agreement whose class the
    learner never was in.
    """
    connection, hashed = uow.connection, request_hash(command)
    today = local_date(now)
    key = learner_key(connection, command.learner_id, as_of=today)
    decide(actor, Action.GIVE_CONSENT, key)
    with posting():
        answer = earlier_answer(connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return ConsentGiven(**answer, replayed=True)
        lock_head(connection, command.learner_id)
        found_lines = consent_lines(connection, command.learner_id, as_of=today)
        lines = {line.agreement_id: line for line in found_lines}
        if command.agreement_id not in lines:
            raise NotFoundError
        line = lines[command.agreement_id]
        if line.basis is None or line.is_given is not command.is_given:
            said = Said(command.is_given, ConsentBasis(actor.role.value), actor.account_id)
            add_consent(connection, line, command.learner_id, said, now=now)
        found = ConsentGiven(**asdict(command))
        keep_answer(connection, actor.account_id, idempotency_key, hashed, asdict(command), now)
    return found


def consent_by_joining(uow: UnitOfWork, institution_id: int, *, on: date) -> JoiningConsent:
    """Whether who joins a class of the school on a day consents by that."""
    return JoiningConsent(policy_for(uow.connection, institution_id, on).text(JOINING_POLICY))
