"""The page of whose record it is: what comes next, the timeline, and when all of it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creditbank.domain.plans import Plan
from creditbank.domain.verdicts import Outcome, SubjectKind, Verdict
from creditbank.queries.learners import LearnerSummary
from creditbank.queries.transcripts import Transcript
from creditbank.store.agreements import load_agreements
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.languages import named
from creditbank.web.next_steps import NextStep, advance_days, next_steps
from creditbank.web.timelines import Timeline, timeline
from creditbank.web.visits import actor, now, today
from creditbank.web.waiting import WaitingRow, own_rows


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """What the page shows besides verdicts.

    waiting: what the family has to do; gaps: enrolments whose cheapest way is asked for.
    """

    waiting: tuple[WaitingRow, ...]
    steps: tuple[NextStep, ...]
    timeline: Timeline
    gaps: tuple[int, ...]


def own_record(
    uow: UnitOfWork,
    summary: LearnerSummary,
    found: Transcript,
    verdicts: Sequence[Verdict],
    plans: Mapping[int, Plan],
) -> OwnRecord:
    """All of it, for who has decided and noted the access."""
    on = today()
    graduations = [item for item in verdicts if item.subject_kind is SubjectKind.GRADUATION]
    agreement_ids = {
        item.subject_id
        for item in verdicts
        if item.subject_kind is SubjectKind.ARTICULATION and item.outcome is not Outcome.ENDED
    }
    agreements = load_agreements(uow.connection, agreement_ids, as_of=on)
    entry_years = {item.enrolment_id: item.entry_year for item in summary.enrolments}
    return OwnRecord(
        waiting=tuple(own_rows(uow, actor(), summary.learner_id, now=now(), today=on)),
        steps=(
            *next_steps(found, verdicts, plans.values(), entry_years, today=on),
            *advance_days(uow.connection, agreements.values(), today=on),
        ),
        timeline=timeline(
            found, plans=plans.values(), verdicts=graduations, schools=school_names(summary)
        ),
        gaps=tuple(item.enrolment_id for item in graduations if item.outcome is Outcome.NOT_YET),
    )


def school_names(summary: LearnerSummary) -> dict[int, str]:
    """What the learner's schools are called, by id."""
    return {
        item.institution_id: named(item.institution_name, item.institution_name_en)
        for item in summary.enrolments
    }
