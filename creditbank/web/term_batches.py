"""登记批次: what was registered together for a term, and taking such a batch back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import BusyError, CreditbankError, InvalidInputError, NotFoundError
from creditbank.domain.permissions import Action
from creditbank.queries.term_registrations import batch_learners, own_batches, present_term
from creditbank.services.grounds import REASON_MAX
from creditbank.services.term_undoing import UndoTerm, undo_term
from creditbank.store.term_registrations import TermBatch
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language
from creditbank.web.pages import moment, pages
from creditbank.web.transcripts import term_label
from creditbank.web.visits import actor, now, unit_of_work

_UNPROCESSABLE = 422
_FIELDS = frozenset({"reason"})


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One batch. form: None where nothing of it stands any more."""

    number: int
    at: str
    by: str
    classes: str
    lines: int
    withdrawn: int
    form: Form | None


@pages.get("/term-registrations/batches")
@declares(Action.REGISTER_TERM)
def term_batches() -> str:
    """The batches of a term, the last first."""
    return _page(_term(request.args.get("term", "")))


@pages.post("/term-registrations/<int(min=1, max=2147483647):term_registration_id>/withdrawals")
@declares(Action.REGISTER_TERM)
def withdraw_term_batch(term_registration_id: int) -> str | Response | tuple[str, int]:
    """Take a batch back, or say of whom it cannot be."""
    with unit_of_work() as uow:
        learners = batch_learners(uow, actor(), term_registration_id, now=now())
    if not learners:
        raise NotFoundError
    term = _term(request.form.get("term", ""))
    names = ("reason", "idempotency_key")
    form = Form.sent("undoing", {name: request.form.get(name, "") for name in names})
    reading = Reading(form)
    reason = reading.text("reason", length_max=REASON_MAX)
    try:
        reading.done()
        command = UndoTerm(term_registration_id=term_registration_id, reason=reason)
        with unit_of_work() as uow:
            undo_term(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        texts = tuple(
            f"{learners[item.row - 1].name} {learners[item.row - 1].student_no}："
            f"{in_language(item.message)}"
            for item in error.problems
            if item.row
        )
        said = Posted("bad", in_language(error.message), texts)
        return _page(term, said, (term_registration_id, _refused(form, error))), _UNPROCESSABLE
    return redirect(url_for("web.term_batches", term=term.code))


def _refused(form: Form, error: CreditbankError) -> Form:
    return form.with_problems([item for item in refusal_problems(error) if item.row is None])


def _term(code: str) -> Term:
    try:
        if code:
            return Term.parse(code)
    except ValueError:
        raise NotFound from None
    with unit_of_work() as uow:
        return present_term(uow, now=now())


def _page(term: Term, said: Posted | None = None, sent: tuple[int, Form] | None = None) -> str:
    forms = dict([sent] if sent else [])
    with unit_of_work() as uow:
        found = own_batches(uow, actor(), term)
    return render_template(
        "term_batches.html",
        term=term,
        term_name=term_label(term.code),
        said=said,
        rows=[_row(batch, forms.get(batch.number)) for batch in found],
        reason_max=REASON_MAX,
    )


def _row(batch: TermBatch, form: Form | None) -> BatchRow:
    stands = batch.withdrawn < batch.lines
    return BatchRow(
        number=batch.number,
        at=moment(batch.at),
        by=batch.by,
        classes=_("、").join(batch.class_names),
        lines=batch.lines,
        withdrawn=batch.withdrawn,
        form=(form or Form(kind="undoing", fields=_FIELDS)) if stands else None,
    )
