"""Whether a credential is to be believed: one function, named checks, nothing fetched. Pure.

What could not be checked is said, and does not count as good: a credential is accepted when every
check has passed. The reader brings the DID document of the school and its status list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from creditbank.credentials.contexts import CREDENTIALS_V2, PUBLISHED, extension_url
from creditbank.credentials.data_integrity import Document, moment_of, proof_holds
from creditbank.credentials.did_web import FoundKey, find_key
from creditbank.credentials.documents import TYPES
from creditbank.credentials.status_list import bit_of
from creditbank.domain.credentials import CredentialKind
from creditbank.domain.errors import Message

_KIND_OF = {name: kind for kind, name in TYPES.items()}
_STATUS_TYPE = "BitstringStatusListEntry"
_PARTS_MAX = 500


class CheckName(StrEnum):
    """What is looked at, in this order."""

    FORM = "form"
    KEY = "key"
    PROOF = "proof"
    DATES = "dates"
    STATUS = "status"
    PARTS = "parts"


class CheckResult(StrEnum):
    """unchecked: what would be needed was not given."""

    PASSED = "passed"
    FAILED = "failed"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Check:
    """One check and what it found."""

    name: CheckName
    result: CheckResult
    message: Message


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. parts: of a learner record, one for each credential in it."""

    kind: CredentialKind | None
    checks: tuple[Check, ...]
    parts: tuple[Verification, ...] = field(default=())

    @property
    def is_accepted(self) -> bool:
        """Everything was checked and is right."""
        return all(check.result is CheckResult.PASSED for check in self.checks)

    @property
    def is_refused(self) -> bool:
        """Something is wrong, whatever else could not be checked."""
        return any(check.result is CheckResult.FAILED for check in self.checks)


def verify_credential(
    document: Document,
    *,
    did_documents: Sequence[Document],
    status_lists: Sequence[Document],
    at: datetime,
) -> Verification:
    """Check a credential as it is at a moment.

    did_documents: of the schools that the reader trusts, fetched from their addresses or kept;
    status_lists: as fetched, or kept since. A key that no trusted document names is no key.
    """
    found = _form(document)
    if isinstance(found, Check):
        return Verification(None, (found,))
    key, checks = _key_and_proof(document, did_documents)
    checks = [_passed(CheckName.FORM, *_FORM_RIGHT), *checks, _dates(document, at)]
    checks.append(_status(document, did_documents, status_lists, at, key))
    parts: tuple[Verification, ...] = ()
    if found is CredentialKind.LEARNER_RECORD:
        parts = tuple(
            verify_credential(part, did_documents=did_documents, status_lists=status_lists, at=at)
            for part in document["credentialSubject"]["verifiableCredential"]
        )
        checks.append(_of_parts(document, parts))
    return Verification(found, tuple(checks), parts)


def _form(document: Document) -> CredentialKind | Check:
    """The kind of a credential of this system; the failed check for anything else."""
    types = _texts(document.get("type"))
    kinds = [_KIND_OF[name] for name in types if name in _KIND_OF]
    contexts = _texts(document.get("@context"))
    subject = document.get("credentialSubject")
    if (
        len(kinds) != 1
        or "VerifiableCredential" not in types
        or not contexts
        or not _contexts_are_known(contexts)
        or not isinstance(document.get("id"), str)
        or not isinstance(subject, dict)
        or _issuer_of(document) is None
    ):
        return _failed(CheckName.FORM, *_FORM_WRONG)
    if kinds[0] is CredentialKind.LEARNER_RECORD:
        parts = subject.get("verifiableCredential")
        if not isinstance(parts, list) or not 0 < len(parts) <= _PARTS_MAX:
            return _failed(CheckName.FORM, *_FORM_WRONG)
        if not all(_is_simple_part(part) for part in parts):
            return _failed(CheckName.FORM, *_FORM_WRONG)
    return kinds[0]


