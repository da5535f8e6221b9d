"""Lists of awards and certificates as files: template, upload, preview, posting, taking back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from creditbank.domain.access import decide, declares
from creditbank.domain.errors import BusyError, CreditbankError, InvalidInputError, Problem
from creditbank.domain.ledger import EntryKind
from creditbank.domain.permissions import Action
from creditbank.exchange.award_templates import award_template
from creditbank.exchange.uploads import begin_upload, open_upload
from creditbank.exchange.workbooks import read_workbook
from creditbank.queries.own_uploads import school_uploads
from creditbank.services.award_sheets import AwardPreview, find_award_sheet, post_award_sheet
from creditbank.services.batch_reversals import take_back_import
from creditbank.services.pasted_table import PASTED_COLUMNS
from creditbank.store.access_log import record_access
from creditbank.store.grade_imports import COMPETITION, INNOVATION
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language, ngettext
from creditbank.web.outcomes import OutcomeTable, is_polled, outcome_table
from creditbank.web.pages import pages
from creditbank.web.pastes import EXAMPLES
from creditbank.web.upload_lists import beside_parts, upload_lines
from creditbank.web.uploads import (
    SEE_OTHER,
    answer_upload,
    class_choices,
    mend_upload,
    reversal_form,
    reversal_parts,
    upload_view,
)
from creditbank.web.visits import actor, now, today, unit_of_work

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHEETS = "/award-sheets"
_SHEET = f"{_SHEETS}/<any({COMPETITION}, {INNOVATION}):kind>/<uuid:import_id>"
_FIELDS = frozenset({"file", "kind"})
_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class AwardCell:
    """One cell of the preview."""

    text: str
    is_faulty: bool


@dataclass(frozen=True, slots=True)
class AwardLine:
    """One row of the preview; is_booked: it stands in the ledger already."""

    row: int
    cells: tuple[AwardCell, ...]
    is_booked: bool


@pages.get(_SHEETS)
@declares(Action.POST_CREDIT)
def award_sheets() -> str:
    """Where to upload a list and where to get an empty one."""
    return _page(Form(kind="list", values={"kind": COMPETITION}, fields=_FIELDS))


@pages.get(f"{_SHEETS}/template")
@declares(Action.POST_CREDIT)
def award_sheet_template() -> Response:
    """The empty list of one kind."""
    kind = request.args.get("kind", COMPETITION)
    if kind not in {COMPETITION, INNOVATION}:
        raise NotFound
    entry_kind = EntryKind(kind)
    title = "获奖名单" if kind == COMPETITION else "成果与证书名单"
    content = award_template(
        title, PASTED_COLUMNS[entry_kind], EXAMPLES[entry_kind], made_on=today()
    )
    response = Response(content, content_type=_XLSX)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(title)}.xlsx"
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.post(_SHEETS)
@declares(Action.POST_CREDIT)
def upload_award_sheet() -> str | BaseResponse | tuple[str, int]:
    """Read the file, check every cell, and show what it would post or what has to be asked."""
    kind = request.form.get("kind", "")
    form = Form(kind="list", values={"kind": kind}, fields=_FIELDS)
    if kind not in {COMPETITION, INNOVATION}:
        raise NotFound
    file = request.files.get("file")
    try:
        parsed = read_workbook(file.read() if file else b"")
        with unit_of_work() as uow:
            import_id = begin_upload(
                uow,
                actor(),
                kind,
                file_name=(file.filename or "") if file else "",
                parsed=parsed,
                chosen={"kind": kind},
                now=now(),
            )
    except (InvalidInputError, BusyError) as error:
        return _page(form.with_problems(refusal_problems(error))), _UNPROCESSABLE
    return redirect(url_for("web.award_sheet", kind=kind, import_id=import_id))


@pages.get(_SHEET)
@declares(Action.POST_CREDIT)
def award_sheet(kind: str, import_id: object) -> str:
    """A previewed list as the ledger sees it now; after posting, with the learners' verdicts."""
    return _shown(kind, import_id)


@pages.post(f"{_SHEET}/columns")
@declares(Action.POST_CREDIT)
def answer_award_columns(kind: str, import_id: object) -> str | BaseResponse | tuple[str, int]:
    """Take what the columns are, and look at the list again."""
    return _done(kind, import_id, lambda: answer_upload(kind, import_id))


@pages.post(f"{_SHEET}/cells")
@declares(Action.POST_CREDIT)
def mend_award_cells(kind: str, import_id: object) -> str | BaseResponse | tuple[str, int]:
    """Put other texts into cells, and look at the list again."""
    return _done(kind, import_id, lambda: mend_upload(kind, import_id))


@pages.post(f"{_SHEET}/posting")
@declares(Action.POST_CREDIT)
def post_awards(kind: str, import_id: object) -> str | BaseResponse | tuple[str, int]:
    """Post the list, all or nothing."""

    def post() -> None:
        with unit_of_work() as uow:
            post_award_sheet(uow, actor(), kind, str(import_id), now=now())

    return _done(kind, import_id, post)


