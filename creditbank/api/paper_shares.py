"""分享链接: a family makes, lists and withdraws links to its papers."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, cursor_and_limit, home, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.queries.pages import Page
from creditbank.queries.paper_shares import ShareLine, own_shares
from creditbank.services.paper_shares import (
    SharedPaper,
    SharePaper,
    WithdrawShare,
    share_paper,
    withdraw_share,
)
from schemas.pages import PageQuerySchema
from schemas.paper_shares import (
    MadeShareSchema,
    PaperShareSchema,
    PaperSharesSchema,
    ShareWithdrawalSchema,
    WithdrawnShareSchema,
)

blueprint = Blueprint("paper_shares", "分享链接 Links to papers")
_SHARES = f"/learners/<{ID}:learner_id>/paper-shares"


@blueprint.reads(_SHARES, Action.SHARE_PAPER, PaperSharesSchema(), query=PageQuerySchema())
def get_paper_shares(query: dict[str, Any], learner_id: int) -> Page[ShareLine]:
    """已建立的分享链接及打开次数 The links that were made, and how often they were opened."""
    with unit_of_work() as uow:
        return own_shares(uow, actor(), learner_id, now=now(), **cursor_and_limit(query))


@blueprint.writes(_SHARES, Action.SHARE_PAPER, PaperShareSchema(), MadeShareSchema())
def post_paper_share(loaded: dict[str, Any], learner_id: int) -> dict[str, Any]:
    """为一份证明或凭证建立限时链接;链接只在本次答复中出现 Make a link that ends by itself.

    It is in this answer and nowhere else.
    """
    command = SharePaper(learner_id=learner_id, **loaded)
    with unit_of_work() as uow:
        made = share_paper(uow, actor(), command, idempotency_key=idempotency_key(), now=now())
    link = f"{home()}/shared/{made.token}" if made.token else ""
    return {"paper_share_id": made.paper_share_id, "learner_id": learner_id, "link": link}


@blueprint.writes(
    f"/paper-shares/<{ID}:paper_share_id>/withdrawals",
    Action.SHARE_PAPER,
    ShareWithdrawalSchema(),
    WithdrawnShareSchema(),
)
def post_paper_share_withdrawal(_loaded: dict[str, Any], paper_share_id: int) -> SharedPaper:
    """收回一个链接,立即失效 Close a link at once; closing it again changes nothing."""
    with unit_of_work() as uow:
        return withdraw_share(uow, actor(), WithdrawShare(paper_share_id=paper_share_id), now=now())
