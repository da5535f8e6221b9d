"""What a learner does next, concretely: resits, the courses of next term, dates that come."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from creditbank.domain.advance_calendar import finishing_year
from creditbank.domain.agreements import Agreement
from creditbank.domain.credits import credits_text
from creditbank.domain.enrolments import Term, semester_no, term_of_semester
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan
from creditbank.domain.verdicts import Outcome, SubjectKind, Verdict
from creditbank.queries.transcripts import Transcript, TranscriptEntry
from creditbank.store.advance_calendar import calendar_of
from creditbank.web.advance_views import calendar_text
from creditbank.web.labels import mark_text
from creditbank.web.languages import gettext as _
from creditbank.web.languages import language
from creditbank.web.transcripts import term_label

_SHOWN_MAX = 6
_JULY = 7
_OVER = frozenset({Outcome.CLOSED, Outcome.ENDED})


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do or to know. kind: resit, term, date; lines: one below the other."""

    kind: str
    title: str
    lines: tuple[str, ...]


def next_steps(
    found: Transcript,
    verdicts: Sequence[Verdict],
    plans: Collection[Plan],
    entry_years: dict[int, int],
    *,
    today: date,
) -> tuple[NextStep, ...]:
    """Resits first, then the courses of next term, then the day of graduation; of open ones."""
    graduations = [
        item
        for item in verdicts
        if item.subject_kind is SubjectKind.GRADUATION and item.outcome not in _OVER
    ]
    if not graduations:
        return ()
    by_id = {plan.plan_id: plan for plan in plans}
    steps = [*_resits(found)]
    for verdict in graduations:
        plan, entry_year = by_id[verdict.plan_id], entry_years.get(verdict.enrolment_id)
        if entry_year is not None:
            steps += _of_plan(plan, entry_year, found, today)
    return tuple(steps)


def advance_days(
    connection: Connection, agreements: Iterable[Agreement], *, today: date
) -> tuple[NextStep, ...]:
    """Of each agreement's year the step that comes, or is, next."""
    found = []
    for agreement in agreements:
        days = calendar_of(connection, finishing_year(agreement), agreement.post_level)
        coming = next((item for item in days if item.ends_on >= today), None)
        if coming is not None:
            found.append(NextStep("date", _("转段的下一个日子"), (calendar_text(coming),)))
    return tuple(dict.fromkeys(found))


def passed_codes(found: Transcript) -> frozenset[str]:
    """Codes of the courses that are passed."""
    return frozenset(entry.course_code for entry in _courses(found) if entry.passed)


def _courses(found: Transcript) -> Iterator[TranscriptEntry]:
    for term in found.terms:
        for entry in term.entries:
            if entry.kind == EntryKind.COURSE.value and not entry.is_reversed:
                yield entry


def _resits(found: Transcript) -> Iterator[NextStep]:
    passed = passed_codes(found)
    failed = {
        entry.course_code: entry
        for entry in _courses(found)
        if entry.passed is False and entry.course_code not in passed
    }
    if failed:
        lines = [
            _("%(name)s：上次成绩 %(mark)s", name=entry.title, mark=mark_text(entry.mark))
            if entry.mark
            else entry.title
            for entry in failed.values()
        ]
        yield NextStep("resit", _("补考或重修（时间问教务科）"), _cut(lines))


def _of_plan(plan: Plan, entry_year: int, found: Transcript, today: date) -> Iterator[NextStep]:
    here = semester_no(entry_year=entry_year, term=Term.containing(today))
    last = 2 * plan.years
    passed = passed_codes(found)
    coming = [
        course
        for course in plan.courses
        if course.semester_no == here + 1 and course.course_code not in passed
    ]
    if 0 < here < last and coming:
        term = term_of_semester(entry_year=entry_year, semester=here + 1)
        lines = [
            _("%(name)s（%(units)s）", name=course.name, units=credits_text(course.units))
            for course in coming
        ]
        joined = _("、").join(lines[:_SHOWN_MAX])
        if len(lines) > _SHOWN_MAX:
            joined += _(" 等 %(count)s 门", count=len(lines))
        title = _("下学期方案里的课（%(term)s）", term=term_label(term.code))
        yield NextStep("term", title, (joined,))
    leaves = date(entry_year + plan.years, _JULY, 1)
    if today < leaves:
        yield NextStep(
            "date",
            _("毕业时间"),
            (_("按方案 %(month)s 毕业，还有 %(days)s 天", month=_month(leaves),
               days=(leaves - today).days),),
        )  # fmt: skip


def _month(of: date) -> str:
    return f"{of.year}年{of.month}月" if language() == "zh" else f"{of:%B %Y}"


def _cut(lines: Sequence[str]) -> tuple[str, ...]:
    if len(lines) <= _SHOWN_MAX:
        return tuple(lines)
    return (*lines[:_SHOWN_MAX], _("等 %(count)s 门", count=len(lines)))
