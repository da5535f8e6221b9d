"""分享链接: made and withdrawn by the family, opened by whoever has it.

A link that is wrong, over or withdrawn answers the same: who guesses learns nothing. Openings are
counted in the rows in which verifications are, and misses slow down like theirs.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.credentials import CredentialKind, CredentialState
from creditbank.domain.errors import Message, NotFoundError, Problem, refused
from creditbank.domain.paper_shares import (
    LINKS_MAX,
    SHARED_KINDS,
    TOKEN_BYTES,
    days_offered,
    token_hash,
    without_numbers,
)
from creditbank.domain.papers import Paper, PaperKind, PaperState, paper_state
from creditbank.domain.permissions import Action
from creditbank.domain.policies import Policy
from creditbank.domain.policy_keys import LINK_DAYS, LINK_NUMBERS
from creditbank.services.credential_papers import printed_credential
from creditbank.services.credential_truth import state_of
from creditbank.services.verifications import TooManyMisses, counted_tries, digest
from creditbank.services.waits import posting
from creditbank.store import paper_shares as rows
from creditbank.store.accounts import forget_tries
from creditbank.store.credentials import KeptCredential, credentials_by
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.learner_keys import learner_key
from creditbank.store.ledger import lock_head
from creditbank.store.paper_layouts import layouts_by_id
from creditbank.store.papers import KeptPaper, papers_by
from creditbank.store.policies import policy_for
from creditbank.store.unit_of_work import UnitOfWork

MISSES_MAX = 60
"""Links that do not open, from one address in the window: tokens are too long to be guessed."""
LOOKS_MAX = 300
"""Links opened from one address in the window: setting a paper costs the machine something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharePaper:
    """Make a link to one paper, or to one credential, of a learner. shows_numbers: in full."""

    learner_id: int
    issued_paper_id: int | None = None
    issued_credential_id: int | None = None
    days: int
    shows_numbers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawShare:
    """Close a link."""

    paper_share_id: int


@dataclass(frozen=True, slots=True)
class SharedPaper:
    """A link. token: what stands in it, "" where the same key had been answered before."""

    paper_share_id: int
    learner_id: int
    token: str = ""


@dataclass(frozen=True, slots=True)
class ShareTerms:
    """For how many days a link may be made, and whether it may show numbers in full."""

    days: tuple[int, ...]
    may_show_numbers: bool


@dataclass(frozen=True, slots=True)
class OpenedShare:
    """What somebody who has the link is shown. paper: None where it holds no more.

    document: the signed text of a credential, "" of a paper. until: the last moment of the link.
    """

    kind: PaperKind | CredentialKind
    name: str
    school: str
    issued_on: date
    valid_until: date | None
    state: PaperState | CredentialState
    until: datetime
    paper: Paper | None
    document: str
    verify_at: str
    hides_numbers: bool


_Shown = KeptPaper | KeptCredential


def share_terms(uow: UnitOfWork, institution_id: int, *, on: date) -> ShareTerms:
    """What the school allows on a day."""
    return _terms(policy_for(uow.connection, institution_id, on))


def share_paper(
    uow: UnitOfWork, actor: Actor, command: SharePaper, *, idempotency_key: str, now: datetime
) -> SharedPaper:
    """Make a link. Its token is in this answer and nowhere else.

    Raises ForbiddenError, NotFoundError for another's record or paper, BusyError, or
    InvalidInputError for days or numbers that are not allowed, or too many links.
    """
    connection, today = uow.connection, local_date(now)
    decide(actor, Action.SHARE_PAPER, learner_key(connection, command.learner_id, as_of=today))
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return SharedPaper(**answer)
        lock_head(connection, command.learner_id)
        shown = _shareable(uow, command)
        _check(share_terms(uow, shown.institution_id, on=today), command)
        if rows.open_shares(connection, command.learner_id, now=now) >= LINKS_MAX:
            raise refused(_TOO_MANY)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        made = SharedPaper(
            rows.add_share(
                connection,
                {
                    "institution_id": shown.institution_id,
                    "learner_id": command.learner_id,
                    "issued_paper_id": command.issued_paper_id,
                    "issued_credential_id": command.issued_credential_id,
                    "token_hash": token_hash(token),
                    "shows_numbers": command.shows_numbers,
                    "expires_at": now + timedelta(days=command.days),
                    "shared_by": actor.account_id,
                    "shared_at": now,
                },
            ),
            command.learner_id,
        )
        keep_answer(connection, actor.account_id, idempotency_key, hashed, asdict(made), now)
    return SharedPaper(made.paper_share_id, made.learner_id, token)


def withdraw_share(
    uow: UnitOfWork, actor: Actor, command: WithdrawShare, *, now: datetime
) -> SharedPaper:
    """Close a link at once; closing it again changes nothing. Raises NotFoundError, BusyError."""
    decide(actor, Action.SHARE_PAPER)
    share = rows.share_by_id(uow.connection, command.paper_share_id)
    if share is None:
        raise NotFoundError
    key = learner_key(uow.connection, share.learner_id, as_of=local_date(now))
    decide(actor, Action.SHARE_PAPER, key)
    with posting():
        lock_head(uow.connection, share.learner_id)
        standing = rows.share_by_id(uow.connection, command.paper_share_id)
        if standing is not None and standing.withdrawn_at is None:
            rows.add_withdrawal(
                uow.connection,
                {
                    "paper_share_id": share.paper_share_id,
                    "institution_id": share.institution_id,
                    "withdrawn_by": actor.account_id,
                    "withdrawn_at": now,
                },
            )
    return SharedPaper(share.paper_share_id, share.learner_id)


