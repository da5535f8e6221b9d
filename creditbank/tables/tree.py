"""The RFC 6962 tree over the ledger: its leaves, the roots of its full subtrees, how far it is."""

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, SmallInteger, UniqueConstraint
from sqlmodel import Field

from creditbank.tables.base import Row


class TreeLeaf(Row, table=True):
    """Which entry stands at which place of the tree. salt: keeps the hash from being guessed.

    leaf_hash: see transparency.leaves. Insert only.
    """

    __tablename__ = "tree_leaves"
    __table_args__ = (
        UniqueConstraint("learner_id", "ledger_seq"),
        CheckConstraint("octet_length(salt) = 16 and octet_length(leaf_hash) = 32", name="hash"),
        CheckConstraint("leaf_index >= 0", name="leaf_index"),
    )

    leaf_index: int = Field(sa_type=BigInteger, primary_key=True)
    learner_id: int
    ledger_seq: int
    salt: bytes = Field(sa_type=LargeBinary)
    leaf_hash: bytes = Field(sa_type=LargeBinary, index=True)


class TreeNode(Row, table=True):
    """The root of a full subtree of 2**height leaves, for every eighth height. Insert only."""

    __tablename__ = "tree_nodes"
    __table_args__ = (
        CheckConstraint("octet_length(node_hash) = 32", name="hash"),
        CheckConstraint("height > 0 and height % 8 = 0", name="height"),
    )

    height: int = Field(sa_type=SmallInteger, primary_key=True)
    node_index: int = Field(sa_type=BigInteger, primary_key=True)
    node_hash: bytes = Field(sa_type=LargeBinary)


class TreeMark(Row, table=True):
    """How many entries of a learner are in the tree: what the sequencer compares heads with."""

    __tablename__ = "tree_marks"

    learner_id: int = Field(primary_key=True)
    ledger_seq: int


class VerdictSeal(Row, table=True):
    """The hash of a verdict's row, made soon after it was written. Insert only."""

    __tablename__ = "verdict_seals"
    __table_args__ = (CheckConstraint("octet_length(row_hash) = 32", name="hash"),)

    verdict_id: int = Field(sa_type=BigInteger, primary_key=True)
    row_hash: bytes = Field(sa_type=LargeBinary)
