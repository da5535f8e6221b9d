"""转段 of all agreements: stages, rate, what is late; and what has changed since the last look."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template

from creditbank.domain.access import declares
from creditbank.domain.permissions import Action, Role
from creditbank.queries.advance_numbers import (
    AdvanceNews,
    AdvanceNumbers,
    advance_news,
    advance_numbers,
)
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.advance_views import calendar_text, stage_stack, years_of
from creditbank.web.figures import percent_text
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.pages import learners_text, moment, pages
from creditbank.web.stacks import Stack
from creditbank.web.visits import actor, now, unit_of_work


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """One agreement in numbers, in the reader's language. late: what, and the tone of it."""

    agreement_id: int
    name: str
    partners: str
    stack: Stack
    rate: str
    flagged: int
    due: str
    late: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NewsRow:
    """One line of what has changed."""

    agreement_id: int
    name: str
    text: str
    at: str


@pages.get("/agreements/advances")
@declares(Action.SEE_ADVANCE_COHORT)
def advance_overview() -> str:
    """Every agreement with its stages."""
    with unit_of_work() as uow:
        found = advance_numbers(uow, actor(), now=now())
    rows = [_row(item) for item in found if item.members]
    return render_template("advance_overview.html", rows=rows)


def _row(item: AdvanceNumbers) -> OverviewRow:
    agreement = item.line.agreement
    return OverviewRow(
        agreement_id=agreement.agreement_id,
        name=agreement.name,
        partners=f"{item.line.school_name} → {item.line.college_name} · {years_of(agreement)}",
        stack=stage_stack({stage.value: count for stage, count in item.counts.items()}),
        rate=percent_text(item.advanced, item.members) if item.advanced else "",
        flagged=item.flagged,
        due=calendar_text(item.due),
        late=tuple(
            (
                _(
                    "%(step)s，还有 %(learners)s",
                    step=calendar_text(late.day),
                    learners=learners_text(late.count),
                ),
                "bad" if late.day.is_announced else "warn",
            )
            for late in item.late
        ),
    )


def news_rows(uow: UnitOfWork, names: dict[int, str]) -> tuple[list[NewsRow], int]:
    """What a college has not looked at yet, and the last message of it. names: of agreements.

    Others are told of much else: theirs are the messages.
    """
    if actor().role is not Role.COLLEGE:
        return [], 0
    news = [item for item in advance_news(uow, actor()) if item.agreement_id in names]
    rows = [
        NewsRow(item.agreement_id, names[item.agreement_id], _text(item), moment(item.latest_at))
        for item in news
    ]
    return rows, max((item.up_to for item in news), default=0)


def _text(item: AdvanceNews) -> str:
    what = name_of(item.kind) if item.kind else _("撤回一步")
    return _("%(what)s：%(learners)s", what=what, learners=learners_text(item.count))
