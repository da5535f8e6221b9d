"""Webhooks: a college's endpoints and their deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marshmallow import fields, validates_schema

from creditbank.domain.errors import Message
from creditbank.domain.webhooks import (
    OFFERED,
    URL_MAX,
    DeliveryState,
    EndpointState,
    EventKind,
    SendFault,
)
from schemas.base import Contract, Reply, fault
from schemas.fields import Code, Moment, Text, Whole

OVERLAP_HOURS_MAX = 168
_YEAR_MIN, _YEAR_MAX = 1970, 2999
_MOMENT = Message(
    "应为带时区的时间,例如 2026-07-01T08:00:00+08:00。",
    "This must be a moment with its zone, such as 2026-07-01T08:00:00+08:00.",
)


class MomentTaken(Moment):
    """A moment with its zone, ISO 8601, taken in."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> datetime:  # noqa: ANN401
        try:
            found = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            found = None
        if found is None or found.tzinfo is None or not _YEAR_MIN <= found.year <= _YEAR_MAX:
            raise fault(_MOMENT)
        return found


class EndpointSchema(Reply):
    """One endpoint. reason: failing where it was switched off for failing for about three days."""

    webhook_endpoint_id = fields.Integer()
    college_id = fields.Integer()
    url = fields.String()
    kinds = fields.List(Code(EventKind))
    state = Code(EndpointState)
    reason = fields.String(metadata={"enum": ["asked", "failing"]})
    changed_at = Moment()
    created_at = Moment()
    rotated_at = Moment()


class EndpointsSchema(Reply):
    """All endpoints that were not removed."""

    items = fields.List(fields.Nested(EndpointSchema()))


class AddEndpointSchema(Contract):
    """Tell of events at an address. college_id: for the county; a college's own if left out."""

    college_id = Whole(low=1, load_default=None, allow_none=True)
    url = Text(max_length=URL_MAX, required=True)
    kinds = fields.List(
        Code(EventKind, metadata={"enum": [kind.value for kind in OFFERED]}),
        required=True,
        metadata={"minItems": 1, "maxItems": len(OFFERED)},
    )


class EndpointSecretSchema(Reply):
    """The secret, shown this once."""

    webhook_endpoint_id = fields.Integer()
    secret = fields.String()


class RotateSecretSchema(Contract):
    """Another secret; for so many hours deliveries carry the signatures of both."""

    overlap_hours = Whole(low=0, high=OVERLAP_HOURS_MAX, load_default=24)


class ChangeEndpointSchema(Contract):
    """Switch off, on, or remove."""

    state = Code(EndpointState, required=True)


class NothingSchema(Contract):
    """An object without fields."""


class PingedSchema(Reply):
    """The webhook-id of what is sent."""

    message_id = fields.String()


class ReplaySchema(Contract):
    """Tell again: of one event, or of all since a moment; one of the two."""

    message_id = Text(max_length=40, load_default=None, allow_none=True)
    since = MomentTaken(load_default=None, allow_none=True)

    @validates_schema
    def _one(self, data: dict[str, object], **_: object) -> None:
        if (data.get("message_id") is None) == (data.get("since") is None):
            raise fault(Message("请填写 message_id 或 since 之一。", "Give message_id or since."))


class ReplayedSchema(Reply):
    """How many events are sent again."""

    events = fields.Integer()


class DeliverySchema(Reply):
    """One delivery. status, error, answer, took_ms, attempted_at: of its last attempt."""

    webhook_delivery_id = fields.Integer()
    message_id = fields.String()
    kind = Code(EventKind)
    data = fields.Dict(keys=fields.String())
    state = Code(DeliveryState)
    attempts = fields.Integer()
    next_attempt_at = Moment()
    happened_at = Moment()
    status = fields.Integer(allow_none=True)
    error = Code(SendFault)
    answer = fields.String()
    took_ms = fields.Integer(allow_none=True)
    attempted_at = Moment(allow_none=True)


class DeliveriesSchema(Reply):
    """One page, newest first; next_cursor is "" on the last one."""

    items = fields.List(fields.Nested(DeliverySchema()))
    next_cursor = fields.String()
