"""课程互认与学分换算对照表: what a course at one kind of school is worth at the other.

相同直认 (same name and level, one credit for one), 相近可认 (alike in content, at a ratio), into
electives, or not at all. Lines are dated and rest on a document; the latest line of a code speaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditbank.domain.courses import CourseNature
from creditbank.domain.errors import Message, Problem
from creditbank.domain.institutions import InstitutionKind

RATIO_WHOLE = 100
UNITS_MAX = 10_000
LINES_MAX = 300
"""Lines that are put in force at once."""
CODE_MAX, NAME_MAX, NAMES_MAX, DOCUMENT_MAX, REASON_MAX = 20, 30, 20, 100, 200
CODE_PATTERN = r"^[A-Z0-9][A-Z0-9-]{0,19}$"
SEPARATOR = "、"
"""Between the names of courses wherever a line is written as text; no name holds one."""
_NAME = re.compile(rf"[^、,;\n]{{1,{NAME_MAX}}}")
DIRECTIONS = (InstitutionKind.VOCATIONAL_SCHOOL, InstitutionKind.GENERAL_HIGH_SCHOOL)
ELECTIVES = (CourseNature.RESTRICTED_ELECTIVE, CourseNature.FREE_ELECTIVE)


class Relation(StrEnum):
    """How near what was learnt is to what is asked."""

    SAME = "same"
    SIMILAR = "similar"
    ELECTIVE = "elective"
    """Counts in electives only, whatever it is called there."""
    NONE = "none"
    """Recognised by no other line either."""


@dataclass(frozen=True, slots=True)
class RecognitionRule:
    """One line of the table, for transfers into one kind of school.

    sources: beginnings of the names of courses at the school that is left; none for every course of
    the major there. targets: beginnings of the names of courses there (SAME, SIMILAR), none for
    ELECTIVE, which counts in blocks of target_nature. ratio_percent: credits there for a hundred
    here, 1 to 100. units_max: in hundredths, None for as much as the targets ask. needs_test:
    whether the receiving school tests before it recognises. A line holds from valid_from on, until
    another of the same code begins or after valid_until; of two from one day the later decided.
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
    """The lines for transfers into a kind of school on a day, by relation and code.

    rules: of lines from one day the one decided later comes later.
    """
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


def same_name_rules(
    names: Iterable[str], *, into: InstitutionKind, document_no: str, valid_from: date
) -> tuple[RecognitionRule, ...]:
    """Lines between two schools of one kind: each course for the one that is called the same."""
    return tuple(
        RecognitionRule(
            f"SAME-{number}", into, Relation.SAME, (name,), (name,), None, RATIO_WHOLE, None,
            needs_test=False, document_no=document_no, valid_from=valid_from,
        )
        for number, name in enumerate(sorted(set(names)), start=1)
    )  # fmt: skip


def line_problems(rule: RecognitionRule) -> Iterator[Problem]:
    """What keeps a line out of the table, each at the field of that name."""
    for field, is_right in _checks(rule):
        if not is_right:
            yield Problem("field_invalid", _SAID[field], field=field)


def _checks(rule: RecognitionRule) -> Iterator[tuple[str, bool]]:
    into_courses = rule.relation in {Relation.SAME, Relation.SIMILAR}
    is_elective = rule.relation is Relation.ELECTIVE
    yield "code", re.fullmatch(CODE_PATTERN, rule.code) is not None
    yield "into", rule.into in DIRECTIONS
    yield "sources", _are_names(rule.sources) and bool(rule.sources or is_elective)
    yield "targets", _are_names(rule.targets) and bool(rule.targets) is into_courses
    yield (
        "target_nature",
        rule.target_nature in ELECTIVES if is_elective else rule.target_nature is None,
    )
    least = RATIO_WHOLE if rule.relation is Relation.SAME else 1
    yield "ratio_percent", least <= rule.ratio_percent <= RATIO_WHOLE
    yield "units_max", rule.units_max is None or 0 < rule.units_max <= UNITS_MAX
    yield "document_no", 0 < len(rule.document_no) <= DOCUMENT_MAX
    yield "valid_until", rule.valid_until is None or rule.valid_from <= rule.valid_until


def _are_names(names: tuple[str, ...]) -> bool:
    return len(names) <= NAMES_MAX and all(
        _NAME.fullmatch(name) is not None and name == name.strip() for name in names
    )


_SAID = {
    "code": Message(
        f"编号由大写字母、数字和连字符组成,至多{CODE_MAX}位,如 ZZ-01。",
        f"A code has capitals, digits and hyphens, at most {CODE_MAX}, such as ZZ-01.",
    ),
    "into": Message(
        "转入学校应为中等职业学校或普通高中。",
        "The receiving school is a vocational or a general high school.",
    ),
    "sources": Message(
        f"请填写原校课程,用“{SEPARATOR}”分开,至多{NAMES_MAX}门,每门至多{NAME_MAX}字;"
        "只有计入选修的可以空着,指专业课。",
        f"Name the courses of the school that is left, at most {NAMES_MAX} of {NAME_MAX} "
        f"characters, separated by {SEPARATOR}; only electives may leave it empty, for every "
        "course of the major.",
    ),
    "targets": Message(
        f"相同直认、相近可认须填写转入校课程,用“{SEPARATOR}”分开;其他关系不填。",
        f"Courses of the receiving school, separated by {SEPARATOR}, belong to the same and the "
        "similar, and to no other line.",
    ),
    "target_nature": Message(
        "计入选修的须选择限选或任选;其他关系不填。",
        "Restricted or free electives are chosen for a line into electives, and for no other.",
    ),
    "ratio_percent": Message(
        "折算比例为1至100的整数;相同直认为100。",
        "The ratio is a whole number from 1 to 100; 100 for the same.",
    ),
    "units_max": Message(
        "学分上限应大于0、不超过100,至多两位小数;不设上限则不填。",
        "The most credits are above 0 and at most 100, with two decimals; empty for no limit.",
    ),
    "document_no": Message(
        f"请填写文号(1-{DOCUMENT_MAX}字)。",
        f"Give the document number (1 to {DOCUMENT_MAX} characters).",
    ),
    "valid_until": Message("失效日期不能早于生效日期。", "A line does not end before it begins."),
}
