"""学期注册 (JY/T 1005 ZZXS0703): whether a learner is there, confirmed each term.

It changes no status, and no verdict asks for it.
"""

from __future__ import annotations

from enum import StrEnum

from creditbank.domain.errors import Message, Problem


class RegistrationState(StrEnum):
    """注册状况码 ZCZKM, JY/T 1001."""

    REGISTERED = "1"
    REPORTED = "2"
    """Has come, and is not registered yet (报到)."""
    ABSENT = "9"


class TermStanding(StrEnum):
    """Where a learner stands in a term: as recorded, or why nothing is."""

    REGISTERED = "1"
    REPORTED = "2"
    ABSENT = "9"
    AWAY = "away"
    """Enrolled and not at school: 休学, 停学, 保留入学资格."""
    NOT_YET = "not_yet"


NO_TERM = Problem(
    "term",
    Message("校历中没有这个学期,请选择其他学期。", "The calendar has no such term; choose one."),
    "term",
)
