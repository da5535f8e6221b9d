"""学分互认 of one learner who wants to go to another school: what the recogniser is asked.

Reads the evidence of all schools: the caller has decided that the actor may see the transfer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from creditbank.domain.calendar import months_after
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.errors import Message, Problem, refused
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.domain.recognition_rules import RecognitionRule, in_force, same_name_rules
from creditbank.domain.snapshots import Appraisal, Record
from creditbank.eligibility.recognition import Transfer
from creditbank.store.packed_entries import read_entries
from creditbank.store.plans import load_plan
from creditbank.store.policies import policy_for
from creditbank.store.recognition_rules import known_rules
from creditbank.store.snapshots import (
    Evaluand,
    disputed_numbers,
    read_evaluand,
    standing_records,
)
from creditbank.store.status_changes import KeptChange
from creditbank.store.transfers import given_by_lines, kinds_of_former_schools
from creditbank.store.unit_of_work import UnitOfWork

SAME_NAME = "recognition.same_name"
"""The policy value by which vocational schools recognise each other's courses by name."""


def transfer_of(
    uow: UnitOfWork, found: KeptChange, *, as_of: date, tested: Sequence[str] = ()
) -> Transfer:
    """The learner between the plan that is left and the one that is wanted, on a day.

    tested: codes of lines whose test the learner has passed. Raises InvalidInputError where no
    line of the table is in force on the day.
    """
    connection = uow.connection
    school, to_kind, plan_id = found.ends.to_institution_id, found.ends.to_kind, found.what.plan_id
    assert school is not None and to_kind is not None and plan_id is not None  # noqa: PT018, S101
    with uow.everywhere():
        evaluand, records = evidence_of(connection, found)
        here, there = load_plan(connection, evaluand.plan_id), load_plan(connection, plan_id)
        policy = policy_for(connection, school, as_of)
        kinds = {found.ends.kind, *kinds_of_former_schools(connection, found.learner_id, school)}
        rules = _rules(connection, kinds, to_kind, there, policy, as_of)
        given = given_by_lines(connection, found.learner_id, school)
    snapshot = evaluand.snapshot
    suspended_years, suspended = divmod(snapshot.suspended_semesters, 2)
    return Transfer(
        passed=passed_elsewhere(records, snapshot.records),
        here=here,
        there=there,
        snapshot=replace(
            snapshot,
            institution_id=school,
            status=EnrolmentStatus.STUDYING,
            entered_on=months_after(snapshot.entered_on, 12 * suspended_years),
            entry_year=snapshot.entry_year + suspended_years,
            suspended_semesters=suspended,
            records=records,
            conduct=Appraisal.PENDING,
            internship=Appraisal.PENDING,
            internship_started=False,
            memberships=(),
            decisions=(),
            exceptions=(),
            away_until=None,
        ),
        policy=policy,
        rules=rules,
        as_of=as_of,
        tested=frozenset(tested),
        given=given,
    )


def evidence_of(connection: Connection, found: KeptChange) -> tuple[Evaluand, tuple[Record, ...]]:
    """The learner at the school that is left, and the records of the receiving one, as of now."""
    evaluand = read_evaluand(connection, found.learner_id, found.enrolment_id)
    school = found.ends.to_institution_id or 0
    return evaluand, _standing(connection, found.learner_id, school)


def passed_elsewhere(there: Sequence[Record], here: Sequence[Record]) -> tuple[Record, ...]:
    """The courses that were passed at other schools and that the receiving one has not recognised.

    there: the records of the receiving school; what it recognised when the learner was there before
    is gone from them. here: those of the school that is left, whose codes its plan knows.
    """
    own = {record.ledger_seq for record in here if not record.is_outside}
    return tuple(
        replace(
            record,
            is_outside=False,
            course_code=record.course_code if record.ledger_seq in own else "",
        )
        for record in there
        if record.kind is EntryKind.COURSE and record.units and record.passed and record.is_outside
    )


def _standing(connection: Connection, learner_id: int, institution_id: int) -> tuple[Record, ...]:
    entries = read_entries(connection, [learner_id])
    disputed = disputed_numbers(connection, entries).get(learner_id, frozenset())
    return standing_records(entries.get(learner_id, []), institution_id, disputed=disputed)


def _rules(
    connection: Connection,
    kinds: Collection[InstitutionKind],
    to_kind: InstitutionKind,
    there: Plan,
    policy: Policy,
    as_of: date,
) -> tuple[RecognitionRule, ...]:
    """The table for courses of the other kind of school, by name for those of the same kind."""
    by_name: tuple[RecognitionRule, ...] = ()
    if to_kind in kinds and policy.flag(SAME_NAME):
        names = (course.name for course in there.courses if course.is_required)
        by_name = same_name_rules(
            names, into=to_kind, document_no=policy.reference(SAME_NAME), valid_from=as_of
        )
    if to_kind in kinds and len(kinds) == 1:
        return by_name
    rules = in_force(known_rules(connection), into=to_kind, as_of=as_of)
    if not rules:
        raise refused(_NO_RULES)
    return (*rules, *by_name)


_NO_RULES = Problem(
    "rules_missing",
    Message(
        "这一天没有生效的课程互认对照表,不能认定学分;请主管部门先公布。",
        "No recognition table is in force on that day, so that nothing can be recognised; the"
        " bureau publishes one first.",
    ),
    field="plan_id",
)
