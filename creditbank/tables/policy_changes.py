"""Policy values put in force in the service, by the county or by a school for itself. Insert only.

What ships stays in files; school_policy_values are what a school brought with it.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, json_document, moment


class PolicyChange(Row, table=True):
    """One value from one day on; value holds {"value": integer, text or flag}.

    institution_id: NULL for the county's. Of two with the same day the one decided later holds.
    """

    __tablename__ = "policy_changes"
    __table_args__ = (
        CheckConstraint("authority in ('county','school')", name="authority"),
        CheckConstraint("(authority = 'school') = (institution_id is not null)", name="school"),
        CheckConstraint("reference <> ''", name="reference"),
        Index("ix_policy_changes_institution_id_key", "institution_id", "key"),
    )

    policy_change_id: int | None = big_identity("policy_change_id")
    institution_id: int | None = Field(default=None, foreign_key="institutions.institution_id")
    authority: str = Field(max_length=8)
    key: str = Field(max_length=50)
    value: dict = json_document()  # type: ignore[type-arg]
    effective_from: date
    reference: str = Field(max_length=100)
    reason: str = Field(default="", max_length=200)
    decided_by: int
    decided_at: datetime = moment()
