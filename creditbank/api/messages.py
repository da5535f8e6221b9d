"""Messages: what the caller's account was told about status changes."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, cursor_and_limit, now, unit_of_work
from creditbank.api.endpoints import Blueprint
from creditbank.domain.permissions import Action
from creditbank.queries.messages import MessageLine, count_unread, list_messages
from creditbank.queries.pages import Page
from creditbank.services.messages import mark_read
from schemas.messages import (
    MessageQuerySchema,
    MessageReadsSchema,
    MessagesReadSchema,
    MessagesSchema,
)

blueprint = Blueprint("messages", "办理消息 Messages")


@blueprint.reads("/messages", Action.SEE_MESSAGES, MessagesSchema(), query=MessageQuerySchema())
def get_messages(query: dict[str, Any]) -> Page[MessageLine]:
    """本账号的办理消息 What this account was told; a change is found by its number."""
    with unit_of_work() as uow:
        return list_messages(uow, actor(), state=query["state"], **cursor_and_limit(query))


# Marking again changes nothing, so that it needs no key.
@blueprint.writes(
    "/messages/reads",
    Action.SEE_MESSAGES,
    MessageReadsSchema(),
    MessagesReadSchema(),
    is_search=True,
)
def post_message_reads(loaded: dict[str, Any]) -> dict[str, int]:
    """标为已读:一条,或到某条为止的全部 Mark one message read, or all up to one."""
    with unit_of_work() as uow:
        marked = mark_read(uow, actor(), **loaded, now=now())
        return {"marked": marked, "unread": count_unread(uow, actor())}
