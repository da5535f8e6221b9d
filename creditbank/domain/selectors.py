"""Which records a rule of a plan speaks of."""

from __future__ import annotations

from dataclasses import dataclass

from creditbank.domain.courses import CourseNature
from creditbank.domain.ledger import EntryKind


@dataclass(frozen=True, slots=True)
class Selector:
    """Records that match in every field given; an empty field asks nothing.

    Of each field one of the values must match. levels: 级别 JB of an award or the level of a
    certificate; issuers: who issued it; tags: the school's own marks on courses and entries; one of
    a record's tags is enough. is_outside: earned at another institution than the one whose plan it
    is. Values are sorted, so that equal selectors are equal.
    """

    kinds: tuple[EntryKind, ...] = ()
    categories: tuple[str, ...] = ()
    natures: tuple[CourseNature, ...] = ()
    levels: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    course_codes: tuple[str, ...] = ()
    is_outside: bool | None = None
