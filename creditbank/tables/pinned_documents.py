"""What verdicts looked at, each content once, under the SHA-256 of its canonical JSON."""

from sqlalchemy import CheckConstraint, Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from creditbank.tables.base import Row


class PinnedDocument(Row, table=True):
    """One plan, policy, agreement or set of facts as it was; see store.pins."""

    __tablename__ = "pinned_documents"
    __table_args__ = (
        CheckConstraint("kind in ('plan','policy','agreement','facts')", name="kind"),
    )

    sha256: str = Field(primary_key=True, max_length=64)
    kind: str = Field(max_length=12)
    document: dict = Field(  # type: ignore[type-arg]
        sa_column=Column(
            "document",
            JSONB,
            nullable=False,
            comment="personal: facts about a learner, without a name",
        )
    )
