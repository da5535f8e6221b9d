"""The signed heads of the tree over the ledger. Insert only."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary
from sqlmodel import Field

from creditbank.tables.base import Row, moment


class CheckpointRow(Row, table=True):
    """One checkpoint. note: the whole signed note (C2SP tlog-checkpoint), as others hold it.

    seal: the key's signature over note and issued_at, which the note does not hold.
    """

    __tablename__ = "checkpoints"
    __table_args__ = (
        CheckConstraint("octet_length(root_hash) = 32", name="root_hash"),
        CheckConstraint("tree_size >= 0", name="tree_size"),
    )

    tree_size: int = Field(sa_type=BigInteger, primary_key=True)
    root_hash: bytes = Field(sa_type=LargeBinary)
    note: str
    key_id: str = Field(max_length=16, foreign_key="signing_keys.key_id")
    seal: bytes = Field(sa_type=LargeBinary)
    issued_at: datetime = moment()
