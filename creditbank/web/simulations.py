"""Trying a rule or a plan out: who would gain and lose, as a page and as an Excel file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from flask import Response, render_template, request, url_for

from creditbank.domain.access import declares
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.domain.simulations import Simulation
from creditbank.exchange.sheet_tables import tables_workbook
from creditbank.queries.plans import PlanLine, list_plans
from creditbank.queries.simulations import (
    AffectedLearner,
    GroupNames,
    SchoolCohort,
    affected_learners,
    group_names,
    school_cohorts,
)
from creditbank.services.policy_commands import SimulatePlan, SimulateRuleChange, SimulateValues
from creditbank.services.simulations import drafted_values, simulate_rule_change
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.forms import Form, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named
from creditbank.web.pages import day, is_fragment, pages
from creditbank.web.policy_words import shown_value
from creditbank.web.rules import RULE, RulePage, change_form, form_parts, rule_page
from creditbank.web.simulation_views import PAGE, simulation_view, workbook_tables
from creditbank.web.visits import actor, now, today, unit_of_work

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TRIAL_FIELDS = frozenset({"value", "school"})
_PLAN_FIELDS = frozenset({"cohort", "plan_id", "document"})
_UNPROCESSABLE = 422
_DOCUMENT_MAX = 200_000
_PLANS_MAX = 200


@dataclass(frozen=True, slots=True)
class _Answer:
    """A simulation with the lines that are shown."""

    found: Simulation
    lines: Sequence[AffectedLearner]
    names: GroupNames


@pages.get(f"{RULE}/simulation")
@declares(Action.SIMULATE_RULES)
def simulate_rule(key: str) -> str | tuple[str, int]:
    """What one new value would do, under the form that asked."""
    trial = _trial()
    first = max(0, request.args.get("first", 0, type=int))
    with unit_of_work() as uow:
        page = rule_page(uow, key)
        parts = {"rule": page, "trial": trial, "changed": "", **form_parts(uow, page)}
    try:
        with unit_of_work() as uow:
            answer = _asked(uow, _values(key, trial), slice(first, first + PAGE))
    except InvalidInputError as error:
        refused = trial.with_problems(refusal_problems(error), {"institution_id": "school"})
        parts |= {"trial": refused, "simulation": None, "form": change_form()}
        return _drawn(parts), _UNPROCESSABLE
    view = simulation_view(answer.found, answer.lines, answer.names, first=first)
    parts |= {
        "simulation": view,
        "title": _title(page, answer.found),
        "form": change_form(trial.value("value")),
        "page_url": _url("web.simulate_rule", key, trial),
        "sheet_url": _url("web.simulated_rule_sheet", key, trial),
    }
    return _drawn(parts)


def _url(endpoint: str, key: str, trial: Form) -> str:
    value, school = trial.value("value"), trial.value("school") or None
    return url_for(endpoint, key=key, value=value, school=school)


def _drawn(parts: dict[str, object]) -> str:
    return render_template("parts/trial.html" if is_fragment() else "rule.html", **parts)


@pages.get(f"{RULE}/simulation.xlsx")
@declares(Action.SIMULATE_RULES)
def simulated_rule_sheet(key: str) -> Response:
    """The same as an Excel file, with every learner."""
    with unit_of_work() as uow:
        page = rule_page(uow, key)
        answer = _asked(uow, _values(key, _trial()), slice(None))
    return _sheet(answer, _title(page, answer.found))


@pages.get("/rules/plans")
@declares(Action.SIMULATE_RULES)
def plan_simulation() -> str:
    """The form that tries another plan on a cohort."""
    return _plan_page(Form(kind="plan", fields=_PLAN_FIELDS))


@pages.post("/rules/plans/simulation")
@declares(Action.SIMULATE_RULES)
def simulate_plan() -> str | tuple[str, int]:
    """What another plan would do to a cohort."""
    form = _plan_form()
    first = max(0, request.form.get("first", 0, type=int))
    try:
        with unit_of_work() as uow:
            answer = _asked(uow, _plan_command(form), slice(first, first + PAGE))
    except InvalidInputError as error:
        refused = form.with_problems(refusal_problems(error), {"entry_year": "cohort"})
        return _plan_page(refused), _UNPROCESSABLE
    view = simulation_view(answer.found, answer.lines, answer.names, first=first)
    return _plan_page(form, simulation=view, title=_("试算：换用所选方案"))


@pages.post("/rules/plans/simulation.xlsx")
@declares(Action.SIMULATE_RULES)
def simulated_plan_sheet() -> Response | tuple[str, int]:
    """The same as an Excel file."""
    form = _plan_form()
    try:
        with unit_of_work() as uow:
            answer = _asked(uow, _plan_command(form), slice(None))
    except InvalidInputError as error:
        return _plan_page(form.with_problems(refusal_problems(error))), _UNPROCESSABLE
    return _sheet(answer, _("试算：换用所选方案"))


def _trial() -> Form:
    values = {name: request.args.get(name, "")[:100] for name in sorted(_TRIAL_FIELDS)}
    return Form(kind="trial", values=values, fields=_TRIAL_FIELDS)


def _values(key: str, trial: Form) -> SimulateValues:
    school = trial.value("school")
    return SimulateValues(
        values=drafted_values([(key, trial.value("value"))]),
        institution_id=int(school) if school.isascii() and school.isdecimal() else None,
    )


def _plan_form() -> Form:
    sent = {name: request.form.get(name, "") for name in sorted(_PLAN_FIELDS)}
    return Form(kind="plan", values=sent, fields=_PLAN_FIELDS)


def _plan_command(form: Form) -> SimulatePlan:
    """cohort: school, year and plan code, as the form's options have them."""
    school, _colon, rest = form.value("cohort").partition(":")
    year, _colon, code = rest.partition(":")
    plan_id = form.value("plan_id")
    return SimulatePlan(
        institution_id=_number(school),
        entry_year=_number(year),
        plan_code=code[:30],
        plan_id=_number(plan_id) if plan_id else None,
        document=form.value("document")[:_DOCUMENT_MAX].strip(),
    )


