"""What stands in each credential: Verifiable Credentials 2.0 as JSON, from plain data. Pure.

Credits are decimal text, days ISO text; there is no float. Never inside: an identity number, a day
of birth, an address, why an entry was reversed, and what a condition found: only whether it is met
and by which records, never by which sanctions there were. The subject is a random URN: by it no two
credentials of a learner can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from creditbank.credentials.contexts import (
    CREDENTIALS_V2,
    LEARNER_RECORDS_V2,
    OPEN_BADGES_V3,
    extension_url,
)
from creditbank.credentials.data_integrity import Document, moment_text
from creditbank.credentials.status_list import entry
from creditbank.domain.credentials import CredentialKind
from creditbank.domain.credits import credits_text

TYPES: Mapping[CredentialKind, str] = {
    CredentialKind.TRANSCRIPT: "TranscriptCredential",
    CredentialKind.CREDIT_STATEMENT: "CreditStatementCredential",
    CredentialKind.GRADUATION_ELIGIBILITY: "GraduationEligibilityCredential",
    CredentialKind.ARTICULATION_STATUS: "ArticulationStatusCredential",
    CredentialKind.ACHIEVEMENT: "AchievementCredential",
    CredentialKind.LEARNER_RECORD: "ClrCredential",
}
_PUBLISHED: Mapping[CredentialKind, tuple[str, ...]] = {
    CredentialKind.ACHIEVEMENT: (OPEN_BADGES_V3,),
    CredentialKind.LEARNER_RECORD: (LEARNER_RECORDS_V2, OPEN_BADGES_V3),
}
"""The contexts of standards of 1EdTech, whose words for issuer and evidence are used with them."""
TITLES: Mapping[CredentialKind, str] = {
    CredentialKind.TRANSCRIPT: "成绩单",
    CredentialKind.CREDIT_STATEMENT: "学分银行对账单",
    CredentialKind.GRADUATION_ELIGIBILITY: "毕业资格证明",
    CredentialKind.ARTICULATION_STATUS: "转段资格状态",
    CredentialKind.ACHIEVEMENT: "学习成果证书",
    CredentialKind.LEARNER_RECORD: "综合学习档案",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What surrounds the content of any credential.

    site: the installation's address; token: the random code of its public page; list_url and
    list_index: its place in the status list. valid_until: None for what stays true.
    """

    kind: CredentialKind
    site: str
    token: str
    issuer_did: str
    issuer_name: str
    valid_from: datetime
    valid_until: datetime | None
    list_url: str
    list_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom it is about. subject_id: a random URN; plan_version 0 where there is no plan."""

    subject_id: str
    name: str
    school: str
    major: str
    class_name: str
    entry_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerState:
    """The books and rules that a credential was made under; checkpoint: a signed note, or ""."""

    ledger_seq: int
    plan: str
    plan_version: int
    policy_version: str
    engine_version: str
    as_of: date
    input_hash: str
    checkpoint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditRecord:
    """One standing entry of the ledger. units in hundredths; passed: None where nothing is said."""

    ledger_seq: int
    entry_kind: str
    title: str
    units: int
    hours: int
    earned_on: date
    term_code: str
    course_code: str
    exam_kind: str
    scale: str
    mark: str
    passed: bool | None
    entry_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KindBalance:
    """Hundredths of one kind of entry: what is booked, what a verdict uses, what is left over."""

    entry_kind: str
    booked: int
    counted: int
    surplus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRef:
    """A record by which a condition is met. number: of the certificate, or the document."""

    code: str
    name: str = ""
    level: str = ""
    number: str = ""
    dated: date | None = None
    ledger_seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A verdict: hundredths, and its blocks and conditions without what was found for each.

    blocks: (code, name, required, counted, missing); conditions: (code, name, is met). rests_on: by
    code of a condition that is met the records that it rests on.
    """

    outcome: str
    outcome_name: str
    required: int
    counted: int
    shortfall: int
    blocks: tuple[tuple[str, str, int, int, int], ...]
    conditions: tuple[tuple[str, str, bool], ...]
    rests_on: Mapping[str, tuple[RecordRef, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """The agreement that a status is about, and where the learner stands under it.

    stage: what people decided so far, "" where the agreement has no terms yet; attempt: from 1.
    """

    agreement: str
    document_no: str
    college: str
    college_major: str
    stage: str = ""
    stage_name: str = ""
    attempt: int = 1


def transcript(
    envelope: Envelope,
    subject: Subject,
    state: LedgerState,
    records: Sequence[CreditRecord],
    *,
    gpa: int | None,
) -> dict[str, Any]:
    """成绩单: every standing entry. gpa in hundredths."""
    said: dict[str, Any] = {
        "totalCredits": credits_text(sum(record.units for record in records)),
        "records": [_record(record) for record in records],
    }
    if gpa is not None:
        said["gradePointAverage"] = credits_text(gpa)
    return _credential(envelope, _learner(subject) | said, state)


def credit_statement(
    envelope: Envelope,
    subject: Subject,
    state: LedgerState,
    records: Sequence[CreditRecord],
    balances: Sequence[KindBalance],
) -> dict[str, Any]:
    """学分银行对账单: what is booked by kind, and the outcomes that are no courses, one by one."""
    said = {
        "totalCredits": credits_text(sum(balance.booked for balance in balances)),
        "balances": [
            {
                "type": "Balance",
                "entryKind": balance.entry_kind,
                "booked": credits_text(balance.booked),
                "counted": credits_text(balance.counted),
                "surplus": credits_text(balance.surplus),
            }
            for balance in balances
        ],
        "records": [_record(record) for record in records],
    }
    return _credential(envelope, _learner(subject) | said, state)


def graduation_eligibility(
    envelope: Envelope, subject: Subject, state: LedgerState, standing: Standing
) -> dict[str, Any]:
    """毕业资格证明: the verdict on graduation."""
    return _credential(envelope, _learner(subject) | _standing(standing), state)


def articulation_status(
    envelope: Envelope, subject: Subject, state: LedgerState, standing: Standing, advance: Advance
) -> dict[str, Any]:
    """转段资格状态: the verdict on the advance under one agreement, whatever it is, and stage."""
    said: dict[str, Any] = {
        "agreement": advance.agreement,
        "documentNumber": advance.document_no,
        "college": advance.college,
        "collegeMajor": advance.college_major,
    }
    if advance.stage:
        said |= {
            "stage": advance.stage, "stageName": advance.stage_name, "attempt": advance.attempt,
        }  # fmt: skip
    return _credential(envelope, _learner(subject) | said | _standing(standing), state)


def achievement(
    envelope: Envelope, subject: Subject, state: LedgerState, record: CreditRecord, criteria: str
) -> dict[str, Any]:
    """学习成果: one certificate or award as an Open Badge 3.0. criteria: what it was given for."""
    said = {
        "id": subject.subject_id,
        "type": ["AchievementSubject"],
        "identifier": [
            {
                "type": "IdentityObject",
                "identityType": "name",
                "hashed": False,
                "identityHash": subject.name,
            }
        ],
        "achievement": {
            "id": f"{_address(envelope)}#achievement",
            "type": ["Achievement"],
            "name": record.title,
            "description": f"{record.title}(计{credits_text(record.units)}学分)",
            "criteria": {"narrative": criteria},
        },
        "records": [_record(record)],
    }
    return _credential(envelope, said, state)


def learner_record(
    envelope: Envelope, subject: Subject, state: LedgerState, parts: Sequence[Document]
) -> dict[str, Any]:
    """综合学习档案: signed credentials of one learner, each with its own proof, under one more."""
    said = {
        "id": subject.subject_id,
        "type": ["ClrSubject"],
        "name": subject.name,
        "verifiableCredential": list(parts),
    }
    return _credential(envelope, said, state)


def _credential(
    envelope: Envelope, subject: Mapping[str, Any], state: LedgerState
) -> dict[str, Any]:
    published = _PUBLISHED.get(envelope.kind, ())
    said: dict[str, Any] = {
        "@context": [CREDENTIALS_V2, *published, extension_url(envelope.site)],
        "id": _address(envelope),
        "type": ["VerifiableCredential", TYPES[envelope.kind]],
        "name": TITLES[envelope.kind],
        "issuer": {
            "id": envelope.issuer_did,
            "type": "Profile" if published else "School",
            "name": envelope.issuer_name,
        },
        "validFrom": moment_text(envelope.valid_from),
        "credentialSubject": dict(subject),
        "credentialStatus": entry(envelope.list_url, envelope.list_index),
        "evidence": [_state(state, is_badge=bool(published))],
    }
    if envelope.valid_until is not None:
        said["validUntil"] = moment_text(envelope.valid_until)
    return said


def _address(envelope: Envelope) -> str:
    return f"{envelope.site}/verify/{envelope.token}"


def _learner(subject: Subject) -> dict[str, Any]:
    return {
        "id": subject.subject_id,
        "type": "Learner",
        "name": subject.name,
        "major": subject.major,
        "className": subject.class_name,
        "entryYear": subject.entry_year,
    }


def _state(state: LedgerState, *, is_badge: bool) -> dict[str, Any]:
    said: dict[str, Any] = {
        "type": ["Evidence", "LedgerState"] if is_badge else ["LedgerState"],
        "ledgerSeq": state.ledger_seq,
        "plan": state.plan,
        "planVersion": state.plan_version,
        "policyVersion": state.policy_version,
        "engineVersion": state.engine_version,
        "asOf": state.as_of.isoformat(),
        "inputHash": state.input_hash,
    }
    return said | ({"checkpoint": state.checkpoint} if state.checkpoint else {})


def _record(record: CreditRecord) -> dict[str, Any]:
    said: dict[str, Any] = {
        "type": "CreditRecord",
        "ledgerSeq": record.ledger_seq,
        "entryKind": record.entry_kind,
        "name": record.title,
        "credits": credits_text(record.units),
        "hours": record.hours,
        "earnedOn": record.earned_on.isoformat(),
        "entryHash": record.entry_hash,
    }
    texts = {
        "termCode": record.term_code, "courseCode": record.course_code,
        "examKind": record.exam_kind, "scale": record.scale, "mark": record.mark,
    }  # fmt: skip
    said |= {name: text for name, text in texts.items() if text}
    if record.passed is not None:
        said["passed"] = record.passed
    return said


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "outcome": standing.outcome,
        "outcomeName": standing.outcome_name,
        "required": credits_text(standing.required),
        "counted": credits_text(standing.counted),
        "shortfall": credits_text(standing.shortfall),
        "blocks": [
            {
                "type": "BlockResult",
                "code": code,
                "name": name,
                "required": credits_text(required),
                "counted": credits_text(counted),
                "missing": credits_text(missing),
            }
            for code, name, required, counted, missing in standing.blocks
        ],
        "conditions": [
            {"type": "ConditionResult", "code": code, "met": met}
            | ({"name": name} if name else {})
            | _rests_on(standing.rests_on.get(code, ()))
            for code, name, met in standing.conditions
        ],
    }


def _rests_on(records: Sequence[RecordRef]) -> dict[str, Any]:
    said = [_ref(record) for record in records]
    return {"restsOn": said} if said else {}


def _ref(record: RecordRef) -> dict[str, Any]:
    said: dict[str, Any] = {"type": "RecordReference", "code": record.code}
    texts = {
        "name": record.name,
        "certificateLevel": record.level,
        "documentNumber": record.number,
        "earnedOn": record.dated.isoformat() if record.dated else "",
    }
    said |= {name: text for name, text in texts.items() if text}
    return said | ({} if record.ledger_seq is None else {"ledgerSeq": record.ledger_seq})
