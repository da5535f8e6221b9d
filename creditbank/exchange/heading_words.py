"""What the columns of uploaded files are called: words that are data (heading_words.yaml).

What belongs here: reading that file, and what a heading is compared as. Which column of a file is
which is found by exchange.columns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("heading_words.yaml")
_NOISE = re.compile(r"[\s*:·_、/.-]")
_BRACKETED = re.compile(r"[(\[【<].*?[)\]】>]")


@dataclass(frozen=True, slots=True)
class HeadingWords:
    """The words of one kind of file. fields: the words of each; by_word: field of each word.

    needed: groups of fields of which one must be found; identities: which say whom a row is about.
    """

    fields: Mapping[str, tuple[str, ...]]
    by_word: Mapping[str, str]
    needed: tuple[tuple[str, ...], ...]
    identities: tuple[str, ...]
    ignored: frozenset[str]
    has_courses: bool

    def heading_of(self, field: str) -> str:
        """What a field is called first."""
        return self.fields[field][0]


@dataclass(frozen=True, slots=True)
class MarkWords:
    """Parts of a mark under a course, and what is said after a course's name."""

    totals: frozenset[str]
    components: frozenset[str]
    endings: tuple[str, ...]


def plain_heading(text: str) -> str:
    """A heading as it is compared: without spaces, stars, colons."""
    return _NOISE.sub("", text).casefold()


def without_hints(text: str) -> str:
    """A heading without what stands in brackets: 身份证号(18位)."""
    return _BRACKETED.sub("", text)


@cache
def heading_words(kind: str) -> HeadingWords:
    """The words of a kind of file: grades, learners, competition, innovation."""
    found = _document()[kind]
    fields = {field: tuple(words) for field, words in found["fields"].items()}
    return HeadingWords(
        fields=fields,
        by_word={plain_heading(word): field for field, words in fields.items() for word in words},
        needed=tuple(tuple(group) for group in found["needed"]),
        identities=tuple(found["identities"]),
        ignored=frozenset(map(plain_heading, found["ignored"])),
        has_courses=found["courses"],
    )


@cache
def mark_words() -> MarkWords:
    """The parts of marks."""
    found = _document()["parts_of_marks"]
    return MarkWords(
        totals=frozenset(map(plain_heading, found["totals"])),
        components=frozenset(map(plain_heading, found["components"])),
        endings=tuple(sorted(map(plain_heading, found["endings"]), key=len, reverse=True)),
    )


@cache
def summary_words() -> tuple[str, ...]:
    """How rows begin that sum up or say something, and are about no learner."""
    return tuple(_document()["summaries"])


@cache
def _document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    return found
