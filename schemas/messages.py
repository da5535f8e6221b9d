"""Messages: what an account was told about changes, advances and marks, and what it has read."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.messages import MessageFilter, MessageKind
from creditbank.domain.status_changes import ChangeKind, Office
from schemas.base import Contract, Reply
from schemas.fields import Code, Moment, Whole
from schemas.pages import PageQuerySchema


class MessageQuerySchema(PageQuerySchema):
    """The part of the list that is wanted; state: all of them unless unread ones are asked for."""

    state = Code(MessageFilter, load_default=MessageFilter.ALL)


class MessageLineSchema(Reply):
    """One message. office: whose step or turn it is, or null. It names no learner.

    status_change_id, change_kind: null for a step of the advance (kind advance), which is under
    agreement_id, and for a claim (kind claim), which is under claim_id. learners: how many it was
    made for at once; an office is told once of all of them. grade_draft_id: of marks that were
    submitted, returned or posted; null otherwise.
    """

    message_id = fields.Integer()
    kind = Code(MessageKind)
    office = Code(Office, allow_none=True)
    status_change_id = fields.Integer(allow_none=True)
    change_kind = Code(ChangeKind, allow_none=True)
    agreement_id = fields.Integer(allow_none=True)
    claim_id = fields.Integer(allow_none=True)
    learners = fields.Integer()
    grade_draft_id = fields.Integer(allow_none=True)
    created_at = Moment()
    is_read = fields.Boolean()


class MessagesSchema(Reply):
    """One page, newest first; next_cursor is "" on the last one."""

    items = fields.List(fields.Nested(MessageLineSchema()))
    next_cursor = fields.String()


class MessageReadsSchema(Contract):
    """What was read: message_id, one message; up_to, all of this number and below; 0 for none."""

    message_id = Whole(load_default=0)
    up_to = Whole(load_default=0)


class MessagesReadSchema(Reply):
    """marked: how many were unread before; unread: how many still are, counted up to 100."""

    marked = fields.Integer()
    unread = fields.Integer()
