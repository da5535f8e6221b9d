"""Sheets that were uploaded and previewed, waiting to be posted or posted already."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from creditbank.tables.base import Row, json_document, moment


class GradeImport(Row, table=True):
    """One upload, of grades or of a class's new learners.

    rows: parsed commands; problems: by row and column; file_hash: SHA-256.
    """

    __tablename__ = "grade_imports"
    __table_args__ = (CheckConstraint("kind in ('grades','learners')", name="kind"),)

    import_id: str = Field(primary_key=True, max_length=36)
    institution_id: int = Field(foreign_key="institutions.institution_id")
    account_id: int = Field(foreign_key="accounts.account_id")
    kind: str = Field(default="grades", max_length=8, sa_column_kwargs={"server_default": "grades"})
    file_name: str = Field(max_length=120)
    file_hash: str = Field(max_length=64)
    rows: list = json_document()  # type: ignore[type-arg]
    problems: list = json_document()  # type: ignore[type-arg]
    posted_at: datetime | None = moment(nullable=True)
    created_at: datetime = moment()
