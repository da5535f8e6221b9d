"""Keys that sign, the tree over the ledger and its signed checkpoints.

Nothing here is touched by a posting: one process puts entries into the tree afterwards. Public
keys, hashes and checkpoints are for everybody; private halves are sealed, and no auditor reads
them. All of it takes inserts only but the marks, which say how far the tree is.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
INSERT_ONLY = (
    "signing_keys", "signing_key_endings", "checkpoints", "tree_leaves", "tree_nodes",
    "verdict_seals",
)  # fmt: skip
TABLES = (*INSERT_ONLY, "tree_marks")


def upgrade() -> None:
    _create_keys()
    _create_tree()
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO creditbank_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY seen ON {table} FOR SELECT TO creditbank_app USING (true)")
        # Only the county's own processes write here, never whoever answers a school.
        op.execute(
            f"CREATE POLICY enter ON {table} FOR INSERT TO creditbank_app "
            f"WITH CHECK ({REACH} = '*')"
        )
        op.execute(f"CREATE POLICY audit ON {table} FOR SELECT TO creditbank_auditor USING (true)")
        if table != "signing_keys":
            op.execute(f"GRANT SELECT ON {table} TO creditbank_auditor")
    op.execute(
        "GRANT SELECT (key_id, purpose, institution_id, public_key, created_at) ON signing_keys "
        "TO creditbank_auditor"
    )
    op.execute("GRANT UPDATE ON tree_marks TO creditbank_app")
    op.execute(
        "CREATE POLICY move ON tree_marks FOR UPDATE TO creditbank_app "
        f"USING ({REACH} = '*') WITH CHECK ({REACH} = '*')"
    )
    for table in INSERT_ONLY:
        for name, event, each in (
            ("refuse_change", "UPDATE OR DELETE", "ROW"),
            ("refuse_truncate", "TRUNCATE", "STATEMENT"),
        ):
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
            )
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def _create_keys() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "purpose in ('checkpoint','credential')", name=op.f("ck_signing_keys_purpose")
        ),
        sa.CheckConstraint(
            "octet_length(public_key) = 32", name=op.f("ck_signing_keys_public_key")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.institution_id"],
            name=op.f("fk_signing_keys_institution_id"),
        ),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_signing_keys")),
        sa.UniqueConstraint("public_key", name=op.f("uq_signing_keys_public_key")),
    )  # fmt: skip
    op.create_index(
        "ix_signing_keys_owner", "signing_keys", ["purpose", "institution_id", "created_at"]
    )
    op.create_table(
        "signing_key_endings",
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ending", sa.String(length=7), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ending in ('retired','revoked')", name=op.f("ck_signing_key_endings_ending")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["signing_keys.key_id"], name=op.f("fk_signing_key_endings_key_id")
        ),
        sa.PrimaryKeyConstraint("key_id", "ending", name=op.f("pk_signing_key_endings")),
    )
    op.create_table(
        "checkpoints",
        sa.Column("tree_size", sa.BigInteger(), nullable=False),
        sa.Column("root_hash", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(root_hash) = 32", name=op.f("ck_checkpoints_root_hash")),
        sa.CheckConstraint("tree_size >= 0", name=op.f("ck_checkpoints_tree_size")),
        sa.ForeignKeyConstraint(
            ["key_id"], ["signing_keys.key_id"], name=op.f("fk_checkpoints_key_id")
        ),
        sa.PrimaryKeyConstraint("tree_size", name=op.f("pk_checkpoints")),
    )


def _create_tree() -> None:
    op.create_table(
        "tree_leaves",
        sa.Column("leaf_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("ledger_seq", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "octet_length(salt) = 16 and octet_length(leaf_hash) = 32",
            name=op.f("ck_tree_leaves_hash"),
        ),
        sa.CheckConstraint("leaf_index >= 0", name=op.f("ck_tree_leaves_leaf_index")),
        sa.PrimaryKeyConstraint("leaf_index", name=op.f("pk_tree_leaves")),
        sa.UniqueConstraint(
            "learner_id", "ledger_seq", name=op.f("uq_tree_leaves_learner_id_ledger_seq")
        ),
    )
    op.create_index(op.f("ix_tree_leaves_leaf_hash"), "tree_leaves", ["leaf_hash"])
    op.create_table(
        "tree_nodes",
        sa.Column("height", sa.SmallInteger(), nullable=False),
        sa.Column("node_index", sa.BigInteger(), nullable=False),
        sa.Column("node_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(node_hash) = 32", name=op.f("ck_tree_nodes_hash")),
        sa.CheckConstraint("height > 0 and height % 8 = 0", name=op.f("ck_tree_nodes_height")),
        sa.PrimaryKeyConstraint("height", "node_index", name=op.f("pk_tree_nodes")),
    )
    op.create_table(
        "tree_marks",
        sa.Column("learner_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ledger_seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("learner_id", name=op.f("pk_tree_marks")),
    )
    op.create_table(
        "verdict_seals",
        sa.Column("verdict_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("row_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(row_hash) = 32", name=op.f("ck_verdict_seals_hash")),
        sa.PrimaryKeyConstraint("verdict_id", name=op.f("pk_verdict_seals")),
    )


def downgrade() -> None:
    for table in (
        "verdict_seals", "tree_marks", "tree_nodes", "tree_leaves", "checkpoints",
        "signing_key_endings", "signing_keys",
    ):  # fmt: skip
        op.drop_table(table)
