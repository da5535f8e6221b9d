"""What if: a learner taps suppositions and sees the verdict move. Nothing is ever saved here."""

from __future__ import annotations

from flask import render_template, request
from werkzeug.datastructures import MultiDict

from creditbank.domain.access import declares
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.services.hypotheses import Hypothesis
from creditbank.services.what_if import what_if as suppose
from creditbank.services.what_if_choices import what_if_choices
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.forms import refusal_problems
from creditbank.web.languages import in_language
from creditbank.web.pages import LEARNER, is_fragment, pages
from creditbank.web.visits import actor, now, unit_of_work
from creditbank.web.what_if_forms import form_of, hypothesis_of
from creditbank.web.what_if_views import WhatIfView, what_if_view

_UNPROCESSABLE = 422


@pages.get(f"{LEARNER}/what-if")
@declares(Action.WHAT_IF)
def what_if(learner_id: int) -> str:
    """The form with nothing supposed, and the verdict as it is."""
    with unit_of_work() as uow:
        view = _view(uow, learner_id, Hypothesis())
        return _page(uow, learner_id, view, MultiDict())


@pages.post(f"{LEARNER}/what-if")
@declares(Action.WHAT_IF)
def supposed(learner_id: int) -> str | tuple[str, int]:
    """The verdict as it would be; only the result where htmx asks."""
    faults: list[str] = []
    with unit_of_work() as uow:
        try:
            view = _view(uow, learner_id, hypothesis_of(request.form))
        except InvalidInputError as error:
            faults = [in_language(item.message) for item in refusal_problems(error)]
            view = _view(uow, learner_id, Hypothesis())
        if is_fragment():
            answer = _result(learner_id, view, faults)
        else:
            answer = _page(uow, learner_id, view, request.form, faults)
    return (answer, _UNPROCESSABLE) if faults else answer


def _view(uow: UnitOfWork, learner_id: int, hypothesis: Hypothesis) -> WhatIfView:
    return what_if_view(suppose(uow, actor(), learner_id, hypothesis, now=now()), hypothesis)


def _result(learner_id: int, view: WhatIfView, faults: list[str]) -> str:
    return render_template(
        "parts/what_if.html", learner_id=learner_id, view=view, faults_found=faults
    )


def _page(
    uow: UnitOfWork,
    learner_id: int,
    view: WhatIfView,
    chosen: MultiDict[str, str],
    faults: list[str] | None = None,
) -> str:
    choices = what_if_choices(uow, actor(), learner_id, now=now())
    return render_template(
        "what_if.html",
        learner_id=learner_id,
        view=view,
        faults_found=faults or [],
        form=form_of(choices, chosen),
        is_own=learner_id in actor().learner_ids,
    )
