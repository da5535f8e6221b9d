"""The bureau's page: how many learners of each school and major have which outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import render_template, request

from creditbank.domain.access import declares
from creditbank.domain.permissions import Action
from creditbank.domain.verdicts import Outcome, SubjectKind
from creditbank.queries.indicators import OutcomeCount, outcome_counts
from creditbank.queries.transfer_numbers import Recognised, transfer_numbers
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named
from creditbank.web.pages import pages
from creditbank.web.stacks import Stack, stack_of
from creditbank.web.visits import actor, now, unit_of_work

_CAN_GRADUATE = frozenset({Outcome.ELIGIBLE.value, Outcome.ELIGIBLE_EARLY.value})


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


@dataclass(frozen=True, slots=True)
class Figure:
    """One number at the top."""

    value: str
    text: str


@pages.get("/indicators")
@declares(Action.SEE_INDICATORS)
def indicators() -> str:
    """Counts of all schools, of one cohort if one is chosen."""
    with unit_of_work() as uow:
        found = outcome_counts(uow, actor())
        moved = transfer_numbers(uow, actor(), now=now()).recognised
    years = sorted({item.entry_year for item in found}, reverse=True)
    wanted = request.args.get("year", 0, type=int)
    shown = [item for item in found if wanted not in years or item.entry_year == wanted]
    ids = sorted({item.institution_id for item in shown})
    return render_template(
        "indicators.html",
        years=years,
        wanted=wanted,
        figures=[*_figures(shown), *_moved(moved)],
        schools=[
            _school([item for item in shown if item.institution_id == school_id])
            for school_id in ids
        ],
    )


def _figures(counts: Sequence[OutcomeCount]) -> list[Figure]:
    graduation = [item for item in counts if item.subject_kind == SubjectKind.GRADUATION.value]
    advance = [item for item in counts if item.subject_kind == SubjectKind.ARTICULATION.value]
    open_ = [item for item in graduation if item.outcome != Outcome.CLOSED.value]
    good = [item for item in graduation if item.outcome in _CAN_GRADUATE]
    track = [
        item
        for item in advance
        if item.outcome in {Outcome.ON_TRACK.value, Outcome.QUALIFIED.value}
    ]
    return [
        Figure(_sum_text(open_), _("在籍学生")),
        Figure(_sum_text(good), _("可毕业")),
        Figure(_sum_text(advance), _("贯通培养学生")),
        Figure(_sum_text(track), _("转段正常或已具备资格")),
    ]


def _moved(recognised: Iterable[Recognised]) -> list[Figure]:
    """互转人数 and 学分互认笔数 of the present school year, of all grades."""
    found = list(recognised)
    return [
        Figure(f"{sum(item.transfers for item in found):,}", _("本学年普职互转人数")),
        Figure(f"{sum(sum(item.courses.values()) for item in found):,}", _("本学年学分互认笔数")),
    ]


def _sum_text(counts: Iterable[OutcomeCount]) -> str:
    return f"{sum(item.enrolments for item in counts):,}"


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
