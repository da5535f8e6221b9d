"""Agreements and their cohorts: how many are on track, who is not, and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from flask import render_template, request

from creditbank.domain.access import declares
from creditbank.domain.credits import credits_text
from creditbank.domain.permissions import Action
from creditbank.queries.agreements import AgreementLine, list_agreements
from creditbank.queries.cohort_counts import cohort_counts
from creditbank.queries.cohorts import Chosen, Cohort, CohortMember
from creditbank.queries.cohorts import cohort as read_cohort
from creditbank.queries.pages import LIMIT_MAX
from creditbank.store.grade_imports import courses_of
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.advance_views import partners_text, years_of
from creditbank.web.cohort_changes import follows, news_of, news_rows, settle_own
from creditbank.web.condition_lines import condition_line
from creditbank.web.languages import gettext as _
from creditbank.web.pages import pages
from creditbank.web.stacks import Stack, outcome_name, stack_of, tone_of
from creditbank.web.visits import actor, may, now, unit_of_work

_CREDITS = "credits_to_date"
_UNKNOWN = "unknown"
_CHANGED = "changed"
_FINE = frozenset({"good", "progress"})


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """One agreement in the list."""

    agreement_id: int
    name: str
    partners: str
    stack: Stack


@dataclass(frozen=True, slots=True)
class EntryYear:
    """The agreements of one cohort."""

    year: int
    agreements: tuple[AgreementRow, ...]


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One learner of a cohort; counted and required are credits to date, "" if not asked for."""

    learner_id: int
    name: str
    student_no: str
    class_name: str
    outcome: str
    tone: str
    counted: str
    required: str
    reasons: tuple[str, ...]
    is_fresh: bool
    is_changed: bool


@pages.get("/agreements")
@declares(Action.SEE_AGREEMENTS)
def agreements() -> str:
    """All agreements that the reader may see, the latest cohort first."""
    settle_own(sorted(actor().agreement_ids))
    with unit_of_work() as uow:
        lines = list_agreements(uow, actor(), now=now(), limit=LIMIT_MAX).items
        counts = cohort_counts(uow, actor(), [line.agreement.agreement_id for line in lines])
        names = {line.agreement.agreement_id: line.agreement.name for line in lines}
        news, news_up_to = news_rows(uow, names)
    by_year: dict[int, list[AgreementRow]] = defaultdict(list)
    for line in lines:
        found = counts.get(line.agreement.agreement_id, {})
        by_year[line.agreement.entry_year].append(_agreement_row(line, found))
    years = [EntryYear(year, tuple(by_year[year])) for year in sorted(by_year, reverse=True)]
    return render_template(
        "agreements.html",
        years=years,
        news=news,
        news_up_to=news_up_to,
        shows_news=follows(),
        may_sign=may(Action.SIGN_AGREEMENT),
        may_advance=may(Action.SEE_ADVANCE_COHORT),
    )


@pages.get("/agreements/<int(min=1, max=2147483647):agreement_id>")
@declares(Action.SEE_COHORT)
def cohort(agreement_id: int) -> str:
    """One cohort by the page, or who of it has one outcome or has changed since the last look.

    On a page who needs something first.
    """
    wanted = request.args.get("outcome", "")[:20]
    settle_own([agreement_id])
    with unit_of_work() as uow:
        news, changed = news_of(uow, agreement_id)
        chosen = _chosen(wanted, sorted(changed))
        found = read_cohort(uow, actor(), agreement_id, now=now(), chosen=chosen)
        names = _course_names(uow, found)
    members = [
        _member_row(member, names, is_changed=member.enrolment_id in changed)
        for member in found.members.items
    ]
    return render_template(
        "cohort.html",
        line=found.line,
        kind=years_of(found.line.agreement),
        stack=stack_of(found.counts),
        filters=[
            (code or _UNKNOWN, f"{outcome_name(code)} {count}")
            for code, count in found.counts.items()
        ]
        + ([(_CHANGED, _("有变动 %(count)s", count=len(changed)))] if follows() else []),
        news=news,
        shows_news=follows(),
        wanted=wanted,
        members=sorted(members, key=lambda member: member.tone in _FINE),
        next_cursor=found.members.next_cursor,
        may_advance=may(Action.SEE_ADVANCE_COHORT),
    )


def _chosen(wanted: str, changed: list[int]) -> Chosen:
    """What the page is asked for. changed: enrolments, for a reader who is told of changes."""
    cursor = request.args.get("cursor", "")
    if wanted == _CHANGED and follows():
        return Chosen(only=changed, cursor=cursor)
    outcome = None if not wanted else "" if wanted == _UNKNOWN else wanted
    return Chosen(outcome=outcome, cursor=cursor)


def _agreement_row(line: AgreementLine, counts: dict[str, int]) -> AgreementRow:
    return AgreementRow(
        agreement_id=line.agreement.agreement_id,
        name=line.agreement.name,
        partners=partners_text(line),
        stack=stack_of(counts),
    )


def _course_names(uow: UnitOfWork, found: Cohort) -> dict[str, str]:
    """Names of courses, for conditions that name what is missing."""
    missing = any(
        item.missing_codes for member in found.members.items for item in member.conditions
    )
    if not missing:
        return {}
    return {
        course.code: course.name
        for course in courses_of(uow.connection, found.line.agreement.school_id)
    }


def _member_row(member: CohortMember, names: dict[str, str], *, is_changed: bool) -> MemberRow:
    credit = next((item for item in member.conditions if item.code == _CREDITS), None)
    lines = [condition_line(item, names) for item in member.conditions]
    return MemberRow(
        learner_id=member.learner_id,
        name=member.name,
        student_no=member.student_no,
        class_name=member.class_name,
        outcome=outcome_name(member.outcome),
        tone=tone_of(member.outcome),
        counted=credits_text(int(credit.actual)) if credit else "",
        required=credits_text(int(credit.required)) if credit else "",
        reasons=tuple(line.text for line in lines if not line.met)
        if tone_of(member.outcome) not in _FINE
        else (),
        is_fresh=member.is_fresh,
        is_changed=is_changed,
    )
