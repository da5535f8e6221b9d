"""The cheapest way to fill what is missing for graduation."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.eligibility.gap import Gap
from creditbank.eligibility.gap_words import gap_sentences
from creditbank.services.gaps import visible_gaps
from schemas.gaps import GapsSchema

blueprint = Blueprint("gaps", "还差什么,怎样补最省 What is missing, and the least that fills it")


@blueprint.reads(f"/learners/<{ID}:learner_id>/gap", Action.SEE_VERDICTS, GapsSchema())
def get_gap(learner_id: int) -> dict[str, Any]:
    """最省的补法,至多三种 The cheapest sets of additions, at most three."""
    with unit_of_work() as uow:
        found = visible_gaps(uow, actor(), learner_id, now=now())
    return {
        "learner_id": learner_id,
        "gaps": [{"of": item, **shown_gap(item.gap)} for item in found],
    }


def shown_gap(gap: Gap) -> dict[str, Any]:
    """A gap as its schema dumps it."""
    return {
        "gap": gap,
        "sentences": {"zh": gap_sentences(gap, "zh"), "en": gap_sentences(gap, "en")},
    }
