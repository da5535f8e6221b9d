"""转入: what a transfer does on its day at the receiving school, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import count
from typing import Any, Protocol

from creditbank.domain.access import Actor
from creditbank.domain.calendar import local_date, months_after
from creditbank.domain.enrolments import EnrolmentStatus, Term
from creditbank.domain.errors import InvalidInputError, Message, Problem, refused
from creditbank.domain.evidence import IN_BLOCK, recognition_evidence_key
from creditbank.domain.ledger import EntryKind
from creditbank.domain.permissions import Role
from creditbank.domain.recognition_rules import RATIO_WHOLE, RecognitionRule
from creditbank.domain.snapshots import Record
from creditbank.domain.status_changes import Application, GivenProof, Proof
from creditbank.eligibility.recognition import (
    Given,
    NotRecognised,
    Recognised,
    Source,
    Transfer,
    to_make_up,
)
from creditbank.eligibility.recognition_decision import decided_of, judge
from creditbank.eligibility.recognition_words import not_planned
from creditbank.registry.case import Case
from creditbank.services.books import Books, open_books
from creditbank.services.recognitions import transfer_of
from creditbank.store.registration import add_enrolment
from creditbank.store.status_changes import KeptChange
from creditbank.store.transfers import (
    KeptPlan,
    add_arrival,
    add_makeups,
    latest_plan,
    packed_left,
)
from creditbank.store.unit_of_work import UnitOfWork

_MONTHS_PER_TERM = 6


class Assessed(Protocol):
    """What the receiving school adds to an application."""

    @property
    def assessed_on(self) -> date: ...  # noqa: D102
    @property
    def document_no(self) -> str: ...  # noqa: D102
    @property
    def class_name(self) -> str: ...  # noqa: D102


def passed_plan(uow: UnitOfWork, found: KeptChange) -> KeptPlan:
    """The plan that speaks. Raises InvalidInputError where none found the assessment passed."""
    plan = latest_plan(uow.connection, found.status_change_id)
    if plan is None or not plan.passed:
        raise refused(_NO_PLAN)
    return plan


def transfer_then(uow: UnitOfWork, found: KeptChange, plan: KeptPlan) -> Transfer:
    """The learner as of now, by the rules and tests of the plan. Raises InvalidInputError."""
    return transfer_of(uow, found, as_of=plan.as_of, tested=[*plan.tested])


def as_assessed(found: KeptChange, plan: Assessed) -> Application:
    """The application with what the receiving school adds to it."""
    proof = GivenProof(Proof.ASSESSMENT, plan.assessed_on, plan.document_no)
    return replace(found.what, class_name=plan.class_name, proofs=(*found.what.proofs, proof))


def arrive(
    uow: UnitOfWork,
    found: KeptChange,
    plan: KeptPlan,
    case: Case,
    *,
    study_mode: str,
    now: datetime,
) -> None:
    """转入: open the enrolment, post what is recognised, note what is to be made up.

    The enrolment that is left has been closed in this transaction, the learner's head is locked,
    the reach is everywhere. Raises InvalidInputError; then nothing of the
    transfer may be kept.
    """
    school = found.ends.to_institution_id
    assert school is not None and case.change.to is not None  # noqa: PT018, S101
    transfer = transfer_then(uow, found, plan)
    items, dropped = _still_standing(transfer, plan)
    life, there = case.life, transfer.there
    enrolment_id = add_enrolment(
        uow.connection,
        {
            "institution_id": school,
            "learner_id": found.learner_id,
            "student_no": plan.student_no,
            "plan_id": there.plan_id,
            "major_code": there.major_code,
            "catalogue_year": there.catalogue_year,
            "class_name": plan.class_name,
            "entry_year": life.grade_year,
            "entered_on": found.what.takes_effect_on,
            "began_on": months_after(life.since, 12 * (life.suspended_semesters // 2)),
            "study_mode": study_mode,
            "status": EnrolmentStatus.STUDYING.value,
            "is_open": True,
            "suspended_semesters": life.suspended_semesters % 2,
        },
    )
    arrived = {
        "status_change_id": found.status_change_id,
        "institution_id": school,
        "enrolment_id": enrolment_id,
    }
    add_arrival(
        uow.connection,
        {
            **arrived,
            "recognition_plan_id": plan.recognition_plan_id,
            "presented": sum(record.units for record in transfer.passed),
            "recognised": sum(item.units for item in items),
            "dropped": [
                *map(_declined_line, dropped),
                *map(packed_left, _not_looked_at(transfer, plan, items)),
            ],
            "arrived_at": now,
        },
    )
    # In the name of who planned it: nobody is at the desk on the day that was waited for.
    registrar = Actor(account_id=plan.planned_by, role=Role.REGISTRAR, institution_id=school)
    _post(open_books(uow, registrar, found.learner_id, now=now), found, items)
    over = _semesters_over(case)
    courses = to_make_up(there, transfer.snapshot.records, items, over)
    add_makeups(uow.connection, courses, due_on=_makeup_due(case, over), of=arrived)


def _post(books: Books, found: KeptChange, items: tuple[Recognised, ...]) -> None:
    """Each credit in double entry: from the account of the course, to the account of the plan."""
    today = local_date(books.now)
    schools = {row["ledger_seq"]: row["institution_id"] for row in books.rows}
    for item in items:
        for source, given, units in _pairs(item):
            name = given.course_code or IN_BLOCK + given.block_code
            detail = {
                "title": given.name,
                "source_title": source.title,
                "relation": item.relation.value,
                "line": item.code,
                "document_no": item.reference,
                "status_change_id": found.status_change_id,
            }
            common = {
                "kind": EntryKind.RECOGNITION.value,
                "earned_on": today,
                "source_seq": source.ledger_seq,
                "detail": detail,
            }
            key = recognition_evidence_key
            number = found.status_change_id
            books.add(
                {
                    **common,
                    "institution_id": schools[source.ledger_seq],
                    "units": -units,
                    "evidence_key": key(number, source.ledger_seq, name, "from"),
                }
            )
            books.add(
                {
                    **common,
                    "units": units,
                    "course_code": given.course_code or None,
                    "block_code": given.block_code,
                    "evidence_key": key(number, source.ledger_seq, name, "to"),
                }
            )
    books.write(cause="recognition")


def _pairs(item: Recognised) -> Iterator[tuple[Source, Given, int]]:
    """Which units of which source stand for what is given: each source gives its share.

    The shares are the source's part of the pool, so that none gives more than it has.
    """
    pool, total = item.source_units, item.units
    gives = [(given, given.units) for given in item.gives]
    before = 0
    for source in item.sources:
        share = total * (before + source.units) // pool - total * before // pool
        before += source.units
        while share:
            given, open_units = gives[0]
            units = min(share, open_units)
            yield source, given, units
            share -= units
            gives[:1] = [(given, open_units - units)] if units < open_units else []


def _still_standing(
    transfer: Transfer, plan: KeptPlan
) -> tuple[tuple[Recognised, ...], tuple[Recognised, ...]]:
    """The lines of the plan with the courses that stand as they were, and those that do not.

    What was taken back after the plan is nothing to recognise; what came after it is recognised
    by another decision. Raises InvalidInputError where the rest is allowed no longer.
    """
    units = {record.ledger_seq: record.units for record in transfer.passed}
    rules = {rule.code: rule for rule in transfer.rules}
    items, dropped = [], []
    for item in plan.items:
        sources = tuple(one for one in item.sources if units.get(one.ledger_seq) == one.units)
        if len(sources) < len(item.sources):
            gone = tuple(one for one in item.sources if one not in sources)
            dropped.append(replace(item, sources=gone, gives=()))
        items.append(_for(item, sources, rules.get(item.code)))
    items = [item for item in items if item.gives]
    try:
        found = judge(transfer, decided_of(items))
    except InvalidInputError as error:
        raise refused(_PLAN_STALE) from error
    return found.items, tuple(dropped)


def _for(item: Recognised, sources: tuple[Source, ...], rule: RecognitionRule | None) -> Recognised:
    """The same line for those of its sources that still stand: as much as they are worth."""
    if rule is None or sources == item.sources:
        return item
    left = sum(one.units for one in sources) * rule.ratio_percent // RATIO_WHOLE
    left = left if rule.units_max is None else min(left, rule.units_max)
    gives = []
    for one in item.gives:
        units = min(one.units, left)
        if units == one.units or (units and not one.course_code):
            gives.append(replace(one, units=units))
            left -= units
    return replace(item, sources=sources, gives=tuple(gives))


def later_than(plan: KeptPlan, transfer: Transfer) -> tuple[Record, ...]:
    """Courses that were passed after the plan."""
    return tuple(record for record in transfer.passed if record.ledger_seq > plan.ledger_seq)


def _not_looked_at(
    transfer: Transfer, plan: KeptPlan, items: tuple[Recognised, ...]
) -> Iterator[NotRecognised]:
    """Courses that came after the plan, or whose line has fallen with another course of it."""
    used, planned = (
        {one.ledger_seq for item in of for one in item.sources} for of in (items, plan.items)
    )
    asked = {record.ledger_seq for record in later_than(plan, transfer)} | planned
    for record in transfer.passed:
        if record.ledger_seq in asked - used:
            yield not_planned(record)


def _semesters_over(case: Case) -> int:
    """How many of the learner's own semesters are behind on the day of the transfer."""
    on = case.change.on
    for semester in count(1):
        days = case.days_of(semester)
        if days is None:
            return case.life.semester(Term.containing(on)) - 1
        if days.ends_on >= on:
            return semester - 1
    raise AssertionError  # counting does not end


def _makeup_due(case: Case, over: int) -> date:
    """The last day of the term until which is to be made up."""
    terms = case.policy.integer("transfer.makeup_terms")
    days = case.days_of(over + terms)
    if days is not None and days.ends_on >= case.change.on:
        return days.ends_on
    return months_after(case.change.on, _MONTHS_PER_TERM * terms)


def _declined_line(item: Recognised) -> dict[str, Any]:
    return {"code": item.code, "sources": [one.title for one in item.sources]}


_NO_PLAN = Problem(
    "assessment_missing",
    Message(
        "请先登记考核结果和学分认定方案;考核未通过的,请选“不同意”。",
        "Enter the assessment and the recognition plan first; where it was not passed, disagree.",
    ),
    field="status_change_id",
)
_PLAN_STALE = Problem(
    "plan_stale",
    Message(
        "认定方案与现在的成绩、对照表不再相符,没有办理;请转入学校重新拟订认定方案。",
        "The recognition plan no longer fits the marks and the table; nothing was done. The"
        " receiving school plans the recognition again.",
    ),
    field="status_change_id",
)
