"""互转结对学校: the county names two schools as a pair from a day on, or says when that ends.

A row is never changed: of one pair the latest row that has begun speaks. An end is a later row from
the same first day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import InvalidInputError, Message, Problem
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.permissions import Action
from creditbank.domain.recognition_rules import DOCUMENT_MAX
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.paired_schools import Pair, add_pair, pairable_schools, pairs_on
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class NamePairedSchools:
    """Name a pair. valid_from: today or later, or the first day of the pair as it stands.

    valid_until: the last day, None for no end.
    """

    vocational_id: int
    general_id: int
    valid_from: date
    valid_until: date | None = None
    document_no: str


@dataclass(frozen=True, slots=True)
class PairNamed:
    """The row that says so."""

    paired_school_id: int
    replayed: bool = False


def name_paired_schools(
    uow: UnitOfWork,
    actor: Actor,
    command: NamePairedSchools,
    *,
    idempotency_key: str,
    now: datetime,
) -> PairNamed:
    """Name two schools as a pair, or end a pair, by a document.

    Raises ForbiddenError, or InvalidInputError with every field that is wrong.
    """
    decide(actor, Action.NAME_PAIRED_SCHOOLS)
    hashed = request_hash(command)
    answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
    if answer is not None:
        return PairNamed(**answer, replayed=True)
    problems = tuple(_problems(uow.connection, command, local_date(now)))
    if problems:
        message = problems[0].message if len(problems) == 1 else _SEVERAL
        raise InvalidInputError(message, problems=problems)
    pair = Pair(
        command.vocational_id,
        command.general_id,
        command.valid_from,
        command.valid_until,
        command.document_no.strip(),
    )
    number = add_pair(uow.connection, pair, decided_by=actor.account_id, now=now)
    kept = {"paired_school_id": number}
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, kept, now)
    return PairNamed(number)


def _problems(connection: Connection, command: NamePairedSchools, today: date) -> Iterator[Problem]:
    schools = pairable_schools(connection)
    for name, number, kind, message in (
        ("vocational_id", command.vocational_id, InstitutionKind.VOCATIONAL_SCHOOL, _VOCATIONAL),
        ("general_id", command.general_id, InstitutionKind.GENERAL_HIGH_SCHOOL, _GENERAL),
    ):
        if number not in schools or schools[number].kind != kind:
            yield Problem("school_unknown", message, field=name)
    stands = {
        (pair.vocational_id, pair.general_id, pair.valid_from)
        for pair in pairs_on(connection, today)
    }
    first = command.valid_from
    if first < today and (command.vocational_id, command.general_id, first) not in stands:
        yield Problem("day_past", _PAST, field="valid_from")
    if command.valid_until is not None and command.valid_until < max(first, today):
        yield Problem("day_past", _ENDS, field="valid_until")
    if not 1 <= len(command.document_no.strip()) <= DOCUMENT_MAX:
        yield Problem("document_missing", _DOCUMENT, field="document_no")


_SEVERAL = Message(
    "有几处需要修改,没有公布;请按所列字段修改后重新提交。",
    "Some fields need mending, nothing was named; mend them and send it again.",
)
_VOCATIONAL = Message("请选择本县的中等职业学校。", "Choose a vocational school of the county.")
_GENERAL = Message("请选择本县的普通高中。", "Choose a general high school of the county.")
_PAST = Message(
    "起始日期不能早于今天;要结束现行的结对,请填它原来的起始日期。",
    "A pair begins today or later; to end one that stands, give the day on which it began.",
)
_ENDS = Message(
    "截止日期不能早于今天和起始日期。", "The last day is neither in the past nor before the first."
)
_DOCUMENT = Message(
    f"请填写文号(1-{DOCUMENT_MAX}字)。",
    f"Give the document number (1 to {DOCUMENT_MAX} characters).",
)
