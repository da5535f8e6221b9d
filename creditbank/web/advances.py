"""转段 of a cohort: who stands where, what each lacks, what was flagged, and which step is due."""

from __future__ import annotations

from itertools import zip_longest

from flask import render_template, request, url_for

from creditbank.domain.access import declares
from creditbank.domain.advances import Stage
from creditbank.domain.permissions import Action
from creditbank.eligibility.condition_evidence import ConditionLine
from creditbank.eligibility.condition_words import actual_words, required_words
from creditbank.eligibility.evidence_words import TRANSCRIPT_CODES, line_words
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
    template = "parts/advance_conditions.html" if is_fragment() else "advance_conditions.html"
    return render_template(
        template,
        head=head_of(found.line, found.quota),
        row=row_of(form.line),
        lines=[_line(item, form, names) for item in form.conditions],
        is_confirmed=form.is_confirmed,
    )


def _line(line: ConditionLine, form: AdvanceForm, names: dict[str, str]) -> ConditionRow:
    item = line.result
    missing = tuple(names.get(code, code) for code in item.missing_codes)
    return ConditionRow(
        name=condition_text(item._replace(met=True), names).text,
        required=typeset(required_words(item, language())),
        actual=typeset(actual_words(item, missing, language())),
        met=item.met,
        sentence="" if item.met else condition_text(item, names).text,
        evidence=_evidence(line, form.line.learner_id),
    )


_FACTS, _TRANSCRIPT = "facts", "transcript"
"""Parts of the learner's page, on which the records stand."""


def _evidence(line: ConditionLine, learner_id: int) -> tuple[tuple[str, str], ...]:
    """Each record in words, with where it stands for who may see that."""
    texts = map(typeset, line_words(line, language()))
    if not may(Action.SEE_LEARNER):
        return tuple((text, "") for text in texts)
    parts = [f"entry-{item.ledger_seq}" if item.ledger_seq else _FACTS for item in line.items]
    if line.result.code in TRANSCRIPT_CODES:
        parts = [_TRANSCRIPT]
    return tuple(
        (text, url_for("web.learner", learner_id=learner_id, _anchor=part) if part else "")
        for text, part in zip_longest(texts, parts, fillvalue="")
    )
