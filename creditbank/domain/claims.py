"""学分认定申报: what a learner claims, what people do with it, and where that leaves it.

A move is a row; `standing_of` folds the moves of a claim in their order. Nothing is moved back:
what was returned is handed in again as another statement. The road is that of the schools' own
rules: 教务科初审, 教学指导委员会终审, 公示, 入账. Which move may follow, and who makes it:
domain.claim_moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.permissions import Role

NOTE_MAX = 200
CLAIMS_MAX = 200
"""So many pass the final review at once."""
NOTICE_DAYS = "claims.notice_working_days"
"""The policy key: how many working days 公示 takes."""


class ClaimKind(StrEnum):
    """What is claimed, in the words of the form."""

    AWARD = "award"
    """竞赛获奖."""
    CERTIFICATE = "certificate"
    """证书."""
    WORK = "work"
    """专利、作品、项目."""
    PRACTICE = "practice"
    """社会实践."""
    VOLUNTEERING = "volunteering"
    """志愿服务."""


class ClaimStage(StrEnum):
    """Where a claim stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    """待初审."""
    RETURNED = "returned"
    """退回补正: the learner may mend it and hand it in again."""
    ACCEPTED = "accepted"
    """初审通过, 待终审."""
    NOTICE = "notice"
    """公示; once that has passed without an objection it is booked."""
    POSTED = "posted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class QueueState(StrEnum):
    """Which claims of the first review are wanted."""

    WAITING = "waiting"
    BOUNCED = "bounced"
    """Those among them that came back from the ledger."""
    RETURNED = "returned"
    """Those that wait for the learner."""


