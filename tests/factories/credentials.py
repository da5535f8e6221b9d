"""One signed credential of each kind, a school's keys and its status list: no database."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from creditbank.credentials import documents as made
from creditbank.credentials.contexts import (
    LEARNER_RECORDS_V2,
    extension_context,
    extension_url,
)
from creditbank.credentials.data_integrity import Signer, add_proof
from creditbank.credentials.did_web import KnownKey, did_document, did_of_school, method_of
from creditbank.credentials.status_list import list_document
from creditbank.domain.credentials import CredentialKind

SITE = "https://xuefen.example"
DID = did_of_school(SITE, 12)
LIST_URL = f"{SITE}/schools/12/status-lists/1"
NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
SCHOOL = "平阳县职业中等专业学校"
INDEX = {kind: 1000 + at for at, kind in enumerate(CredentialKind)}
_RECORDS = Path(made.__file__).parent / "vendor" / "learner-records-2.0.1.jsonld"
_SUBJECT = made.Subject(
    subject_id="urn:uuid:0e4b6d9a-6a4f-4a53-9d6e-0f6f5a3f2b11",
    name="王小明",
    school=SCHOOL,
    major="数控技术应用",
    class_name="23数控1班",
    entry_year=2023,
)
_STATE = made.LedgerState(
    ledger_seq=42,
    plan="SK",
    plan_version=2,
    policy_version="9f2c41d0a7",
    engine_version="11",
    as_of=date(2026, 7, 1),
    input_hash="ab" * 32,
    checkpoint="xuefen.example/credits\n1024\n" + "A" * 43 + "=\n\n— xuefen.example/credits sig\n",
)
_COURSE = made.CreditRecord(
    ledger_seq=1, entry_kind="course", title="语文(基础模块)", units=400, hours=72,
    earned_on=date(2024, 1, 20), term_code="2023-2024-1", course_code="GG02", exam_kind="01",
    scale="hundred", mark="86", passed=True, entry_hash="01" * 32,
)  # fmt: skip
_AWARD = made.CreditRecord(
    ledger_seq=41, entry_kind="competition", title="山东省职业院校技能大赛 二等奖", units=300,
    hours=0, earned_on=date(2025, 11, 2), term_code="", course_code="", exam_kind="", scale="",
    mark="", passed=None, entry_hash="29" * 32,
)  # fmt: skip
_BLOCKS = (("GG", "公共基础必修", 5700, 5700, 0), ("RX", "任选课", 800, 800, 0))
_CONDITIONS = (("conduct", "", True), ("internship", "", True))
_HARD_CONDITIONS = (*_CONDITIONS, ("certificate", "", True), ("no_sanction", "", True))
_RESTS_ON = {
    "conduct": (made.RecordRef(code="conduct", name="2025-2026-1"),),
    "internship": (
        made.RecordRef(code="internship", name="平阴数控公司", dated=date(2026, 1, 12)),
    ),
    "certificate": (
        made.RecordRef(
            code="certificate", name="数控车铣加工职业技能等级证书", level="intermediate",
            number="Y000137001234254000017", dated=date(2025, 6, 20), ledger_seq=38,
        ),
    ),
}  # fmt: skip


def private_key(seed: int) -> Ed25519PrivateKey:
    """A key that is the same each time, for examples alone."""
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def public_key(seed: int) -> bytes:
    return private_key(seed).public_key().public_bytes_raw()


def signer(seed: int = 1, did: str = DID) -> Signer:
    return Signer(method_of(did, public_key(seed)), private_key(seed).sign)


def keys(*known: KnownKey, did: str = DID) -> dict[str, Any]:
    """The school's document; by default with the one key of examples."""
    first = KnownKey(public_key(1), NOW - timedelta(days=30))
    return did_document(did, known or (first,), site=SITE, name=SCHOOL)


def status_list(
    *ended: CredentialKind, signed_by: Signer | None = None, days: int = 30_000, **altered: Any
) -> dict[str, Any]:
    """days: how long it is good for; the JavaScript libraries ask the clock of the machine."""
    unsigned = list_document(
        LIST_URL, DID, [INDEX[kind] for kind in ended], valid_from=NOW,
        valid_until=NOW + timedelta(days=days),
    )  # fmt: skip
    return add_proof(unsigned | altered, signed_by or signer(), created=NOW)


