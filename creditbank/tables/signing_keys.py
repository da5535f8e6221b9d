"""Keys that sign, and how they ended. Insert only: a key ends by a further row."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlmodel import Field

from creditbank.tables.base import Row, moment


class SigningKeyRow(Row, table=True):
    """One Ed25519 key. sealed_key: its private half under the installation's secret key.

    institution_id: null for the county's installation.
    """

    __tablename__ = "signing_keys"
    __table_args__ = (
        CheckConstraint("purpose in ('checkpoint','credential')", name="purpose"),
        CheckConstraint("octet_length(public_key) = 32", name="public_key"),
        Index("ix_signing_keys_owner", "purpose", "institution_id", "created_at"),
    )

    key_id: str = Field(max_length=16, primary_key=True)
    purpose: str = Field(max_length=10)
    institution_id: int | None = Field(default=None, foreign_key="institutions.institution_id")
    public_key: bytes = Field(sa_type=LargeBinary, unique=True)
    sealed_key: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = moment()


class SigningKeyEnding(Row, table=True):
    """A key retired by a newer one, or revoked because its private half may be known."""

    __tablename__ = "signing_key_endings"
    __table_args__ = (CheckConstraint("ending in ('retired','revoked')", name="ending"),)

    key_id: str = Field(max_length=16, primary_key=True, foreign_key="signing_keys.key_id")
    ending: str = Field(max_length=7, primary_key=True)
    ended_at: datetime = moment()
