"""A status change is carried out: the enrolment, its semesters and its places in classes follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from creditbank.domain.decisions import is_positive
from creditbank.domain.enrolments import OPEN_STATUSES
from creditbank.domain.errors import NotFoundError, refused
from creditbank.domain.messages import MessageKind
from creditbank.domain.status_changes import BY_DECISION, JUDGED, Application, ChangeKind
from creditbank.domain.verdicts import SubjectKind
from creditbank.registry.outcomes import life_after
from creditbank.services.arrivals import arrive, as_assessed, passed_plan
from creditbank.services.evaluations import evaluate_and_store
from creditbank.services.messages import tell
from creditbank.services.status_change_checks import (
    GRADUATION_DECIDED,
    PLAN_UNKNOWN,
    Circumstances,
    case_of,
    check_rules,
)
from creditbank.store.lives import (
    KeptLife,
    carry_out,
    classes_at,
    destination_of,
    leave_classes,
    lives_of,
    plan_code,
    plans_at,
)
from creditbank.store.policies import policy_for
from creditbank.store.status_changes import KeptChange, add_withdrawal, open_changes
from creditbank.store.terms import school_calendar
from creditbank.store.unit_of_work import UnitOfWork

_LEFT_BY: Mapping[ChangeKind, str] = {
    ChangeKind.MAJOR_CHANGE: "转专业",
    ChangeKind.CLASS_CHANGE: "转班级",
    ChangeKind.RESUMPTION: "复学转入其他班级",
    ChangeKind.ADMISSION: "转入其他班级",
}
_ENROLMENT_ENDED = "学籍终止"
"""What a college reads; why the enrolment ended is not for its eyes."""


def circumstances(
    uow: UnitOfWork, enrolment_id: int, what: Application, *, applied_on: date, now: datetime
) -> Circumstances:
    """What an application for a change of this enrolment is held against. Raises NotFoundError.

    The rules are those of the day of the application, also when it is carried out later. The caller
    has locked the learner's head.
    """
    connection = uow.connection
    kept = lives_of(connection, [enrolment_id]).get(enrolment_id)
    if kept is None:
        raise NotFoundError
    if what.kind in JUDGED:
        kept = _judged(uow, kept, now=now)
    school: int = kept.row["institution_id"]
    policy = policy_for(connection, school, applied_on)
    year, there = kept.life.entry_year, None
    if what.kind is ChangeKind.TRANSFER_OUT:
        there = destination_of(connection, what.to_institution_id, leaves=school, on=applied_on)
        year, school = kept.life.grade_year, there.institution_id if there else 0
    with uow.everywhere():  # the classes of a receiving school are beyond the reach of the other
        classes = classes_at(connection, school)
    if there is not None:
        classes = [item for item in classes if item.entry_year == year]
    return Circumstances(
        kept,
        policy,
        school_calendar(connection),
        plans=tuple(plans_at(connection, school, year)),
        classes=tuple(classes),
        destination=there,
        is_open_already=bool(open_changes(connection, enrolment_id)),
    )


def _judged(uow: UnitOfWork, kept: KeptLife, *, now: datetime) -> KeptLife:
    """With what the verdict of the moment says; if it contradicts an approval, its review opens."""
    with uow.everywhere():
        findings = evaluate_and_store(uow, kept.row["learner_id"], now=now)
    may_graduate = any(
        is_positive(item.verdict)
        for item in findings
        if (item.verdict.enrolment_id, item.verdict.subject_kind)
        == (kept.enrolment_id, SubjectKind.GRADUATION)
    )
    kept = lives_of(uow.connection, [kept.enrolment_id])[kept.enrolment_id]
    return replace(kept, life=replace(kept.life, may_graduate=may_graduate))


def execute(uow: UnitOfWork, found: KeptChange, *, by: int | None, now: datetime) -> None:
    """Carry out what all offices have agreed to; the caller has locked the learner's head.

    by: who gave the last opinion, None on a day that was waited for. Raises InvalidInputError with
    every rule that refuses by now; then nothing was carried out.
    """
    connection = uow.connection
    about = circumstances(uow, found.enrolment_id, found.what, applied_on=found.applied_on, now=now)
    row = about.kept.row
    is_transfer = found.what.kind is ChangeKind.TRANSFER_OUT
    planned = passed_plan(uow, found) if is_transfer else None
    what = _as_it_is_now(connection, found.what, about)
    if planned is not None:
        found = replace(found, what=what)
        what = as_assessed(found, planned)
    plan = None if is_transfer else about.plan(what.plan_id)
    case = case_of(what, about, found.applied_on)
    check_rules(case)
    life = life_after(case)
    class_name = row["class_name"] if is_transfer else what.class_name or row["class_name"]
    carry_out(
        connection,
        {
            "status_change_id": found.status_change_id,
            "institution_id": found.institution_id,
            "enrolment_id": found.enrolment_id,
            "status_before": row["status"],
            "status_after": life.status.value,
            "plan_before": row["plan_id"],
            "plan_after": plan.plan_id if plan else row["plan_id"],
            "class_before": row["class_name"],
            "class_after": class_name,
            "suspended_semesters": life.suspended_semesters,
            "decision_id": row["decision_id"] if what.kind in BY_DECISION else None,
            "executed_by": by,
            "executed_at": now,
        },
        major_code=plan.major_code if plan else row["major_code"],
        catalogue_year=plan.catalogue_year if plan else row["catalogue_year"],
    )
    ends = life.status not in OPEN_STATUSES
    if ends or plan is not None or class_name != row["class_name"]:
        _leave(connection, what, about, ends=ends)
    if planned is not None:
        arrive(uow, found, planned, case, study_mode=row["study_mode"], now=now)
    # Only a death comes while another application is under way: that one is over with it.
    for status_change_id in open_changes(connection, found.enrolment_id):
        add_withdrawal(
            connection,
            {
                "status_change_id": status_change_id,
                "institution_id": found.institution_id,
                "withdrawn_by": by or found.applied_by,
                "withdrawn_at": now,
            },
        )
        tell(uow, MessageKind.WITHDRAWN, status_change_id, by=by, now=now)
    tell(uow, MessageKind.EXECUTED, found.status_change_id, by=by, now=now)


def _as_it_is_now(connection: Connection, what: Application, about: Circumstances) -> Application:
    """With the version that the cohort of the chosen major follows by now."""
    if what.plan_id is None:
        return what
    code = plan_code(connection, what.plan_id)
    chosen = next((item for item in about.plans if item.code == code), None)
    if chosen is None:
        raise refused(PLAN_UNKNOWN)
    if about.kept.life.is_approved:
        raise refused(GRADUATION_DECIDED)
    return replace(what, plan_id=chosen.plan_id)


def _leave(connection: Connection, what: Application, about: Circumstances, *, ends: bool) -> None:
    """End places in through-training that the new class has no part in."""
    joined = frozenset(
        agreement_id
        for item in about.classes
        if item.class_name == what.class_name
        for agreement_id in item.agreement_ids
    )
    leaves_all = ends or what.kind is ChangeKind.MAJOR_CHANGE
    leave_classes(
        connection,
        about.kept.enrolment_id,
        on=what.takes_effect_on,
        reason=_ENROLMENT_ENDED if ends else _LEFT_BY[what.kind],
        kept=frozenset() if leaves_all else joined,
    )
