"""The college's end of the advance: admitting or refusing, and what it returns of who is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response, render_template, request

from creditbank.domain.access import declares
from creditbank.domain.advances import MoveKind
from creditbank.domain.credits import credits_text, units_from_text
from creditbank.domain.errors import BusyError, InvalidInputError, Message, Problem
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import clean_text
from creditbank.queries.advance_previews import StepPreview, preview_step, returned_admissions
from creditbank.services.advance_admissions import decide_admissions, return_admissions
from creditbank.services.advance_commands import (
    AdmissionLine,
    DecideAdmissions,
    ReturnAdmissions,
    ReturnLine,
    TakenStep,
)
from creditbank.services.grounds import DOCUMENT_MAX, REASON_MAX
from creditbank.web.advance_grids import (
    Column,
    SentGrid,
    Values,
    checked,
    grid_lines,
    read_grid,
    sent_cells,
    template_file,
)
from creditbank.web.advance_steps import (
    Came,
    GoerRow,
    done_rows,
    goer_rows,
    sent_form,
    told_apart,
)
from creditbank.web.advance_views import ADVANCE, UNPROCESSABLE, chosen_numbers, head_of
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language
from creditbank.web.pages import is_fragment, pages
from creditbank.web.visits import actor, now, unit_of_work

_SHEET = "录取信息"
_ADMIT, _REFUSE = "admit", "refuse"
_CREDITS = "recognised_credits"


@dataclass(frozen=True, slots=True)
class AdmissionRow:
    """One learner who is proposed, and what was chosen."""

    goer: GoerRow
    choice: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Sent:
    choices: Mapping[int, tuple[str, str]]
    problems: Mapping[int, tuple[str, ...]]


_NOTHING = _Sent({}, {})


@pages.get(f"{ADVANCE}/admissions")
@declares(Action.ADMIT_ADVANCE)
def advance_admissions(agreement_id: int) -> str:
    """Who is proposed; everybody is admitted until the college says otherwise."""
    return _page(agreement_id, _form(), _NOTHING)


@pages.post(f"{ADVANCE}/admissions")
@declares(Action.ADMIT_ADVANCE)
def decide_advance_admissions(agreement_id: int) -> str | tuple[str, int]:
    """Decide on all who are not put off, or on nobody."""
    form = sent_form("document_no")
    sent = _Sent(_choices(), {})
    lines = tuple(
        AdmissionLine(enrolment_id=number, admitted=choice == _ADMIT, reason=reason)
        for number, (choice, reason) in sent.choices.items()
        if choice in {_ADMIT, _REFUSE}
    )
    try:
        reading = Reading(form)
        document_no = reading.text("document_no", length_max=DOCUMENT_MAX)
        reading.done()
        command = DecideAdmissions(agreement_id=agreement_id, document_no=document_no, lines=lines)
        with unit_of_work() as uow:
            found = decide_admissions(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        numbers = [line.enrolment_id for line in lines]
        refused, by_line = told_apart(form, refusal_problems(error), numbers)
        return _page(agreement_id, refused, _Sent(sent.choices, by_line)), UNPROCESSABLE
    return _page(agreement_id, _form(), _NOTHING, found.steps)


def _form() -> Form:
    return Form(kind="admissions", fields=frozenset({"document_no"}))


def _choices() -> dict[int, tuple[str, str]]:
    return {
        number: (
            request.form.get(f"choice_{number}", "")[:10],
            clean_text(request.form.get(f"reason_{number}", ""))[: REASON_MAX + 1],
        )
        for number in chosen_numbers(request.form.getlist("enrolment_id"))
    }


def _page(agreement_id: int, form: Form, sent: _Sent, steps: Sequence[TakenStep] = ()) -> str:
    with unit_of_work() as uow:
        preview = preview_step(uow, actor(), agreement_id, MoveKind.ADMIT, now=now())
    going, refused = goer_rows(preview.goers, Came(steps))
    template = "parts/advance_admissions.html" if is_fragment() else "advance_admissions.html"
    return render_template(
        template,
        head=head_of(preview.agreement, preview.terms.quota),
        kind="admit",
        form=form,
        rows=[
            AdmissionRow(item, *sent.choices.get(item.row.enrolment_id, (_ADMIT, "")))
            for item in going
        ],
        refused=refused,
        problems=sent.problems,
        reason_max=REASON_MAX,
        done=done_rows(preview, steps),
    )


@pages.get(f"{ADVANCE}/returns")
@declares(Action.ADMIT_ADVANCE)
def advance_returns(agreement_id: int) -> str:
    """Numbers and recognised credits of who has advanced."""
    return _returns(agreement_id, _return_form())


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
    file = request.files.get("file")
    preview, _known = _returned(agreement_id)
    try:
        sent = read_grid(file.read() if file else b"", preview.goers, _columns(), _wrong)
    except (InvalidInputError, BusyError) as error:
        refused = _return_form().with_problems(refusal_problems(error))
        return _returns(agreement_id, refused), UNPROCESSABLE
    page = _returns(agreement_id, _return_form(), sent=sent, is_preview=True)
    return page if sent.is_clean else (page, UNPROCESSABLE)


@pages.post(f"{ADVANCE}/returns")
@declares(Action.ADMIT_ADVANCE)
def record_advance_returns(agreement_id: int) -> str | tuple[str, int]:
    """Record what is new in the grid, or nothing."""
    form = sent_form()
    _preview, known = _returned(agreement_id)
    values = sent_cells(_columns())
    faults = checked(values, _wrong)
    if faults:
        return _returns(agreement_id, form, sent=SentGrid(values, faults)), UNPROCESSABLE
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
        refused, faults = _told(form, error, numbers)
        return _returns(agreement_id, refused, sent=SentGrid(values, faults)), UNPROCESSABLE
    return _returns(agreement_id, _return_form(), steps=found.steps)


def _return_form() -> Form:
    return Form(kind="returns")


def _told(
    form: Form, error: InvalidInputError | BusyError, lines: Sequence[int]
) -> tuple[Form, dict[tuple[int, str], tuple[str, ...]]]:
    keys = {column.key for column in _columns()}
    faults: dict[tuple[int, str], tuple[str, ...]] = {}
    general: list[Problem] = []
    for problem in refusal_problems(error):
        if problem.row is None or not 0 < problem.row <= len(lines):
            general.append(problem)
            continue
        place = lines[problem.row - 1], problem.field if problem.field in keys else ""
        faults[place] = (*faults.get(place, ()), in_language(problem.message))
    return form.with_problems(general), faults


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


def _returns(
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
