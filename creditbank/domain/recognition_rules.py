"""课程互认与学分换算对照表: what a course at one kind of school is worth at the other.

相同直认 (same name and level, one credit for one), 相近可认 (alike in content, at a ratio), into
electives, or not at all. Lines are dated and rest on a document; the latest line of a code speaks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditbank.domain.courses import CourseNature
from creditbank.domain.institutions import InstitutionKind

RATIO_WHOLE = 100


class Relation(StrEnum):
    """How near what was learnt is to what is asked."""

    SAME = "same"
    SIMILAR = "similar"
    ELECTIVE = "elective"
    """Counts in electives only, whatever it is called there."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RecognitionRule:
    """One line of the table, for transfers into one kind of school.

    sources: beginnings of the names of courses at the school that is left; none for every course of
    the major there. targets: beginnings of the names of courses there (SAME, SIMILAR), none for
    ELECTIVE, which counts in blocks of target_nature. ratio_percent: credits there for a hundred
    here, 1 to 100. units_max: in hundredths, None for as much as the targets ask. needs_test:
    whether the receiving school tests before it recognises. A line holds from valid_from on, until
    another of the same code begins or after valid_until.
    """

    code: str
    into: InstitutionKind
    relation: Relation
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    target_nature: CourseNature | None
    ratio_percent: int
    units_max: int | None
    needs_test: bool
    document_no: str
    valid_from: date
    valid_until: date | None = None


def in_force(
    rules: Iterable[RecognitionRule], *, into: InstitutionKind, as_of: date
) -> tuple[RecognitionRule, ...]:
    """The lines for transfers into a kind of school on a day, by relation and code."""
    latest: dict[str, RecognitionRule] = {}
    for rule in sorted(rules, key=lambda item: item.valid_from):
        if rule.into is into and rule.valid_from <= as_of:
            latest[rule.code] = rule
    order = list(Relation)
    return tuple(
        sorted(
            (
                rule
                for rule in latest.values()
                if rule.valid_until is None or rule.valid_until >= as_of
            ),
            key=lambda item: (order.index(item.relation), item.code),
        )
    )
