"""The bureau's page: figures and charts, and how many learners have which outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import render_template, request

from creditbank.domain.access import declares
from creditbank.domain.county_figures import Part, Place
from creditbank.domain.permissions import Action
from creditbank.domain.verdicts import SubjectKind
from creditbank.queries.county_figures import (
    Names,
    county_figures,
    figure_names,
    progress_by_month,
)
from creditbank.queries.indicators import OutcomeCount, outcome_counts
from creditbank.web.county_views import grouping_of, part_charts, tiles, time_charts
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named
from creditbank.web.monthly_reports import report_months
from creditbank.web.pages import pages
from creditbank.web.stacks import Stack, stack_of
from creditbank.web.visits import actor, now, today, unit_of_work


@dataclass(frozen=True, slots=True)
class MajorRow:
    """One major of one school."""

    code: str
    name: str
    stack: Stack


@dataclass(frozen=True, slots=True)
class SubjectPart:
    """Graduation or advance at one school."""

    title: str
    stack: Stack
    majors: tuple[MajorRow, ...]


@dataclass(frozen=True, slots=True)
class SchoolPart:
    """One school."""

    name: str
    count: int
    subjects: tuple[SubjectPart, ...]


@pages.get("/indicators")
@declares(Action.SEE_INDICATORS)
def indicators() -> str:
    """Figures and charts of the county, or of the school, major and cohort that are chosen."""
    with unit_of_work() as uow:
        counts = outcome_counts(uow, actor())
        whole = county_figures(uow, actor(), day=today(), now=now())
        monthly = progress_by_month(uow, actor(), day=today())
        names = figure_names(uow, actor())
    part = _part(names, counts)
    found = whole.within(part)
    shown = [item for item in counts if _is_of(part, item)]
    ids = sorted({item.institution_id for item in shown})
    return render_template(
        "indicators.html",
        years=sorted({item.entry_year for item in counts}, reverse=True),
        part=part,
        choices=_choices(names, part),
        crumb=_crumb(names, part),
        figures=tiles(found, whole, part),
        bars=part_charts(found, grouping_of(part, names)),
        columns=time_charts(found, (item for item in monthly if part.holds(item.place)), part),
        months=report_months(),
        noted_on=max((item.noted_on for item in found.progress), default=None),
        schools=[
            _school([item for item in shown if item.institution_id == school_id])
            for school_id in ids
        ],
    )


def _part(names: Names, counts: Sequence[OutcomeCount]) -> Part:
    """What the address chooses; what there is not is not chosen."""
    school = request.args.get("school", 0, type=int)
    major = request.args.get("major", "")[:7]
    year = request.args.get("year", 0, type=int)
    if school not in names.schools:
        school = 0
    return Part(
        institution_id=school or None,
        major_code=major if (school, major) in names.majors else None,
        entry_year=year if any(item.entry_year == year for item in counts) else None,
    )


def _is_of(part: Part, item: OutcomeCount) -> bool:
    place = Place(
        institution_id=item.institution_id, major_code=item.major_code, entry_year=item.entry_year
    )
    return part.holds(place)


def _choices(names: Names, part: Part) -> dict[str, list[tuple[str, str]]]:
    """Schools, and the majors of the one that is chosen."""
    return {
        "schools": [(str(key), named(*item[:2])) for key, item in names.schools.items()],
        "majors": [
            (code, name)
            for (school, code), name in names.majors.items()
            if school == part.institution_id
        ],
    }


def _crumb(names: Names, part: Part) -> str:
    """The name of the part that is looked at; "" for the county."""
    if part.institution_id is None:
        return ""
    school = named(*names.schools[part.institution_id][:2])
    if part.major_code is None:
        return school
    return f"{school} · {names.majors[part.institution_id, part.major_code]}"


def _school(counts: Sequence[OutcomeCount]) -> SchoolPart:
    subjects = [
        _subject(title, [item for item in counts if item.subject_kind == kind.value])
        for kind, title in (
            (SubjectKind.GRADUATION, _("毕业")),
            (SubjectKind.ARTICULATION, _("转段")),
        )
    ]
    return SchoolPart(
        name=named(counts[0].institution_name, counts[0].institution_name_en),
        count=subjects[0].stack.count,
        subjects=tuple(part for part in subjects if part.stack.count),
    )


def _subject(title: str, counts: Sequence[OutcomeCount]) -> SubjectPart:
    majors = sorted({(item.major_code, item.major_name) for item in counts})
    return SubjectPart(
        title=title,
        stack=_stack(counts),
        majors=tuple(
            MajorRow(code, name, _stack([item for item in counts if item.major_code == code]))
            for code, name in majors
        ),
    )


def _stack(counts: Iterable[OutcomeCount]) -> Stack:
    summed: Counter[str] = Counter()
    for item in counts:
        summed[item.outcome] += item.enrolments
    return stack_of(summed)
