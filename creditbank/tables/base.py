"""What every table shares. Rows only: no logic, no relationships.

Each column that holds personal data says so in its comment ("personal: ..."); a test reads them.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Identity
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """Base of all tables: assignments are validated, which SQLModel tables leave out."""

    model_config = {"validate_assignment": True}


SQLModel.metadata.naming_convention = NAMING


def big_identity(name: str) -> Any:  # noqa: ANN401 (a SQLModel field is typed by its annotation)
    """A bigint key that the database numbers."""
    return Field(
        default=None, sa_column=Column(name, BigInteger, Identity(always=False), primary_key=True)
    )


def moment(*, nullable: bool = False) -> Any:  # noqa: ANN401
    """A timestamp with time zone."""
    return Field(
        default=None,
        sa_type=DateTime(timezone=True),
        nullable=nullable,
    )


def json_document() -> Any:  # noqa: ANN401
    """A JSON document."""
    return Field(sa_type=JSONB, nullable=False)
