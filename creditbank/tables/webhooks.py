"""Webhooks: where a college is told, of what, and what became of it. Names nobody."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, Text, text
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, json_document, moment


class WebhookEndpoint(Row, table=True):
    """An address of a college. kinds: of the events it is told of."""

    __tablename__ = "webhook_endpoints"

    webhook_endpoint_id: int | None = big_identity("webhook_endpoint_id")
    college_id: int = Field(foreign_key="institutions.institution_id", index=True)
    url: str = Field(max_length=300)
    kinds: list[str] = Field(sa_column=Column("kinds", ARRAY(Text), nullable=False))
    created_by: int
    created_at: datetime = moment()


class WebhookEndpointState(Row, table=True):
    """Whether it is told: the latest row speaks. changed_by: None where it failed for too long."""

    __tablename__ = "webhook_endpoint_states"
    __table_args__ = (
        CheckConstraint("state in ('active','disabled','removed')", name="state"),
        CheckConstraint("reason in ('asked','failing')", name="reason"),
    )

    webhook_endpoint_state_id: int | None = big_identity("webhook_endpoint_state_id")
    webhook_endpoint_id: int = Field(
        foreign_key="webhook_endpoints.webhook_endpoint_id", index=True
    )
    college_id: int
    state: str = Field(max_length=8)
    reason: str = Field(max_length=7)
    changed_by: int | None = None
    changed_at: datetime = moment()


class WebhookSecret(Row, table=True):
    """A secret, sealed. previous_until: until when the one before it signs as well."""

    __tablename__ = "webhook_secrets"

    webhook_endpoint_id: int = Field(
        primary_key=True, foreign_key="webhook_endpoints.webhook_endpoint_id"
    )
    version: int = Field(primary_key=True)
    college_id: int
    sealed: bytes
    previous_until: datetime = moment()
    created_by: int
    created_at: datetime = moment()


class WebhookEvent(Row, table=True):
    """What happened, for one college: ids and positions."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        Index("ix_webhook_events_college", "college_id", "created_at"),
        Index(
            "ix_webhook_events_checkpoints",
            "college_id",
            "created_at",
            postgresql_where=text("kind = 'checkpoint.published'"),
        ),
    )

    webhook_event_id: int | None = big_identity("webhook_event_id")
    message_id: str = Field(max_length=40, unique=True)
    college_id: int
    kind: str = Field(max_length=20)
    agreement_id: int | None = None
    learner_id: int | None = None
    data: dict = json_document()  # type: ignore[type-arg]
    created_at: datetime = moment()


class WebhookDelivery(Row, table=True):
    """An event on its way to an endpoint. state, attempts and next_attempt_at move."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint("state in ('waiting','delivered','failed','withheld')", name="state"),
        Index(
            "ix_webhook_deliveries_due",
            "next_attempt_at",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_webhook_deliveries_endpoint", "webhook_endpoint_id", "webhook_delivery_id"),
    )

    webhook_delivery_id: int | None = big_identity("webhook_delivery_id")
    webhook_event_id: int = Field(foreign_key="webhook_events.webhook_event_id")
    webhook_endpoint_id: int = Field(foreign_key="webhook_endpoints.webhook_endpoint_id")
    college_id: int
    state: str = Field(max_length=9)
    attempts: int
    next_attempt_at: datetime = moment()
    created_at: datetime = moment()


class WebhookAttempt(Row, table=True):
    """One try. status: of HTTP, None where none came; error: why not; answer: its beginning."""

    __tablename__ = "webhook_attempts"

    webhook_delivery_id: int = Field(
        primary_key=True, foreign_key="webhook_deliveries.webhook_delivery_id"
    )
    attempt: int = Field(primary_key=True)
    college_id: int
    status: int | None = None
    error: str = Field(max_length=24)
    answer: str = Field(max_length=200)
    took_ms: int
    attempted_at: datetime = moment()
