"""The policy in force for a school: the shipped files, and what county and school put in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection, text

from creditbank.domain.policies import Authority, Policy, PolicyValue, resolve
from creditbank.domain.policy_kinds import OF_TRANSFERS
from creditbank.store.policy_files import load_policy_files

COUNTY_ALONE = 0
"""In place of a school: the county's rules, where no school has its own."""
_AUTHORITIES = {"county": Authority.COUNTY, "school": Authority.SCHOOL}

# One statement: posting and reading wait for each round trip.
_ROWS = text("""
SELECT policy_change_id AS decided, authority, key, value, effective_from, reference
FROM policy_changes WHERE (institution_id IS NULL OR institution_id = :institution_id)
  AND (cast(:known_at AS timestamptz) IS NULL OR decided_at <= :known_at)
UNION ALL
SELECT 0, 'school', key, value, effective_from, reference
FROM school_policy_values WHERE institution_id = :institution_id
ORDER BY decided DESC, key, effective_from
""")

_resolved: dict[tuple[int, date, tuple[PolicyValue, ...]], Policy] = {}
_RESOLVED_MAX = 500


def policy_for(
    connection: Connection,
    institution_id: int,
    as_of: date,
    drafts: Sequence[PolicyValue] = (),
    *,
    known_at: datetime | None = None,
) -> Policy:
    """The policy of one institution on one day; drafts: values as if they had been decided last.

    known_at: as it was decided by that moment; a value may be decided to hold from an earlier day.
    """
    values = (*drafts, *_put_in_force(connection, institution_id, known_at))
    key = (institution_id, as_of, values)
    if key not in _resolved:
        if len(_resolved) > _RESOLVED_MAX:
            _resolved.clear()
        _resolved[key] = resolve(
            (*values, *load_policy_files()), institution_id=institution_id, as_of=as_of
        )
    return _resolved[key]


def known_values(connection: Connection, institution_id: int) -> tuple[PolicyValue, ...]:
    """Every value that is, was or will be in force at one institution, the latest decided first."""
    return (*_put_in_force(connection, institution_id), *load_policy_files())


def _put_in_force(
    connection: Connection, institution_id: int, known_at: datetime | None = None
) -> tuple[PolicyValue, ...]:
    """The latest decision first: of two values from the same day it holds (see resolve).

    Of what the county alone sets a school's own value says nothing.
    """
    asked = {"institution_id": institution_id, "known_at": known_at}
    return tuple(
        PolicyValue(
            key=row.key,
            value=row.value["value"],
            authority=_AUTHORITIES[row.authority],
            effective_from=row.effective_from,
            reference=row.reference,
            institution_id=institution_id if row.authority == "school" else None,
        )
        for row in connection.execute(_ROWS, asked)
        if row.authority == "county" or not row.key.startswith(OF_TRANSFERS)
    )
