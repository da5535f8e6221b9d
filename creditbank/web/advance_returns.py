"""What a college returns of who has advanced: numbers and recognised credits, typed or by file."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, render_template

from creditbank.domain.access import declares
from creditbank.domain.advances import MoveKind
from creditbank.domain.credits import credits_text, units_from_text
from creditbank.domain.errors import BusyError, InvalidInputError, Message
from creditbank.domain.permissions import Action
from creditbank.queries.advance_previews import StepPreview, preview_step, returned_admissions
from creditbank.services.advance_admissions import return_admissions
from creditbank.services.advance_commands import ReturnAdmissions, ReturnLine, TakenStep
from creditbank.web.advance_grids import (
    Column,
    SentGrid,
    Values,
    checked,
    grid_lines,
    refused_cells,
    sent_cells,
    template_file,
    uploaded,
)
from creditbank.web.advance_steps import done_rows, sent_form
from creditbank.web.advance_views import ADVANCE, UNPROCESSABLE, head_of
from creditbank.web.forms import Form
from creditbank.web.languages import gettext as _
from creditbank.web.pages import is_fragment, pages
from creditbank.web.visits import actor, now, unit_of_work

_SHEET = "录取信息"
_CREDITS = "recognised_credits"


@pages.get(f"{ADVANCE}/returns")
@declares(Action.ADMIT_ADVANCE)
def advance_returns(agreement_id: int) -> str:
    """Numbers and recognised credits of who has advanced."""
    return _page(agreement_id, _form())


@pages.get(f"{ADVANCE}/returns/template")
@declares(Action.ADMIT_ADVANCE)
def advance_return_template(agreement_id: int) -> Response:
    """The same as a file to be filled in."""
    preview, known = _returned(agreement_id)
    return template_file(_SHEET, _columns(), preview.goers, known)


@pages.post(f"{ADVANCE}/returns/file")
@declares(Action.ADMIT_ADVANCE)
def upload_advance_returns(agreement_id: int) -> str | tuple[str, int]:
    """Read a file into the grid; nothing is recorded yet."""
    preview, _known = _returned(agreement_id)
    return uploaded(
        preview.goers,
        _columns(),
        _wrong,
        _form(),
        lambda form, sent: _page(agreement_id, form, sent=sent, is_preview=sent is not None),
    )


@pages.post(f"{ADVANCE}/returns")
@declares(Action.ADMIT_ADVANCE)
def record_advance_returns(agreement_id: int) -> str | tuple[str, int]:
    """Record what is new in the grid, or nothing."""
    form = sent_form()
    _preview, known = _returned(agreement_id)
    values = sent_cells(_columns())
    faults = checked(values, _wrong)
    if faults:
        return _page(agreement_id, form, sent=SentGrid(values, faults)), UNPROCESSABLE
    lines = tuple(
        ReturnLine(
            enrolment_id=number,
            admission_no=cells["admission_no"],
            college_student_no=cells["college_student_no"],
            recognised_units=units_from_text(cells[_CREDITS]) if cells[_CREDITS] else 0,
        )
        for number, cells in values.items()
        if cells != known.get(number)
    )
    try:
        with unit_of_work() as uow:
            command = ReturnAdmissions(agreement_id=agreement_id, lines=lines)
            found = return_admissions(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        numbers = [line.enrolment_id for line in lines]
        keys = [column.key for column in _columns()]
        refused, faults = refused_cells(form, error, numbers, keys)
        return _page(agreement_id, refused, sent=SentGrid(values, faults)), UNPROCESSABLE
    return _page(agreement_id, _form(), steps=found.steps)


def _form() -> Form:
    return Form(kind="returns")


def _columns() -> list[Column]:
    return [
        Column("admission_no", _("录取通知书号"), "录取通知书号", is_number=False),
        Column("college_student_no", _("高职学号"), "高职学号", _("选填"), is_number=False),
        Column(_CREDITS, _("认定学分"), "认定学分", _("选填，最多 500")),
    ]


def _wrong(key: str, text: str) -> Message | None:
    if key != _CREDITS:
        return None
    try:
        units_from_text(text)
    except ValueError:
        return _NUMBER
    return None


def _returned(agreement_id: int) -> tuple[StepPreview, Values]:
    with unit_of_work() as uow:
        preview = preview_step(uow, actor(), agreement_id, MoveKind.RETURN_ADMISSION, now=now())
        found = returned_admissions(uow, preview)
    known = {
        number: {
            "admission_no": item.admission_no,
            "college_student_no": item.college_student_no,
            _CREDITS: credits_text(item.recognised_units) if item.recognised_units else "",
        }
        for number, item in found.items()
    }
    return preview, known


def _page(
    agreement_id: int,
    form: Form,
    *,
    sent: SentGrid | None = None,
    steps: Sequence[TakenStep] = (),
    is_preview: bool = False,
) -> str:
    preview, known = _returned(agreement_id)
    columns = _columns()
    shown = sent or SentGrid(known)
    template = "parts/advance_returns.html" if is_fragment() else "advance_returns.html"
    return render_template(
        template,
        head=head_of(preview.agreement, preview.terms.quota),
        kind="return",
        form=form,
        columns=columns,
        lines=grid_lines(preview.goers, columns, shown),
        sent=shown,
        is_preview=is_preview,
        refused=[],
        problems={},
        done=done_rows(preview, steps),
    )


_NUMBER = Message("请填学分数,最多两位小数,如 40。", "Credits with at most two decimals, as 40.")
