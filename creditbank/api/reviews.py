"""Reviews of decisions that a later verdict contradicts."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, cursor_and_limit, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.queries.pages import Page
from creditbank.queries.reviews import ReviewLine, list_reviews
from creditbank.services.commands import ResolveReview
from creditbank.services.reviews import ResolvedReview, resolve_review
from schemas.reviews import (
    ResolutionSchema,
    ResolvedReviewSchema,
    ReviewCasesSchema,
    ReviewQuerySchema,
)

blueprint = Blueprint("reviews", "复核 Reviews")


@blueprint.reads(
    "/review-cases", Action.SEE_REVIEWS, ReviewCasesSchema(), query=ReviewQuerySchema()
)
def get_review_cases(query: dict[str, Any]) -> Page[ReviewLine]:
    """与已作决定相矛盾的结论 Decisions that a later verdict contradicts."""
    with unit_of_work() as uow:
        return list_reviews(
            uow, actor(), now=now(), state=query["state"], **cursor_and_limit(query)
        )


@blueprint.writes(
    f"/review-cases/<{ID}:review_case_id>/resolution",
    Action.RESOLVE_REVIEW,
    ResolutionSchema(),
    ResolvedReviewSchema(),
)
def post_resolution(loaded: dict[str, Any], review_case_id: int) -> ResolvedReview:
    """办结复核:维持原决定,写明原因 Close a case: the decision stands, for this reason."""
    command = ResolveReview(review_case_id=review_case_id, reason=loaded["reason"])
    with unit_of_work() as uow:
        return resolve_review(uow, actor(), command, idempotency_key=idempotency_key(), now=now())
