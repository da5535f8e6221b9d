"""What a competition award or an innovation achievement is worth, by policy.

Every value comes from dated policy data; the keys used and their references go into the ledger with
the entry, so that the worth of an old award can still be explained.
"""

from __future__ import annotations

from dataclasses import dataclass

from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.policies import Policy


@dataclass(frozen=True, slots=True)
class AwardValue:
    """units in hundredths of a credit; keys and references of the policy values it rests on."""

    units: int
    keys: tuple[str, ...]
    references: tuple[str, ...]


def competition_units(
    level: AwardLevel, rank: AwardRank, team_role: TeamRole, policy: Policy
) -> AwardValue:
    """Value by level and rank; a team member other than the captain gets less, with a floor."""
    keys = [f"competition.value.{level.value}.{rank.value}"]
    units = policy.integer(keys[0])
    if team_role is TeamRole.MEMBER and units:
        keys += ["competition.member_deduction", "competition.member_floor"]
        floor = min(units, policy.integer(keys[2]))
        units = max(units - policy.integer(keys[1]), floor)
    return _value(units, keys, policy)


def innovation_units(
    category: InnovationCategory,
    quantity: int,
    certificate_level: CertificateLevel,
    policy: Policy,
) -> AwardValue:
    """Value by category; certificates by level; practice and volunteering by whole portions.

    quantity: days of practice, hours of volunteering; an incomplete portion earns nothing.
    """
    stem = f"innovation.value.{category.value}"
    if category is InnovationCategory.SKILL_CERTIFICATE:
        level = certificate_level.value or CertificateLevel.ELEMENTARY.value
        key = f"{stem}.{level}"
        return _value(policy.integer(key), [key], policy)
    if category in {InnovationCategory.SOCIAL_PRACTICE, InnovationCategory.VOLUNTEERING}:
        keys = [stem, f"innovation.portion.{category.value}"]
        return _value(policy.integer(stem) * (quantity // policy.integer(keys[1])), keys, policy)
    return _value(policy.integer(stem), [stem], policy)


def _value(units: int, keys: list[str], policy: Policy) -> AwardValue:
    references = tuple(policy.reference(key) for key in keys)
    return AwardValue(units, tuple(keys), references)
