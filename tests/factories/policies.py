"""Policies for tests that need no database: what ships, or a few values by hand."""

from __future__ import annotations

from datetime import date

from creditbank.domain.policies import Authority, Policy, PolicyScalar, PolicyValue, resolve
from creditbank.store.policy_files import load_policy_files

AS_OF = date(2026, 11, 1)


def shipped_policy(**changed: PolicyScalar) -> Policy:
    """What ships, with a school's changes; "__" stands for the dot: marks__resits_max=1."""
    own = (
        PolicyValue(
            key=name.replace("__", "."),
            value=value,
            authority=Authority.SCHOOL,
            effective_from=date(2026, 9, 1),
            reference="学校规定(测试)",
            institution_id=1,
        )
        for name, value in changed.items()
    )
    return resolve((*load_policy_files(), *own), institution_id=1, as_of=AS_OF)
