"""查验: whether a paper is real, for anybody who holds it. Whoever guesses learns little.

Misses are counted as tries to sign in are, in the same rows: before anything is looked at, and
taken back when the paper was found. What was found is counted by itself and may be looked at more
often, but not without end: each look at a credential may judge its learner anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.credentials import CredentialKind, CredentialState
from creditbank.domain.identifiers import clean_identifier, masked_name
from creditbank.domain.papers import PaperKind, PaperState, paper_state, read_paper_number
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import clean_text
from creditbank.domain.study_papers import says_the_same
from creditbank.domain.verdicts import Outcome
from creditbank.services.credential_truth import state_of
from creditbank.services.fresh_verdicts import fresh_verdicts
from creditbank.store.accounts import (
    count_tries,
    forget_tries,
    forget_tries_before,
    lock_subject,
    tries,
)
from creditbank.store.credentials import KeptCredential, credentials_by
from creditbank.store.papers import KeptPaper, papers_by
from creditbank.store.unit_of_work import UnitOfWork

TRY_WINDOW = timedelta(minutes=10)
NUMBER_TRIES_MAX = 10
"""Wrong names for one number in the window: whoever guesses an identity number gets no further."""
PLACE_TRIES_MAX = 30
"""Misses from one address in the window."""
PLACE_LOOKS_MAX = 300
"""Looks from one address in the window, whatever they find: a school that checks a year's class."""
_ID_TAIL = 6


@dataclass(frozen=True, slots=True)
class VerifiedPaper:
    """All that the public may know of a paper. name: masked, "" of a paper about a class.

    class_name: of such a paper.
    """

    name: str
    school: str
    kind: PaperKind | CredentialKind
    issued_on: date
    valid_until: date | None
    state: PaperState | CredentialState
    class_name: str = ""


@dataclass(frozen=True, slots=True)
class TooManyMisses:
    """Nothing was looked at. retry_after: seconds until it is again."""

    retry_after: int


def verify_by_token(
    uow: UnitOfWork, actor: Actor, token: str, *, address: str, now: datetime
) -> VerifiedPaper | TooManyMisses | None:
    """The paper or credential of a QR code; None where there is none.

    The miss must be kept: commit.
    """
    decide(actor, Action.VERIFY_PAPER)
    counted = _counted(uow, address, {}, now)
    if isinstance(counted, TooManyMisses):
        return counted
    with uow.everywhere():
        found = papers_by(uow.connection, token=token)
        signed = [] if found else credentials_by(uow.connection, token=token)
    if signed:
        return _answer_credential(uow, signed[0], counted, now)
    return _answer(uow, found[0] if found else None, counted, now)


def verify_by_number(
    uow: UnitOfWork, actor: Actor, number: str, proof: str, *, address: str, now: datetime
) -> VerifiedPaper | TooManyMisses | None:
    """The paper of a number, for who knows a second thing that stands on it.

    proof: the full name, the last six of the identity number or the code. None where they do not
    belong together, whichever is wrong.
    """
    decide(actor, Action.VERIFY_PAPER)
    known = read_paper_number(number)
    limits = {} if known is None else {digest("number", known): NUMBER_TRIES_MAX}
    counted = _counted(uow, address, limits, now)
    if isinstance(counted, TooManyMisses):
        return counted
    with uow.everywhere():
        found = papers_by(uow.connection, number=known or "")
    is_right = bool(found) and _proves(found[0], proof)
    return _answer(uow, found[0] if is_right else None, counted, now)


def _counted(
    uow: UnitOfWork, address: str, limits: dict[str, int], now: datetime
) -> list[int] | TooManyMisses:
    misses = {digest("place", address): PLACE_TRIES_MAX, **limits}
    return counted_tries(uow, misses, {digest("look", address): PLACE_LOOKS_MAX}, now)


def counted_tries(
    uow: UnitOfWork, misses: Mapping[str, int], looks: Mapping[str, int], now: datetime
) -> list[int] | TooManyMisses:
    """The keys under which the try is taken back when it is no miss; the look stays counted.

    misses, looks: how many are taken in the window, by whom or what they are counted for.
    """
    most_of = {**misses, **looks}
    for subject in sorted(most_of):  # locks in one order
        lock_subject(uow.connection, subject)
    for subject, most in most_of.items():
        earlier = tries(uow.connection, subject, since=now - TRY_WINDOW)
        if len(earlier) >= most:
            wait = earlier[-most] + TRY_WINDOW - now
            return TooManyMisses(max(1, int(wait.total_seconds()) + 1))
    for look in looks:
        forget_tries_before(uow.connection, look, moment=now - TRY_WINDOW)
    count_tries(uow.connection, [*looks], now=now)
    return count_tries(uow.connection, [*misses], now=now)


def _answer(
    uow: UnitOfWork, paper: KeptPaper | None, counted: list[int], now: datetime
) -> VerifiedPaper | None:
    if paper is None:
        return None
    forget_tries(uow.connection, counted)
    return VerifiedPaper(
        name="" if paper.learner_id is None else masked_name(str(paper.document["name"])),
        class_name=paper.class_name,
        school=str(paper.document["school"]),
        kind=paper.kind,
        issued_on=local_date(paper.issued_at),
        valid_until=paper.valid_until,
        state=paper_state(
            is_revoked=paper.revoked_at is not None,
            is_superseded=paper.is_superseded,
            is_corrected=paper.is_corrected or not _still_judged(uow, paper, now=now),
            valid_until=paper.valid_until,
            today=local_date(now),
        ),
    )


def _answer_credential(
    uow: UnitOfWork, credential: KeptCredential, counted: list[int], now: datetime
) -> VerifiedPaper:
    """By the books of this moment, whatever the status list says yet."""
    forget_tries(uow.connection, counted)
    until = credential.valid_until
    return VerifiedPaper(
        name=masked_name(credential.learner_name),
        school=credential.school,
        kind=credential.kind,
        issued_on=local_date(credential.issued_at),
        valid_until=None if until is None else local_date(until),
        state=state_of(uow, credential, now=now),
    )


def _still_judged(uow: UnitOfWork, paper: KeptPaper, *, now: datetime) -> bool:
    """Whether a 毕业资格审核表 says what the verdict says by the books of this moment."""
    if paper.kind is not PaperKind.GRAD_AUDIT or paper.learner_id is None or paper.revoked_at:
        return True
    for item in fresh_verdicts(uow, paper.learner_id, as_of=local_date(now), now=now):
        verdict = item.verdict
        if verdict.enrolment_id == paper.enrolment_id and verdict.subject_kind == "graduation":
            return says_the_same(Outcome(paper.document["outcome"]), verdict.outcome)
    return False


def _proves(paper: KeptPaper, proof: str) -> bool:
    said = clean_identifier(proof)
    if paper.learner_id is None:  # a class's name could be guessed
        return bool(clean_text(proof)) and _bare(said) == _bare(paper.code)
    citizen_id = str(paper.document["citizen_id"])
    known = {clean_identifier(str(paper.document["name"])), _bare(paper.code)}
    if len(citizen_id) > _ID_TAIL and "*" not in citizen_id[-_ID_TAIL:]:
        known.add(citizen_id[-_ID_TAIL:])
    return bool(clean_text(proof)) and (said in known or _bare(said) in known)


def _bare(code: str) -> str:
    return code.replace("-", "")


def digest(kind: str, value: str) -> str:
    """What tries are counted by: nobody reads an address or a number from it."""
    return hashlib.sha256(f"verify|{kind}|{value}".encode()).hexdigest()
