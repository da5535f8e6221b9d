"""Simulation: what a change of rules would do, on the books as they are. Nothing is touched.

When to use: before a rule is put in force (services.policy_changes), as often as one likes. When
not: to tell one learner what would help; that is another question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import InvalidInputError, Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action, Scope
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Authority, Policy, PolicyValue
from creditbank.domain.policy_faults import what_is_wrong
from creditbank.domain.policy_keys import POLICY_KEYS, read_value
from creditbank.domain.simulations import RuleChange, Simulation, in_order
from creditbank.services.derived_verdicts import Derived
from creditbank.services.policy_commands import (
    DraftValue,
    SimulatePlan,
    SimulateRuleChange,
    SimulateValues,
)
from creditbank.services.rule_effects import PoliciesBySchool, effects_of
from creditbank.services.simulated_verdicts import Comparison, RuleSet, compared
from creditbank.store.documents import DocumentError
from creditbank.store.plan_documents import read_plan
from creditbank.store.plans import load_plan, load_plans
from creditbank.store.policies import policy_for
from creditbank.store.simulations import read_open_enrolments
from creditbank.store.unit_of_work import UnitOfWork

VALUES_MAX = 50
_DRAFT = "draft"


def simulate_rule_change(
    uow: UnitOfWork,
    actor: Actor,
    command: SimulateRuleChange,
    *,
    now: datetime,
    shortcuts: bool = True,
) -> Simulation:
    """Who would gain and who would lose if this were in force today.

    The county asks about all schools or one, a school about itself. It names nobody: see
    queries.simulations. shortcuts: evaluate only whom the change can touch, beside the verdicts
    that stand; without them everybody is evaluated twice, with the same result.

    Raises ForbiddenError or InvalidInputError (a value that cannot be, a school that is not the
    actor's, a plan that is not there or cannot be used, nobody in the cohort).
    """
    grant = decide(actor, Action.SIMULATE_RULES)
    own = actor.institution_id if grant.scope is Scope.SCHOOL else None
    if own is not None and command.institution_id not in {None, own}:
        raise refused(_NOT_YOURS)
    school = own or command.institution_id
    with uow.everywhere():
        if isinstance(command, SimulatePlan):
            return _plan(uow.connection, command, as_of=local_date(now), shortcuts=shortcuts)
        authority = Authority.COUNTY if own is None else Authority.SCHOOL
        drafts = _drafts(command, authority, own, as_of=local_date(now))
        return _values(
            uow.connection, drafts, school=school, as_of=local_date(now), shortcuts=shortcuts
        )


def _drafts(
    command: SimulateValues, authority: Authority, own: int | None, *, as_of: date
) -> tuple[PolicyValue, ...]:
    check_values(command.values, for_school=own is not None)
    return tuple(
        PolicyValue(item.key, item.value, authority, as_of, _DRAFT, own) for item in command.values
    )


def drafted_values(written: Iterable[tuple[str, str]]) -> tuple[DraftValue, ...]:
    """Values as people and the wire write them, (key, value). Raises InvalidInputError."""
    found = []
    for key, value in written:
        known = POLICY_KEYS.get(key)
        found.append(
            DraftValue(key=key, value=value if known is None else read_value(known, value))
        )
    check_values(found)
    return tuple(found)


def check_values(values: Sequence[DraftValue], *, for_school: bool = False) -> None:
    """Raise InvalidInputError naming every value that a policy, or a school's own, cannot have."""
    problems = [
        Problem("value_invalid", message, field=item.key if len(values) > 1 else "value", row=row)
        for row, item in enumerate(values, start=1)
        if (message := _fault(item, for_school=for_school)) is not None
    ]
    if len({item.key for item in values}) < len(values):
        problems.append(Problem("key_twice", _TWICE, field="values"))
    if not 0 < len(values) <= VALUES_MAX:
        problems.append(Problem("no_values", _NONE, field="values"))
    if problems:
        raise InvalidInputError(problems[0].message, problems=tuple(problems))


def _fault(item: DraftValue, *, for_school: bool) -> Message | None:
    key = POLICY_KEYS.get(item.key)
    if key is None:
        return _UNKNOWN
    return _COUNTY_ONLY if for_school and key.is_county_only else what_is_wrong(key, item.value)


def _values(
    connection: Connection,
    drafts: tuple[PolicyValue, ...],
    *,
    school: int | None,
    as_of: date,
    shortcuts: bool,
) -> Simulation:
    enrolments = read_open_enrolments(connection, school)
    schools = sorted({item.institution_id for item in enrolments})
    policies = PoliciesBySchool(
        {at: policy_for(connection, at, as_of) for at in schools},
        {at: policy_for(connection, at, as_of, drafts) for at in schools},
    )
    plans = load_plans(connection, {item.plan_id for item in enrolments})
    comparison = Comparison(
        before=lambda item: RuleSet(plans[item.plan_id], policies.before[item.institution_id]),
        after=lambda item: RuleSet(plans[item.plan_id], policies.after[item.institution_id]),
        as_of=as_of,
        uses_stored=shortcuts,
    )
    derived = (
        effects_of(connection, enrolments, plans, policies, as_of=as_of)
        if shortcuts
        else Derived(unknown=tuple(enrolments))
    )
    return Simulation(
        as_of=as_of,
        changes=_changes(connection, drafts, school, as_of),
        enrolments=len(enrolments),
        evaluated=len(derived.unknown),
        affected=in_order((*derived.affected, *compared(connection, derived.unknown, comparison))),
        own_rules=_own_rules(policies.after, drafts),
    )


def _changes(
    connection: Connection, drafts: tuple[PolicyValue, ...], school: int | None, as_of: date
) -> tuple[RuleChange, ...]:
    values = policy_for(connection, school or 0, as_of).values
    return tuple(
        RuleChange(draft.key, values[draft.key].value if draft.key in values else None, draft.value)
        for draft in drafts
    )


def _own_rules(after: Mapping[int, Policy], drafts: Iterable[PolicyValue]) -> tuple[int, ...]:
    """Schools where a nearer authority's value stands above a draft."""
    return tuple(
        school
        for school, policy in after.items()
        if any(policy.values[draft.key].authority > draft.authority for draft in drafts)
    )


def _plan(
    connection: Connection, command: SimulatePlan, *, as_of: date, shortcuts: bool
) -> Simulation:
    policy = policy_for(connection, command.institution_id, as_of)
    drafted = _drafted_plan(connection, command, policy)
    enrolments = [
        item
        for item in read_open_enrolments(connection, command.institution_id)
        if (item.plan_code, item.entry_year) == (command.plan_code, command.entry_year)
    ]
    if not enrolments:
        raise refused(_NO_COHORT)
    plans = load_plans(connection, {item.plan_id for item in enrolments})
    comparison = Comparison(
        before=lambda item: RuleSet(plans[item.plan_id], policy),
        after=lambda _: RuleSet(drafted, policy),
        as_of=as_of,
        uses_stored=shortcuts,
    )
    return Simulation(
        as_of=as_of,
        changes=(),
        enrolments=len(enrolments),
        evaluated=len(enrolments),
        affected=in_order(compared(connection, enrolments, comparison)),
    )


def _drafted_plan(connection: Connection, command: SimulatePlan, policy: Policy) -> Plan:
    if not command.document:
        if command.plan_id is None:
            raise refused(_NO_PLAN)
        try:
            plan = load_plan(connection, command.plan_id)
        except NotFoundError as error:
            raise refused(_NO_PLAN) from error
        if plan.institution_id != command.institution_id:
            raise refused(_NO_PLAN)
        return plan
    try:
        document = read_plan(command.document, policy)
    except DocumentError as error:
        raise _not_read(fault.message for fault in error.faults) from error
    if not document.is_usable:
        raise _not_read(fault.message for fault in document.faults if not fault.is_warning)
    return replace(document.plan, institution_id=command.institution_id)


def _not_read(messages: Iterable[Message]) -> InvalidInputError:
    problems = tuple(Problem("plan_invalid", message, field="document") for message in messages)
    return InvalidInputError(_NOT_READ, problems=problems)


_NOT_YOURS = Problem(
    "not_found",
    Message("只能试算本校。", "You can simulate for your own school only."),
    field="institution_id",
)
_UNKNOWN = Message(
    "没有这项规定,请从规定清单中选择。", "There is no such policy key: take one of the list."
)
_COUNTY_ONLY = Message(
    "这项规定约束两所学校,由县规定,学校不能另定;如需调整,请报县教育主管部门。",
    "This binds two schools: the county alone sets it; ask the bureau where it should change.",
)
_TWICE = Message("同一项规定只能出现一次。", "A policy key may be given once only.")
_NONE = Message(f"请给出1到{VALUES_MAX}项规定。", f"Give from 1 to {VALUES_MAX} values.")
_NO_PLAN = Problem(
    "plan_missing",
    Message(
        "请选择该校的一个方案版本,或粘贴方案文档。",
        "Choose a plan version of the school, or paste a plan.",
    ),
    field="plan_id",
)
_NO_COHORT = Problem(
    "cohort_empty",
    Message(
        "这一年级没有在籍学生执行该方案,请核对学校、方案代码和年级。",
        "Nobody of this cohort follows that plan now: check school, plan code and entry year.",
    ),
    field="entry_year",
)
_NOT_READ = Message(
    "方案文档有误,没有试算;请按所列各处修改。",
    "The plan cannot be used and nothing was simulated; mend what is listed.",
)
