"""Articulation agreements that the actor may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.agreements import Agreement
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import NotFoundError
from creditbank.domain.permissions import Action, Scope
from creditbank.domain.staged_modes import staged_mode_of
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.store.agreements import load_agreements
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """One agreement with the names of its partners; is_valid speaks of the day of asking."""

    agreement: Agreement
    school_name: str
    school_name_en: str
    college_name: str
    college_name_en: str
    is_valid: bool

    @property
    def staged_mode(self) -> str:
        """分段培养方式, "" where the national system has no label for these stages."""
        found = self.agreement
        return staged_mode_of(
            found.pre_level, found.pre_years_tenths, found.post_level, found.post_years_tenths
        )


_IDS = text("""
SELECT a.agreement_id, s.name AS school_name, s.name_en AS school_name_en,
  c.name AS college_name, c.name_en AS college_name_en
FROM articulation_agreements a JOIN institutions s ON s.institution_id = a.school_id
JOIN institutions c ON c.institution_id = a.college_id
WHERE (cast(:school AS int) IS NULL OR a.school_id = :school)
  AND (cast(:agreed AS int[]) IS NULL OR a.agreement_id = ANY (:agreed))
  AND (cast(:one AS int) IS NULL OR a.agreement_id = :one)
  AND (cast(:after AS int) IS NULL OR a.agreement_id > :after)
ORDER BY a.agreement_id LIMIT :limit
""")


def list_agreements(
    uow: UnitOfWork, actor: Actor, *, now: datetime, limit: int = 50, cursor: str = ""
) -> Page[AgreementLine]:
    """Agreements of the actor's school or college, or of the whole county."""
    limit = clamp(limit)
    after = decode_cursor(cursor, (int,))
    found = _lines(uow, actor, now=now, limit=limit + 1, after=None if after is None else after[0])
    return page_of(found, limit, lambda item: (item.agreement.agreement_id,))


def agreement_line(
    uow: UnitOfWork, actor: Actor, agreement_id: int, *, now: datetime
) -> AgreementLine:
    """One agreement. NotFoundError also when it is not the actor's to see."""
    found = _lines(uow, actor, now=now, limit=1, one=agreement_id)
    if not found:
        raise NotFoundError
    return found[0]


def _lines(
    uow: UnitOfWork,
    actor: Actor,
    *,
    now: datetime,
    limit: int,
    after: int | str | None = None,
    one: int | None = None,
) -> list[AgreementLine]:
    scope = decide(actor, Action.SEE_AGREEMENTS).scope
    rows = uow.connection.execute(
        _IDS,
        {
            "school": actor.institution_id if scope is Scope.SCHOOL else None,
            "agreed": sorted(actor.agreement_ids) if scope is Scope.AGREED else None,
            "one": one,
            "after": after,
            "limit": limit,
        },
    ).all()
    today = local_date(now)
    agreements = load_agreements(uow.connection, [row.agreement_id for row in rows], as_of=today)
    return [
        AgreementLine(
            agreement=agreements[row.agreement_id],
            school_name=row.school_name,
            school_name_en=row.school_name_en,
            college_name=row.college_name,
            college_name_en=row.college_name_en,
            is_valid=agreements[row.agreement_id].valid_from
            <= today
            <= agreements[row.agreement_id].valid_to,
        )
        for row in rows
    ]
