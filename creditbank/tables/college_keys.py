"""Keys with which a college's computers sign their calls. Insert only, but for spent nonces."""

from datetime import datetime

from sqlalchemy import ARRAY, Column, DateTime, Integer, Text
from sqlmodel import Field

from creditbank.tables.base import Row, moment


class CollegeKey(Row, table=True):
    """A key of one account of a college. agreement_ids: those it is held to, None for all."""

    __tablename__ = "college_keys"

    key_id: str = Field(primary_key=True, max_length=24)
    college_id: int = Field(foreign_key="institutions.institution_id", index=True)
    account_id: int = Field(foreign_key="accounts.account_id")
    label: str = Field(max_length=60)
    scopes: list[str] = Field(sa_column=Column("scopes", ARRAY(Text), nullable=False))
    agreement_ids: list[int] | None = Field(
        default=None, sa_column=Column("agreement_ids", ARRAY(Integer), nullable=True)
    )
    expires_at: datetime = moment()
    created_by: int
    created_at: datetime = moment()


class CollegeKeySecret(Row, table=True):
    """A secret, sealed. previous_until: until when the one before it is taken as well."""

    __tablename__ = "college_key_secrets"

    key_id: str = Field(primary_key=True, max_length=24, foreign_key="college_keys.key_id")
    version: int = Field(primary_key=True)
    college_id: int
    sealed: bytes
    previous_until: datetime = moment()
    created_by: int
    created_at: datetime = moment()


class CollegeKeyRevocation(Row, table=True):
    """The end of a key."""

    __tablename__ = "college_key_revocations"

    key_id: str = Field(primary_key=True, max_length=24, foreign_key="college_keys.key_id")
    college_id: int
    revoked_by: int
    revoked_at: datetime = moment()


class CollegeNonce(Row, table=True):
    """A nonce that was used; swept once its call could not be repeated anyway."""

    __tablename__ = "college_nonces"

    key_id: str = Field(primary_key=True, max_length=24)
    nonce: str = Field(primary_key=True, max_length=64)
    used_at: datetime = Field(sa_type=DateTime(timezone=True), index=True)
