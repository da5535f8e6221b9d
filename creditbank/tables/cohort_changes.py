"""What has changed in the class of an agreement: marks of any order, and the positions they get."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, false
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment


class CohortMark(Row, table=True):
    """A member has changed. Made by triggers in the changing transaction, taken by settle_cohort.

    is_verdict: the standing verdict is another one.
    """

    __tablename__ = "cohort_marks"

    cohort_mark_id: int | None = big_identity("cohort_mark_id")
    agreement_id: int = Field(index=True)
    enrolment_id: int
    is_verdict: bool


class CohortHead(Row, table=True):
    """The last position that was given, and the last of which webhooks were told.

    is_valid: whether the agreement was valid on the day when this was asked last, see turn_cohort.
    """

    __tablename__ = "cohort_heads"

    agreement_id: int = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)
    announced: int = Field(sa_type=BigInteger)
    is_valid: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class CohortLine(Row, table=True):
    """At which position a member changed last. was_shared: the college has been shown it once.

    status_position: where verdict, step or flag changed last. institution_id: the school.
    ranking_changed: codes of what is otherwise than it was ranked by, as it was told last.
    flagged_on: the day of which they are, None where there are none.
    """

    __tablename__ = "cohort_lines"
    __table_args__ = (
        Index("ix_cohort_lines_position", "agreement_id", "position"),
        Index(
            "ix_cohort_lines_flagged_on", "flagged_on", postgresql_where="flagged_on IS NOT NULL"
        ),
    )

    agreement_id: int = Field(primary_key=True)
    enrolment_id: int = Field(primary_key=True)
    learner_id: int
    institution_id: int
    college_id: int
    position: int = Field(sa_type=BigInteger)
    status_position: int = Field(sa_type=BigInteger)
    was_shared: bool
    ranking_changed: str = Field(
        default="", max_length=200, sa_column_kwargs={"server_default": ""}
    )
    flagged_on: date | None = None


class CohortLook(Row, table=True):
    """An account of the college has looked at the class up to a position. The highest speaks."""

    __tablename__ = "cohort_looks"
    __table_args__ = (CheckConstraint("position > 0", name="position"),)

    account_id: int = Field(primary_key=True, foreign_key="accounts.account_id")
    agreement_id: int = Field(primary_key=True, foreign_key="articulation_agreements.agreement_id")
    position: int = Field(sa_type=BigInteger, primary_key=True)
    looked_at: datetime = moment()
