"""Verdicts as they would be under other rules, beside those that stand. Nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from creditbank.domain.agreements import Agreement
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.domain.simulations import Affected, Effect, Position, effect_of, position_of
from creditbank.domain.verdicts import SubjectKind
from creditbank.eligibility import ENGINE_VERSION, evaluate_articulation, evaluate_graduation
from creditbank.store.agreements import load_agreements
from creditbank.store.simulations import (
    OpenEnrolment,
    Rules,
    StandingPosition,
    Subject,
    read_standing_positions,
    subject_of,
)
from creditbank.store.snapshots import Evaluand, read_evaluands

BATCH = 500


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules that one enrolment is judged by."""

    plan: Plan
    policy: Policy


RulesOf = Callable[[OpenEnrolment], RuleSet]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rules of each enrolment before and after a change, on one day.

    uses_stored: take the verdict that stands for the one before where it speaks of today's books
    and rules; otherwise evaluate that one, too.
    """

    before: RulesOf
    after: RulesOf
    as_of: date
    uses_stored: bool = True


def compared(
    connection: Connection, items: Sequence[OpenEnrolment], comparison: Comparison
) -> Iterator[Affected]:
    """What changes for these enrolments. The reach must be everywhere.

    A learner who cannot be evaluated is left out, as from every list: the workers raise the alarm.
    """
    for start in range(0, len(items), BATCH):
        yield from _batch(connection, items[start : start + BATCH], comparison)


def _batch(
    connection: Connection, items: Sequence[OpenEnrolment], comparison: Comparison
) -> Iterator[Affected]:
    wanted = {item.enrolment_id: item for item in items}
    learner_ids = sorted({item.learner_id for item in items})
    # The verdicts are read first: whatever is posted in between leaves them behind the snapshot.
    standing = read_standing_positions(connection, learner_ids) if comparison.uses_stored else {}
    found = [
        item
        for item in read_evaluands(connection, learner_ids)
        if item.snapshot.enrolment_id in wanted
    ]
    agreements = load_agreements(
        connection,
        {membership.agreement_id for item in found for membership in item.snapshot.memberships},
        as_of=comparison.as_of,
    )
    for evaluand in found:
        enrolment = wanted[evaluand.snapshot.enrolment_id]
        try:
            before = _before(evaluand, enrolment, standing, agreements, comparison)
            after = _positions(evaluand, comparison.after(enrolment), agreements, comparison.as_of)
        except SQLAlchemyError:
            raise
        except Exception:  # noqa: BLE001, S112 (whatever one learner's records raise, the others go on)
            continue
        yield from _differences(enrolment, before, after)


def _differences(
    enrolment: OpenEnrolment, before: Mapping[Subject, Position], after: Mapping[Subject, Position]
) -> Iterator[Affected]:
    for subject in before.keys() & after.keys():
        if effect_of(before[subject], after[subject]) is not Effect.SAME:
            _, kind, subject_id = subject
            yield Affected(
                learner_id=enrolment.learner_id,
                enrolment_id=enrolment.enrolment_id,
                institution_id=enrolment.institution_id,
                major_code=enrolment.major_code,
                entry_year=enrolment.entry_year,
                subject_kind=kind,
                subject_id=subject_id,
                before=before[subject],
                after=after[subject],
            )


def _before(
    evaluand: Evaluand,
    enrolment: OpenEnrolment,
    standing: Mapping[Subject, StandingPosition],
    agreements: Mapping[int, Agreement],
    comparison: Comparison,
) -> dict[Subject, Position]:
    """The verdicts that stand if all of them speak of this moment, else computed ones."""
    rules, snapshot = comparison.before(enrolment), evaluand.snapshot
    today = Rules(rules.plan.plan_id, rules.policy.version, ENGINE_VERSION, comparison.as_of)
    books = snapshot.ledger_seq, snapshot.facts_seq
    kept: dict[Subject, Position] = {}
    for subject in _subjects(evaluand):
        found = standing.get(subject)
        if found is None or found.rules != today or found.books != books:
            return _positions(evaluand, rules, agreements, comparison.as_of)
        kept[subject] = found.position
    return kept


def _subjects(evaluand: Evaluand) -> list[Subject]:
    enrolment_id = evaluand.snapshot.enrolment_id
    return [
        subject_of(enrolment_id, SubjectKind.GRADUATION, 0),
        *(
            subject_of(enrolment_id, SubjectKind.ARTICULATION, membership.agreement_id)
            for membership in evaluand.snapshot.memberships
        ),
    ]


def _positions(
    evaluand: Evaluand, rules: RuleSet, agreements: Mapping[int, Agreement], as_of: date
) -> dict[Subject, Position]:
    snapshot, plan, policy = evaluand.snapshot, rules.plan, rules.policy
    verdicts = [evaluate_graduation(snapshot, plan, policy, as_of)]
    verdicts += [
        evaluate_articulation(snapshot, agreements[item.agreement_id], plan, policy, as_of)
        for item in snapshot.memberships
    ]
    return {
        subject_of(item.enrolment_id, item.subject_kind, item.subject_id): position_of(item)
        for item in verdicts
    }
