"""The panel where a registrar posts one credit: what the three forms offer to choose from."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g

from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.courses import ExamKind
from creditbank.domain.credits import credits_text
from creditbank.domain.enrolments import Term
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan
from creditbank.services.commands import PostedEntry
from creditbank.store.grade_imports import courses_of
from creditbank.store.terms import terms_by_code
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.credit_forms import KINDS, empty_form
from creditbank.web.forms import Form
from creditbank.web.labels import choices, name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language, named
from creditbank.web.learner_pages import LearnerPage
from creditbank.web.transcripts import term_label
from creditbank.web.visits import actor, today


@dataclass(frozen=True, slots=True)
class Posted:
    """What the panel says after a posting. tone: good, or warn where nothing was earned."""

    tone: str
    title: str
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CourseGroup:
    """Courses of one block, as an option group. courses: (code, text)."""

    name: str
    courses: tuple[tuple[str, str], ...]


def posting_parts(
    uow: UnitOfWork, page: LearnerPage, kind: EntryKind, form: Form | None = None
) -> dict[str, object]:
    """What the panel's template looks at; form: one that came back, else an empty one."""
    term, last = Term.containing(today()), today().isoformat()
    return {
        "kinds": kind_names(),
        "form": form or empty_form(kind, {"term": term.code, "earned_on": last}),
        "course_groups": _course_groups(uow, page.plan),
        "terms": term_choices(uow),
        "exam_kinds": choices(ExamKind),
        "levels": choices(AwardLevel),
        "ranks": choices(AwardRank),
        "team_roles": choices(TeamRole),
        "categories": choices(InnovationCategory),
        "certificate_levels": choices(CertificateLevel),
    }


def kind_names() -> list[tuple[str, str]]:
    """(code, name) of the kinds that are posted by hand."""
    return [(kind.value, name_of(kind)) for kind in KINDS]


def term_choices(uow: UnitOfWork) -> list[tuple[str, str]]:
    """Terms that have begun, the latest first; read once, however many panels offer them."""
    if "begun_terms" not in g:
        terms = terms_by_code(uow.connection).items()
        g.begun_terms = sorted(
            (code for code, days in terms if days.starts_on <= today()), reverse=True
        )
    return [(code, term_label(code)) for code in g.begun_terms]


def posted_notice(entry: PostedEntry) -> Posted:
    """What to say of an entry that was just posted: what it earned, and why if that is nothing."""
    texts = tuple(in_language(warning.message) for warning in entry.warnings)
    if entry.earns_nothing:
        return Posted("warn", _("已入账，但没有获得学分"), texts)
    units = credits_text(entry.units)
    if not texts:
        return Posted("good", _("已入账，获得 %(units)s 学分", units=units))
    return Posted("warn", _("已入账 %(units)s 学分，但没有全部计入毕业", units=units), texts)


def _course_groups(uow: UnitOfWork, plan: Plan | None) -> list[CourseGroup]:
    """The plan's courses by block, then whatever else the school teaches."""
    institution_id = actor().institution_id
    if institution_id is None:
        return []
    taught = {course.code: course.name for course in courses_of(uow.connection, institution_id)}
    groups: list[CourseGroup] = []
    for block in plan.blocks if plan else ():
        found = [
            (item.course_code, _course_text(item.course_code, item.name, item.units))
            for item in (plan.courses if plan else ())
            if item.block_code == block.code and taught.pop(item.course_code, None) is not None
        ]
        if found:
            groups.append(CourseGroup(named(block.name, block.name_en), tuple(found)))
    if taught:
        others = tuple(
            (code, name + _("（%(note)s）", note=code)) for code, name in sorted(taught.items())
        )
        groups.append(CourseGroup(_("培养方案以外"), others))
    return groups


def _course_text(code: str, name: str, units: int) -> str:
    return _(
        "%(name)s（%(code)s，%(units)s 学分）", name=name, code=code, units=credits_text(units)
    )
