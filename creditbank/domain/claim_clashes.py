"""What a claim clashes with: evidence that was claimed or booked before, anywhere in the county.

The one certificate of a team is no clash that stands in the way: same contest, same award, each
named with a role in the team, and no more than one captain (domain.disputes).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditbank.domain.claims import ClaimContent, ClaimKind, ClaimStage
from creditbank.domain.disputes import Holding, is_one_team
from creditbank.domain.ledger import EntryKind


class ClashKind(StrEnum):
    """What two have in common."""

    NUMBER = "number"
    """The certificate number."""
    FILE = "file"
    """A file, to the byte."""
    EVENT = "event"
    """The contest, of the same learner: only the highest award of one contest counts."""
    BOOKED = "booked"
    """This very evidence stands in the learner's account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """One thing that the claim clashes with.

    learner_id: whose; what is shown of another school's learner is the school, the kind and the day
    alone. claim_id: None of an entry that came by another road. stage: of the claim. is_team: the
    two are one award of one team.
    """

    kind: ClashKind
    learner_id: int
    institution_id: int
    entry_kind: str
    earned_on: date | None
    is_own: bool
    claim_id: int | None = None
    stage: ClaimStage | None = None
    ledger_seq: int | None = None
    is_team: bool = False

    @property
    def is_booked(self) -> bool:
        """Whether the other one stands in a ledger."""
        return self.ledger_seq is not None

    @property
    def bars_booking(self) -> bool:
        """Whether nothing can be booked while this stands."""
        return self.is_booked and not self.is_team and self.kind is not ClashKind.EVENT


def holding_of(learner_id: int, content: ClaimContent) -> Holding:
    """The claim as domain.disputes looks at a certificate."""
    is_award = content.kind is ClaimKind.AWARD
    return Holding(
        learner_id=learner_id,
        kind=EntryKind.COMPETITION.value if is_award else EntryKind.INNOVATION.value,
        earned_on=content.earned_on or date.min,
        event=content.title if is_award else "",
        level=content.level.value if content.level else "",
        rank=content.rank.value if content.rank else "",
        team_role=content.team_role.value if is_award else "",
    )


def is_team_of(first: Holding, second: Holding) -> bool:
    """Whether two learners hold one award of one team."""
    return first.learner_id != second.learner_id and is_one_team((first, second))
