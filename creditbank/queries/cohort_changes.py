"""Who of a cohort has changed since a position, and how they stand: a college's own list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action
from creditbank.domain.verdicts import Verdict
from creditbank.eligibility import ENGINE_VERSION
from creditbank.queries.advances import standings_of
from creditbank.queries.agreements import AgreementLine, agreement_line
from creditbank.queries.cohorts import MEMBER_LINES, SHARED, CohortMember, member_of, renewed
from creditbank.queries.pages import clamp
from creditbank.store.access_log import record_access
from creditbank.store.cohort_changes import SinceLook, last_position, lines_after, since_looks
from creditbank.store.policies import policy_for
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CohortChange:
    """A learner who changed at a position last. member: None for who is no longer shared."""

    position: int
    learner_id: int
    member: CohortMember | None

    @property
    def is_removed(self) -> bool:
        """Whether to forget what was known of the learner."""
        return self.member is None


@dataclass(frozen=True, slots=True)
class CohortChanges:
    """What changed after a position, oldest first. position: where to go on; has_more: at once."""

    line: AgreementLine
    items: tuple[CohortChange, ...]
    position: int
    has_more: bool

    @property
    def behind(self) -> tuple[int, ...]:
        """The learners whose standing verdicts are behind the books."""
        members = (item.member for item in self.items if item.member is not None)
        return tuple(member.learner_id for member in members if not member.is_fresh)

    def renewed(self, verdicts: Iterable[Verdict]) -> CohortChanges:
        """The same with verdicts that were computed just now; at_stages comes after it."""
        found = {(item.enrolment_id, item.subject_kind, item.subject_id): item for item in verdicts}
        agreement_id = self.line.agreement.agreement_id
        items = (
            item
            if item.member is None
            else replace(item, member=renewed(item.member, agreement_id, found))
            for item in self.items
        )
        return replace(self, items=tuple(items))

    def at_stages(
        self, uow: UnitOfWork, verdicts: Iterable[Verdict], *, now: datetime
    ) -> CohortChanges:
        """The same with where each stands in the advance, by the verdicts of this very answer."""
        shown = [item.member.enrolment_id for item in self.items if item.member is not None]
        agreement_id = self.line.agreement.agreement_id
        found = standings_of(uow, agreement_id, shown, now=now, verdicts=verdicts) if shown else {}
        items = (
            item
            if item.member is None
            else replace(
                item,
                member=replace(item.member, standing=found.get(item.member.enrolment_id)),
            )
            for item in self.items
        )
        return replace(self, items=tuple(items))


_MEMBERS = text(f"{MEMBER_LINES} AND e.enrolment_id = ANY (:ids) AND {SHARED}")


def cohort_changes(
    uow: UnitOfWork, actor: Actor, agreement_id: int, *, since: int, limit: int, now: datetime
) -> CohortChanges:
    """The next changes after a position, at most `limit`; from 0 on everybody.

    Whoever is not shared is named by number, if the college was shown them before, and not at all
    otherwise. Raises NotFoundError, or InvalidInputError for a position that was never given.
    """
    grant = decide(actor, Action.FOLLOW_COHORT)
    if agreement_id not in actor.agreement_ids:
        raise NotFoundError
    line = agreement_line(uow, actor, agreement_id, now=now)
    connection, limit = uow.connection, clamp(limit)
    found = lines_after(connection, agreement_id, since, limit=limit + 1)
    if not found and since > last_position(connection, agreement_id):
        raise refused(_UNKNOWN)
    page = found[:limit]
    members = _members(uow, line, [item.enrolment_id for item in page if item.is_shared], now=now)
    items = tuple(
        CohortChange(item.position, item.learner_id, members.get(item.enrolment_id))
        for item in page
        if item.enrolment_id in members or item.was_shared
    )
    shown = [item.learner_id for item in items if item.member is not None]
    record_access(connection, actor, Action.FOLLOW_COHORT, grant.mask, shown, now)
    position = page[-1].position if page else since
    return CohortChanges(line, items, position, has_more=len(found) > limit)


def cohort_news(
    uow: UnitOfWork, actor: Actor, agreement_ids: Sequence[int]
) -> dict[int, SinceLook]:
    """What is new to the actor's account since its last look, by agreement; nobody is named.

    An agreement that is not the actor's, or has nothing new, is left out. Raises ForbiddenError.
    """
    decide(actor, Action.FOLLOW_COHORT)
    asked = sorted(actor.agreement_ids.intersection(agreement_ids))
    found = since_looks(uow.connection, actor.account_id, asked)
    return {item.agreement_id: item for item in found if item.changed or item.left}


def _members(
    uow: UnitOfWork, line: AgreementLine, enrolment_ids: list[int], *, now: datetime
) -> dict[int, CohortMember]:
    if not enrolment_ids:
        return {}
    today = local_date(now)
    rows = uow.connection.execute(
        _MEMBERS,
        {
            "agreement": line.agreement.agreement_id,
            "today": today,
            "engine": ENGINE_VERSION,
            "policy": policy_for(uow.connection, line.agreement.school_id, today).version,
            "ids": enrolment_ids,
        },
    )
    return {row["enrolment_id"]: member_of(dict(row)) for row in rows.mappings()}


_UNKNOWN = Problem(
    "position_unknown",
    Message(
        "没有这个变更位置;数据库可能已从备份恢复,请从0重新读取。",
        "No such position was given; the database may have been restored: read again from 0.",
    ),
    field="changed_since",
)
