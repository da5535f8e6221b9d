"""What if: verdicts under suppositions. It only asks, so it needs no key to be repeated."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.api.gaps import shown_gap
from creditbank.domain.permissions import Action
from creditbank.domain.verdicts import Verdict
from creditbank.eligibility import sentences
from creditbank.eligibility.recognition import Recognised
from creditbank.services.hypotheses import (
    Hypothesis,
    Supposed,
    SupposedCompetition,
    SupposedCourse,
    SupposedInnovation,
)
from creditbank.services.what_if import Compared, WhatIf, what_if
from schemas.what_if import HypothesisSchema, WhatIfSchema

blueprint = Blueprint("what_if", "假如 What if")
_KINDS: dict[str, type[Supposed]] = {
    "course": SupposedCourse,
    "competition": SupposedCompetition,
    "innovation": SupposedInnovation,
}


@blueprint.writes(
    f"/learners/<{ID}:learner_id>/what-if",
    Action.WHAT_IF,
    HypothesisSchema(),
    WhatIfSchema(),
    is_search=True,
)
def post_what_if(loaded: dict[str, Any], learner_id: int) -> dict[str, Any]:
    """假如这样,结论会怎样;什么都不保存 The verdicts of now beside the supposed ones."""
    with unit_of_work() as uow:
        found = what_if(uow, actor(), learner_id, _hypothesis(loaded), now=now())
    return _shown(found)


def _hypothesis(loaded: dict[str, Any]) -> Hypothesis:
    return Hypothesis(
        records=tuple(map(_supposed, loaded["records"])),
        without=tuple(item["ledger_seq"] for item in loaded["without"]),
        plan_id=loaded["plan_id"],
        as_of=loaded["as_of"],
    )


def _supposed(loaded: dict[str, Any]) -> Supposed:
    values = {name: value for name, value in loaded.items() if name != "kind"}
    return _KINDS[loaded["kind"]](**values)


def _shown(found: WhatIf) -> dict[str, Any]:
    return {
        "learner_id": found.learner_id,
        "enrolment_id": found.enrolment_id,
        "ledger_seq": found.ledger_seq,
        "today": found.today,
        "as_of": found.as_of,
        "is_stored": False,
        "compared": list(map(_compared, found.compared)),
        "changes": found.changes,
        "recognised": list(map(_recognised, found.recognised)),
        "gap": shown_gap(found.gap),
        "notes": found.notes,
    }


def _compared(item: Compared) -> dict[str, Any]:
    return {
        "subject_kind": item.before.subject_kind,
        "subject_id": item.before.subject_id,
        "name": item.name,
        "before": _verdict(item.before),
        "after": None if item.after is None else _verdict(item.after),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    said = {"zh": sentences(verdict, "zh"), "en": sentences(verdict, "en")}
    return {"verdict": verdict, "sentences": said}


def _recognised(item: Recognised) -> dict[str, Any]:
    return {
        "sources": [source.title for source in item.sources],
        "source_units": item.source_units,
        "units": item.units,
        "targets": [given.name for given in item.gives],
        "reference": item.reference,
    }
