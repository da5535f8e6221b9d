"""Whether a college is shown how a learner stands: insert only, the latest row speaks."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment


class SharingConsent(Row, table=True):
    """Given or withdrawn, under one agreement. basis: the signed agreement, or by whose account."""

    __tablename__ = "sharing_consents"
    __table_args__ = (
        CheckConstraint("basis in ('agreement','student','guardian')", name="basis"),
        CheckConstraint("basis <> 'agreement' or is_given", name="agreement"),
        CheckConstraint("basis = 'agreement' or recorded_by is not null", name="by"),
        Index("ix_sharing_consents_latest", "agreement_id", "learner_id", "sharing_consent_id"),
    )

    sharing_consent_id: int | None = big_identity("sharing_consent_id")
    institution_id: int
    agreement_id: int = Field(foreign_key="articulation_agreements.agreement_id")
    learner_id: int = Field(foreign_key="learners.learner_id")
    is_given: bool
    basis: str = Field(max_length=9)
    recorded_by: int | None = None
    recorded_at: datetime = moment()
