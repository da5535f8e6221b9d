"""办理消息: who was told of what, what they have read, what was mailed.

Rows of codes and numbers, inserted and never changed; the words are made when one is read. An
account sees its own messages and nobody else's, whatever institutions it reaches. The database
takes a message only for who answers for the change or whose it is.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ACCOUNT = "(SELECT current_setting('creditbank.account', true))"
OWN = f"{ACCOUNT} = '*' OR account_id = nullif(replace({ACCOUNT}, '*', ''), '')::int"
NOBODYS = f"{ACCOUNT} = '*'"
ENTERS = {"messages": "true", "message_reads": OWN, "message_mails": NOBODYS}
"""Tables, and who inserts: a message is for somebody else than who causes it."""
KINDS = (
    "kind in ('applied','turn','agreed','planned','notice','refused','withdrawn','executed',"
    "'deadline')"
)
GUARD = """
CREATE FUNCTION check_message() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(EXISTS (SELECT FROM accounts a, status_changes c
      WHERE a.account_id = NEW.account_id AND a.is_active
        AND c.status_change_id = NEW.status_change_id
        AND (a.role = 'county'
          OR a.role IN ('advisor', 'registrar', 'approver')
            AND a.institution_id IN (c.institution_id, c.to_institution_id)
          OR a.role IN ('student', 'guardian') AND EXISTS (SELECT FROM account_learners l
            WHERE (l.account_id, l.learner_id) = (a.account_id, c.learner_id)))),
    'told is who answers for the change or whose it is');
  RETURN NEW;
END $$;
"""


def upgrade() -> None:
    op.add_column(
        "accounts",
        sa.Column("email", sa.String(length=254), nullable=True, comment="personal: 邮箱"),
    )
    op.create_table(
        "messages",
        sa.Column("message_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("status_change_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("office", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_messages_kind")),
        sa.CheckConstraint(
            "(kind in ('turn','agreed','refused','deadline')) = (office <> '')",
            name=op.f("ck_messages_office"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_messages_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["status_change_id"], ["status_changes.status_change_id"],
            name=op.f("fk_messages_status_change_id"),
        ),
        sa.UniqueConstraint(
            "status_change_id", "kind", "office", "account_id",
            name=op.f("uq_messages_status_change_id_kind_office_account_id"),
        ),
        sa.UniqueConstraint(
            "account_id", "message_id", name=op.f("uq_messages_account_id_message_id")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_messages")),
    )  # fmt: skip
    op.create_index(op.f("ix_messages_created_at"), "messages", ["created_at"])
    for table, *columns in (
        ("message_reads", sa.Column("read_at", sa.DateTime(timezone=True), nullable=False)),
        (
            "message_mails",
            sa.Column("is_accepted", sa.Boolean(), nullable=False),
            sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        ),
    ):
        _create_of_messages(table, columns)
    op.execute(GUARD)
    op.execute(
        "CREATE TRIGGER check_row BEFORE INSERT ON messages FOR EACH ROW "
        "EXECUTE FUNCTION check_message()"
    )
    op.execute("ALTER TABLE messages ENABLE ALWAYS TRIGGER check_row")
    for table, inserts in ENTERS.items():
        _guard(table, inserts)
    op.execute("GRANT UPDATE (email) ON accounts TO creditbank_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")


def _create_of_messages(table: str, columns: list[sa.Column[Any]]) -> None:
    """What becomes of a message, for the account that it is for."""
    op.create_table(
        table,
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["account_id", "message_id"],
            ["messages.account_id", "messages.message_id"],
            name=op.f(f"fk_{table}_account_id_message_id"),
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f(f"pk_{table}")),
    )


def _guard(table: str, inserts: str) -> None:
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
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON {table} FOR SELECT TO creditbank_app USING ({OWN})")
    op.execute(
        f"CREATE POLICY enter ON {table} FOR INSERT TO creditbank_app WITH CHECK ({inserts})"
    )


def downgrade() -> None:
    for table in ("message_mails", "message_reads", "messages"):
        op.drop_table(table)
    op.execute("DROP FUNCTION check_message")
    op.drop_column("accounts", "email")
