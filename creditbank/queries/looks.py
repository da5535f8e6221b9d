"""谁看过: which staff saw a learner's record, as the access log has it, for whose record it is.

A page asks for news by itself and a class is leafed through: what one person did on one day is one
line, with how often.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Action, FieldMask, Role
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.store.learner_keys import learner_key
from creditbank.store.unit_of_work import UnitOfWork

_LINES = text("""
SELECT x.*, a.display_name AS name, coalesce(i.name, '') AS institution_name,
  coalesce(i.name_en, '') AS institution_name_en
FROM (
  SELECT (l.seen_at AT TIME ZONE 'Asia/Shanghai')::date AS day, l.account_id, l.role, l.action,
    l.mask, l.key_id IS NOT NULL AS by_computer,
    bool_and(cardinality(l.learner_ids) > 1) AS in_list,
    count(*) AS times, min(l.seen_at) AS first_at, max(l.seen_at) AS last_at,
    max(l.access_log_id) AS last_id
  FROM access_log l
  WHERE l.learner_ids @> ARRAY[cast(:learner_id AS int)] AND l.role NOT IN ('student', 'guardian')
  GROUP BY 1, 2, 3, 4, 5, 6
  HAVING cast(:before AS bigint) IS NULL OR max(l.access_log_id) < :before
) x
LEFT JOIN accounts a USING (account_id) LEFT JOIN institutions i USING (institution_id)
ORDER BY x.last_id DESC LIMIT :limit
""")
LIMIT = 30


@dataclass(frozen=True, slots=True)
class Look:
    """What one person saw on one day. name, institution_name: as they are today.

    in_list: only ever in a list with others. by_computer: a college's computer asked.
    """

    day: date
    account_id: int
    role: Role
    name: str
    institution_name: str
    institution_name_en: str
    action: str
    mask: FieldMask
    by_computer: bool
    in_list: bool
    times: int
    first_at: datetime
    last_at: datetime
    last_id: int


def looks_at(
    uow: UnitOfWork,
    actor: Actor,
    learner_id: int,
    *,
    now: datetime,
    limit: int = LIMIT,
    cursor: str = "",
) -> Page[Look]:
    """The latest first. Raises ForbiddenError, NotFoundError."""
    decide(actor, Action.SEE_LOOKS, learner_key(uow.connection, learner_id, as_of=local_date(now)))
    after = decode_cursor(cursor, (int,))
    limit = clamp(limit)
    asked = {
        "learner_id": learner_id, "before": after[0] if after else None, "limit": limit + 1,
    }  # fmt: skip
    rows = uow.connection.execute(_LINES, asked).mappings()
    found = [
        Look(
            **dict(row)
            | {
                "role": Role(row["role"]),
                "mask": FieldMask(row["mask"]),
                "name": row["name"] or "",
            }
        )
        for row in rows
    ]
    return page_of(found, limit, lambda look: (look.last_id,))
