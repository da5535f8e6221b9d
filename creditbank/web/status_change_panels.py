"""The panel of status changes on a learner's page: where each stands, and the form to apply.

The caller has decided that the actor may, and has noted the access.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from creditbank.domain.permissions import Action
from creditbank.domain.status_changes import (
    APPLIED_FOR,
    BY_FAMILY,
    OPEN_STATES,
    PROOFS,
    REASONS,
    TO_A_PLACE,
    TRANSITIONS,
    ChangeKind,
    ChangeState,
    MajorChangeGround,
    Proof,
)
from creditbank.queries.status_changes import changes_of
from creditbank.services.status_change_checks import FAMILY, class_names
from creditbank.store.destinations import DestinationPlan, destinations_from
from creditbank.store.lives import KeptLife, classes_at, enrolment_at, lives_of, plans_at
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form
from creditbank.web.labels import choices, name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language, named
from creditbank.web.learner_pages import LearnerPage
from creditbank.web.status_change_forms import BY_SCHOOL, application_form
from creditbank.web.status_change_views import status_change_view
from creditbank.web.visits import actor, may, now, today

_NUMBERED = frozenset(Proof) - {Proof.APPLICATION}
"""Documents that somebody has issued under a number; the application is the family's own."""


def status_change_parts(
    uow: UnitOfWork,
    page: LearnerPage,
    kind: str = "",
    *,
    form: Form | None = None,
    opinion: tuple[int, Form] | None = None,
    said: Posted | None = None,
) -> dict[str, object]:
    """What the panel's template looks at.

    form: an application that came back; opinion: one that came back, with the change's number.
    """
    learner_id = page.summary.learner_id
    returned = dict([opinion] if opinion else [])
    lines = changes_of(uow, learner_id, now=now())
    kept = _own_life(uow, learner_id)
    kinds = _kinds(kept)
    is_under_way = kept is not None and any(
        line.enrolment_id == kept.enrolment_id and ChangeState(line.state) in OPEN_STATES
        for line in lines
    )
    parts: dict[str, object] = {
        "status_changes": [
            status_change_view(line, returned.get(line.status_change_id)) for line in lines
        ],
        "change_said": said,
        "change_kinds": [(item.value, name_of(item)) for item in kinds],
        "is_under_way": is_under_way,
        "change_form": None,
    }
    if kept is None or not kinds:
        return parts
    chosen = next((item for item in kinds if item.value == (form.kind if form else kind)), None)
    if chosen is None and kind:
        chosen = next((item for item in APPLIED_FOR if item.value == kind), None)
    drawn = form or application_form(chosen or kinds[0], _first(kept, chosen or kinds[0]))
    return parts | {
        "change_form": drawn,
        "is_change_open": bool(form or kind),
        "change_rules": [
            (item.code, in_language(item.message), item.reference)
            for item in drawn.problems
            if item.reference
        ],
        "change_faults": [
            in_language(item.message)
            for item in drawn.problems
            if not item.reference and item.field not in drawn.fields
        ],
        **_choices(uow, kept, ChangeKind(drawn.kind)),
    }


def _own_life(uow: UnitOfWork, learner_id: int) -> KeptLife | None:
    """The enrolment that the actor may apply for, None where they may not."""
    if not may(Action.APPLY_FOR_CHANGE):
        return None
    enrolment_id = enrolment_at(uow.connection, learner_id, actor().institution_id)
    return None if enrolment_id is None else lives_of(uow.connection, [enrolment_id])[enrolment_id]


def _kinds(kept: KeptLife | None) -> list[ChangeKind]:
    """What may come next by the present status, in the order of the form."""
    if kept is None:
        return []
    offered = [kind for kind in APPLIED_FOR if kept.life.status in TRANSITIONS[kind].before]
    return [kind for kind in offered if kind in BY_FAMILY or actor().role not in FAMILY]


def _first(kept: KeptLife, kind: ChangeKind) -> dict[str, str]:
    """What is likely: today, or the day after the suspension ends."""
    since, until = today(), ""
    suspensions = kept.life.suspensions
    if suspensions and kind in {ChangeKind.SUSPENSION, ChangeKind.RESUMPTION}:
        latest = suspensions[-1]
        if latest.resumed_on is None:
            since = max(since, latest.until + timedelta(days=1))
    if kind is ChangeKind.SUSPENSION:
        until = _end_of_school_year(since).isoformat()
    return {"takes_effect_on": since.isoformat(), "until": until}


def _end_of_school_year(since: date) -> date:
    """31 August after a day."""
    end = date(since.year, 8, 31)
    return end if since < end else date(since.year + 1, 8, 31)


def _choices(uow: UnitOfWork, kept: KeptLife, kind: ChangeKind) -> dict[str, Any]:
    """What there is to choose from: the school's own plans and classes, never codes to be typed."""
    is_family = actor().role in FAMILY
    return {
        "change_reasons": [(item.value, name_of(item)) for item in REASONS.get(kind, ())],
        "change_grounds": choices(MajorChangeGround),
        "change_proofs": [
            (proof.value, name_of(proof), proof in _NUMBERED) for proof in PROOFS.get(kind, ())
        ],
        "change_deciders": [] if is_family else [("", _("学生自愿")), (BY_SCHOOL, _("学校处理"))],
        **(_places(uow, kept, kind) if kind in TO_A_PLACE else {}),
        **(_destinations(uow, kept) if kind is ChangeKind.TRANSFER_OUT else {}),
    }


@dataclass(frozen=True, slots=True)
class School:
    """A school to go to, with its plans for the learner's year."""

    name: str
    courses: tuple[tuple[str, str], ...]


def _destinations(uow: UnitOfWork, kept: KeptLife) -> dict[str, list[School]]:
    """Schools that a transfer may lead to, by what policy says of pairs."""
    found: dict[int, list[DestinationPlan]] = {}
    for item in destinations_from(uow.connection, kept.life, on=today()):
        found.setdefault(item.institution_id, []).append(item)
    return {
        "change_destinations": [
            School(
                named(plans[0].institution_name, plans[0].institution_name_en),
                tuple((f"{school}-{item.plan_id}", item.plan_name) for item in plans),
            )
            for school, plans in found.items()
        ]
    }


def _places(uow: UnitOfWork, kept: KeptLife, kind: ChangeKind) -> dict[str, list[tuple[str, str]]]:
    """The classes of the same major; for a change of major the others with theirs."""
    school, row = kept.row["institution_id"], kept.row
    classes = classes_at(uow.connection, school)
    if kind is not ChangeKind.MAJOR_CHANGE:
        names = class_names(classes, (row["major_code"], row["catalogue_year"]))
        return {"change_classes": [(name, name) for name in names if name != row["class_name"]]}
    plans = [
        plan
        for plan in plans_at(uow.connection, school, kept.life.entry_year)
        if plan.code != row["plan_code"]
    ]
    return {
        "change_plans": [(str(plan.plan_id), plan.name) for plan in plans],
        "change_classes": [
            (name, f"{name} · {plan.name}")
            for plan in plans
            for name in class_names(classes, (plan.major_code, plan.catalogue_year))
        ],
    }
