"""The college's end of the advance: admitting or refusing who is proposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, request

from creditbank.domain.access import declares
from creditbank.domain.advances import MoveKind
from creditbank.domain.errors import BusyError, InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import clean_text
from creditbank.queries.advance_previews import preview_step
from creditbank.services.advance_admissions import decide_admissions
from creditbank.services.advance_commands import AdmissionLine, DecideAdmissions, TakenStep
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
from creditbank.web.pages import is_fragment, pages
from creditbank.web.visits import actor, now, unit_of_work

_ADMIT, _REFUSE = "admit", "refuse"


@dataclass(frozen=True, slots=True)
class AdmissionRow:
    """One learner who is proposed, and what was chosen."""

    goer: GoerRow
    choice: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Sent:
    choices: Mapping[int, tuple[str, str]]
    problems: Mapping[int, tuple[str, ...]]


_NOTHING = _Sent({}, {})


@pages.get(f"{ADVANCE}/admissions")
@declares(Action.ADMIT_ADVANCE)
def advance_admissions(agreement_id: int) -> str:
    """Who is proposed; everybody is admitted until the college says otherwise."""
    return _page(agreement_id, _form(), _NOTHING)


@pages.post(f"{ADVANCE}/admissions")
@declares(Action.ADMIT_ADVANCE)
def decide_advance_admissions(agreement_id: int) -> str | tuple[str, int]:
    """Decide on all who are not put off, or on nobody."""
    form = sent_form("document_no")
    sent = _Sent(_choices(), {})
    lines = tuple(
        AdmissionLine(enrolment_id=number, admitted=choice == _ADMIT, reason=reason)
        for number, (choice, reason) in sent.choices.items()
        if choice in {_ADMIT, _REFUSE}
    )
    try:
        reading = Reading(form)
        document_no = reading.text("document_no", length_max=DOCUMENT_MAX)
        reading.done()
        command = DecideAdmissions(agreement_id=agreement_id, document_no=document_no, lines=lines)
        with unit_of_work() as uow:
            found = decide_admissions(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        numbers = [line.enrolment_id for line in lines]
        refused, by_line = told_apart(form, refusal_problems(error), numbers)
        return _page(agreement_id, refused, _Sent(sent.choices, by_line)), UNPROCESSABLE
    return _page(agreement_id, _form(), _NOTHING, found.steps)


def _form() -> Form:
    return Form(kind="admissions", fields=frozenset({"document_no"}))


def _choices() -> dict[int, tuple[str, str]]:
    return {
        number: (
            request.form.get(f"choice_{number}", "")[:10],
            clean_text(request.form.get(f"reason_{number}", ""))[: REASON_MAX + 1],
        )
        for number in chosen_numbers(request.form.getlist("enrolment_id"))
    }


def _page(agreement_id: int, form: Form, sent: _Sent, steps: Sequence[TakenStep] = ()) -> str:
    with unit_of_work() as uow:
        preview = preview_step(uow, actor(), agreement_id, MoveKind.ADMIT, now=now())
    going, refused = goer_rows(preview.goers, Came(steps))
    template = "parts/advance_admissions.html" if is_fragment() else "advance_admissions.html"
    return render_template(
        template,
        head=head_of(preview.agreement, preview.terms.quota),
        kind="admit",
        form=form,
        rows=[
            AdmissionRow(item, *sent.choices.get(item.row.enrolment_id, (_ADMIT, "")))
            for item in going
        ],
        refused=refused,
        problems=sent.problems,
        reason_max=REASON_MAX,
        done=done_rows(preview, steps),
    )
