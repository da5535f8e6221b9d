"""Putting a version in force for a cohort, or moving a running cohort to it, seen beforehand."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.errors import BusyError, InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.queries.plan_previews import CohortPreview, preview_cohort
from creditbank.services.commands import AssignPlan, MigrateCohort
from creditbank.services.grounds import DOCUMENT_MAX, REASON_MAX
from creditbank.services.plan_cohorts import YEARS, assign_plan, may_put_in_force, migrate_cohort
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.languages import language, ngettext
from creditbank.web.pages import pages
from creditbank.web.plans import PLAN, render_plan
from creditbank.web.visits import actor, now, unit_of_work

_FIELDS = ("entry_year", "reason", "document_no", "revision", "idempotency_key")
_UNPROCESSABLE = 422


@pages.get(f"{PLAN}/cohort")
@declares(Action.MIGRATE_COHORT)
def cohort_preview(plan_id: int) -> str:
    """How many learners a cohort has that would be concerned."""
    year = request.args.get("entry_year", 0, type=int)
    with unit_of_work() as uow:
        preview = _preview(uow, plan_id, year)
    return render_template("parts/cohort_preview.html", preview=preview, plan_id=plan_id)


@pages.post(f"{PLAN}/assignments")
@declares(Action.ASSIGN_PLAN)
def assign_cohort(plan_id: int) -> str | Response | tuple[str, int]:
    """Put the version in force for a cohort without learners."""
    form = _sent()
    reading = Reading(form)
    year = reading.whole("entry_year", most=YEARS.stop - 1)
    document = reading.text("document_no", length_max=DOCUMENT_MAX)
    try:
        reading.done()
        command = AssignPlan(
            plan_id=plan_id, entry_year=year, document_no=document, revision=form.value("revision")
        )
        with unit_of_work() as uow:
            assign_plan(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        return _refused(plan_id, year, form, error)
    return redirect(url_for("web.plan", plan_id=plan_id), 303)


@pages.post(f"{PLAN}/migrations")
@declares(Action.MIGRATE_COHORT)
def move_cohort(plan_id: int) -> str | Response | tuple[str, int]:
    """Move a running cohort to the version; its learners are evaluated again."""
    form = _sent()
    reading = Reading(form)
    year = reading.whole("entry_year", most=YEARS.stop - 1)
    reason = reading.text("reason", length_max=REASON_MAX)
    document = reading.text("document_no", length_max=DOCUMENT_MAX)
    try:
        reading.done()
        command = MigrateCohort(
            plan_id=plan_id,
            entry_year=year,
            reason=reason,
            document_no=document,
            revision=form.value("revision"),
        )
        with unit_of_work() as uow:
            migrate_cohort(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        return _refused(plan_id, year, form, error)
    return redirect(url_for("web.plan", plan_id=plan_id), 303)


def _sent() -> Form:
    return Form.sent("cohort", {name: request.form.get(name, "") for name in _FIELDS})


def _refused(
    plan_id: int, year: int, form: Form, error: InvalidInputError | BusyError
) -> tuple[str, int]:
    refused = form.with_problems(refusal_problems(error))
    with unit_of_work() as uow:
        preview = _preview(uow, plan_id, year)
        return render_plan(uow, plan_id, refused, preview=preview), _UNPROCESSABLE


def _preview(uow: UnitOfWork, plan_id: int, year: int) -> tuple[str, str, str]:
    """(what it would do, its tone, the action that is open: assign, migrate or none)."""
    found = preview_cohort(uow, actor(), plan_id, year)
    if year not in YEARS:
        return "", "neutral", ""
    if found.is_followed:
        return _("%(year)s 级已按这一版本执行。", year=year), "neutral", ""
    if not found.is_running:
        return _not_running(found)
    if found.from_version is None or not found.learner_count:
        return _("%(year)s 级没有可以迁移的在籍学生。", year=year), "warn", ""
    if not found.in_force and not may_put_in_force(actor()):
        return (
            _("这一版本还没有在任何年级施行；须先由分管校长（审批）施行，或由其迁移。"),
            "warn",
            "",
        )
    text = ngettext(
        "%(num)s 名在籍学生将改按这一版本，并立即重新判定。",
        "%(num)s 名在籍学生将改按这一版本，并立即重新判定。",
        found.learner_count,
    )
    before = _("%(year)s 级现按第 %(version)s 版执行。", year=year, version=found.from_version)
    kept = ""
    if found.kept_count:
        kept = ngettext(
            "%(num)s 名已批准毕业的学生保持原版本。",
            "%(num)s 名已批准毕业的学生保持原版本。",
            found.kept_count,
        )
    gap = "" if language() == "zh" else " "
    return gap.join(filter(None, (before, text, kept))), "warn", "migrate"


def _not_running(found: CohortPreview) -> tuple[str, str, str]:
    year = found.entry_year
    if not may_put_in_force(actor()):
        text = _("%(year)s 级还没有学生；新年级由分管校长（审批）施行。", year=year)
        return text, "neutral", ""
    if found.from_version is None:
        return _("%(year)s 级还没有学生，也没有指定版本。", year=year), "good", "assign"
    text = _(
        "%(year)s 级还没有学生，原指定第 %(version)s 版，将改为这一版本。",
        year=year,
        version=found.from_version,
    )
    return text, "good", "assign"
