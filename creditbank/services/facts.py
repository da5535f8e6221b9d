"""Recording what a verdict looks at beside credits: conduct, internship, sanctions, attestations.

Every fact is a new row; the latest speaks, a sanction is lifted, an attestation replaced. The
database moves the learner's facts and marks the learner with the fact as cause, whoever writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import AlreadyBookedError, ForbiddenError, NotFoundError
from creditbank.domain.errors import refused as refusal
from creditbank.domain.permissions import Action
from creditbank.domain.snapshots import Appraisal, AttestationKind
from creditbank.services import fact_words as words
from creditbank.services.enrolment_checks import agreement_faults
from creditbank.services.grounds import check_document
from creditbank.services.registration_commands import (
    JoinClass,
    LiftSanction,
    RecordAttestation,
    RecordConduct,
    RecordedFact,
    RecordFact,
    RecordInternship,
    RecordSanction,
)
from creditbank.services.sharing_consents import consent_by_joining
from creditbank.services.waits import posting
from creditbank.store import facts as rows
from creditbank.store import registration
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.learner_keys import learner_key
from creditbank.store.ledger import lock_head
from creditbank.store.terms import terms_by_code
from creditbank.store.unit_of_work import UnitOfWork

KINDS: Mapping[type[Any], str] = {
    RecordConduct: "conduct",
    RecordInternship: "internship",
    RecordSanction: "sanction",
    LiftSanction: "lifting",
    RecordAttestation: "attestation",
    JoinClass: "membership",
}


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where a fact is written: the enrolment at the actor's school, under the learner's lock."""

    uow: UnitOfWork
    institution_id: int
    enrolment: rows.OwnEnrolment
    by: Mapping[str, Any]
    today: date


def record_fact(
    uow: UnitOfWork, actor: Actor, command: RecordFact, *, idempotency_key: str, now: datetime
) -> RecordedFact:
    """Record one fact on the learner's enrolment at the actor's school.

    Raises NotFoundError, ForbiddenError, InvalidInputError with the field, or AlreadyBookedError
    where this very fact stands; then nothing was recorded.
    """
    decide(actor, Action.RECORD_FACT)
    key = learner_key(uow.connection, command.learner_id, as_of=local_date(now))
    decide(actor, Action.RECORD_FACT, key)
    if actor.institution_id is None:
        raise ForbiddenError
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return replace(RecordedFact(**answer), replayed=True)
        lock_head(uow.connection, command.learner_id)
        enrolment = rows.own_enrolment(uow.connection, command.learner_id, actor.institution_id)
        if enrolment is None:
            raise NotFoundError
        by = {"recorded_by": actor.account_id, "recorded_at": now}
        desk = _Desk(uow, actor.institution_id, enrolment, by, local_date(now))
        fact_id = _WRITERS[type(command)](desk, command)
    made = RecordedFact(
        learner_id=command.learner_id,
        enrolment_id=enrolment.enrolment_id,
        kind=KINDS[type(command)],
        fact_id=fact_id,
        facts_seq=rows.facts_seq(uow.connection, command.learner_id),
    )
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(made), now)
    return made


def _conduct(desk: _Desk, command: RecordConduct) -> int:
    days = terms_by_code(desk.uow.connection).get(command.term.code)
    if days is None or days.starts_on > desk.today:
        raise refusal(words.TERM)
    if days.ends_on < desk.enrolment.entered_on:
        raise refusal(words.before_entry("term"))
    _while_there(desk, days.starts_on + timedelta(days=1), "term")  # there for a day of it
    return _add(
        desk, "conduct", term_code=command.term.code, result=command.result.value,
        grade=command.grade,
    )  # fmt: skip


def _internship(desk: _Desk, command: RecordInternship) -> int:
    _on(desk, command.started_on, "started_on")
    is_appraised = command.result is not Appraisal.PENDING
    if command.ended_on is None and is_appraised:
        raise refusal(words.NO_END)
    if command.ended_on is not None:
        if command.ended_on < command.started_on:
            raise refusal(words.ENDS_BEFORE)
        if is_appraised:
            _on(desk, command.ended_on, "ended_on")
    return _add(
        desk, "internship", organisation=command.organisation, started_on=command.started_on,
        ended_on=command.ended_on, result=command.result.value,
    )  # fmt: skip


