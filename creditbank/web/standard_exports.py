"""What goes out to other systems: the tables of JY/T 1005 and the credit bank's outcomes."""

from __future__ import annotations

from flask import Response, render_template, request

from creditbank.domain.access import declares
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.exchange.jyt1005 import standard_tables, standard_workbook
from creditbank.exchange.outcome_lists import outcome_workbook
from creditbank.queries.classes import school_classes
from creditbank.queries.standard_tables import outcome_rows, standard_rows
from creditbank.web.downloads import workbook_response
from creditbank.web.forms import Form
from creditbank.web.languages import gettext as _
from creditbank.web.pages import pages
from creditbank.web.visits import actor, now, today, unit_of_work

_ASKED = ("entry_year", "reason")
_YEAR_DIGITS = 4
_UNPROCESSABLE = 422


@pages.get("/standard-exports")
@declares(Action.EXPORT_NATIONAL_SHEET)
def standard_exports() -> str:
    """What can be taken out, and for which cohort."""
    return _page(_empty("tables"), _empty("outcomes"))


@pages.post("/standard-exports/jyt1005.xlsx")
@declares(Action.EXPORT_NATIONAL_SHEET)
def standard_table_file() -> Response | tuple[str, int]:
    """The tables of JY/T 1005, a sheet for each. It is asked for as a form: with a reason."""
    form = _sent("tables")
    try:
        with unit_of_work() as uow:
            rows = standard_rows(uow, actor(), _year(form), reason=form.value("reason"), now=now())
    except InvalidInputError as error:
        return _page(form.with_problems(error.problems), _empty("outcomes")), _UNPROCESSABLE
    content = standard_workbook(rows, made_on=today())
    return workbook_response(content, f"JYT1005 {form.value('entry_year')} {today()}")


@pages.post("/standard-exports/outcomes.xlsx")
@declares(Action.EXPORT_NATIONAL_SHEET)
def outcome_file() -> Response | tuple[str, int]:
    """The outcomes of the school's learners as the credit bank registers them."""
    form = _sent("outcomes")
    try:
        with unit_of_work() as uow:
            rows = outcome_rows(uow, actor(), _year(form), reason=form.value("reason"), now=now())
    except InvalidInputError as error:
        return _page(_empty("tables"), form.with_problems(error.problems)), _UNPROCESSABLE
    content = outcome_workbook(rows, made_on=today())
    return workbook_response(content, f"学习成果清单 {form.value('entry_year')} {today()}")


def _sent(kind: str) -> Form:
    return Form.sent(kind, {name: request.form.get(name, "") for name in _ASKED})


def _empty(kind: str) -> Form:
    return Form(kind=kind, fields=frozenset(_ASKED))


def _year(form: Form) -> int:
    text = form.value("entry_year")
    return int(text) if text.isascii() and text.isdigit() and len(text) == _YEAR_DIGITS else 0


def _page(tables: Form, outcomes: Form) -> str:
    with unit_of_work() as uow:
        years = sorted({item.entry_year for item in school_classes(uow, actor())}, reverse=True)
    return render_template(
        "standard_exports.html",
        tables=tables,
        outcomes=outcomes,
        years=[(str(year), _("%(year)s级", year=year)) for year in years],
        titles=[f"{table.code} {table.title}" for table in standard_tables()],
    )
