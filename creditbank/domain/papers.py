"""证明与表格: what stands on each paper, its number, and how long it is good for.

A paper says its content in words, as they were on the day: what was issued stays the same, whatever
becomes of codes, names and rules afterwards.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from creditbank.domain.paper_parts import About, Opinion
from creditbank.domain.study_papers import (
    BilingualTranscript,
    ClassAudit,
    CreditStatement,
    GradAudit,
    StudyCertificate,
    Transcript,
)


class PaperKind(StrEnum):
    """Which paper it is."""

    STATUS_CERTIFICATE = "status_certificate"
    """学籍证明."""
    CHANGE_FORM = "change_form"
    """休学/复学/退学/转专业审批表."""
    TRANSFER_FORM = "transfer_form"
    """转学申请表."""
    RECOGNITION_FORM = "recognition_form"
    """学分认定表."""
    CREDENTIAL = "credential"
    """What stands in a signed credential, to be read and scanned; kept with the credential."""
    ADVANCE_FORM = "advance_form"
    """转段资格审核表."""
    TRANSCRIPT = "transcript"
    """成绩单."""
    TRANSCRIPT_BILINGUAL = "transcript_bilingual"
    """中英文成绩单."""
    CREDIT_STATEMENT = "credit_statement"
    """学分证明, 学分银行对账单."""
    GRAD_AUDIT = "grad_audit"
    """毕业资格审核表."""
    CLASS_AUDIT = "class_audit"
    """毕业资格审核汇总表 of a class."""
    STUDY_CERTIFICATE = "study_certificate"
    """写实性学习证明 of who has left; its title is the school's."""


class PaperState(StrEnum):
    """What a paper is worth today."""

    VALID = "valid"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    """A certificate of an enrolment that has ended, or is of another class or major by now."""
    CORRECTED = "corrected"
    """已更正: something on it has been taken back in the books since, or judged otherwise."""
    REVOKED = "revoked"


