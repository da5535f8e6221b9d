"""A class graduates: the classes, one with its verdicts, and what became of each learner."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request
from werkzeug.exceptions import NotFound

from creditbank.domain.access import declares
from creditbank.domain.credits import credits_text
from creditbank.domain.enrolments import OPEN_STATUSES, EnrolmentStatus
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.domain.status_changes import ChangeState
from creditbank.domain.verdicts import Outcome
from creditbank.queries.class_graduations import (
    GraduatingLearner,
    graduating_classes,
    graduating_learners,
)
from creditbank.services.class_graduations import GraduatedLearner, graduate_class
from creditbank.services.grounds import DOCUMENT_MAX
from creditbank.services.status_change_commands import GraduateClass
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language
from creditbank.web.pages import is_fragment, pages
from creditbank.web.verdict_cards import TONES
from creditbank.web.visits import actor, now, today, unit_of_work

_SENT = ("class_name", "entry_year", "takes_effect_on", "document_no", "idempotency_key")
_FIELDS = frozenset(_SENT[:4])
_ID_MAX = 2**31 - 1
_NUMBER = re.compile("[0-9]{1,10}")
_YEAR = re.compile("[0-9]{4}")
_READY = frozenset({Outcome.ELIGIBLE.value, Outcome.ELIGIBLE_EARLY.value})
_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class GraduatingRow:
    """One learner, in the reader's language. is_chosen: is ticked; may_be: can be.

    is_under_way: another change of status has to end first.
    """

    learner_id: int
    name: str
    student_no: str
    status: str
    outcome: str
    tone: str
    shortfall: str
    is_chosen: bool
    may_be: bool
    is_under_way: bool
    refusals: tuple[str, ...]


@pages.get("/graduations")
@declares(Action.APPROVE_GRADUATION)
def graduations() -> str:
    """The classes, and one of them where it is chosen."""
    values = {name: request.args.get(name, "") for name in ("class_name", "entry_year")}
    values["takes_effect_on"] = today().isoformat()
    return _page(Form(kind="graduation", values=values, fields=_FIELDS))


@pages.post("/graduations")
@declares(Action.APPROVE_GRADUATION)
def graduate_chosen() -> str | tuple[str, int]:
    """Approve and carry out the graduation of those who are ticked."""
    sent = Form.sent("graduation", {name: request.form.get(name, "") for name in _SENT})
    form = Form(kind="graduation", values=sent.values, fields=_FIELDS, key=sent.key)
    chosen = _chosen()
    reading = Reading(form)
    takes_effect_on = reading.day("takes_effect_on")
    document_no = reading.text("document_no", length_max=DOCUMENT_MAX)
    try:
        reading.done()
        command = GraduateClass(
            learner_ids=chosen, takes_effect_on=takes_effect_on, document_no=document_no
        )
        found = graduate_class(unit_of_work, actor(), command, idempotency_key=form.key, now=now())
    except InvalidInputError as error:
        return _page(form.with_problems(refusal_problems(error)), chosen=chosen), _UNPROCESSABLE
    return _page(
        Form(kind="graduation", values=form.values, fields=_FIELDS), found=found, chosen=()
    )


def _chosen() -> tuple[int, ...]:
    """Who is ticked; a number that can be nobody's is answered as one that is nobody's."""
    texts = request.form.getlist("learner_id")
    if not all(_NUMBER.fullmatch(text) and int(text) <= _ID_MAX for text in texts):
        raise NotFound
    return tuple(map(int, texts))


def _page(
    form: Form,
    *,
    found: Sequence[GraduatedLearner] = (),
    chosen: Sequence[int] | None = None,
) -> str:
    """chosen: who was ticked; None before anything was sent."""
    name, year = form.value("class_name"), form.value("entry_year")
    learners: tuple[GraduatingLearner, ...] = ()
    with unit_of_work() as uow:
        if name and _YEAR.fullmatch(year):
            learners = graduating_learners(uow, actor(), name, int(year), now=now())
        classes = graduating_classes(uow, actor())
    refusals = {
        item.learner_id: tuple(in_language(problem.message) for problem in item.problems)
        for item in found
    }
    template = "parts/graduations.html" if is_fragment() else "graduations.html"
    return render_template(
        template,
        form=form,
        classes=classes,
        rows=[_row(item, chosen, refusals.get(item.learner_id, ())) for item in learners],
        said=_said(found) if found else None,
        unplaced=[
            in_language(item.message) for item in form.problems if item.field not in form.fields
        ],
    )


def _said(found: Sequence[GraduatedLearner]) -> Posted:
    states = [item.state for item in found]
    done, refused = states.count(ChangeState.EXECUTED), states.count("")
    waiting = len(found) - done - refused
    texts = []
    if waiting:
        texts.append(_("另有 %(count)s 名已提交，待其他部门或毕业日期", count=waiting))
    if refused:
        texts.append(_("%(count)s 名未办理，原因见名单", count=refused))
    title = _("已办理毕业 %(count)s 名", count=done)
    return Posted("warn" if refused else "good", title, tuple(texts))


def _row(
    item: GraduatingLearner, chosen: Sequence[int] | None, refusals: tuple[str, ...]
) -> GraduatingRow:
    status = EnrolmentStatus(item.status)
    outcome = Outcome(item.outcome) if item.outcome and status in OPEN_STATUSES else None
    is_ready = outcome is not None and outcome.value in _READY and not item.is_under_way
    return GraduatingRow(
        learner_id=item.learner_id,
        name=item.name,
        student_no=item.student_no,
        status=_("已批准毕业") if item.is_approved and outcome else str(name_of(status)),
        outcome=name_of(outcome) if outcome else "",
        tone=TONES[outcome] if outcome else "neutral",
        shortfall=credits_text(item.shortfall_units) if item.shortfall_units else "",
        is_chosen=is_ready if chosen is None else item.learner_id in chosen,
        may_be=status is not EnrolmentStatus.GRADUATED and not item.is_under_way,
        is_under_way=item.is_under_way,
        refusals=refusals,
    )
