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

GRANTED = frozenset(
    {
        InnovationCategory.PATENT_INVENTION,
        InnovationCategory.PATENT_UTILITY,
        InnovationCategory.PATENT_DESIGN,
        InnovationCategory.SOFTWARE_COPYRIGHT,
    }
)
"""Categories that an office grants under a number; while it is pending it counts as policy says."""


@dataclass(frozen=True, slots=True)
class AwardValue:
    """units in hundredths of a credit; keys and references of the policy values it rests on."""

    units: int
    keys: tuple[str, ...]
    references: tuple[str, ...]


def competition_units(
    level: AwardLevel, rank: AwardRank, team_role: TeamRole, policy: Policy
) -> AwardValue:
    """Value by level and rank; a team member other than the captain gets less, with a floor.

    The floor lifts no member above what the captain gets, and an award worth 0 stays 0.
    """
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
    *,
    is_granted: bool = True,
) -> AwardValue:
    """Value by category; certificates by level; practice and volunteering by whole portions.

    quantity: days of practice, hours of volunteering (an incomplete portion earns nothing);
    elsewhere it has no effect, one entry is one achievement. certificate_level: none counts as the
    lowest. is_granted: false for one of GRANTED that is still pending. Caps over several entries
    are applied when a verdict is made.
    """
    stem = f"innovation.value.{category.value}"
    if category in GRANTED and not is_granted:
        key = "innovation.value.pending_application"
        return _value(policy.integer(key), [key], policy)
    if category is InnovationCategory.SKILL_CERTIFICATE:
        level = certificate_level.value or CertificateLevel.ELEMENTARY.value
        key = f"{stem}.{level}"
        return _value(policy.integer(key), [key], policy)
    if category in {InnovationCategory.SOCIAL_PRACTICE, InnovationCategory.VOLUNTEERING}:
        keys = [stem, f"innovation.portion.{category.value}"]
        portions = max(0, quantity) // policy.integer(keys[1])
        return _value(policy.integer(stem) * portions, keys, policy)
    return _value(policy.integer(stem), [stem], policy)


def _value(units: int, keys: list[str], policy: Policy) -> AwardValue:
    references = tuple(policy.reference(key) for key in keys)
    return AwardValue(units, tuple(keys), references)
