"""The recognition table as a file: taken away as Excel, uploaded, previewed, put in force."""

from __future__ import annotations

import json
from urllib.parse import quote

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from creditbank.domain.access import declares
from creditbank.domain.errors import BusyError, InvalidInputError, Message, Problem, refused
from creditbank.domain.permissions import Action
from creditbank.domain.recognition_cells import COLUMNS
from creditbank.domain.recognition_rules import REASON_MAX
from creditbank.domain.sheets import ListedRow, ListedTable, column_letters
from creditbank.exchange.recognition_rules import read_recognition_table, recognition_workbook
from creditbank.exchange.workbooks import read_workbook
from creditbank.queries.recognition_rules import recognition_table
from creditbank.services.recognition_rules import (
    RecognitionPreview,
    import_recognition_table,
    preview_recognition_table,
)
from creditbank.web.class_lists import ListCell, ListLine
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.languages import in_language, ngettext
from creditbank.web.pages import pages
from creditbank.web.recognition_rules import TABLE, blank_form, day_asked, table_page
from creditbank.web.visits import actor, now, today, unit_of_work

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_UNPROCESSABLE = 422


@pages.get(f"{TABLE}.xlsx")
@declares(Action.SEE_RECOGNITION_RULES)
def recognition_workbook_file() -> Response:
    """The table of a day, in the shape that is uploaded."""
    with unit_of_work() as uow:
        found = recognition_table(uow, actor(), now=now(), as_of=day_asked())
    content = recognition_workbook(found.items, made_on=today())
    response = Response(content, content_type=_XLSX)
    name = quote(f"学分互认对照表-{found.as_of.isoformat()}.xlsx")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response


@pages.post(f"{TABLE}/preview")
@declares(Action.CHANGE_RECOGNITION_RULES)
def preview_recognition_rules() -> str | tuple[str, int]:
    """Read the file, check every cell, and show what it would change."""
    file = request.files.get("file")
    try:
        parsed = read_workbook(file.read() if file else b"")
        table = read_recognition_table(parsed.sheets)
    except (InvalidInputError, BusyError) as error:
        faults = tuple(in_language(item.message) for item in refusal_problems(error))
        return table_page(blank_form(), faults=faults), _UNPROCESSABLE
    return _shown(table, Form(kind="table", fields=frozenset({"reason"})))


@pages.post(f"{TABLE}/import")
@declares(Action.CHANGE_RECOGNITION_RULES)
def import_recognition_rules() -> str | BaseResponse | tuple[str, int]:
    """Put a previewed table in force, all or none."""
    names = ("table", "reason", "idempotency_key")
    form = Form.sent("table", {name: request.form.get(name, "") for name in names})
    try:
        table = _sent_table(form.value("table"))
    except InvalidInputError as error:
        faults = tuple(in_language(item.message) for item in refusal_problems(error))
        return table_page(blank_form(), faults=faults), _UNPROCESSABLE
    try:
        reading = Reading(form)
        reason = reading.text("reason", length_max=REASON_MAX, required=False)
        reading.done()
        with unit_of_work() as uow:
            made = import_recognition_table(
                uow, actor(), table, reason=reason, idempotency_key=form.key, now=now()
            )
    except InvalidInputError as error:
        return _shown(table, form.with_problems(refusal_problems(error))), _UNPROCESSABLE
    return redirect(url_for("web.recognition_rules", changed=len(made.changed)), 303)


def _sent_table(text: str) -> ListedTable:
    """The rows of the preview as the page sent them back. Raises InvalidInputError."""
    try:
        rows = tuple(
            ListedRow(int(row), {field: str(cells[field]) for field in COLUMNS})
            for row, cells in json.loads(text)
        )
    except (KeyError, TypeError, ValueError) as error:
        raise refused(_LOST) from error
    columns = {field: column_letters(at) for at, field in enumerate(COLUMNS, start=1)}
    return ListedTable(rows, columns)


def _shown(table: ListedTable, form: Form) -> str:
    with unit_of_work() as uow:
        preview = preview_recognition_table(uow, actor(), table, now=now())
    count = len(preview.changed)
    sent = [(row.row, {field: row.cells.get(field, "") for field in COLUMNS}) for row in table.rows]
    return render_template(
        "recognition_table.html",
        preview=preview,
        problems=preview.problems,
        form=form,
        sent=json.dumps(sent, ensure_ascii=False),
        problem_text=ngettext("有 %(num)s 处问题", "有 %(num)s 处问题", len(preview.problems)),
        clean_text=ngettext("%(num)s 条将有变化", "%(num)s 条将有变化", count),
        put_text=ngettext("施行 %(num)s 条", "施行 %(num)s 条", count),
        headings=list(COLUMNS.values()),
        lines=_lines(preview),
    )


def _lines(preview: RecognitionPreview) -> list[ListLine]:
    columns = preview.table.columns
    faulty = {(problem.row, problem.field) for problem in preview.problems}
    return [
        ListLine(
            row.row,
            tuple(
                ListCell(
                    row.cells.get(field, ""), is_faulty=(row.row, columns.get(field)) in faulty
                )
                for field in COLUMNS
            ),
        )
        for row in preview.table.rows
    ]


_LOST = Problem(
    "table_lost",
    Message("预览的内容没有传回,请重新上传。", "The preview did not come back; upload it again."),
    field="file",
)