def _sanction(desk: _Desk, command: RecordSanction) -> int:
    _on(desk, command.decided_on, "decided_on")
    document_no = _document(command.document_no)
    if rows.has_sanction(
        desk.uow.connection,
        desk.enrolment.enrolment_id,
        document_no=document_no,
        level=command.level.value,
        decided_on=command.decided_on,
    ):
        raise AlreadyBookedError(words.SANCTION_STANDS.message, problems=(words.SANCTION_STANDS,))
    return _add(
        desk, "sanction", level=command.level.value, decided_on=command.decided_on,
        document_no=document_no,
    )  # fmt: skip


def _lifting(desk: _Desk, command: LiftSanction) -> int:
    """By the school that imposed it, or where the learner is enrolled now."""
    with desk.uow.everywhere():
        found = rows.sanction(desk.uow.connection, command.sanction_id)
    if found is None or found.learner_id != command.learner_id:
        raise refusal(words.NO_SANCTION)
    if found.institution_id != desk.institution_id and not desk.enrolment.is_open:
        raise refusal(words.NO_SANCTION)
    if found.lifted_on is not None:
        raise AlreadyBookedError(words.LIFTED.message, problems=(words.LIFTED,))
    if not found.decided_on <= command.lifted_on <= desk.today:
        raise refusal(words.LIFTED_ON)
    return _add(
        desk, "lifting", sanction_id=command.sanction_id, lifted_on=command.lifted_on,
        document_no=_document(command.document_no),
    )  # fmt: skip


def _attestation(desk: _Desk, command: RecordAttestation) -> int:
    _on(desk, command.attested_on, "attested_on", may_be_before_entry=True)
    is_exam = command.attestation is AttestationKind.ACADEMIC_PASS_EXAM
    if is_exam != bool(command.subject):
        raise refusal(words.SUBJECT if is_exam else words.NO_SUBJECT)
    if command.replaces_id is not None:
        kind = rows.standing_attestation(
            desk.uow.connection, command.replaces_id, desk.enrolment.enrolment_id
        )
        if kind != command.attestation.value:
            raise refusal(words.NO_ATTESTATION)
    return _add(
        desk, "attestation", kind=command.attestation.value, subject=command.subject,
        result=command.result.value, attested_on=command.attested_on,
        document_no=command.document_no, replaces_id=command.replaces_id,
    )  # fmt: skip


def _membership(desk: _Desk, command: JoinClass) -> int:
    connection, enrolment = desk.uow.connection, desk.enrolment
    faults = agreement_faults(connection, desk.institution_id, command.agreement_id, enrolment)
    if faults:
        raise refusal(faults[0])
    if registration.is_member(connection, command.agreement_id, enrolment.enrolment_id):
        raise AlreadyBookedError(words.MEMBER.message, problems=(words.MEMBER,))
    if not enrolment.entered_on <= command.joined_on <= max(desk.today, enrolment.entered_on):
        raise refusal(words.JOINED_ON)
    _while_there(desk, command.joined_on, "joined_on")
    registration.add_member(
        connection,
        {
            "agreement_id": command.agreement_id,
            "enrolment_id": enrolment.enrolment_id,
            "joined_on": command.joined_on,
            "left_reason": "",
            **desk.by,
        },
        consent=consent_by_joining(desk.uow, desk.institution_id, on=desk.today),
    )
    return command.agreement_id


_WRITERS: Mapping[type[Any], Callable[[_Desk, Any], int]] = {
    RecordConduct: _conduct,
    RecordInternship: _internship,
    RecordSanction: _sanction,
    LiftSanction: _lifting,
    RecordAttestation: _attestation,
    JoinClass: _membership,
}


def _add(desk: _Desk, table: str, /, **values: Any) -> int:  # noqa: ANN401 (column values)
    row = {"enrolment_id": desk.enrolment.enrolment_id, **values, **desk.by}
    return rows.add_fact(desk.uow.connection, table, row)


def _on(desk: _Desk, day: date, field: str, *, may_be_before_entry: bool = False) -> None:
    """A fact happened: not tomorrow, and not before the learner came, unless it is brought along.

    A 合格考 passed at another school is attested here, too. Nor after the learner left.
    """
    if day > desk.today:
        raise refusal(words.in_future(field))
    if day < desk.enrolment.entered_on and not may_be_before_entry:
        raise refusal(words.before_entry(field))
    _while_there(desk, day, field)


def _while_there(desk: _Desk, day: date, field: str) -> None:
    """What happened before the learner left may still be entered late."""
    left_on = desk.enrolment.left_on
    if left_on is not None and day > left_on:
        raise refusal(words.after_leaving(field, left_on))


def _document(text: str) -> str:
    check_document(text)
    return text.strip()
