"""登记学生: one person, with an enrolment or without one."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.enrolments import StudyMode
from creditbank.domain.errors import (
    AlreadyRegisteredError,
    BusyError,
    InvalidInputError,
    Message,
    NotFoundError,
    Problem,
)
from creditbank.domain.permissions import Action
from creditbank.queries.registration import school_agreements, school_cohorts
from creditbank.services.registration import open_enrolment, register_learner
from creditbank.services.registration_commands import OpenEnrolment, RegisteredLearner
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form, refusal_problems
from creditbank.web.labels import choices
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language
from creditbank.web.pages import pages
from creditbank.web.registration_forms import (
    FIELDS,
    NAMES,
    cohort_key,
    cohort_text,
    registration_command,
)
from creditbank.web.visits import actor, now, today, unit_of_work

_UNPROCESSABLE = 422


@pages.get("/registration")
@declares(Action.REGISTER_LEARNER)
def registration() -> str:
    """The empty form."""
    return _page(_empty())


@pages.post("/registration")
@declares(Action.REGISTER_LEARNER)
def register() -> str | Response | tuple[str, int]:
    """Register, and go on to the learner's page; or say what is wrong beside the fields."""
    sent = Form.sent("registration", {name: request.form.get(name, "") for name in FIELDS}
                     | {"idempotency_key": request.form.get("idempotency_key", "")})  # fmt: skip
    form = Form(kind=sent.kind, values=sent.values, fields=FIELDS, key=sent.key)
    try:
        with unit_of_work() as uow:
            made = _register(uow, form)
    except NotFoundError:
        return _page(form.with_problems([_NOT_THEIRS])), _UNPROCESSABLE
    except (InvalidInputError, AlreadyRegisteredError, BusyError) as error:
        return _page(form.with_problems(refusal_problems(error), NAMES)), _UNPROCESSABLE
    if made.warnings:
        texts = tuple(in_language(warning.message) for warning in made.warnings)
        return _page(_empty(), Posted("warn", _("学籍已登记"), texts), made.learner_id)
    if made.enrolment_id is not None:
        return redirect(url_for("web.learner", learner_id=made.learner_id))
    posted = Posted("good", _("已开立学习账户 %(number)s", number=made.account_no))
    return _page(_empty(), posted)


def _register(uow: UnitOfWork, form: Form) -> RegisteredLearner:
    command = registration_command(form, school_cohorts(uow, actor()), today())
    if isinstance(command, OpenEnrolment):
        return open_enrolment(uow, actor(), command, idempotency_key=form.key, now=now())
    return register_learner(uow, actor(), command, idempotency_key=form.key, now=now())


def _empty() -> Form:
    values = {"entered_on": today().isoformat(), "study_mode": StudyMode.FULL_TIME.value}
    return Form(kind="registration", values=values, fields=FIELDS)


def _page(form: Form, posted: Posted | None = None, learner_id: int | None = None) -> str:
    with unit_of_work() as uow:
        cohorts = school_cohorts(uow, actor())
        agreements = school_agreements(uow, actor())
    return render_template(
        "registration.html",
        form=form,
        posted=posted,
        learner_id=learner_id,
        sexes=[("1", _("男")), ("2", _("女")), ("9", _("未说明"))],
        cohorts=[(cohort_key(item), cohort_text(item)) for item in cohorts],
        agreements=[(str(item.agreement_id), item.name) for item in agreements],
        study_modes=choices(StudyMode),
    )


_NOT_THEIRS = Problem(
    "not_found",
    Message(
        "账号、姓名或身份证号与登记的不一致,请核对。",
        "Account, name or identity number are not those on record; check them.",
    ),
    "account_no",
)
