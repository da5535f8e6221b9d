"""Whether what a credential says still holds by the books; where not, its ending as a row.

Whoever checks one credential has it looked at against the books of that moment. The lists that
others keep are signed from rows, which the worker's round adds: an ending stays, even if the books
should say the same again one day. Then a new credential is signed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from creditbank.domain.advances import Stage, still_stands
from creditbank.domain.calendar import local_date
from creditbank.domain.credentials import (
    CredentialKind,
    CredentialState,
    EndingKind,
    credential_state,
)
from creditbank.domain.decisions import still_says
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.verdicts import SubjectKind, Verdict
from creditbank.services.fresh_verdicts import fresh_verdicts
from creditbank.services.status_lists import publish_list
from creditbank.store import credentials as rows
from creditbank.store.advance_standings import standing_under
from creditbank.store.credentials import KeptCredential
from creditbank.store.unit_of_work import UnitOfWork

BATCH = 500
"""Credentials whose numbers are read at a time."""
_SUBJECTS = {
    CredentialKind.GRADUATION_ELIGIBILITY: SubjectKind.GRADUATION,
    CredentialKind.ARTICULATION_STATUS: SubjectKind.ARTICULATION,
}
_REASONS = {
    True: "账目或资格结论已变动",
    False: "档案中的凭证已失效",
}


def state_of(uow: UnitOfWork, credential: KeptCredential, *, now: datetime) -> CredentialState:
    """What a credential is worth at this moment, by the books themselves. The caller has decided.

    A revoked key takes all that it signed with it. Raises EvaluationQuarantinedError.
    """
    is_revoked = credential.is_revoked or credential.key_is_revoked
    is_expired = credential.valid_until is not None and credential.valid_until < now
    is_corrected = credential.is_corrected
    if not (is_revoked or is_corrected or is_expired):
        is_corrected = not content_holds(uow, credential, now=now)
    return credential_state(is_revoked=is_revoked, is_corrected=is_corrected, is_expired=is_expired)


def content_holds(uow: UnitOfWork, credential: KeptCredential, *, now: datetime) -> bool:
    """Whether its entries stand, its verdict and stage too, and its parts have not ended."""
    with uow.everywhere():
        connection = uow.connection
        if rows.taken_back(connection, credential.learner_id, credential.entry_seqs):
            return False
        parts = rows.credentials_by(connection, ids=list(credential.part_ids))
    return _verdict_holds(uow, credential, now=now) and all(
        not part.is_revoked and not part.is_corrected and content_holds(uow, part, now=now)
        for part in parts
    )


def _verdict_holds(uow: UnitOfWork, credential: KeptCredential, *, now: datetime) -> bool:
    if not credential.outcome:
        return True
    subject = (_SUBJECTS[credential.kind], credential.subject_id, credential.enrolment_id)
    for item in fresh_verdicts(uow, credential.learner_id, as_of=local_date(now), now=now):
        verdict = item.verdict
        if (verdict.subject_kind, verdict.subject_id, verdict.enrolment_id) == subject:
            says = verdict.outcome == credential.outcome or _was_true(uow, credential, verdict)
            return says and _stage_holds(uow, credential, verdict, now=now)
    return False


def _stage_holds(
    uow: UnitOfWork, credential: KeptCredential, verdict: Verdict, *, now: datetime
) -> bool:
    if not credential.stage:
        return True
    with uow.everywhere():
        found = standing_under(uow, verdict, as_of=local_date(now))
    said = Stage(credential.stage), credential.attempt
    return found is not None and still_stands(*said, found)


def _was_true(uow: UnitOfWork, credential: KeptCredential, verdict: Verdict) -> bool:
    """Whether the other outcome is that of having graduated, and corrects nothing."""
    with uow.everywhere():
        status = rows.enrolment_status(uow.connection, credential.enrolment_id)
    return status == EnrolmentStatus.GRADUATED and still_says(verdict, credential.outcome)


@dataclass
class RoundReport:
    """What a round did: credentials that were ended, and those that could not be looked at.

    unsigned: institution_id and kind of error of each list that could not be signed.
    """

    ended: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    unsigned: list[tuple[int, str]] = field(default_factory=list)


def check_credentials(
    open_unit: Callable[[], UnitOfWork], *, secret_key: str, now: datetime
) -> RoundReport:
    """The worker's round: end what no longer holds, then sign the lists that have to be signed.

    What fails for one credential or one school keeps no other from its turn; the next round tries
    again.
    """
    report = RoundReport()
    for are_records in (False, True):  # parts first: a record ends with its parts
        _end_doubted(open_unit, report, are_records=are_records, now=now)
    with open_unit() as uow:
        wanted = rows.lists_and_endings(uow.connection)
    for institution_id, site, list_no, _ in wanted:
        try:
            with open_unit() as uow:
                publish_list(
                    uow, institution_id, list_no, site=site, secret_key=secret_key, now=now
                )
        except Exception as error:  # noqa: BLE001 (whatever one school's key or rows raise)
            report.unsigned.append((institution_id, type(error).__name__))
    return report


def _end_doubted(
    open_unit: Callable[[], UnitOfWork], report: RoundReport, *, are_records: bool, now: datetime
) -> None:
    """Those of graduates stay doubted while they are good, so the round goes on behind each."""
    doubted = [0]
    while doubted:
        after = doubted[-1]
        with open_unit() as uow:
            doubted = rows.doubted(
                uow.connection, are_records=are_records, after=after, now=now, most=BATCH
            )
        for issued_credential_id in doubted:
            try:
                with open_unit() as uow:
                    if end_if_false(uow, issued_credential_id, now=now):
                        report.ended.append(issued_credential_id)
            except Exception:  # noqa: BLE001 (whose books cannot be judged has nothing decided)
                report.failed.append(issued_credential_id)


def end_if_false(uow: UnitOfWork, issued_credential_id: int, *, now: datetime) -> bool:
    """Enter that a credential no longer holds, once; whether that was so."""
    found = rows.credentials_by(uow.connection, ids=[issued_credential_id])[0]
    if content_holds(uow, found, now=now):
        return False
    rows.lock_lists(uow.connection, found.institution_id, found.site)
    found = rows.credentials_by(uow.connection, ids=[issued_credential_id])[0]
    if found.is_revoked or found.is_corrected or content_holds(uow, found, now=now):
        return False
    rows.add_ending(
        uow.connection,
        {
            "issued_credential_id": issued_credential_id,
            "kind": EndingKind.CORRECTED.value,
            "institution_id": found.institution_id,
            "reason": _REASONS[not found.part_ids],
            "ended_by": None,
            "ended_at": now,
        },
    )
    return True
