"""The panel of exceptions from the plan: entered by the registrar, ruled on by the approver.

The caller has decided that the actor may, and has noted the access.
"""

from __future__ import annotations

from dataclasses import dataclass

from creditbank.domain.permissions import Action
from creditbank.domain.plan_exceptions import ExceptionKind, ExceptionState
from creditbank.domain.plans import Plan
from creditbank.domain.verdicts import AppliedException
from creditbank.eligibility.exception_words import subject_names, what_differs
from creditbank.queries.plan_exceptions import ExceptionLine, exceptions_of
from creditbank.store.grade_imports import courses_of
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form
from creditbank.web.labels import choices, name_of
from creditbank.web.languages import language, typeset
from creditbank.web.learner_pages import LearnerPage
from creditbank.web.pages import day
from creditbank.web.plan_exception_forms import RULING_FIELDS, TOTAL, exception_form
from creditbank.web.visits import actor, may, today

_TONES = {
    ExceptionState.WAITING: "progress",
    ExceptionState.STANDING: "good",
    ExceptionState.REPLACED: "neutral",
    ExceptionState.REFUSED: "bad",
    ExceptionState.WITHDRAWN: "neutral",
}
Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ExceptionView:
    """One exception as the panel lists it; form: of the ruling that may come next."""

    plan_exception_id: int
    what: str
    kind: str
    state: ExceptionState
    state_name: str
    tone: str
    basis: str
    reason: str
    ruling: str
    form: Form


def exception_parts(
    uow: UnitOfWork,
    page: LearnerPage,
    kind: str = "",
    *,
    form: Form | None = None,
    ruling: tuple[int, Form] | None = None,
    said: Posted | None = None,
) -> dict[str, object]:
    """What the panel's template looks at.

    form: an entry that came back; ruling: one that came back, with the exception's number.
    """
    may_enter = may(Action.ENTER_EXCEPTION)
    enrolment = page.own_enrolment
    chosen = next((item for item in ExceptionKind if item.value == kind), ExceptionKind.WAIVE)
    shown = form or exception_form(chosen, {"decided_on": today().isoformat()})
    lines = exceptions_of(uow, actor(), page.summary.learner_id)
    return {
        "may_enter": may_enter,
        "may_rule": may(Action.RULE_ON_EXCEPTION),
        "exception_lines": [
            _view(line, page.plan, dict([ruling] if ruling else []))
            for line in lines
            if enrolment is not None and line.enrolment_id == enrolment.enrolment_id
        ],
        "exception_said": said,
        "exception_kinds": choices(ExceptionKind),
        "exception_form": shown,
        **(_choices(uow, page, shown.kind) if may_enter and page.plan else {}),
    }


def _choices(uow: UnitOfWork, page: LearnerPage, kind: str) -> dict[str, Choices]:
    """What there is to choose from: the plan's own names, never codes to be typed."""
    plan = page.plan
    if plan is None:
        return {}
    names = subject_names(plan, language())
    blocks = [(block.code, names[block.code]) for block in plan.blocks]
    floors = [(floor.code, names[floor.code]) for floor in plan.floors]
    hours = [(floor.code, names[floor.code]) for floor in plan.hours_floors]
    conditions = [(kind.value, names[kind.value]) for kind in plan.conditions]
    return {
        "exception_blocks": blocks,
        "waivable": [*blocks, *conditions, *floors, *hours],
        "lowerable": [(TOTAL, names[""]), *blocks, *floors],
        "exception_courses": [
            (item.code, f"{item.name} {item.code}")
            for item in courses_of(uow.connection, plan.institution_id)
        ]
        if kind == ExceptionKind.INSERT
        else [],
        "exception_entries": [
            (str(row.seq), f"{row.seq} · {row.title} · {row.units}")
            for row in (*(row for term in page.transcript.terms for row in term.rows),
                        *page.transcript.awards)
            if not row.is_reversed
        ],
    }  # fmt: skip


def _view(line: ExceptionLine, plan: Plan | None, returned: dict[int, Form]) -> ExceptionView:
    state = ExceptionState(line.state)
    item = AppliedException(
        ExceptionKind(line.kind),
        line.subject,
        line.block_code,
        line.ledger_seq,
        line.units,
        line.document_no,
        line.decided_on,
    )
    what = what_differs(item, language(), plan)
    ruled = (line.ruling_reason, line.ruling_document_no)
    empty = Form(kind="ruling", fields=RULING_FIELDS)
    return ExceptionView(
        plan_exception_id=line.plan_exception_id,
        what=typeset(what[0].upper() + what[1:]),
        kind=name_of(item.kind),
        state=state,
        state_name=name_of(state),
        tone=_TONES[state],
        basis=f"{line.document_no} · {day(line.decided_on)}",
        reason=line.reason,
        ruling=" · ".join(text for text in ruled if text),
        form=returned.get(line.plan_exception_id, empty),
    )
