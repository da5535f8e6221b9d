"""Schools, colleges, training providers and the bureau."""

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from creditbank.tables.base import Row


class Institution(Row, table=True):
    """One institution. code is the ten-digit 学校(机构)标识码; area_code is GB/T 2260."""

    __tablename__ = "institutions"
    __table_args__ = (
        CheckConstraint("code ~ '^[0-9]{10}$'", name="code"),
        CheckConstraint(
            "kind in ('vocational_school','general_high_school','college','university',"
            "'training_provider','bureau')",
            name="kind",
        ),
        CheckConstraint("is_unified_code(unified_code)", name="unified_code"),
    )

    institution_id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=10, unique=True)
    name: str = Field(max_length=100)
    name_en: str = Field(default="", max_length=200)
    kind: str = Field(max_length=24)
    area_code: str = Field(max_length=6)
    unified_code: str | None = Field(default=None, max_length=18)
