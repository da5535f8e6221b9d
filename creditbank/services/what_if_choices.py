"""What can be supposed of a learner: what a page offers to tap. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from creditbank.domain.access import Actor
from creditbank.domain.award_values import competition_units, innovation_units
from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.calendar import local_date
from creditbank.domain.evidence import ACCUMULATING
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Record
from creditbank.eligibility.gap import offers_for
from creditbank.eligibility.offers import Offer
from creditbank.services.gaps import as_posted
from creditbank.services.what_if import moves_of, snapshot_of, visible_books
from creditbank.store.other_plans import OtherPlan
from creditbank.store.plans import load_plan
from creditbank.store.unit_of_work import UnitOfWork

_LEVELS = (
    AwardLevel.NATIONAL, AwardLevel.PROVINCE, AwardLevel.CITY, AwardLevel.COUNTY,
    AwardLevel.SCHOOL,
)  # fmt: skip
_RANKS = (AwardRank.FIRST, AwardRank.SECOND, AwardRank.THIRD)


@dataclass(frozen=True, slots=True)
class PrizeChoice:
    """An award of a contest, and what it is worth in hundredths."""

    level: AwardLevel
    rank: AwardRank
    units: int


@dataclass(frozen=True, slots=True)
class AchievementChoice:
    """An innovation achievement. quantity: days or hours that earn `units` hundredths."""

    category: InnovationCategory
    certificate_level: CertificateLevel
    quantity: int
    units: int


@dataclass(frozen=True, slots=True)
class Choices:
    """courses: not passed yet and taught, in the plan's order. entries: what could be taken back.

    prizes, achievements: those worth something today. moves: plans of other majors and schools.
    """

    plan: Plan
    today: date
    courses: tuple[Offer, ...]
    entries: tuple[Record, ...]
    prizes: tuple[PrizeChoice, ...]
    achievements: tuple[AchievementChoice, ...]
    moves: tuple[OtherPlan, ...]


def what_if_choices(uow: UnitOfWork, actor: Actor, learner_id: int, *, now: datetime) -> Choices:
    """What the page offers; one line in the access log. Raises as services.what_if."""
    today = local_date(now)
    books = visible_books(uow, actor, learner_id, now=now)
    with uow.everywhere():
        snapshot = snapshot_of(uow, books)
        plan = load_plan(uow.connection, books.plan_id)
        offers = [
            offer
            for offer in offers_for(snapshot, plan, books.policy, today)
            if offer.record.kind is EntryKind.COURSE
        ]
        return Choices(
            plan=plan,
            today=today,
            courses=as_posted(uow.connection, offers, books.institution_id),
            entries=tuple(
                record
                for record in snapshot.records
                if record.units and not record.is_outside
                if record.kind in {EntryKind.COURSE, EntryKind.COMPETITION, EntryKind.INNOVATION}
            ),
            prizes=_prizes(books.policy),
            achievements=_achievements(books.policy),
            moves=moves_of(uow, books, snapshot),
        )


def _prizes(policy: Policy) -> tuple[PrizeChoice, ...]:
    found = (
        PrizeChoice(level, rank, competition_units(level, rank, TeamRole.INDIVIDUAL, policy).units)
        for level in _LEVELS
        for rank in _RANKS
    )
    return tuple(item for item in found if item.units)


def _achievements(policy: Policy) -> tuple[AchievementChoice, ...]:
    found = []
    for category in InnovationCategory:
        levels = [CertificateLevel.NONE]
        if category is InnovationCategory.SKILL_CERTIFICATE:
            levels = [item for item in CertificateLevel if item]
        quantity = 1
        if category in ACCUMULATING:
            quantity = policy.integer(f"innovation.portion.{category.value}")
        for level in levels:
            units = innovation_units(category, quantity, level, policy).units
            found.append(AchievementChoice(category, level, quantity, units))
    return tuple(item for item in found if item.units)
