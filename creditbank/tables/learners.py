"""个人学习账户: a learner's account. An account is not an enrolment; a person may have none."""

from datetime import date

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from creditbank.tables.base import Row


class Learner(Row, table=True):
    """One person. sort_key and initials are made from the name when it is stored."""

    __tablename__ = "learners"
    __table_args__ = (
        CheckConstraint("sex in ('0','1','2','9')", name="sex"),
        CheckConstraint("is_identity_number(citizen_id)", name="citizen_id"),
        CheckConstraint("is_identity_of(citizen_id, sex, born_on)", name="identity"),
        CheckConstraint(
            "is_student_no_of(national_student_no, citizen_id, born_on)",
            name="national_student_no",
        ),
    )

    learner_id: int | None = Field(default=None, primary_key=True)
    account_no: str = Field(max_length=20, unique=True)
    name: str = Field(max_length=50, sa_column_kwargs={"comment": "personal: name"})
    sort_key: str = Field(max_length=200, sa_column_kwargs={"comment": "personal: name in pinyin"})
    initials: str = Field(
        max_length=50, index=True, sa_column_kwargs={"comment": "personal: initials of the name"}
    )
    citizen_id: str | None = Field(
        default=None,
        max_length=18,
        unique=True,
        sa_column_kwargs={"comment": "personal: 公民身份号码 GB 11643"},
    )
    national_student_no: str | None = Field(
        default=None, max_length=19, unique=True, sa_column_kwargs={"comment": "personal: 学籍号"}
    )
    sex: str = Field(max_length=1, sa_column_kwargs={"comment": "personal: GB/T 2261.1"})
    born_on: date | None = Field(
        default=None, sa_column_kwargs={"comment": "personal: date of birth"}
    )
