"""Evaluation: from marks to verdicts.

When to use: drain() by workers and by the relay's fallback. When not: pages and answers read
verdicts through services.fresh_verdicts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from creditbank.domain.agreements import Agreement
from creditbank.domain.calendar import local_date
from creditbank.domain.causes import CauseKind, cause_texts
from creditbank.domain.verdicts import Verdict
from creditbank.eligibility import (
    evaluate_articulation,
    evaluate_graduation,
    findings_hash,
    verdict_to_dict,
)
from creditbank.store.agreements import load_agreements
from creditbank.store.behind import learners_behind
from creditbank.store.evaluations import (
    Mark,
    claim,
    claim_of,
    latest_rules,
    release,
    set_aside,
    unmark,
)
from creditbank.store.pins import Inputs
from creditbank.store.plans import load_plans
from creditbank.store.policies import policy_for
from creditbank.store.reviews import open_review_cases
from creditbank.store.snapshots import Evaluand, read_evaluands
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.store.verdicts import Finding, Written, write_verdicts

OpenUnit = Callable[[], UnitOfWork]


@dataclass(frozen=True, slots=True)
class DrainReport:
    """What one drain did. quarantined: learner ids given up for now; they need a person."""

    claimed: int = 0
    learners: int = 0
    changed: int = 0
    set_aside: int = 0
    quarantined: tuple[int, ...] = ()


def drain(open_unit: OpenUnit, *, now: datetime, limit: int = 500) -> DrainReport:
    """Evaluate up to `limit` marks in one transaction.

    If the batch raises it is taken apart learner by learner, each in a transaction of its own, and
    only the faulty one is set aside. open_unit opens units of work that reach everywhere. A
    database that is away raises: the marks stay and nothing is anybody's fault.
    """
    marks: list[Mark] = []
    try:
        with open_unit() as uow:
            uow.plan_once()
            marks = claim(uow.connection, limit=limit, now=now)
            return _evaluate_marks(uow, marks, now=now)
    except OperationalError:
        raise
    except Exception:  # noqa: BLE001 (whatever one learner's data raises must not stop the others)
        return _drain_one_by_one(open_unit, {mark.learner_id for mark in marks}, now=now)


def evaluate_learners(
    uow: UnitOfWork, learner_ids: Sequence[int], *, as_of: date
) -> list[tuple[Verdict, Inputs]]:
    """Evaluate these learners now, from the ledger, without storing anything."""
    evaluands = read_evaluands(uow.connection, learner_ids)
    return list(_evaluate(uow.connection, evaluands, as_of=as_of))


def _evaluate_marks(uow: UnitOfWork, marks: Sequence[Mark], *, now: datetime) -> DrainReport:
    if not marks:
        return DrainReport()
    connection = uow.connection
    rules = latest_rules(connection)
    learner_ids = sorted({mark.learner_id for mark in marks})
    marks = [*marks, *_others(marks, claim_of(connection, learner_ids))]
    changed = _store(uow, _behind(connection, learner_ids, marks, now=now), marks, now=now)
    unmark(connection, marks, rules=rules)
    release(connection, learner_ids)
    return DrainReport(claimed=len(marks), learners=len(learner_ids), changed=len(changed))


def _behind(
    connection: Connection, learner_ids: Sequence[int], marks: Sequence[Mark], *, now: datetime
) -> list[int]:
    """Whom an evaluation may tell something new: a learner may be marked twice for one change."""
    evidence = {mark.learner_id for mark in marks if mark.cause == CauseKind.EVIDENCE}
    behind = learners_behind(connection, learner_ids, as_of=local_date(now))
    return sorted(evidence.union(behind))


def evaluate_and_store(uow: UnitOfWork, learner_id: int, *, now: datetime) -> list[Finding]:
    """Bring one learner's stored verdicts to the head of the books; returns all of them.

    For a decision that rests on a verdict: what it freezes must be a row. Answers the marks that
    no worker holds at this moment; the reach must be everywhere.
    """
    return evaluate_and_store_all(uow, [learner_id], now=now)


def evaluate_and_store_all(
    uow: UnitOfWork, learner_ids: Sequence[int], *, now: datetime
) -> list[Finding]:
    """The same for several learners, whose evidence is read together."""
    rules = latest_rules(uow.connection)
    marks = claim_of(uow.connection, list(learner_ids))
    findings = _findings(uow, learner_ids, marks, as_of=local_date(now))
    _write(uow, findings, now=now)
    unmark(uow.connection, marks, rules=rules)
    return findings


def _store(
    uow: UnitOfWork, learner_ids: Sequence[int], marks: Sequence[Mark], *, now: datetime
) -> list[Written]:
    return _write(uow, _findings(uow, learner_ids, marks, as_of=local_date(now)), now=now)


def _write(uow: UnitOfWork, findings: Sequence[Finding], *, now: datetime) -> list[Written]:
    """Write what has changed; what contradicts a decision opens its case with it."""
    written = write_verdicts(uow.connection, findings, apart=uow.apart, now=now)
    open_review_cases(uow.connection, written, now=now)
    return written


def _findings(
    uow: UnitOfWork, learner_ids: Sequence[int], marks: Sequence[Mark], *, as_of: date
) -> list[Finding]:
    if not learner_ids:
        return []
    causes: dict[int, list[str]] = defaultdict(list)
    for mark in marks:
        causes[mark.learner_id].append(mark.cause)
    evaluands = read_evaluands(uow.connection, learner_ids)
    return [
        _finding(verdict, inputs, causes[verdict.learner_id])
        for verdict, inputs in _evaluate(uow.connection, evaluands, as_of=as_of)
    ]


def _finding(verdict: Verdict, inputs: Inputs, causes: Iterable[str]) -> Finding:
    found = verdict_to_dict(verdict)
    return Finding(
        verdict=verdict,
        inputs=inputs,
        findings=found,
        findings_hash=findings_hash(found),
        causes=tuple(cause_texts(causes)),
    )


def _others(marks: Sequence[Mark], found: Sequence[Mark]) -> list[Mark]:
    known = {mark.mark_id for mark in marks}
    return [mark for mark in found if mark.mark_id not in known]


def _drain_one_by_one(
    open_unit: OpenUnit, learner_ids: Iterable[int], *, now: datetime
) -> DrainReport:
    total = DrainReport()
    for learner_id in sorted(learner_ids):
        try:
            with open_unit() as uow:
                marks = claim_of(uow.connection, [learner_id])
                report = _evaluate_marks(uow, marks, now=now)
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 (set aside with its reason, the others go on)
            report = _set_aside(open_unit, learner_id, error, now=now)
        total = DrainReport(
            claimed=total.claimed + report.claimed,
            learners=total.learners + report.learners,
            changed=total.changed + report.changed,
            set_aside=total.set_aside + report.set_aside,
            quarantined=total.quarantined + report.quarantined,
        )
    return total


def _set_aside(
    open_unit: OpenUnit, learner_id: int, error: Exception, *, now: datetime
) -> DrainReport:
    # Only the kind of error: its text may quote a record.
    reason = type(error.orig if isinstance(error, DBAPIError) else error).__name__
    with open_unit() as uow:
        given_up = set_aside(uow.connection, learner_id, error=reason, now=now)
    return DrainReport(set_aside=1, quarantined=(learner_id,) if given_up else ())


def _evaluate(
    connection: Connection, evaluands: Sequence[Evaluand], *, as_of: date
) -> Iterable[tuple[Verdict, Inputs]]:
    plans = load_plans(connection, (item.plan_id for item in evaluands))
    agreements = _agreements(connection, evaluands, as_of)
    policies = {
        institution_id: policy_for(connection, institution_id, as_of)
        for institution_id in sorted({item.snapshot.institution_id for item in evaluands})
    }
    for item in evaluands:
        snapshot, plan = item.snapshot, plans[item.plan_id]
        policy = policies[snapshot.institution_id]
        yield evaluate_graduation(snapshot, plan, policy, as_of), Inputs(snapshot, plan, policy)
        for membership in snapshot.memberships:
            agreement = agreements[membership.agreement_id]
            verdict = evaluate_articulation(snapshot, agreement, plan, policy, as_of)
            yield verdict, Inputs(snapshot, plan, policy, agreement)


def _agreements(
    connection: Connection, evaluands: Sequence[Evaluand], as_of: date
) -> Mapping[int, Agreement]:
    wanted = {
        membership.agreement_id for item in evaluands for membership in item.snapshot.memberships
    }
    return load_agreements(connection, wanted, as_of=as_of) if wanted else {}