BATCH_MAX = 60
"""Papers issued at once: a class."""
FILE_MAX = 200
"""Papers opened as one file: the largest class, issued in parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardian:
    """Who signs for a learner below 18."""

    name: str
    relation: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A school, and where in it."""

    school: str
    major: str = ""
    grade: str = ""
    class_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCertificate(About):
    """学籍证明. years: the 学制; status: the word after 现为; valid_until: the last day."""

    student_no: str
    major: str
    class_name: str
    entry_year: int
    years: int
    status: str
    valid_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeForm(About):
    """审批表 of a status change. kind: such as 休学; facts: (what, text) in the order of the form.

    proofs: one line each; opinions: a box for each office, in their order.
    """

    kind: str
    student_no: str
    major: str
    class_name: str
    entry_year: int
    facts: tuple[tuple[str, str], ...]
    proofs: tuple[str, ...]
    opinions: tuple[Opinion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferForm(About):
    """转学申请表. opinions: 转出校, 转入校, 转出主管部门, 转入主管部门."""

    born_on: date | None
    origin: Place
    target: Place
    reason: str
    guardians: tuple[Guardian, ...]
    attachments: tuple[str, ...]
    opinions: tuple[Opinion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedCourse:
    """One line of a 学分认定表: what was learnt where, and as what it counts here.

    Credits as decimal text; hours 0 where unknown; target "" where nothing is recognised.
    """

    name: str
    unit: str
    hours: int
    credits: str
    mark: str
    target: str
    target_credits: str
    relation: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionForm(About):
    """学分认定表. total: of the recognised credits; opinions: 学生, 导师, 教务科, 分管校长.

    documents: what the lines rest on.
    """

    student_no: str
    major: str
    class_name: str
    courses: tuple[RecognisedCourse, ...]
    total: str
    documents: tuple[str, ...]
    opinions: tuple[Opinion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceCondition:
    """One hard condition of a 转段资格审核表. evidence: the records that it rests on."""

    name: str
    required: str
    actual: str
    met: bool
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceScore:
    """One score of the weighted total; points "" while there is none."""

    name: str
    full_marks: str
    weight: str
    points: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceForm(About):
    """转段资格审核表. document_no: of the terms; attempt: which one.

    total and rank: "" before the ranking; notice: its days, "" before; conclusion: the stage.
    opinions: of the school and the college, as far as they have decided.
    """

    student_no: str
    class_name: str
    college: str
    agreement: str
    document_no: str
    attempt: int
    conditions: tuple[AdvanceCondition, ...]
    scores: tuple[AdvanceScore, ...]
    total: str
    rank: str
    notice: str
    conclusion: str
    opinions: tuple[Opinion, ...]


PaperContent = (
    StatusCertificate
    | ChangeForm
    | TransferForm
    | RecognitionForm
    | AdvanceForm
    | Transcript
    | BilingualTranscript
    | CreditStatement
    | GradAudit
    | ClassAudit
    | StudyCertificate
)
KIND_OF: Mapping[type[PaperContent], PaperKind] = {
    StatusCertificate: PaperKind.STATUS_CERTIFICATE,
    ChangeForm: PaperKind.CHANGE_FORM,
    TransferForm: PaperKind.TRANSFER_FORM,
    RecognitionForm: PaperKind.RECOGNITION_FORM,
    AdvanceForm: PaperKind.ADVANCE_FORM,
    Transcript: PaperKind.TRANSCRIPT,
    BilingualTranscript: PaperKind.TRANSCRIPT_BILINGUAL,
    CreditStatement: PaperKind.CREDIT_STATEMENT,
    GradAudit: PaperKind.GRAD_AUDIT,
    ClassAudit: PaperKind.CLASS_AUDIT,
    StudyCertificate: PaperKind.STUDY_CERTIFICATE,
}
LAYOUT_KINDS = tuple(kind for kind in PaperKind if kind is not PaperKind.CREDENTIAL)
"""Those that a school may lay out itself."""
STUDY_KINDS = (
    PaperKind.TRANSCRIPT,
    PaperKind.TRANSCRIPT_BILINGUAL,
    PaperKind.CREDIT_STATEMENT,
    PaperKind.GRAD_AUDIT,
    PaperKind.STUDY_CERTIFICATE,
)
"""Those of one learner that are made from the books."""


def document_of(content: PaperContent) -> dict[str, Any]:
    """The content as a JSON document; days as ISO text."""
    text = json.dumps(asdict(content), ensure_ascii=False, default=date.isoformat)
    document: dict[str, Any] = json.loads(text)
    return document


def document_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 hex over the canonical JSON: keys sorted, no spaces, UTF-8."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper: what its head says, and its content as document_of has it.

    code: the short code beside the QR code; link: what the QR code says; site: where to verify. All
    of them "", and number too, of what is printed without being issued. layout: the file that a
    school has put in place of the standard one, "" for that.
    """

    kind: PaperKind
    number: str
    code: str
    link: str
    site: str
    issued_on: date
    content: Mapping[str, Any]
    layout: str = ""


_NUMBER = re.compile(r"([0-9]{10})([0-9]{4})([1-9][0-9]?)([0-9]{5})([0-9])")


def paper_number(school_code: str, year: int, kind: PaperKind, serial: int) -> str:
    """Such as 3637010001-2026-1-00012-7: school, year, kind, serial, check digit.

    From the tenth kind on the kind has two digits: 22 digits in all, told apart by their count.
    """
    stem = f"{school_code}{year:04}{[*PaperKind].index(kind) + 1}{serial:05}"
    return _written(f"{stem}{check_digit(stem)}")


def read_paper_number(text: str) -> str | None:
    """The number as it is kept, however it was typed; None where its check digit does not fit."""
    digits = re.sub(r"[\s\-‐-―－]+", "", text)
    if not _NUMBER.fullmatch(digits) or check_digit(digits[:-1]) != digits[-1]:
        return None
    return _written(digits)


def check_digit(stem: str) -> str:
    """ISO/IEC 7064 MOD 11,10: finds every wrong digit, and nearly every two that changed place."""
    rest = 10
    for digit in stem:
        rest = (rest + int(digit)) % 10 or 10
        rest = rest * 2 % 11
    return str((11 - rest) % 10)


def _written(digits: str) -> str:
    return "-".join(_NUMBER.fullmatch(digits).groups())  # type: ignore[union-attr]


def paper_state(
    *,
    is_revoked: bool,
    is_superseded: bool,
    valid_until: date | None,
    today: date,
    is_corrected: bool = False,
) -> PaperState:
    """What a paper is worth on a day."""
    if is_revoked:
        return PaperState.REVOKED
    if is_corrected:
        return PaperState.CORRECTED
    if valid_until is not None and valid_until < today:
        return PaperState.EXPIRED
    return PaperState.SUPERSEDED if is_superseded else PaperState.VALID
