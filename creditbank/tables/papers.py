"""证明与表格: papers as they were issued, and those that were taken back. Insert only."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment


class IssuedPaper(Row, table=True):
    """One paper. serial: of its school, kind and year, without a gap; number is made of them.

    document: what stands on it, as domain.papers.document_of has it; content_hash is over that.
    token: what its QR code holds; site: where the code leads.
    """

    __tablename__ = "issued_papers"
    __table_args__ = (
        UniqueConstraint("institution_id", "kind", "year", "serial"),
        CheckConstraint(
            "kind in ('status_certificate','change_form','transfer_form','recognition_form',"
            "'advance_form')",
            name="kind",
        ),
        CheckConstraint("serial between 1 and 99999", name="serial"),
        CheckConstraint(
            "case kind when 'change_form' then status_change_id is not null "
            "when 'status_certificate' then status_change_id is null else true end",
            name="about",
        ),
        CheckConstraint("(kind = 'status_certificate') = (valid_until is not null)", name="until"),
    )

    issued_paper_id: int | None = big_identity("issued_paper_id")
    institution_id: int
    kind: str = Field(max_length=20)
    year: int
    serial: int
    number: str = Field(max_length=30, unique=True)
    token: str = Field(max_length=22, unique=True)
    code: str = Field(max_length=9)
    site: str = Field(max_length=200)
    learner_id: int = Field(index=True)
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id", index=True)
    status_change_id: int | None = Field(
        default=None,
        sa_type=BigInteger,
        foreign_key="status_changes.status_change_id",
        index=True,
    )
    valid_until: date | None = None
    document: dict = Field(  # type: ignore[type-arg]
        sa_column=Column("document", JSONB, nullable=False, comment="personal: what stands on it")
    )
    content_hash: str = Field(max_length=64)
    issued_by: int
    issued_at: datetime = moment()


class PaperRevocation(Row, table=True):
    """作废: a paper is taken back, once."""

    __tablename__ = "paper_revocations"

    issued_paper_id: int = Field(
        sa_type=BigInteger, primary_key=True, foreign_key="issued_papers.issued_paper_id"
    )
    institution_id: int
    reason: str = Field(max_length=200, sa_column_kwargs={"comment": "personal: reason"})
    revoked_by: int
    revoked_at: datetime = moment()
