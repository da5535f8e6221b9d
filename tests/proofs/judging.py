"""What the engine says of a case."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from creditbank.domain.policies import Authority, Policy, PolicyValue, resolve
from creditbank.eligibility import evaluate_graduation, verdict_to_dict
from tests.proofs.cases import AS_OF, Case

_START = date(2020, 1, 1)


def judge(case: Case) -> dict[str, Any]:
    """The engine's verdict as it is stored."""
    return verdict_to_dict(evaluate_graduation(case.snapshot, case.plan, policy_of(case), AS_OF))


def policy_of(case: Case) -> Policy:
    """The policy of a case; equal ones are the same object."""
    return _policy(tuple(sorted(case.policy.items())))


@cache
def _policy(values: tuple[tuple[str, int], ...]) -> Policy:
    given = {"duration.suspension_counts": False, **dict(values)}
    found = (
        PolicyValue(key, value, Authority.COUNTY, _START, "测1号") for key, value in given.items()
    )
    return resolve(found, institution_id=1, as_of=AS_OF)
