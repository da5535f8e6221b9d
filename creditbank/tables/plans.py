"""人才培养方案 in versions; one in use by a cohort never changes (trigger)."""

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from creditbank.tables.base import Row, json_document


class ProgramPlan(Row, table=True):
    """One version of one plan; document holds blocks, courses, conditions (see store.plans)."""

    __tablename__ = "program_plans"
    __table_args__ = (
        UniqueConstraint("institution_id", "code", "version"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("units_min > 0", name="units_min"),
    )

    plan_id: int | None = Field(default=None, primary_key=True)
    institution_id: int = Field(foreign_key="institutions.institution_id")
    code: str = Field(max_length=30)
    version: int
    name: str = Field(max_length=100)
    major_code: str = Field(max_length=7)
    catalogue_year: int
    years: int
    units_min: int
    document: dict = json_document()  # type: ignore[type-arg]


class CohortPlan(Row, table=True):
    """Which plan version the learners who entered in a year follow; they stay on it."""

    __tablename__ = "cohort_plans"

    institution_id: int = Field(primary_key=True, foreign_key="institutions.institution_id")
    plan_code: str = Field(primary_key=True, max_length=30)
    entry_year: int = Field(primary_key=True)
    plan_id: int = Field(foreign_key="program_plans.plan_id")
