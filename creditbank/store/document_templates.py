"""A school's own files to be filled in. Of one name the latest counts; an empty one ends it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, text
from sqlmodel import col

from creditbank.tables.exports import DocumentTemplate


class TemplateLine(NamedTuple):
    """A template that counts, without its content."""

    document_template_id: int
    name: str
    kind: str
    placeholders: tuple[str, ...]
    uploaded_at: datetime


_LATEST = text("""
SELECT document_template_id, name, kind, placeholders, uploaded_at FROM (
  SELECT DISTINCT ON (name) * FROM document_templates WHERE institution_id = :school
  ORDER BY name, document_template_id DESC) t
WHERE content <> ''::bytea ORDER BY name LIMIT 200
""")
_CONTENT = text("""
SELECT content FROM document_templates
WHERE institution_id = :school AND document_template_id = :id AND content <> ''::bytea
""")


def school_templates(connection: Connection, institution_id: int) -> tuple[TemplateLine, ...]:
    """The templates of a school by name."""
    rows = connection.execute(_LATEST, {"school": institution_id})
    return tuple(
        TemplateLine(
            row.document_template_id, row.name, row.kind, tuple(row.placeholders), row.uploaded_at
        )
        for row in rows
    )


def template_content(
    connection: Connection, institution_id: int, document_template_id: int
) -> bytes | None:
    """The file as it was uploaded; None for none of the school's."""
    found: bytes | None = connection.execute(
        _CONTENT, {"school": institution_id, "id": document_template_id}
    ).scalar_one_or_none()
    return found


def add_template(  # noqa: PLR0913 (the columns of one row)
    connection: Connection,
    *,
    institution_id: int,
    name: str,
    kind: str,
    content: bytes,
    placeholders: Sequence[str],
    uploaded_by: int,
    now: datetime,
) -> None:
    """Keep a template, or with empty content the end of one."""
    connection.execute(
        insert(DocumentTemplate).values(
            {
                col(DocumentTemplate.institution_id): institution_id,
                col(DocumentTemplate.name): name,
                col(DocumentTemplate.kind): kind,
                col(DocumentTemplate.content): content,
                col(DocumentTemplate.placeholders): list(placeholders),
                col(DocumentTemplate.uploaded_by): uploaded_by,
                col(DocumentTemplate.uploaded_at): now,
            }
        )
    )
