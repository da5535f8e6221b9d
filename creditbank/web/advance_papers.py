"""What is printed of the advance: 转段资格审核表 of one or a class, and the list of a notice."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from creditbank.domain.access import declares
from creditbank.domain.advances import MoveKind
from creditbank.domain.errors import BusyError, InvalidInputError, Message
from creditbank.domain.papers import BATCH_MAX, Paper, PaperKind, document_of
from creditbank.domain.permissions import Action
from creditbank.papers.rendering import render
from creditbank.queries.advance_notices import advance_notice
from creditbank.queries.advance_previews import preview_step
from creditbank.services.advance_forms import issue_advance_forms, print_advance_forms
from creditbank.services.paper_commands import IssueAdvanceForms
from creditbank.web.advance_views import ADVANCE, UNPROCESSABLE, chosen_numbers, head_of, row_of
from creditbank.web.forms import refusal_problems
from creditbank.web.languages import in_language
from creditbank.web.pages import pages
from creditbank.web.visits import actor, may, now, site, today, unit_of_work

_FORMS_MAX = 200
_TOO_MANY = Message(
    f"全班超过{_FORMS_MAX}人,一次打印不下;请在学生页逐个打印,或分批签发审核表。",
    f"The class has more than {_FORMS_MAX} learners, too many for one file; print them one by one"
    " on their pages, or issue the forms in parts.",
)


@pages.get(f"{ADVANCE}/forms")
@declares(Action.SEE_ADVANCE_COHORT)
def advance_forms_file(agreement_id: int) -> Response:
    """The forms of the whole class, or of those who are named, as one PDF; nothing is issued."""
    wanted = chosen_numbers(request.args.getlist("enrolment_id"))
    with unit_of_work() as uow:
        forms = print_advance_forms(uow, actor(), agreement_id, wanted or None, now=now())
    if len(forms) > _FORMS_MAX:
        raise InvalidInputError(_TOO_MANY)
    papers = [
        Paper(
            kind=PaperKind.ADVANCE_FORM, number="", code="", link="", site="", issued_on=today(),
            content=document_of(form),
        )
        for form in forms
    ]  # fmt: skip
    response = Response(render(papers), content_type="application/pdf")
    name = f"advance-{agreement_id}.pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@pages.get(f"{ADVANCE}/issued-forms")
@declares(Action.ISSUE_PAPER)
def advance_forms_to_issue(agreement_id: int) -> str:
    """Whose form can be issued: whose qualification is confirmed."""
    return _issuing(agreement_id)


@pages.post(f"{ADVANCE}/issued-forms")
@declares(Action.ISSUE_PAPER)
def issue_forms(agreement_id: int) -> Redirect | tuple[str, int]:
    """Issue the forms of all who are ticked, and open them as one file.

    A second click opens the same papers, or those of other ticks.
    """
    chosen = chosen_numbers(request.form.getlist("enrolment_id"))
    command = IssueAdvanceForms(agreement_id=agreement_id, enrolment_ids=chosen)
    try:
        with unit_of_work() as uow:
            made = issue_advance_forms(
                uow, actor(), command, site=site(), idempotency_key=str(uuid4()), now=now()
            )
    except (InvalidInputError, BusyError) as error:
        faults = [in_language(item.message) for item in refusal_problems(error)]
        return _issuing(agreement_id, chosen, faults), UNPROCESSABLE
    ids = ".".join(map(str, made.issued_paper_ids))
    return redirect(url_for("web.paper_files", ids=ids))


def _issuing(
    agreement_id: int, chosen: Sequence[int] | None = None, faults: Sequence[str] = ()
) -> str:
    """chosen: who was ticked; None before anything was sent: then as many as may be at once."""
    with unit_of_work() as uow:
        preview = preview_step(uow, actor(), agreement_id, MoveKind.FILE, now=now())
    lines = [goer.line for goer in preview.goers if goer.line.is_confirmed]
    return render_template(
        "advance_issued_forms.html",
        head=head_of(preview.agreement, preview.terms.quota),
        rows=[
            (row_of(line), at < BATCH_MAX if chosen is None else line.enrolment_id in chosen)
            for at, line in enumerate(lines)
        ],
        most=BATCH_MAX,
        faults=faults,
    )


@pages.get(f"{ADVANCE}/public-list")
@declares(Action.SEE_ADVANCE_NOTICE)
def advance_public_list(agreement_id: int) -> str:
    """公示名单: name, school, year, class and result, nothing else; gone when its days are over."""
    with unit_of_work() as uow:
        found = advance_notice(uow, actor(), agreement_id, now=now())
    return render_template(
        "advance_public_list.html",
        found=found,
        own_ids=sorted(actor().learner_ids),
        may_advance=may(Action.SEE_ADVANCE_COHORT),
    )
