"""分享链接: papers that a family shows to whoever has the link. Insert only.

Of the link's token its hash alone is kept: who reads the table opens nothing.
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment


class PaperShare(Row, table=True):
    """One link, to one certificate or one credential.

    token_hash: SHA-256 of what stands in the link, as hex. shows_numbers: whether identity and
    student registry number stand on the page in full.
    """

    __tablename__ = "paper_shares"
    __table_args__ = (
        CheckConstraint("num_nonnulls(issued_paper_id, issued_credential_id) = 1", name="one"),
        CheckConstraint("expires_at > shared_at", name="time"),
        CheckConstraint("not shows_numbers or issued_paper_id is not null", name="numbers"),
    )

    paper_share_id: int | None = big_identity("paper_share_id")
    institution_id: int
    learner_id: int = Field(index=True)
    issued_paper_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="issued_papers.issued_paper_id"
    )
    issued_credential_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="issued_credentials.issued_credential_id"
    )
    token_hash: str = Field(max_length=64, unique=True)
    shows_numbers: bool
    expires_at: datetime = moment()
    shared_by: int
    shared_at: datetime = moment()


class PaperShareWithdrawal(Row, table=True):
    """收回: a link is closed before its time, once."""

    __tablename__ = "paper_share_withdrawals"

    paper_share_id: int = Field(
        sa_type=BigInteger, primary_key=True, foreign_key="paper_shares.paper_share_id"
    )
    institution_id: int
    withdrawn_by: int
    withdrawn_at: datetime = moment()


class PaperShareOpening(Row, table=True):
    """A link was opened. is_file: the paper itself; by whom is not known and not asked."""

    __tablename__ = "paper_share_openings"

    paper_share_opening_id: int | None = big_identity("paper_share_opening_id")
    paper_share_id: int = Field(
        sa_type=BigInteger, foreign_key="paper_shares.paper_share_id", index=True
    )
    institution_id: int
    is_file: bool
    opened_at: datetime = moment()
