"""Grade sheets that were uploaded and previewed, waiting to be posted or posted already."""

from datetime import datetime

from sqlmodel import Field

from creditbank.tables.base import Row, json_document, moment


class GradeImport(Row, table=True):
    """One upload. rows: parsed commands; problems: by row and column; file_hash: SHA-256."""

    __tablename__ = "grade_imports"

    import_id: str = Field(primary_key=True, max_length=36)
    institution_id: int = Field(foreign_key="institutions.institution_id")
    account_id: int = Field(foreign_key="accounts.account_id")
    file_name: str = Field(max_length=120)
    file_hash: str = Field(max_length=64)
    rows: list = json_document()  # type: ignore[type-arg]
    problems: list = json_document()  # type: ignore[type-arg]
    posted_at: datetime | None = moment(nullable=True)
    created_at: datetime = moment()