def _contexts_are_known(contexts: Sequence[str]) -> bool:
    """Only those that define what stands in it: another could give its words another meaning."""
    ours = [name for name in contexts[1:] if name not in PUBLISHED]
    suffix = extension_url("")
    return contexts[0] == CREDENTIALS_V2 and len(ours) == 1 and ours[0].endswith(suffix)


def _is_simple_part(part: Any) -> bool:  # noqa: ANN401 (JSON)
    return isinstance(part, dict) and "ClrCredential" not in _texts(part.get("type"))


def _key_and_proof(
    document: Document, did_documents: Sequence[Document]
) -> tuple[FoundKey | None, list[Check]]:
    proof = document.get("proof")
    if not isinstance(proof, dict):
        return None, [_failed(CheckName.PROOF, *_NO_PROOF)]
    issuer = _issuer_of(document)
    of_issuer = [item for item in did_documents if item.get("id") == issuer]
    if not of_issuer:
        unknown = Message(
            f"没有提供签发学校({issuer})的密钥文件,无法核对签名。",
            f"The keys of the issuer ({issuer}) were not given: the signature was not checked.",
        )
        nothing = Message("缺少密钥,没有核对。", "Without keys this was not checked.")
        unchecked = CheckResult.UNCHECKED
        return None, [
            Check(CheckName.KEY, unchecked, unknown), Check(CheckName.PROOF, unchecked, nothing),
        ]  # fmt: skip
    key = find_key(of_issuer[-1], proof.get("verificationMethod"))
    if key is None:
        return None, [_failed(CheckName.KEY, *_FOREIGN_KEY), _failed(CheckName.PROOF, *_BAD_PROOF)]
    checks = [_of_key(key, proof)]
    if proof_holds(document, key.public_key):
        checks.append(_passed(CheckName.PROOF, *_GOOD_PROOF))
    else:
        checks.append(_failed(CheckName.PROOF, *_BAD_PROOF))
    return key, checks


def _of_key(key: FoundKey, proof: Document) -> Check:
    created = moment_of(proof.get("created"))
    if key.is_revoked or not key.asserts:
        return _failed(CheckName.KEY, *_REVOKED_KEY)
    if created is None or not key.was_in_use(created):
        return _failed(CheckName.KEY, *_KEY_NOT_IN_USE)
    return _passed(CheckName.KEY, *_GOOD_KEY)


def _dates(document: Document, at: datetime) -> Check:
    start = moment_of(document.get("validFrom"))
    end = moment_of(document.get("validUntil"))
    if start is None or ("validUntil" in document and end is None):
        return _failed(CheckName.DATES, *_NO_DATES)
    if at < start:
        return _failed(CheckName.DATES, *_TOO_EARLY)
    if end is not None and at > end:
        return _failed(CheckName.DATES, *_EXPIRED)
    return _passed(CheckName.DATES, *_IN_TIME)


def _status(
    document: Document,
    did_documents: Sequence[Document],
    status_lists: Sequence[Document],
    at: datetime,
    key: FoundKey | None,
) -> Check:
    status = document.get("credentialStatus")
    if not isinstance(status, dict) or status.get("type") != _STATUS_TYPE:
        return _failed(CheckName.STATUS, *_NO_STATUS)
    address = status.get("statusListCredential")
    lists = [item for item in status_lists if item.get("id") == address]
    if not lists or key is None:
        missing = Message(
            f"没有提供状态列表({address}),不知道是否已被更正或作废。",
            f"The status list ({address}) was not given: it may have been corrected or revoked.",
        )
        return Check(CheckName.STATUS, CheckResult.UNCHECKED, missing)
    bit = _bit(document, lists[-1], status, did_documents, at)
    if bit is None:
        return _failed(CheckName.STATUS, *_BAD_LIST)
    return _failed(CheckName.STATUS, *_ENDED) if bit else _passed(CheckName.STATUS, *_STANDS)