def envelope(kind: CredentialKind, **fields: Any) -> made.Envelope:
    is_status = kind in {CredentialKind.GRADUATION_ELIGIBILITY, CredentialKind.ARTICULATION_STATUS}
    given: dict[str, Any] = {
        "kind": kind, "site": SITE, "token": f"{kind.value[:10]:x<22}".replace("_", "-"),
        "issuer_did": DID, "issuer_name": SCHOOL, "valid_from": NOW,
        "valid_until": NOW + timedelta(days=30) if is_status else None, "list_url": LIST_URL,
        "list_index": INDEX[kind],
    }  # fmt: skip
    return made.Envelope(**given | fields)


def unsigned(kind: CredentialKind, **fields: Any) -> dict[str, Any]:
    """A credential before it is signed; fields: of the envelope."""
    around = envelope(kind, **fields)
    outcome = {
        CredentialKind.GRADUATION_ELIGIBILITY: ("eligible", "可毕业"),
        CredentialKind.ARTICULATION_STATUS: ("qualified", "具备转段资格"),
    }.get(kind, ("", ""))
    standing = made.Standing(
        outcome=outcome[0], outcome_name=outcome[1], required=17000, counted=17050, shortfall=0,
        blocks=_BLOCKS, conditions=_CONDITIONS,
    )  # fmt: skip
    advance = made.Advance(
        agreement="数控技术 三二连读", document_no="平教协〔2023〕1号", college="济南工程职业学院",
        college_major="数控技术", stage="filed", stage_name="报送",
    )  # fmt: skip
    balances = (
        made.KindBalance(entry_kind="competition", booked=300, counted=200, surplus=100),
        made.KindBalance(entry_kind="course", booked=16750, counted=16750, surplus=0),
    )
    if kind is CredentialKind.TRANSCRIPT:
        return made.transcript(around, _SUBJECT, _STATE, (_COURSE, _AWARD), gpa=361)
    if kind is CredentialKind.CREDIT_STATEMENT:
        return made.credit_statement(around, _SUBJECT, _STATE, (_AWARD,), balances)
    if kind is CredentialKind.GRADUATION_ELIGIBILITY:
        return made.graduation_eligibility(around, _SUBJECT, _STATE, standing)
    if kind is CredentialKind.ARTICULATION_STATUS:
        by_record = replace(standing, conditions=_HARD_CONDITIONS, rests_on=_RESTS_ON)
        return made.articulation_status(around, _SUBJECT, _STATE, by_record, advance)
    if kind is CredentialKind.ACHIEVEMENT:
        return made.achievement(around, _SUBJECT, _STATE, _AWARD, "竞赛 省级 二等奖")
    parts = [signed(part) for part in CredentialKind if part is not CredentialKind.LEARNER_RECORD]
    return made.learner_record(around, _SUBJECT, _STATE, parts)


def signed(kind: CredentialKind, by: Signer | None = None, **fields: Any) -> dict[str, Any]:
    return add_proof(unsigned(kind, **fields), by or signer(), created=NOW)


def contexts() -> dict[str, Any]:
    """Our context, and that of learner records, which no package of the libraries has."""
    records = json.loads(_RECORDS.read_text("utf-8"))
    return {extension_url(SITE): extension_context(SITE), LEARNER_RECORDS_V2: records}


@dataclass
class Fetched:
    """What a verifier has fetched, by address, as the JavaScript libraries want it."""

    documents: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def usual(cls, *, did: dict[str, Any] | None = None, status: dict[str, Any] | None = None):
        """The keys, the status list, our context, and that of learner records."""
        document, listed = did or keys(), status or status_list()
        return cls({DID: document, LIST_URL: listed} | contexts())


def leaves(document: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all that is no list and no object."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield from leaves(value, (*path, name))
    elif isinstance(document, list):
        for at, value in enumerate(document):
            yield from leaves(value, (*path, at))
    else:
        yield path


def altered_at(document: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    """The document with one leaf changed a little."""
    found = copy.deepcopy(document)
    at: Any = found
    for step in path[:-1]:
        at = at[step]
    value = at[path[-1]]
    if isinstance(value, bool):
        at[path[-1]] = not value
    elif isinstance(value, int):
        at[path[-1]] = value + 1
    else:
        at[path[-1]] = value[:-1] + ("b" if value.endswith("a") else "a")
    return found


def step_of(usual: int) -> int:
    """Every so many bytes; every one where CREDITBANK_EVERY_BYTE is set (`make credentials`)."""
    return 1 if os.environ.get("CREDITBANK_EVERY_BYTE") else usual


def altered_bytes(data: bytes, step: int = 1, start: int = 0) -> Iterator[bytes]:
    """The bytes with one of them changed, every so many; what is no UTF-8 is left out."""
    for at in range(start, len(data), step):
        for flip in (0x01, 0x20):
            changed = data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :]
            try:
                changed.decode("utf-8")
            except UnicodeDecodeError:
                continue
            yield changed
