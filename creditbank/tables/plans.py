"""人才培养方案 in versions; one in use by a cohort never changes (trigger)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, json_document, moment


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
    """Which plan version the learners who entered in a year follow.

    They stay on it unless a plan event of the same transaction says who moved them (trigger).
    """

    __tablename__ = "cohort_plans"

    institution_id: int = Field(primary_key=True, foreign_key="institutions.institution_id")
    plan_code: str = Field(primary_key=True, max_length=30)
    entry_year: int = Field(primary_key=True)
    plan_id: int = Field(foreign_key="program_plans.plan_id")


class PlanEvent(Row, table=True):
    """Who saved a version, put it in force for a cohort, or moved a cohort to it. Insert only.

    revision: of the content at that moment; document: what was saved, in full. learner_count: how
    many learners a migration moved.
    """

    __tablename__ = "plan_events"
    __table_args__ = (
        CheckConstraint("kind in ('saved','assigned','migrated')", name="kind"),
        CheckConstraint(
            "kind = 'saved' or (entry_year is not null and document_no <> '')", name="document_no"
        ),
        CheckConstraint(
            "kind <> 'migrated' or (from_plan_id is not null and reason <> '')", name="reason"
        ),
    )

    plan_event_id: int | None = big_identity("plan_event_id")
    institution_id: int
    kind: str = Field(max_length=8)
    plan_id: int = Field(foreign_key="program_plans.plan_id", index=True)
    from_plan_id: int | None = Field(default=None, foreign_key="program_plans.plan_id")
    entry_year: int | None = None
    learner_count: int = 0
    revision: str = Field(max_length=16)
    document: dict | None = Field(default=None, sa_type=JSONB)  # type: ignore[type-arg]
    reason: str = Field(default="", max_length=200)
    document_no: str = Field(default="", max_length=60)
    acted_by: int
    acted_at: datetime = moment()
