"""The keys with which a college's computers sign their calls: scopes, what is signed, how it reads.

A call carries one header: `Authorization: CB1-HMAC-SHA256 Key=…, Timestamp=…, Nonce=…, Signature=…`
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from creditbank.domain.permissions import Action

SCHEME = "CB1-HMAC-SHA256"
CLOCKS_APART_MAX = timedelta(seconds=300)
NONCES_KEPT = 3 * CLOCKS_APART_MAX
"""Longer than any call can be repeated: its timestamp may be ahead of us by CLOCKS_APART_MAX."""
OVERLAP_MAX = timedelta(days=30)
VALID_DAYS_MAX = 1096
LABEL_MAX = 60
SECRET_BYTES = 32
_FORM = re.compile(
    rf"{SCHEME} Key=(?P<key_id>cck_[0-9a-f]{{16}}), *Timestamp=(?P<timestamp>[0-9]{{1,12}}),"
    r" *Nonce=(?P<nonce>[A-Za-z0-9_-]{16,64}), *Signature=(?P<signature>[0-9a-f]{64})"
)


class KeyScope(StrEnum):
    """What a key may be used for."""

    COHORT_READ = "cohort:read"
    STATUS_READ = "status:read"
    TRANSCRIPT_READ = "transcript:read"
    DECISIONS_WRITE = "decisions:write"
    WEBHOOKS_MANAGE = "webhooks:manage"


SCOPE_OF: Mapping[Action, KeyScope] = {
    Action.FOLLOW_COHORT: KeyScope.COHORT_READ,
    Action.SEE_AGREEMENTS: KeyScope.COHORT_READ,
    Action.SEE_COHORT: KeyScope.COHORT_READ,
    Action.SEE_LEARNER: KeyScope.COHORT_READ,
    Action.VERIFY_STATUS: KeyScope.STATUS_READ,
    Action.SEE_VERDICTS: KeyScope.STATUS_READ,
    Action.SEE_SHARED_TRANSCRIPT: KeyScope.TRANSCRIPT_READ,
    Action.SEE_TRANSCRIPT: KeyScope.TRANSCRIPT_READ,
    Action.SEE_FACTS: KeyScope.TRANSCRIPT_READ,
    Action.SEE_EXCEPTIONS: KeyScope.TRANSCRIPT_READ,
    Action.SEE_ADVANCES: KeyScope.COHORT_READ,
    Action.SEE_ADVANCE_COHORT: KeyScope.COHORT_READ,
    Action.SEE_MESSAGES: KeyScope.COHORT_READ,
    Action.SCORE_ADVANCE: KeyScope.DECISIONS_WRITE,
    Action.RANK_ADVANCE: KeyScope.DECISIONS_WRITE,
    Action.ADMIT_ADVANCE: KeyScope.DECISIONS_WRITE,
    Action.WITHDRAW_ADVANCE: KeyScope.DECISIONS_WRITE,
    Action.ISSUE_CREDENTIAL: KeyScope.TRANSCRIPT_READ,
    Action.SEE_CREDENTIALS: KeyScope.TRANSCRIPT_READ,
    Action.PROVE_ENTRY: KeyScope.TRANSCRIPT_READ,
    Action.MANAGE_WEBHOOKS: KeyScope.WEBHOOKS_MANAGE,
}
"""Which scope a key needs for an action. Keys are made and ended by people: never by a key."""
WITHOUT_SCOPE = frozenset(
    {Action.SEE_PLANS, Action.SEE_PAIRED_SCHOOLS, Action.SEE_RECOGNITION_RULES}
)
"""What names nobody: any key that is good may ask for it."""


@dataclass(frozen=True, slots=True)
class SignedHeader:
    """What the header of a call says. timestamp: seconds since 1970; signature: hexadecimal."""

    key_id: str
    timestamp: int
    nonce: str
    signature: str


@dataclass(frozen=True, slots=True)
class SignedCall:
    """What is signed. target: path and query as they were sent; body: as it was sent."""

    method: str
    target: str
    body: bytes


def read_header(value: str) -> SignedHeader | None:
    """The header in its parts; None for one of another form."""
    found = _FORM.fullmatch(value)
    if found is None:
        return None
    return SignedHeader(
        found["key_id"], int(found["timestamp"]), found["nonce"], found["signature"]
    )


def signature(secret: str, call: SignedCall, key_id: str, timestamp: int, nonce: str) -> str:
    """HMAC-SHA256, hexadecimal, under the secret's text, of what was asked by whom and when."""
    lines = (
        SCHEME, key_id, str(timestamp), nonce, call.method.upper(), call.target,
        hashlib.sha256(call.body).hexdigest(),
    )  # fmt: skip
    return hmac.new(secret.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()


def header(secret: str, call: SignedCall, key_id: str, timestamp: int, nonce: str) -> str:
    """The value of the header for a call."""
    signed = signature(secret, call, key_id, timestamp, nonce)
    return f"{SCHEME} Key={key_id}, Timestamp={timestamp}, Nonce={nonce}, Signature={signed}"


UNHELD = KeyScope.WEBHOOKS_MANAGE
"""Not for a key that is held to some agreements: endpoints are told of all of the college."""


def may_use(scopes: frozenset[KeyScope], action: Action, *, is_held: bool = False) -> bool:
    """Whether a key with these scopes may ask for the action. is_held: to some agreements."""
    usable = scopes - {UNHELD} if is_held else scopes
    return action in WITHOUT_SCOPE or SCOPE_OF.get(action) in usable
