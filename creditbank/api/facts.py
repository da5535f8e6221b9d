"""Facts beside the credits: recorded by the school, read by who may see the learner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from creditbank.api.calls import actor, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.queries.facts import Fact, read_facts
from creditbank.services.facts import KINDS, record_fact
from creditbank.services.registration_commands import RecordedFact
from schemas.facts import FactSchema, FactsSchema, RecordedFactSchema

blueprint = Blueprint("facts", "评价与事实 Facts")
_COMMANDS: Mapping[str, type[Any]] = {kind: command for command, kind in KINDS.items()}


@blueprint.reads(f"/learners/<{ID}:learner_id>/facts", Action.SEE_FACTS, FactsSchema())
def get_facts(learner_id: int) -> dict[str, tuple[Fact, ...]]:
    """操行、实习、处分、合格考等事实 Conduct, internship, sanctions, attestations."""
    with unit_of_work() as uow:
        return {"facts": read_facts(uow, actor(), learner_id, now=now())}


@blueprint.writes(
    f"/learners/<{ID}:learner_id>/facts", Action.RECORD_FACT, FactSchema(), RecordedFactSchema()
)
def post_fact(loaded: dict[str, Any], learner_id: int) -> RecordedFact:
    """登记一项事实,结论随即更新 Record one fact; the verdicts follow at once."""
    values = {name: value for name, value in loaded.items() if name != "kind"}
    command = _COMMANDS[loaded["kind"]](learner_id=learner_id, **values)
    with unit_of_work() as uow:
        return record_fact(uow, actor(), command, idempotency_key=idempotency_key(), now=now())
