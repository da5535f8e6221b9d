"""Sheets that were uploaded and previewed, and what schools have answered about their columns."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, json_document, moment


class GradeImport(Row, table=True):
    """One upload: of grades, of a class's new learners, of awards.

    rows: parsed commands; problems: by row and column; file_hash: SHA-256. source: the sheets as
    read, what was mended in them and what was chosen beside them, until it is posted. batch_id: of
    the entries that were posted; reversed_at: when they were taken back together.

    is_large: read, checked and posted in the background; then rows are the first of packed_rows,
    summary counts all of them, and content is the file until it is posted.
    """

    __tablename__ = "grade_imports"
    __table_args__ = (
        CheckConstraint(
            "kind in ('grades','learners','competition','innovation','national')", name="kind"
        ),
    )

    import_id: str = Field(primary_key=True, max_length=36)
    institution_id: int = Field(foreign_key="institutions.institution_id")
    account_id: int = Field(foreign_key="accounts.account_id")
    kind: str = Field(
        default="grades", max_length=16, sa_column_kwargs={"server_default": "grades"}
    )
    file_name: str = Field(max_length=120)
    file_hash: str = Field(max_length=64)
    rows: list = json_document()  # type: ignore[type-arg]
    problems: list = json_document()  # type: ignore[type-arg]
    source: dict | None = Field(  # type: ignore[type-arg]
        default=None, sa_type=JSONB, sa_column_kwargs={"comment": "personal: the file as uploaded"}
    )
    is_large: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    content: bytes | None = Field(
        default=None,
        sa_type=LargeBinary,
        sa_column_kwargs={"comment": "personal: the file as uploaded"},
    )
    packed_rows: bytes | None = Field(default=None, sa_type=LargeBinary)
    summary: dict | None = Field(default=None, sa_type=JSONB)  # type: ignore[type-arg]
    batch_id: str | None = Field(default=None, max_length=36)
    posted_at: datetime | None = moment(nullable=True)
    reversed_at: datetime | None = moment(nullable=True)
    created_at: datetime = moment()


class ColumnAnswer(Row, table=True):
    """What a school has said the columns of a file mean. Inserted only, the latest speaks.

    signature: SHA-256 of its headings in their order; columns: meaning by heading.
    """

    __tablename__ = "column_answers"
    __table_args__ = (
        CheckConstraint("signature <> ''", name="signature"),
        Index("ix_column_answers_school", "institution_id", "kind", "column_answer_id"),
    )

    column_answer_id: int | None = big_identity("column_answer_id")
    institution_id: int = Field(foreign_key="institutions.institution_id")
    kind: str = Field(max_length=16)
    signature: str = Field(max_length=64)
    columns: dict = json_document()  # type: ignore[type-arg]
    answered_by: int = Field(foreign_key="accounts.account_id")
    answered_at: datetime = moment()
