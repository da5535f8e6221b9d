"""Rules: every policy value in force, one value with its history, and putting one in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import decide, declares
from creditbank.domain.errors import CreditbankError, InvalidInputError
from creditbank.domain.permissions import Action, Scope
from creditbank.domain.policies import PolicyValue
from creditbank.domain.policy_keys import value_text
from creditbank.domain.policy_kinds import Applies, PolicyKey, Topic
from creditbank.queries.policies import (
    PolicyHistory,
    PolicyLine,
    PolicyRecord,
    RecordState,
    list_policies,
    policy_history,
)
from creditbank.queries.simulations import group_names
from creditbank.services.policy_changes import REASON_MAX, REFERENCE_MAX, change_policy
from creditbank.services.policy_commands import ChangePolicy
from creditbank.services.simulations import drafted_values
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named
from creditbank.web.pages import day, moment, pages
from creditbank.web.policy_words import (
    APPLIES,
    AUTHORITIES,
    TOPICS,
    key_name,
    measure_name,
    shown_value,
    value_choices,
)
from creditbank.web.reference_words import reference_text
from creditbank.web.visits import actor, may, now, today, unit_of_work

RULE = "/rules/<key>"
CHANGE_FIELDS = frozenset({"value", "effective_from", "reference", "reason"})
_OPEN_MAX = 8
"""Topics of more lines are folded, so that all of them are seen at a glance."""
_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One key in the list, in the reader's words. to_come: "" where nothing is decided."""

    key: str
    name: str
    value: str
    authority: str
    reference: str
    since: str
    to_come: str
    own_schools: int
    is_county_only: bool


