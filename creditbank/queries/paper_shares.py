"""The links that a family has made to its papers, and how often they were opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.credentials import CredentialKind
from creditbank.domain.paper_shares import ShareState
from creditbank.domain.papers import PaperKind
from creditbank.domain.permissions import Action
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.store.learner_keys import learner_key
from creditbank.store.paper_shares import share_rows
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ShareLine:
    """One link. looks: how often its page was opened, files: how often the paper itself."""

    paper_share_id: int
    kind: PaperKind | CredentialKind
    number: str
    shows_numbers: bool
    shared_at: datetime
    expires_at: datetime
    state: ShareState
    looks: int
    files: int
    opened_at: datetime | None


def own_shares(
    uow: UnitOfWork,
    actor: Actor,
    learner_id: int,
    *,
    now: datetime,
    limit: int = 10,
    cursor: str = "",
) -> Page[ShareLine]:
    """The latest first. Raises ForbiddenError, NotFoundError."""
    decide(
        actor, Action.SHARE_PAPER, learner_key(uow.connection, learner_id, as_of=local_date(now))
    )
    after = decode_cursor(cursor, (int,))
    limit = clamp(limit)
    rows = share_rows(
        uow.connection, learner_id, before=int(after[0]) if after else None, limit=limit + 1
    )
    lines = [
        ShareLine(
            paper_share_id=row["paper_share_id"],
            kind=_kind(row["paper_kind"], row["credential_kind"]),
            number=row["number"] or "",
            shows_numbers=row["shows_numbers"],
            shared_at=row["shared_at"],
            expires_at=row["expires_at"],
            state=_state(row["withdrawn_at"], row["expires_at"], now),
            looks=row["looks"],
            files=row["files"],
            opened_at=row["opened_at"],
        )
        for row in rows
    ]
    return page_of(lines, limit, lambda line: (line.paper_share_id,))


def _kind(paper: str | None, credential: str | None) -> PaperKind | CredentialKind:
    return PaperKind(paper) if paper else CredentialKind(credential or "")


def _state(withdrawn_at: datetime | None, expires_at: datetime, now: datetime) -> ShareState:
    if withdrawn_at is not None:
        return ShareState.WITHDRAWN
    return ShareState.OPEN if expires_at > now else ShareState.EXPIRED
