"""证明与表格: papers as they were issued, those taken back, and layouts. Insert only."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment

_KIND = (
    "kind in ('status_certificate','change_form','transfer_form','recognition_form',"
    "'advance_form','transcript','transcript_bilingual','credit_statement','grad_audit',"
    "'class_audit','study_certificate')"
)


class IssuedPaper(Row, table=True):
    """One paper. serial: of its school, kind and year, without a gap; number is made of them.

    document: what stands on it, as domain.papers.document_of has it; content_hash is over that.
    token: what its QR code holds; site: where the code leads. About one learner or about a class;
    paper_layout_id: the school's layout that it is set with, null for the standard one.
    """

    __tablename__ = "issued_papers"
    __table_args__ = (
        UniqueConstraint("institution_id", "kind", "year", "serial"),
        CheckConstraint(_KIND, name="kind"),
        CheckConstraint("serial between 1 and 99999", name="serial"),
        CheckConstraint(
            "case kind when 'change_form' then status_change_id is not null "
            "when 'status_certificate' then status_change_id is null else true end",
            name="about",
        ),
        CheckConstraint("(kind = 'status_certificate') = (valid_until is not null)", name="until"),
        CheckConstraint(
            "case kind when 'class_audit' then learner_id is null and enrolment_id is null "
            "and class_name is not null and entry_year is not null "
            "else learner_id is not null and enrolment_id is not null "
            "and class_name is null and entry_year is null end",
            name="of_class",
        ),
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
    learner_id: int | None = Field(default=None, index=True)
    enrolment_id: int | None = Field(
        default=None, foreign_key="enrolments.enrolment_id", index=True
    )
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
    class_name: str | None = Field(default=None, max_length=40)
    entry_year: int | None = None
    paper_layout_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="paper_layouts.paper_layout_id"
    )


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


class PaperSource(Row, table=True):
    """From whose books a paper was made, at which ledger_seq. outcome: what it says was judged."""

    __tablename__ = "paper_sources"

    issued_paper_id: int = Field(
        sa_type=BigInteger, primary_key=True, foreign_key="issued_papers.issued_paper_id"
    )
    learner_id: int = Field(primary_key=True)
    institution_id: int
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id")
    ledger_seq: int
    outcome: str = Field(max_length=20, sa_column_kwargs={"comment": "personal: what was judged"})


class PaperLayout(Row, table=True):
    """One version of a school's own layout of a kind of paper: a Typst file as it was uploaded."""

    __tablename__ = "paper_layouts"
    __table_args__ = (
        UniqueConstraint("institution_id", "kind", "version"),
        CheckConstraint(_KIND, name="kind"),
        CheckConstraint("octet_length(source) between 1 and 65536", name="source"),
    )

    paper_layout_id: int | None = big_identity("paper_layout_id")
    institution_id: int
    kind: str = Field(max_length=20)
    version: int
    source: str = Field(sa_type=Text)
    note: str = Field(max_length=100)
    uploaded_by: int
    uploaded_at: datetime = moment()


class PaperLayoutStart(Row, table=True):
    """From starts_on papers of the kind are set with a version; null: with the standard again.

    Of two from the same day the later row holds.
    """

    __tablename__ = "paper_layout_starts"
    __table_args__ = (
        CheckConstraint(_KIND, name="kind"),
        Index("ix_paper_layout_starts_institution_id_kind", "institution_id", "kind"),
    )

    paper_layout_start_id: int | None = big_identity("paper_layout_start_id")
    institution_id: int
    kind: str = Field(max_length=20)
    paper_layout_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="paper_layouts.paper_layout_id"
    )
    starts_on: date
    started_by: int
    started_at: datetime = moment()
