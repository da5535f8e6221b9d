"""What people decided, beside what it rests on: papers, links, terms, consents, decisions.

Where a row follows from others it is derived from them again; what somebody typed cannot be. Writes
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from creditbank.domain.calendar import local_date
from creditbank.domain.damages import Damage, DamageKind
from creditbank.domain.decisions import is_positive
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.paper_shares import days_offered
from creditbank.domain.papers import document_hash
from creditbank.domain.policy_keys import LINK_DAYS, LINK_NUMBERS
from creditbank.eligibility import verdict_from_dict
from creditbank.store import family_dump
from creditbank.store import record_dump as dump
from creditbank.store.policies import policy_for

_ALL_WEIGHTS = 100
_UNDER_WAY = timedelta(minutes=10)
"""Who opened a link while it was withdrawn may have noted that a little later."""


def check_records(connection: Connection) -> list[Damage]:
    """All of it, as one moment saw it; advances and credentials have checks of their own."""
    return [
        *_of_papers(connection),
        *_of_shares(connection),
        *_of_terms(connection),
        *_of_consents(connection),
        *_of_decisions(connection),
        *_of_reviews(connection),
    ]


def _of_papers(connection: Connection) -> Iterator[Damage]:
    """Each register is numbered from 1 without a gap, and a document is that of its hash."""
    register, serial = None, 0
    for row in dump.papers(connection):
        key = f"issued_paper_id={row.issued_paper_id}"
        serial = serial + 1 if register == (row.institution_id, row.kind, row.year) else 1
        register = (row.institution_id, row.kind, row.year)
        if row.serial != serial:
            yield Damage("issued_papers", key, DamageKind.GAP, "serial")
            serial = row.serial
        if document_hash(row.document) != row.content_hash:
            yield Damage("issued_papers", key, DamageKind.CONTENT)


def _of_shares(connection: Connection) -> Iterator[Damage]:
    """A link is good for as long as the rule of its day let it be, and opened no longer."""
    for row in family_dump.shares(connection):
        key = f"paper_share_id={row.paper_share_id}"
        if not row.is_of_learner:
            yield Damage("paper_shares", key, DamageKind.BASIS)
        day = local_date(row.shared_at)
        policy = policy_for(connection, row.institution_id, day, known_at=row.shared_at)
        longest = timedelta(days=days_offered(policy.integer(LINK_DAYS))[-1])
        if not row.shared_at < row.expires_at <= row.shared_at + longest:
            yield Damage("paper_shares", key, DamageKind.RULE, "expires_at")
        if row.shows_numbers and not policy.flag(LINK_NUMBERS):
            yield Damage("paper_shares", key, DamageKind.RULE, "shows_numbers")
        if row.withdrawn_at is not None and row.withdrawn_at < row.shared_at:
            yield Damage("paper_share_withdrawals", key, DamageKind.LATE, "withdrawn_at")
        if row.first_opened is not None:
            closed = row.expires_at
            if row.withdrawn_at is not None:
                closed = min(closed, row.withdrawn_at + _UNDER_WAY)
            if not row.shared_at <= row.first_opened <= row.last_opened <= closed:
                yield Damage("paper_share_openings", key, DamageKind.LATE, "opened_at")


def _of_terms(connection: Connection) -> Iterator[Damage]:
    """Versions without a gap that reach back before none of them, and weights of 100 in all."""
    before: Any = None
    for row in dump.terms(connection):
        key = f"agreement_id={row.agreement_id} version_no={row.version_no}"
        earlier = before if before and before.agreement_id == row.agreement_id else None
        if row.version_no != (earlier.version_no if earlier else 0) + 1:
            yield Damage("agreement_terms", key, DamageKind.GAP, "version_no")
        if row.in_force_from < (earlier.in_force_from if earlier else date.min):
            yield Damage("agreement_terms", key, DamageKind.ORDER, "in_force_from")
        if row.scores and sum(part["weight"] for part in row.scores) != _ALL_WEIGHTS:
            yield Damage("agreement_terms", key, DamageKind.SUM, "scores")
        before = row


def _of_consents(connection: Connection) -> Iterator[Damage]:
    """Colleges are shown whoever the rows say, and nobody else."""
    given = {(row[0], row[1]): row.is_given for row in dump.consents(connection)}
    agreed = {
        (row.agreement_id, row.enrolment_id, row.learner_id, row.school_id, row.college_id)
        for row in dump.members(connection)
        if given.get((row.agreement_id, row.learner_id), False)
        and (row.left_on is None or _has_graduated(row))
    }
    for agreement_id, enrolment_id, *_ in sorted(agreed ^ dump.shown(connection)):
        key = f"agreement_id={agreement_id} enrolment_id={enrolment_id}"
        yield Damage("shared_members", key, DamageKind.SHOWN)


def _has_graduated(row: Any) -> bool:  # noqa: ANN401 (a row)
    """Who graduates leaves the class on that day and stays agreed."""
    return row.status == EnrolmentStatus.GRADUATED and row.left_on in row.graduated_on


def _of_decisions(connection: Connection) -> Iterator[Damage]:
    """A decision freezes a positive verdict on its own subject; it is taken back by one on it."""
    subjects: dict[int, tuple[Any, ...]] = {}
    for row in dump.decisions(connection):
        key = f"decision_id={row.decision_id}"
        subject = (row.enrolment_id, row.subject_kind, row.subject_id, row.verdict_id)
        if row.withdraws_id is not None:
            if subjects.get(row.withdraws_id) != subject:
                yield Damage("decisions", key, DamageKind.STEP, "withdraws_id")
            continue
        subjects[row.decision_id] = subject
        if row.findings is None or not row.is_of_verdict:
            yield Damage("decisions", key, DamageKind.BASIS, "verdict_id")
        elif not is_positive(verdict_from_dict(row.findings)):
            yield Damage("decisions", key, DamageKind.BASIS)


def _of_reviews(connection: Connection) -> Iterator[Damage]:
    for row in dump.reviews_astray(connection):
        field = "frozen_verdict_id" if row.other_frozen else "findings_hash"
        key = f"review_case_id={row.review_case_id}"
        yield Damage("review_cases", key, DamageKind.BASIS, field)
