"""A school's own policy values, dated and referenced; the county's and above ship as files."""

from datetime import date

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from creditbank.tables.base import Row, json_document


class SchoolPolicyValue(Row, table=True):
    """One value; value holds {"value": integer, text or flag}."""

    __tablename__ = "school_policy_values"
    __table_args__ = (
        UniqueConstraint("institution_id", "key", "effective_from"),
        CheckConstraint("reference <> ''", name="reference"),
    )

    school_policy_value_id: int | None = Field(default=None, primary_key=True)
    institution_id: int = Field(foreign_key="institutions.institution_id")
    key: str = Field(max_length=80)
    value: dict = json_document()  # type: ignore[type-arg]
    effective_from: date
    reference: str = Field(max_length=100)
