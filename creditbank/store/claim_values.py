"""What a claim is worth by the school's table of the day."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from creditbank.domain.award_values import AwardValue, competition_units, innovation_units
from creditbank.domain.claims import ClaimContent, ClaimKind
from creditbank.store.policies import policy_for


def table_value(
    connection: Connection,
    institution_id: int,
    content: ClaimContent,
    *,
    today: date,
    known_at: datetime | None = None,
) -> AwardValue | None:
    """What the school's table has for it; None while too little is said, or before any rule.

    The table of the day on which it was earned; of today while that day is not said.
    known_at: see store.policies.policy_for.
    """
    day = content.earned_on or today
    policy = policy_for(connection, institution_id, day, known_at=known_at)
    try:
        if content.kind is ClaimKind.AWARD:
            if content.level is None or content.rank is None:
                return None
            return competition_units(content.level, content.rank, content.team_role, policy)
        if content.category is None:
            return None
        return innovation_units(
            content.category,
            content.quantity,
            content.certificate_level,
            policy,
            is_granted=bool(content.certificate_no),
        )
    except KeyError:
        return None
