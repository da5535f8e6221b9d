"""转段 of a cohort: who stands where, what each lacks, what was flagged, and which step is due."""

from __future__ import annotations

from flask import render_template, request, url_for

from creditbank.domain.access import declares
from creditbank.domain.advances import Stage
from creditbank.domain.permissions import Action
from creditbank.domain.verdicts import ConditionResult
from creditbank.eligibility.condition_words import actual_words, required_words
from creditbank.queries.advance_previews import certificate_entries
from creditbank.queries.advances import AdvanceForm, Chosen, advance_cohort, advance_forms
from creditbank.web.advance_views import (
    ADVANCE,
    ConditionRow,
    aside_of,
    calendar_text,
    condition_text,
    course_names,
    head_of,
    road_of,
    row_of,
    stage_stack,
)
from creditbank.web.labels import name_of
from creditbank.web.languages import language, typeset
from creditbank.web.pages import is_fragment, pages
from creditbank.web.visits import actor, may, now, unit_of_work

_FLAGGED = "flagged"


@pages.get(ADVANCE)
@declares(Action.SEE_ADVANCE_COHORT)
def advance(agreement_id: int) -> str:
    """The cohort, those first whose inputs changed after a decision; of one stage where asked."""
    wanted = request.args.get("stage", "")[:20]
    chosen = Chosen(
        stage=Stage(wanted) if wanted in set(Stage) else None,
        flagged=wanted == _FLAGGED,
        cursor=request.args.get("cursor", ""),
    )
    with unit_of_work() as uow:
        found = advance_cohort(uow, actor(), agreement_id, chosen, now=now())
    rows = [row_of(item) for item in found.members.items]
    filters = [
        (stage.value, f"{name_of(stage)} {found.counts[stage.value]}")
        for stage in Stage
        if found.counts.get(stage.value)
    ]
    return render_template(
        "advance.html",
        head=head_of(found.line, found.quota),
        stack=stage_stack(found.counts),
        road=road_of(agreement_id, found.counts),
        aside=aside_of(agreement_id),
        due=calendar_text(found.due),
        calendar=[calendar_text(item) for item in found.calendar],
        filters=filters,
        flagged=found.flagged,
        wanted=wanted,
        rows=sorted(rows, key=lambda row: not (row.is_flagged or row.is_appealed)),
        next_cursor=found.members.next_cursor,
        may_see_learner=may(Action.SEE_LEARNER),
        may_issue=may(Action.ISSUE_PAPER),
    )


@pages.get(f"{ADVANCE}/conditions/<int(min=1, max=2147483647):enrolment_id>")
@declares(Action.SEE_ADVANCE_COHORT)
def advance_conditions(agreement_id: int, enrolment_id: int) -> str:
    """One learner's conditions line by line: asked, found, met, evidence."""
    with unit_of_work() as uow:
        (form,) = advance_forms(uow, actor(), agreement_id, [enrolment_id], now=now())
        found = advance_cohort(uow, actor(), agreement_id, Chosen(limit=1), now=now())
        names = course_names(uow, found.line.agreement.school_id)
        entries = certificate_entries(uow, form.line.learner_id)
    template = "parts/advance_conditions.html" if is_fragment() else "advance_conditions.html"
    return render_template(
        template,
        head=head_of(found.line, found.quota),
        row=row_of(form.line),
        lines=[_line(item, form, names, entries) for item in form.conditions],
        is_confirmed=form.is_confirmed,
    )


def _line(
    item: ConditionResult, form: AdvanceForm, names: dict[str, str], entries: tuple[int, ...]
) -> ConditionRow:
    line = condition_text(item, names)
    missing = tuple(names.get(code, code) for code in item.missing_codes)
    return ConditionRow(
        name=condition_text(item._replace(met=True), names).text,
        required=typeset(required_words(item, language())),
        actual=typeset(actual_words(item, missing, language())),
        met=item.met,
        sentence="" if item.met else line.text,
        evidence=_evidence(item, form, entries),
    )


_WHERE = {
    "credits_to_date": "transcript",
    "no_failed_core": "transcript",
    "certificate": "transcript",
    "floor": "transcript",
    "choice": "transcript",
    "hours": "transcript",
}
"""The part of the learner's page on which the entry stands."""


def _evidence(
    item: ConditionResult, form: AdvanceForm, entries: tuple[int, ...]
) -> tuple[tuple[str, str], ...]:
    if not may(Action.SEE_LEARNER):
        return ()
    if item.code == "certificate" and entries:
        return tuple(
            (
                "entry",
                url_for("web.learner", learner_id=form.line.learner_id, _anchor=f"entry-{seq}"),
            )
            for seq in entries
        )
    part = _WHERE.get(item.code.partition(".")[0], "verdicts")
    address = url_for("web.learner", learner_id=form.line.learner_id, _anchor=part)
    return ((part, address),)
