"""成绩录入: the sheets of a school, one as a grid to work in, and its way into the ledger.

The cells themselves go to and fro as JSON: creditbank.web.grade_draft_cells.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import (
    BusyError,
    CreditbankError,
    InvalidInputError,
    Message,
    Problem,
    refused,
)
from creditbank.domain.permissions import Action
from creditbank.queries.classes import school_classes
from creditbank.queries.grade_drafts import list_drafts, read_sheet
from creditbank.services import grade_draft_steps as steps
from creditbank.services.grade_drafts import OpenDraft, add_course, open_draft, remove_course
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.credit_panels import term_choices
from creditbank.web.forms import Form, refusal_problems
from creditbank.web.grade_draft_views import SheetView, listed_draft, problem_text, sheet_view
from creditbank.web.labels import choices
from creditbank.web.languages import in_language
from creditbank.web.outcomes import OutcomeTable, is_polled, outcome_table
from creditbank.web.pages import class_text, pages
from creditbank.web.visits import actor, may, now, today, unit_of_work

DRAFT = "/grade-drafts/<int(min=1, max=2147483647):grade_draft_id>"
_CLASS = re.compile(r"(\d{4})/(.{1,40})", re.DOTALL)
_FIELDS = frozenset({"class", "term", "exam_kind"})
_SEEN = re.compile(r"[0-9]{1,18}")
_PROBLEMS_SHOWN = 20
_UNPROCESSABLE, _BUSY = 422, 409
_CHOOSE = Message("请选择班级、学期和考试性质。", "Choose a class, a term and a kind of exam.")


@pages.get("/grade-drafts")
@declares(Action.SEE_GRADE_DRAFTS)
def grade_drafts() -> str:
    """The sheets that are not done, or all; and a form that opens one."""
    values = {name: request.args.get(name, "")[:60] for name in _FIELDS}
    return _list(Form(kind="draft", values=values, fields=_FIELDS))


@pages.post("/grade-drafts")
@declares(Action.IMPORT_GRADES)
def open_grade_draft() -> Response | tuple[str, int]:
    """The open sheet of a class, term and kind of exam: the one there is, or a new one."""
    form = Form.sent("draft", {name: request.form.get(name, "") for name in _FIELDS})
    try:
        with unit_of_work() as uow:
            number = open_draft(uow, actor(), _opened(form), now=now())
    except InvalidInputError as error:
        return _list(form.with_problems(refusal_problems(error))), _UNPROCESSABLE
    return redirect(url_for("web.grade_draft", grade_draft_id=number))


@pages.get(DRAFT)
@declares(Action.SEE_GRADE_DRAFTS)
def grade_draft(grade_draft_id: int) -> str:
    """One sheet, as a grid."""
    return _sheet(grade_draft_id)


@pages.post(f"{DRAFT}/courses")
@declares(Action.IMPORT_GRADES)
def change_grade_draft_courses(grade_draft_id: int) -> Response | tuple[str, int]:
    """One column more, or one less."""
    change = remove_course if request.form.get("do") == "remove" else add_course
    code = request.form.get("course_code", "")[:20]
    return _done(grade_draft_id, lambda uow: change(uow, actor(), grade_draft_id, code, now=now()))


@pages.post(f"{DRAFT}/submission")
@declares(Action.IMPORT_GRADES)
def submit_grade_draft(grade_draft_id: int) -> Response | tuple[str, int]:
    """To a second person."""
    return _done(
        grade_draft_id,
        lambda uow: steps.submit_draft(uow, actor(), grade_draft_id, seen=_seen(), now=now()),
    )


@pages.post(f"{DRAFT}/posting")
@declares(Action.IMPORT_GRADES)
def post_grade_draft(grade_draft_id: int) -> Response | tuple[str, int]:
    """Into the ledger, where no second person is needed."""
    return _done(
        grade_draft_id,
        lambda uow: steps.post_draft(uow, actor(), grade_draft_id, seen=_seen(), now=now()),
    )


@pages.post(f"{DRAFT}/withdrawal")
@declares(Action.IMPORT_GRADES)
def take_back_grade_draft(grade_draft_id: int) -> Response | tuple[str, int]:
    """Back from review, to go on entering."""
    return _done(
        grade_draft_id, lambda uow: steps.take_back_draft(uow, actor(), grade_draft_id, now=now())
    )


@pages.post(f"{DRAFT}/discarding")
@declares(Action.IMPORT_GRADES)
def discard_grade_draft(grade_draft_id: int) -> Response | tuple[str, int]:
    """Left for good."""
    return _done(
        grade_draft_id, lambda uow: steps.discard_draft(uow, actor(), grade_draft_id, now=now())
    )


@pages.post(f"{DRAFT}/review")
@declares(Action.REVIEW_GRADES)
def review_grade_draft(grade_draft_id: int) -> Response | tuple[str, int]:
    """Posted by the second person, or sent back with a reason."""

    def review(uow: UnitOfWork) -> None:
        if request.form.get("do") == "return":
            reason = request.form.get("reason", "")
            steps.return_draft(uow, actor(), grade_draft_id, reason=reason, now=now())
        else:
            steps.post_reviewed_draft(uow, actor(), grade_draft_id, now=now())

    return _done(grade_draft_id, review)


@pages.get(f"{DRAFT}/outcomes")
@declares(Action.SEE_GRADE_DRAFTS)
def grade_draft_outcomes(grade_draft_id: int) -> str:
    """Where the learners of a posted sheet stand now."""
    is_polled()
    with unit_of_work() as uow:
        view = sheet_view(read_sheet(uow, actor(), grade_draft_id, now=now()))
        round_ = request.args.get("round", 0, type=int) + 1
        outcomes = _outcomes(uow, view, view.posted_at or now(), round_)
    return render_template("parts/learner_outcomes.html", outcomes=outcomes)


def _done(grade_draft_id: int, step: Callable[[UnitOfWork], object]) -> Response | tuple[str, int]:
    """Make a step and show the sheet after it, or as it is with what stands in the way."""
    try:
        with unit_of_work() as uow:
            step(uow)
    except (InvalidInputError, BusyError) as error:
        status = _BUSY if isinstance(error, BusyError) else _UNPROCESSABLE
        return _sheet(grade_draft_id, error), status
    return redirect(url_for("web.grade_draft", grade_draft_id=grade_draft_id))


def _list(form: Form) -> str:
    is_open = request.args.get("state") != "all"
    may_enter = may(Action.IMPORT_GRADES)
    with unit_of_work() as uow:
        cursor = request.args.get("cursor", "")
        page = list_drafts(uow, actor(), is_open=is_open, cursor=cursor)
        classes = school_classes(uow, actor()) if may_enter else ()
        terms = term_choices(uow)
    present = {"term": Term.containing(today()).code, "exam_kind": ExamKind.NORMAL.value}
    return render_template(
        "grade_drafts.html",
        form=form if any(form.values.values()) else Form("draft", present, fields=_FIELDS),
        rows=[listed_draft(line) for line in page.items],
        next_cursor=page.next_cursor,
        is_open=is_open,
        may_enter=may_enter,
        classes=[
            (
                f"{item.entry_year}/{item.class_name}",
                class_text(item.class_name, item.learner_count),
            )
            for item in classes
        ],
        terms=terms,
        exam_kinds=choices(ExamKind),
    )


def _opened(form: Form) -> OpenDraft:
    """What the form asks for; a form that this page has not made is asked again."""
    found = _CLASS.fullmatch(form.value("class"))
    try:
        term, kind = Term.parse(form.value("term")), ExamKind(form.value("exam_kind"))
    except ValueError:
        found = None
    if found is None:
        raise refused(Problem("sheet_unknown", _CHOOSE, field="class"))
    return OpenDraft(class_name=found[2], entry_year=int(found[1]), term=term, exam_kind=kind)


def _sheet(grade_draft_id: int, error: CreditbankError | None = None) -> str:
    with unit_of_work() as uow:
        view = sheet_view(read_sheet(uow, actor(), grade_draft_id, now=now()))
        outcomes = _outcomes(uow, view, view.posted_at, 0) if view.posted_at else None
    problems = refusal_problems(error) if error else ()
    return render_template(
        "grade_draft.html",
        sheet=view,
        outcomes=outcomes,
        refusal=in_language(error.message) if error else "",
        problems=[problem_text(view, problem) for problem in problems[:_PROBLEMS_SHOWN]],
        problem_count=len(problems),
    )


def _outcomes(uow: UnitOfWork, view: SheetView, since: datetime, round_: int) -> OutcomeTable:
    return outcome_table(
        uow,
        view.learner_ids,
        since=since.astimezone(UTC),
        url=url_for("web.grade_draft_outcomes", grade_draft_id=view.grade_draft_id, round=round_),
        round_=round_,
    )


def _seen() -> int:
    """The number of the last save that the reader had before them; 0 for what no page sends."""
    text = request.form.get("seen", "")
    return int(text) if _SEEN.fullmatch(text) else 0
