"""What a college returns of who has advanced: numbers and recognised credits, typed or by file."""

from __future__ import annotations

from flask import Response

from creditbank.domain.access import declares
from creditbank.domain.advances import MoveKind
from creditbank.domain.credits import credits_text, units_from_text
from creditbank.domain.errors import Message
from creditbank.domain.permissions import Action
from creditbank.queries.advance_previews import ReturnedAdmission, preview_step, returned_admissions
from creditbank.services.advance_admissions import return_admissions
from creditbank.services.advance_commands import ReturnAdmissions, ReturnLine, TakenSteps
from creditbank.web.advance_grids import (
    Column,
    Grid,
    Values,
    recorded,
    show,
    template_file,
    uploaded,
)
from creditbank.web.advance_steps import sent_form
from creditbank.web.advance_views import ADVANCE
from creditbank.web.forms import Form
from creditbank.web.languages import gettext as _
from creditbank.web.pages import pages
from creditbank.web.visits import actor, now, unit_of_work

_CREDITS = "recognised_credits"


@pages.get(f"{ADVANCE}/returns")
@declares(Action.ADMIT_ADVANCE)
def advance_returns(agreement_id: int) -> str:
    """Numbers and recognised credits of who has advanced."""
    return show(_grid(agreement_id))


@pages.get(f"{ADVANCE}/returns/template")
@declares(Action.ADMIT_ADVANCE)
def advance_return_template(agreement_id: int) -> Response:
    """The same as a file to be filled in."""
    return template_file(_grid(agreement_id))


@pages.post(f"{ADVANCE}/returns/file")
@declares(Action.ADMIT_ADVANCE)
def upload_advance_returns(agreement_id: int) -> str | tuple[str, int]:
    """Read a file into the grid; nothing is recorded yet."""
    return uploaded(_grid(agreement_id))


@pages.post(f"{ADVANCE}/returns")
@declares(Action.ADMIT_ADVANCE)
def record_advance_returns(agreement_id: int) -> str | tuple[str, int]:
    """Record what is new in the grid, or nothing."""
    form = sent_form()

    def record(new: Values, _source: str) -> TakenSteps:
        lines = tuple(
            ReturnLine(
                enrolment_id=number,
                admission_no=cells["admission_no"],
                college_student_no=cells["college_student_no"],
                recognised_units=units_from_text(cells[_CREDITS]) if cells[_CREDITS] else 0,
            )
            for number, cells in new.items()
        )
        command = ReturnAdmissions(agreement_id=agreement_id, lines=lines)
        with unit_of_work() as uow:
            return return_admissions(uow, actor(), command, idempotency_key=form.key, now=now())

    return recorded(lambda: _grid(agreement_id), form, record)


def _grid(agreement_id: int) -> Grid:
    with unit_of_work() as uow:
        preview = preview_step(uow, actor(), agreement_id, MoveKind.RETURN_ADMISSION, now=now())
        found = returned_admissions(uow, preview)
    return Grid(
        kind="return",
        template="advance_returns.html",
        sheet="录取信息",
        preview=preview,
        columns=[
            Column("admission_no", _("录取通知书号"), "录取通知书号", is_number=False),
            Column(
                "college_student_no", _("对接院校学号"), "对接院校学号", _("选填"), is_number=False
            ),
            Column(_CREDITS, _("认定学分"), "认定学分", _("选填，最多 500")),
        ],
        known={number: _cells(item) for number, item in found.items()},
        check=_wrong,
        form=Form(kind="returns"),
    )


def _cells(item: ReturnedAdmission) -> dict[str, str]:
    """What stands."""
    cells = {
        "admission_no": item.admission_no,
        "college_student_no": item.college_student_no,
        _CREDITS: credits_text(item.recognised_units) if item.recognised_units else "",
    }
    return {key: text for key, text in cells.items() if text}


def _wrong(key: str, text: str) -> Message | None:
    if key != _CREDITS:
        return None
    try:
        units_from_text(text)
    except ValueError:
        return _NUMBER
    return None


_NUMBER = Message("请填学分数,最多两位小数,如 40。", "Credits with at most two decimals, as 40.")
