"""公示 of transfers, for everybody; it is taken down by itself."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request

from creditbank.domain.access import declares
from creditbank.domain.permissions import Action
from creditbank.queries.notices import list_notices
from creditbank.web.languages import named
from creditbank.web.pages import day, pages
from creditbank.web.visits import actor, now, unit_of_work


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One notice in the reader's words."""

    name: str
    school: str
    to_school: str
    grade_year: int
    to_plan: str
    starts: str
    ends: str


@pages.get("/notices")
@declares(Action.SEE_NOTICES)
def notices() -> str:
    """Those that run today."""
    with unit_of_work() as uow:
        page = list_notices(uow, actor(), now=now(), cursor=request.args.get("cursor", ""))
    rows = [
        NoticeRow(
            name=item.name,
            school=named(item.institution_name, item.institution_name_en),
            to_school=named(item.to_institution_name, item.to_institution_name_en),
            grade_year=item.grade_year,
            to_plan=item.to_plan_name,
            starts=day(item.starts_on),
            ends=day(item.ends_on),
        )
        for item in page.items
    ]
    return render_template("notices.html", rows=rows, next_cursor=page.next_cursor)
