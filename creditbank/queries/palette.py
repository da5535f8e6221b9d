"""Whatever can be found from any page: learners, classes, courses, plans, agreements.

By name, by the initials of its pinyin or by the beginning of a number or code; each as far as the
actor may see it. Learners are found and noted as queries.learners has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from sqlalchemy import text

from creditbank.domain.access import Actor
from creditbank.domain.permissions import PERMISSIONS, Action, Role
from creditbank.queries.agreements import list_agreements
from creditbank.queries.learners import FoundLearner, find_learners
from creditbank.queries.pages import LIMIT_MAX
from creditbank.store.name_keys import initials_of
from creditbank.store.unit_of_work import UnitOfWork

WORDS_MIN = 2
"""Less finds no learner: nobody looks for all who are called Wang, and each found one is noted."""
_LEARNERS_MAX, _OTHERS_MAX = 6, 4
_FAMILY = frozenset({Role.STUDENT, Role.GUARDIAN})
_STAFF = frozenset({Role.TEACHER, Role.ADVISOR, Role.REGISTRAR, Role.APPROVER})
_CLASSES = text("""
SELECT e.institution_id, i.name AS institution_name, i.name_en AS institution_name_en,
  e.class_name, e.entry_year
FROM enrolments e JOIN institutions i USING (institution_id)
WHERE e.is_open AND (cast(:school AS int) IS NULL OR e.institution_id = :school)
GROUP BY 1, 2, 3, 4, 5 ORDER BY e.entry_year DESC, e.class_name LIMIT 2000
""")
_COURSES = text("""
SELECT c.institution_id, c.code, c.name FROM courses c
WHERE cast(:school AS int) IS NULL OR c.institution_id = :school ORDER BY c.code LIMIT 5000
""")
# Of each plan the latest version that teaches the course, those first that cohorts follow.
_TAUGHT_IN = text("""
SELECT DISTINCT ON (k.institution_id, k.code) k.institution_id, k.code, p.plan_id,
  p.name AS plan_name
FROM unnest(cast(:schools AS int[]), cast(:codes AS text[])) AS k (institution_id, code)
  JOIN program_plans p ON p.institution_id = k.institution_id
    AND p.document -> 'courses' @> jsonb_build_array(jsonb_build_object('course_code', k.code))
ORDER BY k.institution_id, k.code,
  EXISTS (SELECT FROM cohort_plans c WHERE c.plan_id = p.plan_id) DESC, p.plan_id DESC
""")
_PLANS = text("""
SELECT DISTINCT ON (p.institution_id, p.code) p.plan_id, p.code, p.name, p.version,
  i.name AS institution_name, i.name_en AS institution_name_en
FROM program_plans p JOIN institutions i USING (institution_id)
WHERE cast(:school AS int) IS NULL OR p.institution_id = :school
ORDER BY p.institution_id, p.code, p.version DESC LIMIT 1000
""")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class FoundClass:
    """A class with open enrolments."""

    institution_id: int
    institution_name: str
    institution_name_en: str
    class_name: str
    entry_year: int


@dataclass(frozen=True, slots=True)
class FoundCourse:
    """A course, and a plan that teaches it."""

    code: str
    name: str
    plan_id: int
    plan_name: str


@dataclass(frozen=True, slots=True)
class FoundPlan:
    """The latest version of a plan."""

    plan_id: int
    code: str
    name: str
    version: int
    institution_name: str
    institution_name_en: str


@dataclass(frozen=True, slots=True)
class FoundAgreement:
    """An agreement by its partners."""

    agreement_id: int
    name: str
    partners: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A few of each."""

    learners: tuple[FoundLearner, ...] = ()
    classes: tuple[FoundClass, ...] = ()
    courses: tuple[FoundCourse, ...] = ()
    plans: tuple[FoundPlan, ...] = ()
    agreements: tuple[FoundAgreement, ...] = ()


