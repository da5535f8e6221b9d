"""学分认定申报: what was claimed, with which evidence, and every move on it.

Statements, moves and pictures are inserted and never changed. A file, and a draft with all that is
in it, may be deleted until it has been handed in; the database asks for that.
"""

from datetime import date, datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, json_document, moment

_KINDS = (
    "kind in ('submit','withdraw','accept','return','reject','confirm','object','dismiss','uphold',"
    "'post','bounce')"
)


class ClaimRow(Row, table=True):
    """One claim of one learner, at the school that it is handed in at."""

    __tablename__ = "claims"

    claim_id: int | None = Field(default=None, primary_key=True)
    institution_id: int = Field(foreign_key="institutions.institution_id", index=True)
    learner_id: int = Field(foreign_key="learners.learner_id", index=True)
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id")
    opened_by: int
    opened_at: datetime = moment()


class ClaimStatement(Row, table=True):
    """What the learner states; the latest speaks. detail: the rest of domain.claims.ClaimContent.

    evidence_no: in its one written form. event: of an award, as domain.evidence.event_of compares
    it. files: those that belong to it, in their order.
    """

    __tablename__ = "claim_statements"
    __table_args__ = (
        CheckConstraint(
            "kind in ('award','certificate','work','practice','volunteering')", name="kind"
        ),
        CheckConstraint("revision > 0", name="revision"),
        Index(
            "ix_claim_statements_evidence_no",
            "evidence_no",
            postgresql_where=text("evidence_no <> ''"),
        ),
    )

    claim_id: int = Field(foreign_key="claims.claim_id", primary_key=True, ondelete="CASCADE")
    revision: int = Field(primary_key=True)
    institution_id: int
    kind: str = Field(max_length=12)
    title: str = Field(default="", max_length=100)
    evidence_no: str = Field(
        default="", max_length=60, sa_column_kwargs={"comment": "personal: 证书编号"}
    )
    event: str = Field(default="", max_length=120)
    earned_on: date | None = None
    detail: dict = json_document()  # type: ignore[type-arg]
    files: list[int] = Field(sa_type=ARRAY(BigInteger), nullable=False)
    stated_by: int
    stated_at: datetime = moment()


class ClaimFile(Row, table=True):
    """One piece of evidence. file_hash: SHA-256 of what was sent, hex. original: of a PDF alone."""

    __tablename__ = "claim_files"
    __table_args__ = (
        CheckConstraint(
            "media_type in ('image/jpeg','image/png','image/webp','application/pdf')",
            name="media_type",
        ),
        CheckConstraint(
            "(media_type = 'application/pdf') = (original is not null)", name="original"
        ),
        CheckConstraint("byte_count > 0 and page_count > 0", name="counts"),
    )

    claim_file_id: int | None = big_identity("claim_file_id")
    claim_id: int = Field(foreign_key="claims.claim_id", index=True, ondelete="CASCADE")
    institution_id: int
    file_hash: str = Field(max_length=64, index=True)
    media_type: str = Field(max_length=20)
    byte_count: int
    page_count: int
    original: bytes | None = Field(
        default=None, sa_type=LargeBinary, sa_column_kwargs={"comment": "personal: 证明材料"}
    )
    sent_by: int
    sent_at: datetime = moment()


class ClaimPage(Row, table=True):
    """One page of a file as a picture that was drawn anew."""

    __tablename__ = "claim_pages"

    claim_file_id: int = Field(
        sa_type=BigInteger,
        foreign_key="claim_files.claim_file_id",
        primary_key=True,
        ondelete="CASCADE",
    )
    page_no: int = Field(primary_key=True)
    institution_id: int
    width: int
    height: int
    picture: bytes = Field(sa_type=LargeBinary, sa_column_kwargs={"comment": "personal: 证明材料"})


class ClaimMoveRow(Row, table=True):
    """One move; see domain.claims. about_id: the objection that a ruling answers.

    detail: what the ledger said against a booking, in both languages.
    """

    __tablename__ = "claim_moves"
    __table_args__ = (
        CheckConstraint(_KINDS, name="kind"),
        CheckConstraint(
            "kind not in ('return','reject','object','dismiss','uphold') or reason <> ''",
            name="reason",
        ),
        CheckConstraint(
            "(kind = 'accept') = (units is not null) and coalesce(units, 0) >= 0", name="units"
        ),
        CheckConstraint(
            "(kind = 'confirm') = (starts_on is not null)"
            " and (starts_on is null) = (ends_on is null) and starts_on <= ends_on",
            name="notice",
        ),
        CheckConstraint("(kind in ('dismiss','uphold')) = (about_id is not null)", name="about"),
        CheckConstraint("(kind = 'post') = (ledger_seq is not null)", name="ledger_seq"),
        UniqueConstraint("about_id"),
        Index(
            "uq_claim_moves_posted",
            "claim_id",
            unique=True,
            postgresql_where=text("kind = 'post'"),
        ),
        Index("ix_claim_moves_of", "claim_id", "claim_move_id"),
    )

    claim_move_id: int | None = big_identity("claim_move_id")
    claim_id: int = Field(foreign_key="claims.claim_id")
    institution_id: int
    learner_id: int
    kind: str = Field(max_length=8)
    revision: int
    reason: str = Field(
        default="", max_length=200, sa_column_kwargs={"comment": "personal: reason"}
    )
    units: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    about_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="claim_moves.claim_move_id"
    )
    ledger_seq: int | None = None
    detail: dict = json_document()  # type: ignore[type-arg]
    made_on: date
    made_by: int
    made_role: str = Field(max_length=12)
    made_at: datetime = moment()
