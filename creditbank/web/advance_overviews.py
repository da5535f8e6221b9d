"""转段 of all agreements: stages, rate, what is late."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template

from creditbank.domain.access import declares
from creditbank.domain.permissions import Action
from creditbank.queries.advance_numbers import AdvanceNumbers, advance_numbers
from creditbank.web.advance_views import calendar_text, partners_text, stage_stack
from creditbank.web.figures import percent_text
from creditbank.web.languages import gettext as _
from creditbank.web.pages import learners_text, pages
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
        partners=partners_text(item.line),
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