def open_share(
    uow: UnitOfWork, actor: Actor, token: str, *, address: str, is_file: bool, now: datetime
) -> OpenedShare | TooManyMisses | None:
    """What a link leads to; None for one that is wrong, over or withdrawn. It counts: commit."""
    decide(actor, Action.OPEN_SHARED_PAPER)
    misses, looks = {digest("link", address): MISSES_MAX}, {digest("links", address): LOOKS_MAX}
    counted = counted_tries(uow, misses, looks, now)
    if isinstance(counted, TooManyMisses):
        return counted
    with uow.everywhere():
        share = rows.share_by_hash(uow.connection, token_hash(token))
        if share is None or share.withdrawn_at is not None or share.expires_at <= now:
            return None
        forget_tries(uow.connection, counted)
        rows.add_opening(uow.connection, share, is_file=is_file, now=now)
        if share.issued_paper_id is not None:
            (paper,) = papers_by(uow.connection, ids=[share.issued_paper_id])
            if paper.paper_layout_id:
                layouts = layouts_by_id(uow.connection, [paper.paper_layout_id])
                paper = replace(paper, layout=layouts[paper.paper_layout_id].source)
            return _opened_paper(share, paper, local_date(now))
        (signed,) = credentials_by(uow.connection, ids=[share.issued_credential_id])
    return _opened_credential(uow, share, signed, now)


def _terms(policy: Policy) -> ShareTerms:
    return ShareTerms(days_offered(policy.integer(LINK_DAYS)), policy.flag(LINK_NUMBERS))


def _shareable(uow: UnitOfWork, command: SharePaper) -> _Shown:
    """The certificate or credential, if it is the learner's and stands. Raises NotFoundError."""
    found: _Shown | None = None
    if command.issued_paper_id is not None and command.issued_credential_id is None:
        papers = papers_by(uow.connection, ids=[command.issued_paper_id])
        found = next(
            (item for item in papers if item.kind in SHARED_KINDS and item.revoked_at is None),
            None,
        )
    elif command.issued_credential_id is not None and command.issued_paper_id is None:
        signed = credentials_by(uow.connection, ids=[command.issued_credential_id])
        found = next((item for item in signed if not item.is_revoked), None)
    if found is None or found.learner_id != command.learner_id:
        raise NotFoundError
    return found


def _check(terms: ShareTerms, command: SharePaper) -> None:
    if not 1 <= command.days <= terms.days[-1]:
        raise refused(_days_problem(terms.days[-1]))
    if command.shows_numbers and (not terms.may_show_numbers or command.issued_paper_id is None):
        raise refused(_NUMBERS)


def _opened_paper(share: rows.KeptShare, paper: KeptPaper, today: date) -> OpenedShare:
    state = paper_state(
        is_revoked=paper.revoked_at is not None,
        is_superseded=paper.is_superseded,
        valid_until=paper.valid_until,
        today=today,
    )
    content = paper.document if share.shows_numbers else without_numbers(paper.document)
    printed = Paper(
        kind=paper.kind,
        number=paper.number,
        code=paper.code,
        link=f"{paper.site}/{paper.token}",
        site=paper.site,
        issued_on=local_date(paper.issued_at),
        content=content,
        layout=paper.layout,
    )
    return OpenedShare(
        kind=paper.kind,
        name=str(paper.document["name"]),
        school=str(paper.document["school"]),
        issued_on=local_date(paper.issued_at),
        valid_until=paper.valid_until,
        state=state,
        until=share.expires_at,
        paper=None if state is PaperState.REVOKED else printed,
        document="",
        verify_at=paper.token,
        hides_numbers=not share.shows_numbers,
    )


def _opened_credential(
    uow: UnitOfWork, share: rows.KeptShare, signed: KeptCredential, now: datetime
) -> OpenedShare:
    state = state_of(uow, signed, now=now)
    stands = state is not CredentialState.REVOKED
    return OpenedShare(
        kind=signed.kind,
        name=signed.learner_name,
        school=signed.school,
        issued_on=local_date(signed.issued_at),
        valid_until=local_date(signed.valid_until) if signed.valid_until else None,
        state=state,
        until=share.expires_at,
        paper=printed_credential(signed) if stands else None,
        document=signed.document if stands else "",
        verify_at=signed.token,
        hides_numbers=False,
    )


def _days_problem(days_max: int) -> Problem:
    message = Message(
        f"请选择链接的有效天数,最长{days_max}天。",
        f"Choose for how many days the link is good, at most {days_max}.",
    )
    return Problem("link_days", message, field="days")


_NUMBERS = Problem(
    "link_numbers",
    Message(
        "学校不允许在分享件上显示完整的身份证号和学籍号。",
        "The school does not allow identity numbers in full on shared papers.",
    ),
    field="shows_numbers",
)
_TOO_MANY = Problem(
    "link_count",
    Message(
        f"最多同时有{LINKS_MAX}个有效链接,请先收回不用的。",
        f"At most {LINKS_MAX} links are open at once: withdraw some first.",
    ),
)
