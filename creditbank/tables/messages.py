"""办理消息: who was told of what, what was read, what was mailed. Insert only.

Neither text nor anything personal: the words are made when a message is read.
"""

from datetime import datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    UniqueConstraint,
)
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment


class Message(Row, table=True):
    """One account is told of one event; see domain.messages. office: "" where it says none.

    It is of a status change, of a step of the advance (a move, or the decision on a qualification),
    of a step of marks that are being entered, of a move of a claim, or of an academic warning.
    learners: how many a step was made for at once; an office is told of a class once, by the first
    of them, and an advisor of a round's new warnings. moves: of an office, those of all of
    them, the first one's too.
    """

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint(
            "kind in ('applied','turn','agreed','planned','notice','refused','withdrawn',"
            "'executed','deadline','advance','submitted','returned','posted','claim','warning',"
            "'ageing','expired')",
            name="kind",
        ),
        CheckConstraint(
            "(kind in ('turn','agreed','refused','deadline')) = (office <> '')", name="office"
        ),
        CheckConstraint(
            "num_nonnulls(status_change_id, advance_move_id, decision_id, grade_draft_step_id,"
            " claim_move_id, academic_warning_id) = 1"
            " and (kind = 'advance') = (num_nonnulls(advance_move_id, decision_id) = 1)"
            " and (kind in ('submitted','returned','posted','ageing','expired'))"
            " = (grade_draft_step_id is not null)"
            " and (kind = 'claim') = (claim_move_id is not null)"
            " and (kind = 'warning') = (academic_warning_id is not null)",
            name="about",
        ),
        CheckConstraint("learners > 0", name="learners"),
        UniqueConstraint("status_change_id", "kind", "office", "account_id"),
        UniqueConstraint("advance_move_id", "account_id"),
        UniqueConstraint("decision_id", "account_id"),
        UniqueConstraint("academic_warning_id", "account_id"),
        UniqueConstraint("grade_draft_step_id", "account_id"),
        UniqueConstraint("claim_move_id", "account_id"),
        UniqueConstraint("account_id", "message_id"),
    )

    message_id: int | None = big_identity("message_id")
    account_id: int = Field(foreign_key="accounts.account_id")
    status_change_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="status_changes.status_change_id"
    )
    advance_move_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="advance_moves.advance_move_id"
    )
    decision_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="decisions.decision_id"
    )
    grade_draft_step_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="grade_draft_steps.grade_draft_step_id"
    )
    claim_move_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="claim_moves.claim_move_id"
    )
    academic_warning_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="academic_warnings.academic_warning_id"
    )
    kind: str = Field(max_length=10)
    office: str = Field(default="", max_length=20)
    learners: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    moves: list[int] | None = Field(default=None, sa_type=ARRAY(BigInteger))
    created_at: datetime = Field(sa_type=DateTime(timezone=True), nullable=False, index=True)


def _of_message() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["account_id", "message_id"], ["messages.account_id", "messages.message_id"]
    )


class MessageRead(Row, table=True):
    """The account has read it."""

    __tablename__ = "message_reads"
    __table_args__ = (_of_message(),)

    message_id: int = Field(sa_type=BigInteger, primary_key=True)
    account_id: int
    read_at: datetime = moment()


class MessageMail(Row, table=True):
    """A mail that counts it was handed over. is_accepted: not where the address was refused."""

    __tablename__ = "message_mails"
    __table_args__ = (_of_message(),)

    message_id: int = Field(sa_type=BigInteger, primary_key=True)
    account_id: int
    is_accepted: bool
    sent_at: datetime = moment()
