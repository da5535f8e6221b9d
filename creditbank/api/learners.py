"""Finding learners, and who a learner is."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, cursor_and_limit, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.queries.learners import (
    FoundLearner,
    LearnerSummary,
    find_learners,
    learner_summary,
)
from creditbank.queries.pages import Page
from schemas.learners import FoundLearnersSchema, LearnerSchema, LearnerSearchSchema

blueprint = Blueprint("learners", "学生 Learners")


@blueprint.writes(
    "/learners/search",
    Action.FIND_LEARNERS,
    LearnerSearchSchema(),
    FoundLearnersSchema(),
    is_search=True,
)
def search_learners(loaded: dict[str, Any]) -> Page[FoundLearner]:
    """按姓名、拼音、首字母或学号查找 Find by name, pinyin, initials or student number."""
    with unit_of_work() as uow:
        return find_learners(uow, actor(), loaded["text"], now=now(), **cursor_and_limit(loaded))


@blueprint.reads(f"/learners/<{ID}:learner_id>", Action.SEE_LEARNER, LearnerSchema())
def get_learner(learner_id: int) -> LearnerSummary:
    """学生与学籍 Who the learner is, and where enrolled."""
    with unit_of_work() as uow:
        return learner_summary(uow, actor(), learner_id, now=now())
