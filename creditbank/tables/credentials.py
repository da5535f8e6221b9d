"""电子凭证: credentials as they were signed, how they ended, and the status lists. Insert only."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Column, Index, Integer, UniqueConstraint
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment


class IssuedCredential(Row, table=True):
    """One credential. document: the signed text, the same bytes for ever.

    token: the random code of its public page; list_no, list_index: its place in the school's status
    list at this site. entry_seqs, outcome, stage, attempt: what has to hold for it to stay true;
    subject_id: of the verdict that the outcome is of; part_ids: those in a learner record.
    """

    __tablename__ = "issued_credentials"
    __table_args__ = (
        UniqueConstraint("institution_id", "site", "list_no", "list_index"),
        CheckConstraint(
            "kind in ('transcript','credit_statement','graduation_eligibility',"
            "'articulation_status','achievement','learner_record')",
            name="kind",
        ),
        CheckConstraint("list_no > 0 and list_index between 0 and 131071", name="place"),
        CheckConstraint(
            "(outcome <> '') = (kind in ('graduation_eligibility','articulation_status'))",
            name="outcome",
        ),
        CheckConstraint("stage = '' or kind = 'articulation_status'", name="stage"),
    )

    issued_credential_id: int | None = big_identity("issued_credential_id")
    institution_id: int
    learner_id: int = Field(index=True)
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id", index=True)
    kind: str = Field(max_length=22)
    token: str = Field(max_length=22, unique=True)
    site: str = Field(max_length=200)
    list_no: int
    list_index: int
    key_id: str = Field(max_length=16, foreign_key="signing_keys.key_id")
    ledger_seq: int
    entry_seqs: list[int] = Field(sa_column=Column("entry_seqs", ARRAY(Integer), nullable=False))
    outcome: str = Field(max_length=20)
    subject_id: int
    stage: str = Field(max_length=24)
    attempt: int
    part_ids: list[int] = Field(sa_column=Column("part_ids", ARRAY(BigInteger), nullable=False))
    document: str = Field(sa_column_kwargs={"comment": "personal: what is said of the learner"})
    valid_until: datetime | None = moment(nullable=True)
    issued_by: int
    issued_at: datetime = moment()


class CredentialEnding(Row, table=True):
    """A credential ended before its time: 作废 by a person, 已更正 by the books."""

    __tablename__ = "credential_endings"
    __table_args__ = (
        CheckConstraint("kind in ('corrected','revoked')", name="kind"),
        CheckConstraint("(kind = 'revoked') = (ended_by is not null)", name="by"),
    )

    issued_credential_id: int = Field(
        sa_type=BigInteger,
        primary_key=True,
        foreign_key="issued_credentials.issued_credential_id",
    )
    kind: str = Field(max_length=9, primary_key=True)
    institution_id: int
    reason: str = Field(max_length=200, sa_column_kwargs={"comment": "personal: reason"})
    ended_by: int | None = None
    ended_at: datetime = moment()


class StatusList(Row, table=True):
    """A signed status list; of a school, site and number the latest speaks.

    endings: how many of its credentials had ended.
    """

    __tablename__ = "status_lists"
    __table_args__ = (
        Index("ix_status_lists_latest", "institution_id", "site", "list_no", "status_list_id"),
    )

    status_list_id: int | None = big_identity("status_list_id")
    institution_id: int
    site: str = Field(max_length=200)
    list_no: int
    key_id: str = Field(max_length=16, foreign_key="signing_keys.key_id")
    endings: int
    document: str
    signed_at: datetime = moment()
    valid_until: datetime = moment()
