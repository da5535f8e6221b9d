"""The cells of a sheet of marks as JSON: what a page saves as it is typed, and what it hears back.

For the page alone (static/grade_saving.js): a session and the token that pages hold, no
API key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, jsonify, request

from creditbank.domain.access import declares
from creditbank.domain.errors import BusyError, InvalidInputError
from creditbank.domain.grade_drafts import CELL_MAX, EDITS_MAX, OPEN
from creditbank.domain.permissions import Action
from creditbank.services.grade_draft_sheets import CellVerdict, Place, judge_sheet
from creditbank.services.grade_drafts import own_draft, save_cells
from creditbank.store.grade_drafts import CellEdit, DraftCell, cells_of
from creditbank.web.forms import refusal_problems
from creditbank.web.languages import in_language
from creditbank.web.outcomes import is_polled
from creditbank.web.pages import clock, pages
from creditbank.web.visits import actor, may, now, unit_of_work

CELLS = "/grade-drafts/<int(min=1, max=2147483647):grade_draft_id>/cells"
BODY_BYTES_MAX = 512 * 1024
_CONFLICT, _UNPROCESSABLE = 409, 422
_INT_MAX = 2_147_483_647
_NOTHING = {"ok": True, "why": "", "booked": False, "failed": False}
"""What is said of a cell whose sheet is done."""


@pages.get(CELLS)
@declares(Action.SEE_GRADE_DRAFTS)
def grade_draft_cells(grade_draft_id: int) -> Response:
    """What others have saved after the number asked for, each cell with its verdict."""
    is_polled()
    after = request.args.get("after", 0, type=int)
    with unit_of_work() as uow:
        draft = own_draft(uow, actor(), grade_draft_id)
        cells = cells_of(uow.connection, grade_draft_id, after=min(max(after, 0), _INT_MAX))
    return jsonify(
        {
            "state": draft.state.value,
            "change_no": draft.change_no,
            "cells": _with_verdicts(grade_draft_id, cells)
            if draft.state in OPEN
            else [_cell(cell) | _NOTHING for cell in cells],
        }
    )


@pages.post(CELLS)
@declares(Action.IMPORT_GRADES)
def save_grade_draft_cells(grade_draft_id: int) -> Response | tuple[Response, int]:
    """Keep some cells; each comes back as it stands, with its verdict, or as a conflict."""
    try:
        with unit_of_work() as uow:
            found = save_cells(uow, actor(), grade_draft_id, _edits(), now=now())
    except InvalidInputError as error:
        first = refusal_problems(error)[0]
        status = _CONFLICT if first.code == "sheet_closed" else _UNPROCESSABLE
        return jsonify({"code": first.code, "said": in_language(first.message)}), status
    except BusyError as error:
        return jsonify({"code": "busy", "said": in_language(error.message)}), 503
    return jsonify(
        {
            "at": clock(now()),
            "change_no": found.change_no,
            "cells": _with_verdicts(grade_draft_id, found.saved),
            "conflicts": [
                _cell(cell) | {"by": cell.changed_by, "at": clock(cell.changed_at)}
                for cell in found.conflicts
            ],
        }
    )


def _edits() -> list[CellEdit]:
    """The cells of the body; of a body that no page sends none, which is refused later."""
    body = request.get_json(silent=True) if (request.content_length or 0) < BODY_BYTES_MAX else None
    sent = body.get("cells") if isinstance(body, dict) else None
    if not isinstance(sent, list) or len(sent) > EDITS_MAX or not all(map(_is_cell, sent)):
        return []
    return [CellEdit(item["e"], item["c"], item["v"], item["t"]) for item in sent]


def _is_cell(item: object) -> bool:
    return (
        isinstance(item, dict)
        and all(type(item.get(name)) is int and 0 <= item[name] < _INT_MAX for name in ("e", "v"))
        and all(isinstance(item.get(name), str) for name in ("c", "t"))
        and "\x00" not in item["c"] + item["t"]
        and len(item["t"]) <= 2 * CELL_MAX
    )


def _with_verdicts(grade_draft_id: int, cells: Iterable[DraftCell]) -> list[dict[str, Any]]:
    """In a transaction of its own: what is saved stays so while somebody posts to a learner.

    A cell that could not be judged for that says so, and the page asks again.
    """
    known = list(cells)
    places = {(cell.enrolment_id, cell.course_code) for cell in known if cell.written}
    verdicts: Mapping[Place, CellVerdict] | None = {}
    if places:
        verdicts = _judged(grade_draft_id, places)
    return [_cell(cell) | _said(cell, verdicts) for cell in known]


def _judged(grade_draft_id: int, places: set[Place]) -> Mapping[Place, CellVerdict] | None:
    action = Action.POST_CREDIT if may(Action.POST_CREDIT) else Action.REVIEW_GRADES
    try:
        with unit_of_work() as uow:
            draft = own_draft(uow, actor(), grade_draft_id)
            judged = judge_sheet(uow, actor(), draft, now=now(), action=action, only=places)
    except BusyError:
        return None
    return judged.cells


def _cell(cell: DraftCell) -> dict[str, Any]:
    return {
        "e": cell.enrolment_id, "c": cell.course_code, "v": cell.version, "t": cell.written,
        "n": cell.change_no,
    }  # fmt: skip


def _said(cell: DraftCell, verdicts: Mapping[Place, CellVerdict] | None) -> dict[str, Any]:
    """ok: whether it may be posted, null while that is not known; why: what is wrong."""
    if verdicts is None:
        return {"ok": None}
    verdict = verdicts.get((cell.enrolment_id, cell.course_code), CellVerdict())
    why = in_language(verdict.problem) if verdict.problem else ""
    return {"ok": not why, "why": why, "booked": verdict.is_booked, "failed": verdict.is_failed}
