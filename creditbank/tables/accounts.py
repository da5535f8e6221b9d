"""Accounts that sign in, their sessions and API keys, and the attempts that slow guessing."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, json_document, moment


class Account(Row, table=True):
    """One account. learner_id is set for students; guardians reach learners by account_learners."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint(
            "role in ('student','guardian','teacher','advisor','registrar','approver','college',"
            "'county','auditor','sysadmin')",
            name="role",
        ),
        CheckConstraint(
            "section in ('general','vocational') and role = 'county' or section = ''",
            name="section",
        ),
    )

    account_id: int | None = Field(default=None, primary_key=True)
    username: str = Field(max_length=40, unique=True)
    display_name: str = Field(max_length=50, sa_column_kwargs={"comment": "personal: name"})
    password_hash: str = Field(max_length=200)
    role: str = Field(max_length=12)
    institution_id: int | None = Field(default=None, foreign_key="institutions.institution_id")
    email: str | None = Field(
        default=None, max_length=254, sa_column_kwargs={"comment": "personal: 邮箱"}
    )
    section: str = Field(default="", max_length=10, sa_column_kwargs={"server_default": ""})
    is_active: bool = True


class AccountLearner(Row, table=True):
    """Whose record an account may see as its own: a student's self, a guardian's wards."""

    __tablename__ = "account_learners"

    account_id: int = Field(primary_key=True, foreign_key="accounts.account_id")
    learner_id: int = Field(primary_key=True, foreign_key="learners.learner_id")


class AccountSession(Row, table=True):
    """A server-side session: the cookie holds a random token, this row its SHA-256."""

    __tablename__ = "account_sessions"

    token_hash: str = Field(primary_key=True, max_length=64)
    account_id: int | None = Field(default=None, foreign_key="accounts.account_id")
    content: dict = json_document()  # type: ignore[type-arg]
    created_at: datetime = moment()
    seen_at: datetime = moment()


class ApiKey(Row, table=True):
    """A key `cbk_<id>_<secret>`; only the secret's SHA-256 is kept."""

    __tablename__ = "api_keys"

    key_id: str = Field(primary_key=True, max_length=16)
    secret_hash: str = Field(max_length=64)
    account_id: int = Field(foreign_key="accounts.account_id")
    label: str = Field(default="", max_length=60)
    expires_at: datetime = moment()


class SignInAttempt(Row, table=True):
    """A failed sign-in; subject_hash is the SHA-256 of the name or the address it came from."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index("ix_sign_in_attempts_subject", "subject_hash", "attempted_at"),)

    sign_in_attempt_id: int | None = big_identity("sign_in_attempt_id")
    subject_hash: str = Field(max_length=64)
    attempted_at: datetime = moment()
