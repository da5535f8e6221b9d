"""Plans as pages: a list by major, a version in pictures and words, the difference of two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.credits import credits_text
from creditbank.domain.permissions import Action
from creditbank.domain.plan_events import PlanEventKind
from creditbank.domain.plans import Plan, PlanCourse
from creditbank.queries.plan_lists import PlanVersion, plan_versions
from creditbank.queries.plans import PlanEventLine, plan_history, plan_in_full
from creditbank.store.plan_versions import is_followed, revision_of
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.forms import Form
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named
from creditbank.web.pages import learners_text, moment, pages
from creditbank.web.plan_changes import change_groups
from creditbank.web.plan_figures import BlockPicture, block_picture
from creditbank.web.plan_words import (
    RuleLine,
    block_name,
    condition_texts,
    joined,
    rule_lines,
)
from creditbank.web.visits import actor, may, unit_of_work

PLAN = "/plans/<int(min=1, max=2147483647):plan_id>"


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version in the list. state: how it stands; cohorts: who follows it, in words."""

    plan_id: int
    version: int
    name: str
    units: str
    state: str
    tone: str
    cohorts: str


@dataclass(frozen=True, slots=True)
class MajorGroup:
    """The versions of one plan code."""

    title: str
    code: str
    school: str
    rows: tuple[VersionRow, ...]


@dataclass(frozen=True, slots=True)
class Semester:
    """The courses of one semester, with their sums."""

    number: int
    courses: tuple[PlanCourse, ...]
    units: str
    hours: int


@dataclass(frozen=True, slots=True)
class PlanView:
    """All that the page of a version shows. is_draft: nobody follows it yet."""

    plan: Plan
    revision: str
    row: VersionRow
    school: str
    major: str
    picture: BlockPicture
    rules: tuple[RuleLine, ...]
    conditions: list[str]
    semesters: tuple[Semester, ...]
    versions: tuple[VersionRow, ...]
    history: tuple[str, ...]
    is_draft: bool
    is_own: bool

    def named_blocks(self, codes: Iterable[str]) -> str:
        """Blocks by their names."""
        return joined(block_name(code, self.plan) for code in codes)


@pages.get("/plans")
@declares(Action.SEE_PLANS)
def plans() -> str | Response:
    """The plans that concern the reader; a learner with one plan is led to it."""
    with unit_of_work() as uow:
        found = plan_versions(uow, actor())
    return render_template(
        "plans.html",
        groups=plan_groups(found),
        several_schools=len({item.institution_id for item in found}) > 1,
        may_write=may(Action.WRITE_PLAN),
    )


@pages.get(PLAN)
@declares(Action.SEE_PLANS)
def plan(plan_id: int) -> str:
    """One version."""
    with unit_of_work() as uow:
        return render_plan(uow, plan_id, Form(kind="cohort", values={}))


@pages.get(f"{PLAN}/changes")
@declares(Action.SEE_PLANS)
def plan_changes(plan_id: int) -> str | Response:
    """What this version says otherwise than another one."""
    other = request.args.get("before", 0, type=int)
    with unit_of_work() as uow:
        after = plan_in_full(uow, actor(), plan_id)
        versions = _versions_of(uow, after)
        earlier = [item for item in versions if item.version < after.version] or [
            item for item in versions if item.plan_id != plan_id
        ]
        if not other and earlier:
            address = url_for("web.plan_changes", plan_id=plan_id, before=earlier[0].plan_id)
            return redirect(address)
        before = plan_in_full(uow, actor(), other or plan_id)
    whole = max(before.units_min, after.units_min)
    return render_template(
        "plan_changes.html",
        before=before,
        after=after,
        pictures=[(item, block_picture(item, whole)) for item in (before, after)],
        figures=_figures(before, after),
        groups=change_groups(before, after),
        versions=version_rows(versions),
    )


def render_plan(uow: UnitOfWork, plan_id: int, form: Form, **more: object) -> str:
    """The page of a version. form: of putting it in force, or of moving a cohort to it."""
    view = plan_view(uow, plan_id)
    return render_template(
        "plan.html",
        view=view,
        form=form,
        may_write=may(Action.WRITE_PLAN) and view.is_own,
        may_assign=may(Action.ASSIGN_PLAN) and view.is_own,
        may_migrate=may(Action.MIGRATE_COHORT) and view.is_own,
        **more,
    )