def _number(text: str) -> int:
    """A number of the form; 0, which is nobody's, for anything else."""
    is_number = text.isascii() and text.isdecimal() and len(text) < len("2147483647")
    return int(text) if is_number else 0


def _asked(uow: UnitOfWork, command: SimulateRuleChange, part: slice) -> _Answer:
    found = simulate_rule_change(uow, actor(), command, now=now())
    lines = affected_learners(uow, actor(), found.affected[part], now=now())
    return _Answer(found, lines, group_names(uow))


def _title(page: RulePage, found: Simulation) -> str:
    (change,) = found.changes
    return _(
        "试算：%(name)s由%(before)s改为%(after)s",
        name=page.row.name,
        before=shown_value(page.key, change.before),
        after=shown_value(page.key, change.after),
    )


def _sheet(answer: _Answer, title: str) -> Response:
    about = (title, _("按 %(day)s的账目试算，没有改动任何记录。", day=day(today())))
    tables = workbook_tables(answer.found, answer.lines, answer.names, about)
    content = tables_workbook(tables, made_on=today())
    response = Response(content, content_type=_XLSX)
    name = quote(f"{_('规则试算')} {today().isoformat()}.xlsx")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _plan_page(form: Form, **parts: object) -> str:
    with unit_of_work() as uow:
        cohorts = school_cohorts(uow, actor())
        plans = list_plans(uow, actor(), limit=_PLANS_MAX).items
    template = "parts/plan_trial.html" if is_fragment() else "plan_simulation.html"
    schools = {item.institution_id for item in cohorts}
    return render_template(
        template,
        form=form,
        cohorts=[(_cohort_code(item), _cohort_text(item)) for item in cohorts],
        plans=[
            (str(plan.plan_id), _plan_text(plan))
            for plan in plans
            if plan.institution_id in schools
        ],
        **({"simulation": None} | parts),
    )


def _cohort_code(item: SchoolCohort) -> str:
    return f"{item.institution_id}:{item.entry_year}:{item.plan_code}"


def _cohort_text(item: SchoolCohort) -> str:
    return _(
        "%(school)s %(year)s 级 %(plan)s（%(count)s 人）",
        school=named(item.institution_name, item.institution_name_en),
        year=item.entry_year,
        plan=item.plan_name,
        count=item.learners,
    )


def _plan_text(plan: PlanLine) -> str:
    return _(
        "%(school)s %(name)s 第 %(version)s 版",
        school=plan.institution_name,
        name=plan.name,
        version=plan.version,
    )
