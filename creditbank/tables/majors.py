"""专业目录: majors are known by code and catalogue year together."""

from sqlmodel import Field

from creditbank.tables.base import Row


class Major(Row, table=True):
    """One major of one catalogue. level is an EducationLevel."""

    __tablename__ = "majors"

    code: str = Field(primary_key=True, max_length=7)
    catalogue_year: int = Field(primary_key=True)
    name: str = Field(max_length=60)
    name_en: str = Field(default="", max_length=120)
    level: str = Field(max_length=16)
