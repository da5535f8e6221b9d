"""过程考核表 of a class: six dimensions in a grid, what is failed with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import render_template, request

from creditbank.domain.access import declares
from creditbank.domain.advances import MoveKind
from creditbank.domain.agreement_terms import AgreementTerms, AssessmentDimension
from creditbank.domain.errors import BusyError, InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import clean_text
from creditbank.queries.advance_previews import preview_step
from creditbank.services.advance_commands import (
    AssessmentLine,
    DimensionResult,
    RecordAssessments,
    TakenStep,
)
from creditbank.services.advances import record_assessments
from creditbank.services.grounds import DOCUMENT_MAX, REASON_MAX
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
from creditbank.web.labels import name_of
from creditbank.web.pages import is_fragment, pages
from creditbank.web.visits import actor, now, unit_of_work


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One learner's sheet as it is drawn: (code, passed) by dimension."""

    goer: GoerRow
    results: tuple[tuple[str, bool], ...]
    reason: str


@dataclass(frozen=True, slots=True)
class _Sent:
    """What came in: who is chosen, what is passed, and the words."""

    chosen: tuple[int, ...] | None = None
    passed: frozenset[tuple[int, str]] = frozenset()
    reasons: Mapping[int, str] = field(default_factory=dict)
    problems: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


@pages.get(f"{ADVANCE}/assessments")
@declares(Action.ASSESS_PROCESS)
def advance_assessments(agreement_id: int) -> str:
    """The sheets of who is qualified, everything passed until somebody says otherwise."""
    return _page(agreement_id, _form(), _Sent())


@pages.post(f"{ADVANCE}/assessments")
@declares(Action.ASSESS_PROCESS)
def record_advance_assessments(agreement_id: int) -> str | tuple[str, int]:
    """Record the sheets that are ticked, or none of them."""
    form = sent_form("document_no")
    with unit_of_work() as uow:
        terms = preview_step(uow, actor(), agreement_id, MoveKind.PASS_ASSESSMENT, now=now()).terms
    sent = _sent(terms)
    try:
        reading = Reading(form)
        document_no = reading.text("document_no", length_max=DOCUMENT_MAX)
        reading.done()
        command = RecordAssessments(
            agreement_id=agreement_id,
            document_no=document_no,
            lines=tuple(_line(number, terms, sent) for number in sent.chosen or ()),
        )
        with unit_of_work() as uow:
            found = record_assessments(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        refused, by_line = told_apart(form, refusal_problems(error), sent.chosen or ())
        again = _Sent(sent.chosen, sent.passed, sent.reasons, by_line)
        return _page(agreement_id, refused, again), UNPROCESSABLE
    return _page(agreement_id, _form(), _Sent(), found.steps)


def _form() -> Form:
    return Form(kind="assessments", fields=frozenset({"document_no"}))


def _sent(terms: AgreementTerms) -> _Sent:
    chosen = chosen_numbers(request.form.getlist("enrolment_id"))
    everybody = chosen_numbers(request.form.getlist("listed_id"))
    return _Sent(
        chosen,
        frozenset(
            (number, item.value)
            for number in everybody
            for item in terms.assessment_dimensions
            if f"{item.value}_{number}" in request.form
        ),
        {
            number: clean_text(request.form.get(f"reason_{number}", ""))[: REASON_MAX + 1]
            for number in everybody
        },
    )


def _line(number: int, terms: AgreementTerms, sent: _Sent) -> AssessmentLine:
    """Passed as a whole where no dimension is failed."""
    results = {
        item: DimensionResult((number, item.value) in sent.passed)
        for item in terms.assessment_dimensions
    }
    return AssessmentLine(
        enrolment_id=number,
        passed=all(result.passed for result in results.values()),
        results=results,
        reason=sent.reasons.get(number, ""),
    )


def _page(agreement_id: int, form: Form, sent: _Sent, steps: Sequence[TakenStep] = ()) -> str:
    with unit_of_work() as uow:
        preview = preview_step(uow, actor(), agreement_id, MoveKind.PASS_ASSESSMENT, now=now())
    going, refused = goer_rows(preview.goers, Came(steps, sent.chosen, sent.problems))
    dimensions = preview.terms.assessment_dimensions
    template = "parts/advance_assessments.html" if is_fragment() else "advance_assessments.html"
    return render_template(
        template,
        head=head_of(preview.agreement, preview.terms.quota),
        kind="assess",
        form=form,
        dimensions=[(item.value, name_of(item)) for item in dimensions],
        rows=[_row(item, dimensions, sent) for item in going],
        refused=refused,
        problems=sent.problems,
        reason_max=REASON_MAX,
        done=done_rows(preview, steps),
    )


def _row(item: GoerRow, dimensions: Sequence[AssessmentDimension], sent: _Sent) -> SheetRow:
    number = item.row.enrolment_id
    is_new = sent.chosen is None
    return SheetRow(
        item,
        tuple((code.value, is_new or (number, code.value) in sent.passed) for code in dimensions),
        sent.reasons.get(number, ""),
    )
