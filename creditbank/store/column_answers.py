"""What schools have said the columns of their files mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select
from sqlmodel import col

from creditbank.tables.imports import ColumnAnswer

_LOOKED_AT = 200
"""As many of a school's latest answers are looked at for a heading of another file."""


def column_answers(connection: Connection, institution_id: int, kind: str) -> dict[str, str]:
    """The meaning of headings, by the key they are compared by; the latest answer speaks."""
    rows = connection.execute(
        select(col(ColumnAnswer.columns))
        .where(
            col(ColumnAnswer.institution_id) == institution_id,
            col(ColumnAnswer.kind) == kind,
        )
        .order_by(col(ColumnAnswer.column_answer_id).desc())
        .limit(_LOOKED_AT)
    )
    found: dict[str, str] = {}
    for row in rows:
        for key, meaning in row[0].items():
            found.setdefault(key, meaning)
    return found


def answers_of_signature(
    connection: Connection, institution_id: int, kind: str, signature: str
) -> dict[str, str]:
    """What was answered last for a file with these very headings; {} for nothing."""
    found = connection.execute(
        select(col(ColumnAnswer.columns))
        .where(
            col(ColumnAnswer.institution_id) == institution_id,
            col(ColumnAnswer.kind) == kind,
            col(ColumnAnswer.signature) == signature,
        )
        .order_by(col(ColumnAnswer.column_answer_id).desc())
        .limit(1)
    ).scalar_one_or_none()
    return dict(found or {})


def add_column_answer(  # noqa: PLR0913 (the columns of one row)
    connection: Connection,
    *,
    institution_id: int,
    kind: str,
    signature: str,
    columns: Mapping[str, str],
    answered_by: int,
    now: datetime,
) -> None:
    """Keep what a school said of a file's columns."""
    connection.execute(
        insert(ColumnAnswer).values(
            institution_id=institution_id,
            kind=kind,
            signature=signature,
            columns=dict(columns),
            answered_by=answered_by,
            answered_at=now,
        )
    )
