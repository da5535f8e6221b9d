"""What the services of rules are told to do; as services.commands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditbank.domain.policies import PolicyScalar


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftValue:
    """A policy value that is not in force; credits and grade points in hundredths."""

    key: str
    value: PolicyScalar


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulateValues:
    """What these values would do today. institution_id: at one school only; None: wherever.

    Put forward by the bureau they are the county's, by a school its own.
    """

    values: tuple[DraftValue, ...]
    institution_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatePlan:
    """What another plan would do today to those of a cohort who follow the plan of this code.

    plan_id: a version in the county's books; document: one in the published form instead.
    """

    institution_id: int
    entry_year: int
    plan_code: str
    plan_id: int | None = None
    document: str = ""


SimulateRuleChange = SimulateValues | SimulatePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePolicy:
    """Put a value in force from a day on. reference: 文号; reason: a word on it, may be empty."""

    key: str
    value: PolicyScalar
    effective_from: date
    reference: str
    reason: str = ""
