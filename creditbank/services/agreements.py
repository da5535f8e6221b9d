"""Signing agreements and putting further versions of them in force; nothing is ever edited.

When to use: by the county's bureau, which answers for agreements, or by the approver of the school
for its own. Who the partners are, majors, levels, years and cohort stay; another of these is
another agreement. A version reaches back neither before today nor before one that waits, and what
was filed with the college is counted as it was agreed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.advance_calendar import AdvanceStep, finishing_year
from creditbank.domain.agreement_terms import AgreementTerms
from creditbank.domain.agreements import Agreement
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import InvalidInputError, Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action, Grant, Scope
from creditbank.services import agreement_checks as checks
from creditbank.services.advance_calendar import refuse_other_section
from creditbank.services.agreement_commands import AmendAgreement, SignAgreement, TermsKept
from creditbank.store.advance_calendar import calendar_of
from creditbank.store.advances import has_filed
from creditbank.store.agreement_partners import insert_agreement, lock_agreement
from creditbank.store.agreement_terms import insert_terms, load_terms, terms_row, terms_versions
from creditbank.store.agreements import load_agreements
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.unit_of_work import UnitOfWork

_IDENTITY = (
    "school_id", "college_id", "name", "entry_year", "pre_level", "pre_years_tenths",
    "pre_major_code", "pre_catalogue_year", "post_level", "post_years_tenths", "post_major_code",
    "post_catalogue_year",
)  # fmt: skip
_SIGNED = ("document_no", "quota", "valid_from", "valid_to", "hard_conditions")


def sign_agreement(
    uow: UnitOfWork, actor: Actor, command: SignAgreement, *, idempotency_key: str, now: datetime
) -> TermsKept:
    """Keep a new agreement with its first terms.

    Raises ForbiddenError, or InvalidInputError with every field that is wrong; a major and cohort
    of a school that has an agreement is refused (三二连读: one major to one college).
    """
    grant = decide(actor, Action.SIGN_AGREEMENT)
    refuse_other_section(actor)
    hashed = request_hash(command)
    answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
    if answer is not None:
        return TermsKept(**answer, replayed=True)
    terms = replace(
        _cleaned(command.terms), version_no=1, in_force_from=command.terms.valid_from, reason=""
    )
    own = actor.institution_id if grant.scope is Scope.SCHOOL else None
    _refuse(checks.signing_problems(uow.connection, command, terms, own_school=own))
    agreement_id = insert_agreement(uow.connection, _agreement_row(command, terms))
    if agreement_id is None:
        raise refused(checks.already_agreed(uow.connection, command))
    terms = replace(terms, agreement_id=agreement_id)
    insert_terms(uow.connection, terms, decided_by=actor.account_id, now=now)
    kept = {"agreement_id": agreement_id, "version_no": 1}
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, kept, now)
    return TermsKept(agreement_id, 1)


def amend_agreement(
    uow: UnitOfWork, actor: Actor, command: AmendAgreement, *, idempotency_key: str, now: datetime
) -> TermsKept:
    """Put a further version in force, today or later.

    Raises ForbiddenError, NotFoundError for an agreement that is not the actor's, or
    InvalidInputError with every field that is wrong.
    """
    grant = decide(actor, Action.SIGN_AGREEMENT)
    refuse_other_section(actor)
    today = local_date(now)
    agreement = load_agreements(uow.connection, [command.agreement_id], as_of=today).get(
        command.agreement_id
    )
    if agreement is None or not _is_own(actor, grant, agreement):
        raise NotFoundError
    hashed = request_hash(command)
    answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
    if answer is not None:
        return TermsKept(**answer, replayed=True)
    lock_agreement(uow.connection, command.agreement_id)
    latest = _latest(uow, command.agreement_id, now)
    terms = replace(
        _cleaned(command.terms),
        agreement_id=command.agreement_id,
        version_no=latest.version_no + 1,
    )
    _refuse(
        checks.amendment_problems(
            terms,
            latest,
            of_version_no=command.of_version_no,
            pre_years_tenths=agreement.pre_years_tenths,
            today=today,
            is_filed=is_filed(uow, agreement, now=now),
        )
    )
    insert_terms(uow.connection, terms, decided_by=actor.account_id, now=now)
    kept = {"agreement_id": command.agreement_id, "version_no": terms.version_no}
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, kept, now)
    return TermsKept(command.agreement_id, terms.version_no)


def is_filed(uow: UnitOfWork, agreement: Agreement, *, now: datetime) -> bool:
    """Whether results of the cohort are filed with the college (报送), or can be no longer.

    By what was done: a filing of anybody that stands, of whichever attempt. Or by the days that the
    county has announced for it, once they are over; the pattern that ships binds nobody.
    """
    if has_filed(uow.connection, agreement.agreement_id):
        return True
    days = calendar_of(uow.connection, finishing_year(agreement), agreement.post_level)
    return any(
        item.step is AdvanceStep.FILED and item.is_announced and item.ends_on < local_date(now)
        for item in days
    )


def _latest(uow: UnitOfWork, agreement_id: int, now: datetime) -> AgreementTerms:
    """The version written last, also one that waits; what was signed where there is none."""
    versions = terms_versions(uow.connection, [agreement_id]).get(agreement_id)
    if versions:
        return versions[-1]
    return load_terms(uow.connection, [agreement_id], as_of=local_date(now))[agreement_id]


def _is_own(actor: Actor, grant: Grant, agreement: Agreement) -> bool:
    return grant.scope is Scope.COUNTY or agreement.school_id == actor.institution_id


def _cleaned(terms: AgreementTerms) -> AgreementTerms:
    return replace(terms, document_no=terms.document_no.strip(), reason=terms.reason.strip())


def _agreement_row(command: SignAgreement, terms: AgreementTerms) -> dict[str, Any]:
    """What was signed first stands in the agreement itself, too."""
    signed = terms_row(terms)
    identity = {name: getattr(command, name) for name in _IDENTITY}
    levels = {"pre_level": command.pre_level.value, "post_level": command.post_level.value}
    return {**identity, **levels, **{name: signed[name] for name in _SIGNED}}


def _refuse(problems: list[Problem]) -> None:
    if problems:
        message = problems[0].message if len(problems) == 1 else _SEVERAL
        raise InvalidInputError(message, problems=tuple(problems))


_SEVERAL = Message(
    "有几处需要修改,协议没有改变;请按所列字段修改后重新提交。",
    "Some fields need mending and nothing was kept; mend them and send it again.",
)