class ClaimMoveKind(StrEnum):
    """What people do, and what follows by itself (POST, BOUNCE)."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    ACCEPT = "accept"
    """初审通过, with the credits."""
    RETURN = "return"
    REJECT = "reject"
    CONFIRM = "confirm"
    """终审通过, with the days of the notice."""
    OBJECT = "object"
    """异议, while the notice runs: nothing is booked until it is decided."""
    DISMISS = "dismiss"
    UPHOLD = "uphold"
    """The objection is right: the claim ends."""
    POST = "post"
    BOUNCE = "bounce"
    """The ledger refused it, or the same evidence was booked meanwhile: the first review again."""


FINAL = frozenset({ClaimStage.POSTED, ClaimStage.REJECTED, ClaimStage.WITHDRAWN})
OPEN = frozenset(ClaimStage) - FINAL - {ClaimStage.DRAFT}
"""Handed in, and not decided to the end."""
STAGES: Mapping[ClaimMoveKind, ClaimStage] = {
    ClaimMoveKind.SUBMIT: ClaimStage.SUBMITTED,
    ClaimMoveKind.WITHDRAW: ClaimStage.WITHDRAWN,
    ClaimMoveKind.ACCEPT: ClaimStage.ACCEPTED,
    ClaimMoveKind.RETURN: ClaimStage.RETURNED,
    ClaimMoveKind.REJECT: ClaimStage.REJECTED,
    ClaimMoveKind.CONFIRM: ClaimStage.NOTICE,
    ClaimMoveKind.UPHOLD: ClaimStage.REJECTED,
    ClaimMoveKind.POST: ClaimStage.POSTED,
    ClaimMoveKind.BOUNCE: ClaimStage.SUBMITTED,
}
"""Moves that lead to a stage; the others are about an objection."""

CATEGORIES: Mapping[ClaimKind, tuple[InnovationCategory, ...]] = {
    ClaimKind.AWARD: (),
    ClaimKind.CERTIFICATE: (
        InnovationCategory.SKILL_CERTIFICATE,
        InnovationCategory.GENERAL_CERTIFICATE,
    ),
    ClaimKind.WORK: (
        InnovationCategory.PATENT_INVENTION,
        InnovationCategory.PATENT_UTILITY,
        InnovationCategory.PATENT_DESIGN,
        InnovationCategory.SOFTWARE_COPYRIGHT,
        InnovationCategory.PUBLISHED_WORK,
        InnovationCategory.TECHNICAL_INNOVATION,
        InnovationCategory.ENTERPRISE,
        InnovationCategory.SCHOOL_PROJECT,
    ),
    ClaimKind.PRACTICE: (InnovationCategory.SOCIAL_PRACTICE,),
    ClaimKind.VOLUNTEERING: (InnovationCategory.VOLUNTEERING,),
}
"""What each kind may be; an award is valued by level and rank instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimContent:
    """What a learner states. A draft may lack things; what is handed in does not.

    quantity: days of practice, hours of volunteering, else 1. category: None of an award. level,
    rank: None of anything else.
    """

    kind: ClaimKind
    title: str = ""
    category: InnovationCategory | None = None
    level: AwardLevel | None = None
    rank: AwardRank | None = None
    team_role: TeamRole = TeamRole.INDIVIDUAL
    certificate_level: CertificateLevel = CertificateLevel.NONE
    certificate_no: str = ""
    document_no: str = ""
    issuer: str = ""
    quantity: int = 1
    earned_on: date | None = None
    valid_until: date | None = None
    note: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields that must be filled in before it can be handed in."""
        found = [] if self.title else ["title"]
        found += [] if self.earned_on else ["earned_on"]
        if self.kind is ClaimKind.AWARD:
            found += [] if self.level else ["level"]
            found += [] if self.rank else ["rank"]
        elif self.category not in CATEGORIES[self.kind]:
            found.append("category")
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimMove:
    """One move. number: of its row; rows are numbered in their order.

    revision: of the statement that it is about. units: hundredths, of an ACCEPT. starts_on,
    ends_on: of a CONFIRM. about: the objection that a ruling answers. ledger_seq: of a POST.
    """

    kind: ClaimMoveKind
    made_on: date
    number: int = 0
    revision: int = 0
    reason: str = ""
    units: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    about: int | None = None
    ledger_seq: int | None = None
    made_by: int = 0
    made_as: Role | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStanding:
    """Where a claim stands. revision: of the statement that was handed in last.

    units: what the first review granted. accepted_by, confirmed_by: who made the two reviews.
    objections: number and account of those that nobody has answered. is_bounced: back in the first
    review because the ledger refused it. reason: why it was returned, rejected or bounced.
    """

    stage: ClaimStage = ClaimStage.DRAFT
    since: date | None = None
    revision: int = 0
    units: int | None = None
    accepted_by: int = 0
    confirmed_by: int = 0
    starts_on: date | None = None
    ends_on: date | None = None
    objections: Mapping[int, int] = field(default_factory=dict)
    ledger_seq: int | None = None
    is_bounced: bool = False
    reason: str = ""

    @property
    def may_change(self) -> bool:
        """Whether the learner may still write another statement."""
        return self.stage in {ClaimStage.DRAFT, ClaimStage.RETURNED}

    def is_due(self, today: date) -> bool:
        """Whether the notice has passed and nothing stands in the way of booking it."""
        has_passed = self.ends_on is not None and today > self.ends_on
        return self.stage is ClaimStage.NOTICE and has_passed and not self.objections


def standing_of(moves: Sequence[ClaimMove]) -> ClaimStanding:
    """Where a claim stands after these moves in their order."""
    standing = ClaimStanding()
    for move in moves:
        standing = _after(standing, move)
    return standing


def _after(standing: ClaimStanding, move: ClaimMove) -> ClaimStanding:
    if move.kind is ClaimMoveKind.OBJECT:
        opened = {**standing.objections, move.number: move.made_by}
        return replace(standing, objections=opened)
    still_open = {number: by for number, by in standing.objections.items() if number != move.about}
    if move.kind is ClaimMoveKind.DISMISS:
        return replace(standing, objections=still_open)
    moved = replace(
        standing,
        stage=STAGES[move.kind],
        since=move.made_on,
        reason=move.reason,
        is_bounced=move.kind is ClaimMoveKind.BOUNCE,
    )
    return replace(moved, **_changes(move))


def _changes(move: ClaimMove) -> dict[str, Any]:
    """What a move changes beside the stage."""
    first_again = {"accepted_by": 0, "confirmed_by": 0, "starts_on": None, "ends_on": None}
    match move.kind:
        case ClaimMoveKind.SUBMIT:
            return first_again | {"revision": move.revision, "units": None}
        case ClaimMoveKind.ACCEPT:
            return {"units": move.units, "accepted_by": move.made_by}
        case ClaimMoveKind.CONFIRM:
            days = {"starts_on": move.starts_on, "ends_on": move.ends_on}
            return days | {"confirmed_by": move.made_by}
        case ClaimMoveKind.POST:
            return {"ledger_seq": move.ledger_seq}
        case ClaimMoveKind.BOUNCE:
            return first_again
        case _:
            return {}
