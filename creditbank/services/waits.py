"""What the database says when two postings meet, in the words of the field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError, OperationalError

from creditbank.domain.errors import AlreadyBookedError, BusyError, Message, Problem, refused

_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"
_NATURAL_KEYS = frozenset({"uq_ledger_entries_evidence", "uq_ledger_entries_one_reversal"})

_ALREADY = Message(
    "同一成绩或证明已经入账,不能重复;如需更正,请先冲销原记录。",
    "This evidence is in the ledger already; to correct it, reverse that entry first.",
)
_NUMBER = "uq_enrolments_institution_id_student_no"
_NUMBER_GONE = Problem(
    "student_no_taken",
    Message(
        "转入学号已被该校其他学生使用,没有办理;请转入学校更换学号。",
        "Another learner of the receiving school has the student number; nothing was done. The"
        " receiving school gives another one.",
    ),
    field="status_change_id",
)
_BUSY = Message(
    "该学生的账目正被他人处理,本次没有入账;请稍后用同一个键重试。",
    "Somebody else is posting to this learner; nothing was done; try again with the same key.",
)


@contextmanager
def posting() -> Iterator[None]:
    """Around whatever writes to ledgers.

    Raises AlreadyBookedError where a natural key stands already, InvalidInputError where a student
    number went to another, and BusyError where another holds the lock; any other fault of the
    database goes up as it is.
    """
    try:
        yield
    except IntegrityError as error:
        diagnosis = getattr(error.orig, "diag", None)
        name = getattr(diagnosis, "constraint_name", None)
        if name in _NATURAL_KEYS:
            raise AlreadyBookedError(_ALREADY) from error
        if name == _NUMBER:
            raise refused(_NUMBER_GONE) from error
        raise
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") in {_LOCK_NOT_AVAILABLE, _DEADLOCK}:
            raise BusyError(_BUSY) from error
        raise