def find_anything(uow: UnitOfWork, actor: Actor, words: str, *, now: datetime) -> Found:
    """What the words name, a few of each kind; nothing for no words."""
    if not words:
        return Found()
    return Found(
        learners=_learners(uow, actor, words, now),
        classes=_classes(uow, actor, words),
        courses=_courses(uow, actor, words),
        plans=_plans(uow, actor, words),
        agreements=_agreements(uow, actor, words, now),
    )


def is_named(words: str, name: str, code: str = "") -> bool:
    """Whether words are a part of a name, its pinyin initials, or the beginning of a code."""
    wanted = words.casefold()
    return (
        wanted in name.casefold()
        or (bool(code) and code.casefold().startswith(wanted))
        or (wanted.isascii() and wanted in _initials(name))
    )


@lru_cache(maxsize=10_000)
def _initials(name: str) -> str:
    return initials_of(name)


def _learners(uow: UnitOfWork, actor: Actor, words: str, now: datetime) -> tuple[FoundLearner, ...]:
    if not _may(actor, Action.FIND_LEARNERS) or len(words) < WORDS_MIN:
        return ()
    return find_learners(uow, actor, words, now=now, limit=_LEARNERS_MAX).items


def _classes(uow: UnitOfWork, actor: Actor, words: str) -> tuple[FoundClass, ...]:
    if not _may(actor, Action.SEE_TERM_NUMBERS):
        return ()
    rows = uow.connection.execute(_CLASSES, {"school": _school(actor)}).mappings()
    return _few((FoundClass(**row) for row in rows), lambda item: is_named(words, item.class_name))


def _courses(uow: UnitOfWork, actor: Actor, words: str) -> tuple[FoundCourse, ...]:
    if not _sees_plans(actor):
        return ()
    rows = uow.connection.execute(_COURSES, {"school": _school(actor)})
    wanted = _few(rows, lambda row: is_named(words, row.name, row.code))
    if not wanted:
        return ()
    asked = {
        "schools": [row.institution_id for row in wanted], "codes": [row.code for row in wanted],
    }  # fmt: skip
    taught = {(row.institution_id, row.code): row for row in uow.connection.execute(
        _TAUGHT_IN, asked
    )}  # fmt: skip
    found = ((row, taught.get((row.institution_id, row.code))) for row in wanted)
    return tuple(
        FoundCourse(row.code, row.name, plan.plan_id, plan.plan_name)
        for row, plan in found
        if plan is not None
    )


def _plans(uow: UnitOfWork, actor: Actor, words: str) -> tuple[FoundPlan, ...]:
    if not _sees_plans(actor):
        return ()
    rows = uow.connection.execute(_PLANS, {"school": _school(actor)}).mappings()
    return _few(
        (FoundPlan(**row) for row in rows), lambda item: is_named(words, item.name, item.code)
    )


def _agreements(
    uow: UnitOfWork, actor: Actor, words: str, now: datetime
) -> tuple[FoundAgreement, ...]:
    if not _may(actor, Action.SEE_AGREEMENTS):
        return ()
    lines = list_agreements(uow, actor, now=now, limit=LIMIT_MAX).items
    found = (
        FoundAgreement(
            line.agreement.agreement_id,
            line.agreement.name,
            f"{line.school_name} → {line.college_name}",
        )
        for line in reversed(lines)
    )
    return _few(found, lambda item: is_named(words, f"{item.name} {item.partners}"))


def _few(items: Iterable[_T], is_wanted: Callable[[_T], bool]) -> tuple[_T, ...]:
    """The first of those that are wanted."""
    found: list[_T] = []
    for item in items:
        if is_wanted(item):
            found.append(item)
            if len(found) == _OTHERS_MAX:
                break
    return tuple(found)


def _may(actor: Actor, action: Action) -> bool:
    return (action, actor.role) in PERMISSIONS


def _sees_plans(actor: Actor) -> bool:
    """A family has its own plan on its own page."""
    return _may(actor, Action.SEE_PLANS) and actor.role not in _FAMILY


def _school(actor: Actor) -> int | None:
    """Of staff the own school, of who sees the county all."""
    return actor.institution_id or 0 if actor.role in _STAFF else None
