"""Webhooks: where a college is told, with which secrets, of what, and what became of each delivery.

All rows are inserted and never changed, but for the state of a delivery.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
COLLEGE = "(SELECT coalesce(current_setting('creditbank.college', true), ''))"
WALL = f"{REACH} = '*' OR college_id = nullif({COLLEGE}, '')::int"
INSERT_ONLY = (
    "webhook_endpoints", "webhook_endpoint_states", "webhook_secrets", "webhook_events",
    "webhook_attempts",
)  # fmt: skip
TABLES = (*INSERT_ONLY, "webhook_deliveries")


def upgrade() -> None:
    _create_webhooks()
    _create_deliveries()
    for table in INSERT_ONLY:
        _insert_only(table)
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY reach ON {table} TO creditbank_app USING ({WALL}) WITH CHECK ({WALL})"
        )
    op.execute("GRANT SELECT, INSERT ON webhook_deliveries TO creditbank_app")
    op.execute(
        "GRANT UPDATE (state, attempts, next_attempt_at) ON webhook_deliveries TO creditbank_app"
    )
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")


def _insert_only(table: str) -> None:
    op.execute(f"GRANT SELECT, INSERT ON {table} TO creditbank_app")
    for name, event, each in (
        ("refuse_change", "UPDATE OR DELETE", "ROW"),
        ("refuse_truncate", "TRUNCATE", "STATEMENT"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _table(table: str, *parts: sa.schema.SchemaItem, key: tuple[str, ...]) -> None:
    op.create_table(table, *parts, sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")))


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))


def _create_webhooks() -> None:
    _table(
        "webhook_endpoints",
        _number("webhook_endpoint_id"),
        _whole("college_id"),
        _text("url", 300),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        _whole("created_by"),
        _moment("created_at"),
        _refers("webhook_endpoints", "college_id", "institutions.institution_id"),
        key=("webhook_endpoint_id",),
    )
    op.create_index(op.f("ix_webhook_endpoints_college_id"), "webhook_endpoints", ["college_id"])
    _table(
        "webhook_endpoint_states",
        _number("webhook_endpoint_state_id"),
        sa.Column("webhook_endpoint_id", sa.BigInteger(), nullable=False),
        _whole("college_id"),
        _text("state", 8),
        _text("reason", 7),
        _whole("changed_by", nullable=True),
        _moment("changed_at"),
        sa.CheckConstraint(
            "state in ('active','disabled','removed')",
            name=op.f("ck_webhook_endpoint_states_state"),
        ),
        sa.CheckConstraint(
            "reason in ('asked','failing')", name=op.f("ck_webhook_endpoint_states_reason")
        ),
        _refers(
            "webhook_endpoint_states", "webhook_endpoint_id",
            "webhook_endpoints.webhook_endpoint_id",
        ),
        key=("webhook_endpoint_state_id",),
    )  # fmt: skip
    op.create_index(
        op.f("ix_webhook_endpoint_states_webhook_endpoint_id"),
        "webhook_endpoint_states",
        ["webhook_endpoint_id"],
    )
    _table(
        "webhook_secrets",
        sa.Column("webhook_endpoint_id", sa.BigInteger(), nullable=False),
        _whole("version"),
        _whole("college_id"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _moment("previous_until"),
        _whole("created_by"),
        _moment("created_at"),
        _refers("webhook_secrets", "webhook_endpoint_id", "webhook_endpoints.webhook_endpoint_id"),
        key=("webhook_endpoint_id", "version"),
    )
    _table(
        "webhook_events",
        _number("webhook_event_id"),
        _text("message_id", 40),
        _whole("college_id"),
        _text("kind", 20),
        _whole("agreement_id", nullable=True),
        _whole("learner_id", nullable=True),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        _moment("created_at"),
        sa.UniqueConstraint("message_id", name=op.f("uq_webhook_events_message_id")),
        key=("webhook_event_id",),
    )
    op.create_index("ix_webhook_events_college", "webhook_events", ["college_id", "created_at"])
    op.create_index(
        "ix_webhook_events_checkpoints", "webhook_events", ["college_id", "created_at"],
        postgresql_where=sa.text("kind = 'checkpoint.published'"),
    )  # fmt: skip


def _create_deliveries() -> None:
    _table(
        "webhook_deliveries",
        _number("webhook_delivery_id"),
        sa.Column("webhook_event_id", sa.BigInteger(), nullable=False),
        sa.Column("webhook_endpoint_id", sa.BigInteger(), nullable=False),
        _whole("college_id"),
        _text("state", 9),
        _whole("attempts"),
        _moment("next_attempt_at"),
        _moment("created_at"),
        sa.CheckConstraint(
            "state in ('waiting','delivered','failed','withheld')",
            name=op.f("ck_webhook_deliveries_state"),
        ),
        _refers("webhook_deliveries", "webhook_event_id", "webhook_events.webhook_event_id"),
        _refers(
            "webhook_deliveries", "webhook_endpoint_id", "webhook_endpoints.webhook_endpoint_id"
        ),
        key=("webhook_delivery_id",),
    )
    op.create_index(
        "ix_webhook_deliveries_due", "webhook_deliveries", ["next_attempt_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )  # fmt: skip
    op.create_index(
        "ix_webhook_deliveries_endpoint", "webhook_deliveries",
        ["webhook_endpoint_id", "webhook_delivery_id"],
    )  # fmt: skip
    _table(
        "webhook_attempts",
        sa.Column("webhook_delivery_id", sa.BigInteger(), nullable=False),
        _whole("attempt"),
        _whole("college_id"),
        _whole("status", nullable=True),
        _text("error", 24),
        _text("answer", 200),
        _whole("took_ms"),
        _moment("attempted_at"),
        _refers(
            "webhook_attempts", "webhook_delivery_id", "webhook_deliveries.webhook_delivery_id"
        ),
        key=("webhook_delivery_id", "attempt"),
    )


def downgrade() -> None:
    for table in (
        "webhook_attempts", "webhook_deliveries", "webhook_events", "webhook_secrets",
        "webhook_endpoint_states", "webhook_endpoints",
    ):  # fmt: skip
        op.drop_table(table)