@pages.post(f"{_SHEET}/reversal")
@declares(Action.REVERSE_ENTRY)
def take_back_awards(kind: str, import_id: object) -> str | BaseResponse | tuple[str, int]:
    """Take back all that the list posted, or nothing."""
    form = reversal_form()
    try:
        with unit_of_work() as uow:
            take_back_import(
                uow, actor(), kind, str(import_id), reason=form.value("reason"), now=now()
            )
    except (InvalidInputError, BusyError) as error:
        refused = form.with_problems(refusal_problems(error))
        return _shown(kind, import_id, reversal=refused), _UNPROCESSABLE
    return _to(kind, import_id)


@pages.get(f"{_SHEET}/outcomes")
@declares(Action.POST_CREDIT)
def award_outcomes(kind: str, import_id: object) -> str:
    """Where the learners of a posted list stand now."""
    is_polled()
    with unit_of_work() as uow:
        found = find_award_sheet(uow, actor(), kind, str(import_id), now=now())
        outcomes = _table(uow, kind, found, request.args.get("round", 0, type=int) + 1)
    return render_template("parts/learner_outcomes.html", outcomes=outcomes)


def _done(
    kind: str, import_id: object, change: Callable[[], None]
) -> str | BaseResponse | tuple[str, int]:
    try:
        change()
    except (InvalidInputError, BusyError) as error:
        return _shown(kind, import_id, error=error), _UNPROCESSABLE
    return _to(kind, import_id)


def _to(kind: str, import_id: object) -> BaseResponse:
    return redirect(url_for("web.award_sheet", kind=kind, import_id=import_id), SEE_OTHER)


def _shown(
    kind: str,
    import_id: object,
    *,
    error: CreditbankError | None = None,
    reversal: Form | None = None,
) -> str:
    with unit_of_work() as uow:
        found = find_award_sheet(uow, actor(), kind, str(import_id), now=now())
        opened = open_upload(uow, actor(), kind, str(import_id))
        beside = beside_parts(uow, kind, import_id)
        problems = found.problems or (refusal_problems(error) if error else ())
        view = upload_view(opened, problems)
        classes = class_choices(uow, view)
        outcomes = None
        if found.posted_at is not None and found.learners:
            outcomes = _table(uow, kind, found, 0)
        else:
            _note_access(uow, found)
    place: dict[str, Any] = {"kind": kind, "import_id": import_id}
    return render_template(
        "award_sheet.html",
        preview=found,
        view=view,
        classes=classes,
        texts=_texts(found, problems),
        posted=_posted(found),
        headings=[column[0] for column in _columns(found)],
        lines=_lines(found, problems),
        outcomes=outcomes,
        again_url=url_for("web.award_sheets"),
        cells_url=url_for("web.mend_award_cells", **place),
        columns_url=url_for("web.answer_award_columns", **place),
        posting_url=url_for("web.post_awards", **place),
        **beside,
        **reversal_parts(
            url_for("web.take_back_awards", **place), reversal, found.posted_at, found.reversed_at
        ),
    )


def _texts(found: AwardPreview, problems: Sequence[Problem]) -> dict[str, str]:
    booked = len(found.booked)
    return {
        "problems": ngettext("有 %(num)s 处问题", "有 %(num)s 处问题", len(problems)),
        "clean": _(
            "%(count)s 行可以入账，涉及 %(learners)s 名学生",
            count=found.new_count,
            learners=len(found.learners),
        ),
        "post": ngettext("入账 %(num)s 行", "入账 %(num)s 行", found.new_count),
        "booked": ngettext("%(num)s 行账中已有", "%(num)s 行账中已有", booked) if booked else "",
    }


def _posted(found: AwardPreview) -> Posted | None:
    if found.posted_at is None or found.reversed_at is not None:
        return None
    return Posted("good", _("这份名单已经入账"))


def _columns(found: AwardPreview) -> list[tuple[str, str]]:
    """(field, letters), as they stand in the file."""
    return sorted(found.columns.items(), key=lambda column: (len(column[1]), column[1]))


def _lines(found: AwardPreview, problems: Sequence[Problem]) -> list[AwardLine]:
    faulty = {(problem.row, problem.field) for problem in problems}
    return [
        AwardLine(
            row.row,
            tuple(
                AwardCell(row.cells.get(field, ""), is_faulty=(row.row, letters) in faulty)
                for field, letters in _columns(found)
            ),
            is_booked=row.row in found.booked,
        )
        for row in found.rows
    ]


def _table(uow: UnitOfWork, kind: str, found: AwardPreview, round_: int) -> OutcomeTable:
    return outcome_table(
        uow,
        sorted(found.learners),
        since=found.reversed_at or found.posted_at or now(),
        url=url_for("web.award_outcomes", kind=kind, import_id=found.import_id, round=round_),
        round_=round_,
    )


def _note_access(uow: UnitOfWork, found: AwardPreview) -> None:
    mask = decide(actor(), Action.POST_CREDIT).mask
    record_access(uow.connection, actor(), Action.POST_CREDIT, mask, sorted(found.learners), now())


def _page(form: Form) -> str:
    with unit_of_work() as uow:
        uploads = upload_lines(
            school_uploads(uow, actor(), Action.POST_CREDIT, [COMPETITION, INNOVATION])
        )
    return render_template(
        "award_sheets.html",
        form=form,
        kinds=[(COMPETITION, _("竞赛获奖")), (INNOVATION, _("成果与证书"))],
        faults=[in_language(item.message) for item in form.problems],
        uploads=uploads,
    )