def _bit(
    document: Document,
    given: Document,
    status: Document,
    did_documents: Sequence[Document],
    at: datetime,
) -> bool | None:
    """The bit of a list that is itself signed by the same issuer and still current."""
    if _issuer_of(given) != _issuer_of(document):
        return None
    _, checks = _key_and_proof(given, did_documents)
    checks.append(_dates(given, at))
    if any(check.result is not CheckResult.PASSED for check in checks):
        return None
    return bit_of(given, status)


def _of_parts(document: Document, parts: Iterable[Verification]) -> Check:
    """The credentials in a learner record: each right by itself, and of the same learner."""
    found = list(parts)
    subject = document["credentialSubject"]
    same = all(
        part["credentialSubject"].get("id") == subject.get("id")
        for part in subject["verifiableCredential"]
        if isinstance(part.get("credentialSubject"), dict)
    )
    if not same or any(part.is_refused for part in found):
        return _failed(CheckName.PARTS, *_BAD_PARTS)
    if not all(part.is_accepted for part in found):
        return Check(CheckName.PARTS, CheckResult.UNCHECKED, Message(*_UNCHECKED_PARTS))
    return _passed(CheckName.PARTS, *_GOOD_PARTS)


def _issuer_of(document: Document) -> str | None:
    issuer = document.get("issuer")
    found = issuer.get("id") if isinstance(issuer, dict) else issuer
    return found if isinstance(found, str) else None


def _texts(value: Any) -> list[str]:  # noqa: ANN401 (JSON)
    is_list = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return value if is_list else []


def _passed(name: CheckName, zh: str, en: str) -> Check:
    return Check(name, CheckResult.PASSED, Message(zh, en))


def _failed(name: CheckName, zh: str, en: str) -> Check:
    return Check(name, CheckResult.FAILED, Message(zh, en))


_FORM_RIGHT = ("是学分银行的电子凭证。", "It is a credential of a credit bank.")
_FORM_WRONG = (
    "这不是学分银行的电子凭证,或内容不完整。",
    "This is no credential of a credit bank, or it is not whole.",
)
_NO_PROOF = ("没有签名。", "There is no signature.")
_FOREIGN_KEY = (
    "签名所用的密钥不是签发学校的密钥。",
    "The key of the signature is none of the issuer's.",
)
_REVOKED_KEY = (
    "签名所用的密钥已被吊销,请向学校索取新的凭证。",
    "The key of the signature has been revoked: ask the school for a new credential.",
)
_KEY_NOT_IN_USE = (
    "签名时间不在该密钥的使用期内。",
    "The signature is dated outside the time in which its key was used.",
)
_GOOD_KEY = ("密钥属于签发学校,未被吊销。", "The key is the issuer's and has not been revoked.")
_BAD_PROOF = (
    "签名与内容不符:内容被改动过,或不是该校签发。",
    "The signature does not fit: the content was altered, or the school did not sign it.",
)
_GOOD_PROOF = ("签名与内容相符,未被改动。", "The signature fits: nothing was altered.")
_NO_DATES = ("没有有效期。", "It does not say from when it is valid.")
_TOO_EARLY = ("尚未生效。", "It is not valid yet.")
_EXPIRED = ("已过有效期。", "It has expired.")
_IN_TIME = ("在有效期内。", "It is within its time.")
_NO_STATUS = ("没有状态信息。", "It does not say where its status stands.")
_BAD_LIST = (
    "状态列表不可用:不是该校签发、已过期或被改动。",
    "The status list cannot be used: it is another's, out of date or altered.",
)
_ENDED = ("已被更正或作废,不能再用。", "It has been corrected or revoked and is no longer good.")
_STANDS = (
    "状态列表签发时未被更正或作废。",
    "When the list was signed it had been neither corrected nor revoked.",
)
_GOOD_PARTS = ("其中每份凭证都通过核对。", "Each credential in it has passed.")
_BAD_PARTS = (
    "其中有凭证未通过核对,或不属于同一名学生。",
    "A credential in it has failed, or is about somebody else.",
)
_UNCHECKED_PARTS = (
    "其中有凭证未能全部核对。",
    "Not everything could be checked of the credentials in it.",
)