@dataclass(frozen=True, slots=True)
class TopicPart:
    """The keys of one topic."""

    title: str
    rows: tuple[RuleRow, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One value of the history."""

    value: str
    authority: str
    since: str
    reference: str
    reason: str
    decided: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class RulePage:
    """One key in full: what its forms and its history show."""

    key: PolicyKey
    row: RuleRow
    applies: str
    measure: str
    choices: tuple[tuple[str, str], ...]
    records: tuple[RecordRow, ...]
    current: str

    @property
    def is_judged(self) -> bool:
        """Whether verdicts read it, so that there is something to simulate."""
        return self.key.applies is Applies.VERDICTS


@pages.get("/rules")
@declares(Action.SEE_POLICIES)
def rules() -> str:
    """All values in force, by topic."""
    with unit_of_work() as uow:
        found = list_policies(uow, actor(), now=now())
    parts = [_topic(topic, found.items) for topic in Topic]
    return render_template(
        "rules.html",
        topics=parts,
        unset=[_row(line) for line in found.items if line.value is None],
        may_simulate=may(Action.SIMULATE_RULES),
        is_county=found.institution_id is None,
    )


@pages.get(RULE)
@declares(Action.SEE_POLICIES)
def rule(key: str) -> str:
    """One value: what it rests on, the forms to try and to change it, its history."""
    changed = request.args.get("changed", 0, type=int)
    with unit_of_work() as uow:
        page = rule_page(uow, key)
        parts = form_parts(uow, page)
    return render_template(
        "rule.html",
        rule=page,
        simulation=None,
        form=change_form(),
        trial=Form(kind="trial", fields=frozenset({"value", "school"})),
        changed=_changed_text(page) if changed else "",
        **parts,
    )


@pages.post(f"{RULE}/changes")
@declares(Action.CHANGE_POLICY)
def change_rule(key: str) -> str | Response | tuple[str, int]:
    """Put a value in force from a day on."""
    names = (*CHANGE_FIELDS, "idempotency_key")
    form = Form.sent("change", {name: request.form.get(name, "") for name in names})
    reading = Reading(form)
    starts, reference = reading.day("effective_from"), reading.text(
        "reference", length_max=REFERENCE_MAX
    )  # fmt: skip
    reason = reading.text("reason", length_max=REASON_MAX, required=False)
    try:
        reading.done()
        (drafted,) = drafted_values([(key, form.value("value"))])
        command = ChangePolicy(
            key=key,
            value=drafted.value,
            effective_from=starts,
            reference=reference,
            reason=reason,
        )
        with unit_of_work() as uow:
            changed = change_policy(uow, actor(), command, idempotency_key=form.key, now=now())
    except InvalidInputError as error:
        return _refused(key, form, error)
    return redirect(url_for("web.rule", key=key, changed=changed.policy_change_id), 303)


def _refused(key: str, form: Form, error: CreditbankError) -> tuple[str, int]:
    with unit_of_work() as uow:
        page = rule_page(uow, key)
        parts = form_parts(uow, page)
    return render_template(
        "rule.html",
        rule=page,
        simulation=None,
        form=replace(form, fields=CHANGE_FIELDS).with_problems(refusal_problems(error)),
        trial=Form(kind="trial", fields=frozenset({"value", "school"})),
        changed="",
        **parts,
    ), _UNPROCESSABLE


def rule_page(uow: UnitOfWork, key: str) -> RulePage:
    """One key as this reader sees it. Raises NotFoundError."""
    found: PolicyHistory = policy_history(uow, actor(), key, now=now())
    known = found.line.key
    value = found.line.value
    return RulePage(
        key=known,
        row=_row(found.line),
        applies=str(APPLIES[known.applies]),
        measure=measure_name(known),
        choices=tuple(value_choices(known)),
        records=tuple(_record(known, record) for record in found.records),
        current="" if value is None else value_text(known, value.value),
    )


def change_form(value: str = "") -> Form:
    """An empty form, or one for a value that has just been tried."""
    values = {"value": value, "effective_from": today().isoformat()}
    return Form(kind="change", values=values, fields=CHANGE_FIELDS)


def form_parts(uow: UnitOfWork, page: RulePage) -> dict[str, object]:
    """What the forms of a rule's page need besides."""
    grant = decide(actor(), Action.SEE_POLICIES)
    is_county = grant.scope is Scope.COUNTY
    return {
        "schools": _schools(uow) if is_county else [],
        "may_simulate": may(Action.SIMULATE_RULES) and page.is_judged,
        "may_change": may(Action.CHANGE_POLICY) and (is_county or not page.key.is_county_only),
        "is_county": is_county,
    }


def _schools(uow: UnitOfWork) -> list[tuple[str, str]]:
    return [(str(at), named(*names)) for at, names in group_names(uow).schools.items()]


def _topic(topic: Topic, lines: Iterable[PolicyLine]) -> TopicPart:
    rows = tuple(
        _row(line)
        for line in lines
        if line.key.topic is topic and (line.value is not None or line.to_come is not None)
    )
    return TopicPart(title=str(TOPICS[topic]), rows=rows, is_open=len(rows) <= _OPEN_MAX)


def _row(line: PolicyLine) -> RuleRow:
    value = line.value
    return RuleRow(
        key=line.key.key,
        name=key_name(line.key),
        value=shown_value(line.key, None if value is None else value.value),
        authority="" if value is None else str(AUTHORITIES[value.authority]),
        reference="" if value is None else reference_text(value.reference),
        since="" if value is None else day(value.effective_from),
        to_come=_to_come(line.key, line.to_come),
        own_schools=line.own_schools,
        is_county_only=line.key.is_county_only,
    )


def _to_come(key: PolicyKey, value: PolicyValue | None) -> str:
    if value is None:
        return ""
    return _(
        "%(day)s起为%(value)s",
        day=day(value.effective_from),
        value=shown_value(key, value.value),
    )


def _record(key: PolicyKey, record: PolicyRecord) -> RecordRow:
    states = {
        RecordState.TO_COME: (_("待施行"), "progress"),
        RecordState.IN_FORCE: (_("现行"), "good"),
        RecordState.STANDS_BACK: (_("已被取代"), "neutral"),
    }
    state, tone = states[record.state]
    school = named(record.institution_name, record.institution_name_en)
    decided = [record.decided_by, moment(record.decided_at) if record.decided_at else ""]
    return RecordRow(
        value=shown_value(key, record.value),
        authority=school or str(AUTHORITIES[record.authority]),
        since=day(record.effective_from),
        reference=reference_text(record.reference),
        reason=record.reason,
        decided=" ".join(part for part in decided if part),
        state=state,
        tone=tone,
    )


def _changed_text(page: RulePage) -> str:
    """What has just been done; the history below shows it."""
    if page.row.to_come:
        return _("已登记：%(change)s。", change=page.row.to_come)
    value, reference = page.row.value, page.row.reference
    return _("现行：%(value)s（%(reference)s）。", value=value, reference=reference)
