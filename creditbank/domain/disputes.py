"""When a certificate number that several learners hold keeps from counting, and for whom.

A number in two accounts counts in neither until a person has checked whose it is. The one
certificate of a team is no dispute: same contest, same award, each named with a role in the team.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from creditbank.domain.awards import TeamRole
from creditbank.domain.evidence import event_of
from creditbank.domain.ledger import EntryKind

_TEAM = frozenset({TeamRole.CAPTAIN.value, TeamRole.MEMBER.value})


@dataclass(frozen=True, slots=True)
class Holding:
    """One standing entry with the number. event, level, rank, team_role: of a competition."""

    learner_id: int
    kind: str
    earned_on: date
    event: str = ""
    level: str = ""
    rank: str = ""
    team_role: str = ""


def disputed_holders(holdings: Sequence[Holding], owners: frozenset[int] | None) -> frozenset[int]:
    """The learners for whom entries with one number do not count.

    owners: whose it is by the latest check, None while nobody has checked. A check speaks of those
    it names: whoever else holds the number, then or later, stays in dispute.
    """
    holders = frozenset(holding.learner_id for holding in holdings)
    if owners is not None:
        return holders - owners
    return frozenset() if len(holders) < 2 or is_one_team(holdings) else holders  # noqa: PLR2004 (two)


def is_one_team(holdings: Sequence[Holding]) -> bool:
    """Whether these are one award of one team, with no more than one captain."""
    awards = {
        (event_of(item.event, item.earned_on), item.level, item.rank)
        for item in holdings
        if item.kind == EntryKind.COMPETITION and item.team_role in _TEAM
    }
    captains = sum(item.team_role == TeamRole.CAPTAIN for item in holdings)
    all_in_team = all(
        item.kind == EntryKind.COMPETITION and item.team_role in _TEAM for item in holdings
    )
    return all_in_team and len(awards) == 1 and captains <= 1
