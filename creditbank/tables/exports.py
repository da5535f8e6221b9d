"""What the national sheet says of learners beside their registration, and who took files out."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, json_document, moment


class EnrolmentDetail(Row, table=True):
    """A learner's row of the national sheet without what is registered. The latest speaks.

    version: whose headings they are; details: text by heading, without empty cells.
    """

    __tablename__ = "enrolment_details"
    __table_args__ = (
        Index("ix_enrolment_details_enrolment", "enrolment_id", "enrolment_detail_id"),
    )

    enrolment_detail_id: int | None = big_identity("enrolment_detail_id")
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id")
    institution_id: int = Field(foreign_key="institutions.institution_id")
    version: str = Field(max_length=8)
    details: dict = Field(  # type: ignore[type-arg]
        sa_type=JSONB,
        sa_column_kwargs={
            "comment": "personal: family, address, telephone, origin as the national sheet has them"
        },
    )
    recorded_by: int = Field(foreign_key="accounts.account_id")
    recorded_at: datetime = moment()


class FileExport(Row, table=True):
    """One file that was taken out: what, by which filter, why, and how many rows."""

    __tablename__ = "file_exports"
    __table_args__ = (Index("ix_file_exports_account", "account_id", "exported_at"),)

    file_export_id: int | None = big_identity("file_export_id")
    institution_id: int | None
    account_id: int = Field(foreign_key="accounts.account_id")
    name: str = Field(max_length=40)
    filter: dict = json_document()  # type: ignore[type-arg]
    reason: str = Field(max_length=200)
    row_count: int
    exported_at: datetime = moment()


class DocumentTemplate(Row, table=True):
    """A school's own file to be filled in. Of one name the latest counts; an empty one ends it.

    placeholders: the names in it, in their order.
    """

    __tablename__ = "document_templates"
    __table_args__ = (
        CheckConstraint("kind in ('xlsx','docx')", name="kind"),
        Index("ix_document_templates_school", "institution_id", "name", "document_template_id"),
    )

    document_template_id: int | None = big_identity("document_template_id")
    institution_id: int = Field(foreign_key="institutions.institution_id")
    name: str = Field(max_length=60)
    kind: str = Field(max_length=4)
    content: bytes = Field(sa_type=LargeBinary)
    placeholders: list = json_document()  # type: ignore[type-arg]
    uploaded_by: int = Field(foreign_key="accounts.account_id")
    uploaded_at: datetime = moment()