def plan_view(uow: UnitOfWork, plan_id: int) -> PlanView:
    """A version with everything around it. Raises NotFoundError."""
    found = plan_in_full(uow, actor(), plan_id)
    versions = _versions_of(uow, found)
    own = next(item for item in versions if item.plan_id == plan_id)
    return PlanView(
        plan=found,
        revision=revision_of(found),
        row=_row(own),
        school=named(own.institution_name, own.institution_name_en),
        major=f"{own.major_name} {own.major_code.replace('000000', '')}".strip(),
        picture=block_picture(found),
        rules=rule_lines(found),
        conditions=condition_texts(found),
        semesters=semesters_of(found),
        versions=version_rows(versions),
        history=tuple(map(_event, plan_history(uow, actor(), found))),
        is_draft=not is_followed(uow.connection, plan_id),
        is_own=found.institution_id == actor().institution_id,
    )


def plan_groups(found: Iterable[PlanVersion]) -> list[MajorGroup]:
    """Versions together by school and code, in the order they come in."""
    groups: dict[tuple[int, str], list[PlanVersion]] = {}
    for item in found:
        groups.setdefault((item.institution_id, item.code), []).append(item)
    return [
        MajorGroup(
            title=items[0].major_name or items[0].name,
            code=items[0].code,
            school=named(items[0].institution_name, items[0].institution_name_en),
            rows=version_rows(items),
        )
        for items in groups.values()
    ]


def version_rows(found: Iterable[PlanVersion]) -> tuple[VersionRow, ...]:
    """Versions in words."""
    return tuple(map(_row, found))


def semesters_of(found: Plan) -> tuple[Semester, ...]:
    """The courses by semester, in the plan's order."""
    numbers = sorted({course.semester_no for course in found.courses})
    grouped = [
        (number, tuple(item for item in found.courses if item.semester_no == number))
        for number in numbers
    ]
    return tuple(
        Semester(
            number,
            courses,
            credits_text(sum(item.units for item in courses)),
            sum(item.theory_hours + item.practice_hours for item in courses),
        )
        for number, courses in grouped
    )


def _versions_of(uow: UnitOfWork, found: Plan) -> list[PlanVersion]:
    return plan_versions(uow, actor(), school=found.institution_id, code=found.code)


def _row(item: PlanVersion) -> VersionRow:
    return VersionRow(
        plan_id=item.plan_id,
        version=item.version,
        name=item.name,
        units=credits_text(item.units_min),
        state=_("施行中") if item.cohorts else _("草稿"),
        tone="good" if item.cohorts else "neutral",
        cohorts=_("；").join(_cohort(line.entry_year, line.learner_count) for line in item.cohorts),
    )


def _cohort(year: int, count: int | None) -> str:
    if count is None:
        return _("%(entered)s级", entered=year)
    return _("%(entered)s级 %(learners)s", entered=year, learners=learners_text(count))


def _event(item: PlanEventLine) -> str:
    when, who = moment(item.acted_at), item.acted_by
    if item.kind is PlanEventKind.SAVED:
        return _("%(when)s %(who)s 保存第 %(version)s 版", when=when, who=who, version=item.version)
    if item.kind is PlanEventKind.ASSIGNED:
        return _(
            "%(when)s %(who)s 将第 %(version)s 版施行于 %(year)s 级，%(document)s",
            when=when, who=who, version=item.version, year=item.entry_year,
            document=item.document_no,
        )  # fmt: skip
    return _(
        "%(when)s %(who)s 将 %(year)s 级由第 %(before)s 版迁移到第 %(version)s 版，"
        "%(count)s 人重新判定，%(document)s，%(reason)s",
        when=when, who=who, version=item.version, before=item.from_version, year=item.entry_year,
        count=item.learner_count, document=item.document_no, reason=item.reason,
    )  # fmt: skip


def _figures(before: Plan, after: Plan) -> list[tuple[str, str, str]]:
    def hours(item: Plan) -> int:
        return sum(course.theory_hours + course.practice_hours for course in item.courses)

    pairs = (
        (_("总学分"), credits_text(before.units_min), credits_text(after.units_min)),
        (_("模块"), len(before.blocks), len(after.blocks)),
        (_("课程"), len(before.courses), len(after.courses)),
        (_("开设学时"), hours(before), hours(after)),
    )
    return [(name, str(was), str(now)) for name, was, now in pairs]
