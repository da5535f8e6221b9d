"""The policy in force for a school: the shipped files and the school's own dated values."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, select
from sqlmodel import col

from creditbank.domain.policies import Authority, Policy, PolicyValue, resolve
from creditbank.store.policy_files import load_policy_files
from creditbank.tables.policies import SchoolPolicyValue

_resolved: dict[tuple[int, date, tuple[PolicyValue, ...]], Policy] = {}
_RESOLVED_MAX = 500


def policy_for(connection: Connection, institution_id: int, as_of: date) -> Policy:
    """The policy of one institution on one day."""
    rows = connection.execute(
        select(SchoolPolicyValue.__table__)  # type: ignore[attr-defined]
        .where(col(SchoolPolicyValue.institution_id) == institution_id)
        .order_by(col(SchoolPolicyValue.key), col(SchoolPolicyValue.effective_from))
    )
    own = tuple(
        PolicyValue(
            key=row.key,
            value=row.value["value"],
            authority=Authority.SCHOOL,
            effective_from=row.effective_from,
            reference=row.reference,
            institution_id=institution_id,
        )
        for row in rows
    )
    key = (institution_id, as_of, own)
    if key not in _resolved:
        if len(_resolved) > _RESOLVED_MAX:
            _resolved.clear()
        _resolved[key] = resolve(
            (*load_policy_files(), *own), institution_id=institution_id, as_of=as_of
        )
    return _resolved[key]
