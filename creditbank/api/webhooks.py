"""Webhooks of a college: endpoints, their secrets, deliveries, trying out and telling again.

None of these needs an Idempotency-Key: an address is added once, and what is sent twice keeps its
webhook-id.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app

from creditbank.api.calls import actor, cursor_and_limit, now, secret_key, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.domain.webhooks import EndpointState
from creditbank.queries.pages import Page
from creditbank.queries.webhooks import DeliveryLine, list_deliveries, list_endpoints
from creditbank.services import webhooks as services
from schemas.pages import PageQuerySchema
from schemas.webhooks import (
    AddEndpointSchema,
    ChangeEndpointSchema,
    DeliveriesSchema,
    EndpointSecretSchema,
    EndpointsSchema,
    NothingSchema,
    PingedSchema,
    ReplayedSchema,
    ReplaySchema,
    RotateSecretSchema,
)

blueprint = Blueprint("webhooks", "高校通知 Webhooks for colleges")
LOOPBACK = "CREDITBANK_WEBHOOK_LOOPBACK"
"""The application's setting of whether webhooks may go to this machine itself."""
PORTS = "CREDITBANK_WEBHOOK_PORTS"
"""The application's setting of the ports that webhooks may go to."""
_ONE = f"/college/webhooks/<{ID}:webhook_endpoint_id>"


def _sealing() -> services.Sealing:
    config = current_app.config
    return services.Sealing(secret_key(), bool(config[LOOPBACK]), config[PORTS])


@blueprint.reads("/college/webhooks", Action.MANAGE_WEBHOOKS, EndpointsSchema())
def get_webhooks() -> dict[str, Any]:
    """接收通知的地址 The endpoints."""
    with unit_of_work() as uow:
        return {"items": list_endpoints(uow, actor())}


@blueprint.writes(
    "/college/webhooks", Action.MANAGE_WEBHOOKS, AddEndpointSchema(), EndpointSecretSchema(),
    is_search=True,
)  # fmt: skip
def post_webhook(loaded: dict[str, Any]) -> services.EndpointSecret:
    """添加接收地址;密钥只显示这一次 Add an endpoint; its secret is shown this once."""
    command = services.AddEndpoint(
        college_id=loaded["college_id"] or actor().institution_id or 0,
        url=loaded["url"],
        kinds=frozenset(loaded["kinds"]),
    )
    with unit_of_work() as uow:
        return services.add_endpoint(uow, actor(), command, _sealing(), now=now())


@blueprint.writes(
    f"{_ONE}/secrets", Action.MANAGE_WEBHOOKS, RotateSecretSchema(), EndpointSecretSchema(),
    is_search=True,
)  # fmt: skip
def post_webhook_secret(
    loaded: dict[str, Any], webhook_endpoint_id: int
) -> services.EndpointSecret:
    """更换密钥 Another secret; for a while both sign."""
    overlap = timedelta(hours=loaded["overlap_hours"])
    with unit_of_work() as uow:
        return services.rotate_endpoint_secret(
            uow, actor(), webhook_endpoint_id, _sealing(), overlap=overlap, now=now()
        )


@blueprint.writes(
    f"{_ONE}/state", Action.MANAGE_WEBHOOKS, ChangeEndpointSchema(), ChangeEndpointSchema(),
    is_search=True,
)  # fmt: skip
def post_webhook_state(
    loaded: dict[str, Any], webhook_endpoint_id: int
) -> dict[str, EndpointState]:
    """启用、停用或删除 Switch on or off, or remove."""
    state: EndpointState = loaded["state"]
    with unit_of_work() as uow:
        services.change_endpoint(uow, actor(), webhook_endpoint_id, state, now=now())
    return {"state": state}


@blueprint.writes(
    f"{_ONE}/pings", Action.MANAGE_WEBHOOKS, NothingSchema(), PingedSchema(), is_search=True
)
def post_webhook_ping(_loaded: dict[str, Any], webhook_endpoint_id: int) -> dict[str, str]:
    """发送测试通知 Send an event of no meaning."""
    with unit_of_work() as uow:
        message_id = services.ping_endpoint(uow, actor(), webhook_endpoint_id, now=now())
    return {"message_id": message_id}


@blueprint.writes(
    f"{_ONE}/replays", Action.MANAGE_WEBHOOKS, ReplaySchema(), ReplayedSchema(), is_search=True
)
def post_webhook_replay(loaded: dict[str, Any], webhook_endpoint_id: int) -> dict[str, int]:
    """重新发送一条,或某时刻以来的全部 Tell again of one event, or of all since a moment."""
    with unit_of_work() as uow:
        count = services.replay_events(
            uow, actor(), webhook_endpoint_id,
            message_id=loaded["message_id"] or "", since=loaded["since"], now=now(),
        )  # fmt: skip
    return {"events": count}


@blueprint.reads(
    f"{_ONE}/deliveries", Action.MANAGE_WEBHOOKS, DeliveriesSchema(), query=PageQuerySchema()
)
def get_webhook_deliveries(query: dict[str, Any], webhook_endpoint_id: int) -> Page[DeliveryLine]:
    """发送记录 What became of each delivery, newest first."""
    with unit_of_work() as uow:
        return list_deliveries(uow, actor(), webhook_endpoint_id, **cursor_and_limit(query))
