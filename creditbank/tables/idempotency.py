"""Answers kept for ever, so that a repeated request gets the first one's answer."""

from datetime import datetime

from sqlmodel import Field

from creditbank.tables.base import Row, json_document, moment


class IdempotencyKey(Row, table=True):
    """request_hash: SHA-256 over the command; response: what was answered."""

    __tablename__ = "idempotency_keys"

    account_id: int = Field(primary_key=True)
    key: str = Field(primary_key=True, max_length=100)
    request_hash: str = Field(max_length=64)
    response: dict = json_document()  # type: ignore[type-arg]
    created_at: datetime = moment()
