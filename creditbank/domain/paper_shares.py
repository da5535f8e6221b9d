"""分享链接: a family shows one paper to whoever has the link, for so many days."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from creditbank.domain.identifiers import masked_id
from creditbank.domain.papers import PaperKind

SHARED_KINDS = frozenset({PaperKind.STATUS_CERTIFICATE})
"""What a link leads to beside credentials, as the database holds to: marks are shown by a signed
credential, which says by itself when it was corrected."""
DAYS_OFFERED, DAYS_MAX = (7, 30, 90), 366
LINKS_MAX = 20
"""Links of one learner that are open at once."""
TOKEN_BYTES = 32
_NUMBERS = ("citizen_id", "national_student_no")
"""A student registry number is the letter G and the identity number: hidden with it."""


class ShareState(StrEnum):
    """Whether a link still opens."""

    OPEN = "open"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


def days_offered(days_max: int) -> tuple[int, ...]:
    """For how many days a link may be made, the shortest first; the longest always among them."""
    return (*(days for days in DAYS_OFFERED if days < days_max), min(days_max, DAYS_MAX))


def token_hash(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def without_numbers(content: Mapping[str, Any]) -> dict[str, Any]:
    """What stands on a paper, of identity numbers the last four alone."""
    hidden = {name: masked_id(str(content[name])) for name in _NUMBERS if content.get(name)}
    return dict(content) | hidden
