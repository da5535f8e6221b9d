"""What papers have in common: whom they are about, and the boxes in which offices answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """The box of an office. answer: 同意 or 不同意, "" while nothing has been said."""

    office: str
    answer: str = ""
    words: str = ""
    document_no: str = ""
    given_by: str = ""
    given_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Who and where; citizen_id and national_student_no in full, "" for who has none.

    handler: 经办人.
    """

    school: str
    handler: str
    name: str
    sex: str
    citizen_id: str
    national_student_no: str
