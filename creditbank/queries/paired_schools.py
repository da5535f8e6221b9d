"""The pairs of schools that learners may move between, on a day and later. It names nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Action
from creditbank.store.paired_schools import (
    Pair,
    PairableSchool,
    pairable_schools,
    pairs_after,
    pairs_on,
)
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PairLine:
    """One pair. valid_until: its last day, None for no end."""

    vocational: PairableSchool
    general: PairableSchool
    valid_from: date
    valid_until: date | None
    document_no: str


@dataclass(frozen=True, slots=True)
class PairedSchools:
    """The pairs in force on a day, those named for later, and the schools that may be named."""

    as_of: date
    items: tuple[PairLine, ...]
    to_come: tuple[PairLine, ...]
    schools: tuple[PairableSchool, ...]


def paired_schools(
    uow: UnitOfWork, actor: Actor, *, now: datetime, as_of: date | None = None
) -> PairedSchools:
    """The pairs of a day, today's if none is named. Raises ForbiddenError."""
    decide(actor, Action.SEE_PAIRED_SCHOOLS)
    day = as_of or local_date(now)
    schools = pairable_schools(uow.connection)

    def line(pair: Pair) -> PairLine:
        return PairLine(
            schools[pair.vocational_id],
            schools[pair.general_id],
            pair.valid_from,
            pair.valid_until,
            pair.document_no,
        )

    return PairedSchools(
        day,
        tuple(map(line, pairs_on(uow.connection, day))),
        tuple(map(line, pairs_after(uow.connection, day))),
        tuple(schools.values()),
    )
