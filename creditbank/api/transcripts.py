"""Transcripts and balances."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.domain.verdicts import SubjectKind
from creditbank.queries.balances import balances
from creditbank.queries.transcripts import Transcript, transcript
from creditbank.services.visible_verdicts import visible_verdicts
from schemas.transcripts import BalancesSchema, TranscriptSchema

blueprint = Blueprint("transcripts", "成绩单与余额 Transcripts and balances")


@blueprint.reads(
    f"/learners/<{ID}:learner_id>/transcript", Action.SEE_TRANSCRIPT, TranscriptSchema()
)
def get_transcript(learner_id: int) -> Transcript:
    """成绩单:账上每一笔,按学期 Every ledger entry, by term."""
    with unit_of_work() as uow:
        return transcript(uow, actor(), learner_id, now=now())


@blueprint.reads(f"/learners/<{ID}:learner_id>/balances", Action.SEE_TRANSCRIPT, BalancesSchema())
def get_balances(learner_id: int) -> dict[str, Any]:
    """学分余额:已登记、已计入毕业、结余 Credits booked, counted and left over, by kind."""
    with unit_of_work() as uow:
        found = transcript(uow, actor(), learner_id, now=now())
        verdicts = visible_verdicts(uow, actor(), learner_id, now=now())
    graduation = [
        item.verdict for item in verdicts if item.verdict.subject_kind is SubjectKind.GRADUATION
    ]
    return {
        "learner_id": learner_id,
        "ledger_seq": found.ledger_seq,
        "balances": balances(found, graduation[0].placements if graduation else ()),
    }
