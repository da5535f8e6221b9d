"""The ledger's words: kinds of entry and the hash that chains them.

An entry is never changed. A mistake is a reversal; a credit used for another is a pair of
substitution entries whose units sum to zero.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from enum import StrEnum

UNITS_MAX = 10_000
"""The most that one entry may hold, in hundredths."""
TITLE_MAX, NUMBER_MAX = 100, 60
"""Characters of a title or event, and of a certificate or document number."""
TAGS_MAX = 60
"""Characters of the school's own marks on an entry, all of them."""
QUANTITY_MAX = 2_000
"""Days of practice, hours of volunteering in one entry."""
GENESIS_HASH = bytes(32)
"""What the first entry of a learner has as the hash of the entry before it."""


class EntryKind(StrEnum):
    """What an entry books."""

    COURSE = "course"
    COMPETITION = "competition"
    INNOVATION = "innovation"
    RECOGNITION = "recognition"
    SUBSTITUTION = "substitution"
    REVERSAL = "reversal"

    # That of text, which it equals; an enumeration's own is a function in Python.
    __hash__ = str.__hash__


def clean_tags(text: str) -> str:
    """The school's own marks, written in any way, as the ledger keeps them: "双创,红色"."""
    marks = unicodedata.normalize("NFKC", text).replace("、", ",").replace(";", ",").split(",")
    return ",".join(sorted({mark.strip() for mark in marks} - {""}))


def content_hash(previous: bytes, content: Mapping[str, str | int | bool | None]) -> bytes:
    """SHA-256 over the previous hash (32 bytes) and the canonical JSON of the entry's content."""
    return hashlib.sha256(previous + canonical_text(content).encode()).digest()


def canonical_text(content: Mapping[str, str | int | bool | None]) -> str:
    """JSON with keys sorted, no spaces, integers and strings only: any language derives it again.

    learner_id and ledger_seq follow each other in it; the marks of a file that are alike differ in
    these two alone (see services.course_batches).
    """
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
