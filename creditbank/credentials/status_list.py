"""Bitstring Status List v1.0: which credentials of a school have ended, as one signed list. Pure.

A bit of 1 says ended, whether a person has taken the credential back or its content was corrected:
a verifier who knows of one purpose alone must not accept either. Bit 0 is the leftmost.
"""

from __future__ import annotations

import base64
import gzip
import io
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from creditbank.credentials.contexts import CREDENTIALS_V2
from creditbank.credentials.data_integrity import Document, moment_text
from creditbank.domain.credentials import LIST_LENGTH

PURPOSE = "revocation"
_INDEX = re.compile("0|[1-9][0-9]{0,8}")
_MULTIBASE_BASE64URL = "u"
_BYTES_MAX = 1 << 24
"""What a list may unpack to; more is a bomb."""


def encode(ended: Iterable[int], length: int = LIST_LENGTH) -> str:
    """The bits as an encodedList: zipped, in multibase base64url. Always the same text."""
    bits = bytearray(length // 8)
    for index in ended:
        bits[index // 8] |= 0x80 >> (index % 8)
    zipped = gzip.compress(bytes(bits), mtime=0)
    return _MULTIBASE_BASE64URL + base64.urlsafe_b64encode(zipped).decode("ascii").rstrip("=")


def decode(encoded: object) -> bytes | None:
    """The bits of an encodedList; None where it is none, is too short or unpacks to too much."""
    if not isinstance(encoded, str) or not encoded.startswith(_MULTIBASE_BASE64URL):
        return None
    text = encoded[1:]
    try:
        zipped = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        with gzip.GzipFile(fileobj=io.BytesIO(zipped)) as opened:
            bits = opened.read(_BYTES_MAX + 1)
    except (ValueError, OSError, EOFError):
        return None
    return bits if LIST_LENGTH // 8 <= len(bits) <= _BYTES_MAX else None


def entry(list_url: str, index: int) -> dict[str, Any]:
    """What stands as credentialStatus in a credential."""
    return {
        "id": f"{list_url}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": PURPOSE,
        "statusListIndex": str(index),
        "statusListCredential": list_url,
    }


def list_document(
    list_url: str,
    issuer: str,
    ended: Iterable[int],
    *,
    valid_from: datetime,
    valid_until: datetime,
) -> dict[str, Any]:
    """The list as a credential, still to be signed by the issuer of those that it is about."""
    return {
        "@context": [CREDENTIALS_V2],
        "id": list_url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": moment_text(valid_from),
        "validUntil": moment_text(valid_until),
        "credentialSubject": {
            "id": f"{list_url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": PURPOSE,
            "encodedList": encode(ended),
        },
    }


def bit_of(list_credential: Document, status: Document) -> bool | None:
    """Whether an entry is set in a list; None where the list is not about it, or cannot be read."""
    subject = list_credential.get("credentialSubject")
    index = status.get("statusListIndex")
    if not isinstance(subject, dict) or not isinstance(index, str) or not _INDEX.fullmatch(index):
        return None
    is_about = (
        list_credential.get("id") == status.get("statusListCredential")
        and subject.get("type") == "BitstringStatusList"
        and subject.get("statusPurpose") == status.get("statusPurpose")
    )
    bits = decode(subject.get("encodedList"))
    at = int(index)
    if not is_about or bits is None or at >= len(bits) * 8:
        return None
    return bool(bits[at // 8] & (0x80 >> (at % 8)))
