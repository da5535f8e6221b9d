"""公示 of process assessments: who is on the list while its days run, for whom it concerns.

Name, school, year, class and result, nothing else. It is not for everybody: learners are minors,
and a result is more than the name and class that a public list of learners may hold. A family's
look leaves no line in the access log, as at any 公示; an office's does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.advances import Stage, Standing
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import NotFoundError
from creditbank.domain.permissions import Action, Scope
from creditbank.queries.advances import may_see
from creditbank.queries.agreements import agreement_line
from creditbank.store.access_log import record_access
from creditbank.store.advance_standings import Known, open_book
from creditbank.store.agreement_partners import institution_names, institution_names_en
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One learner on the list."""

    name: str
    class_name: str
    has_passed: bool


@dataclass(frozen=True, slots=True)
class NoticeList:
    """Whoever was announced with the same days: first and last of the list, last to appeal."""

    starts_on: date | None
    ends_on: date
    appeal_until: date | None
    lines: tuple[NoticeLine, ...]


@dataclass(frozen=True, slots=True)
class AdvanceNotice:
    """The lists of an agreement's class, by their days: one announced again is on a later one.

    There is none where nobody is shown; is_over: because all days are.
    """

    agreement_id: int
    agreement_name: str
    school_name: str
    school_name_en: str
    entry_year: int
    lists: tuple[NoticeList, ...]
    is_over: bool


def advance_notice(
    uow: UnitOfWork, actor: Actor, agreement_id: int, *, now: datetime
) -> AdvanceNotice:
    """The list as the actor may see it today.

    Students and guardians see it while it runs, whole, as long as their own learner is in the
    class; the offices once it is announced, to put it up. Raises ForbiddenError, or NotFoundError
    for an agreement that is not the actor's.
    """
    action = Action.SEE_ADVANCE_NOTICE
    grant, today = decide(actor, action), local_date(now)
    is_family = grant.scope is Scope.OWN
    if not is_family:
        agreement_line(uow, actor, agreement_id, now=now)
    book = open_book(uow, agreement_id, today=today)
    known = book.known() if book else []
    seen = [item for item in known if may_see(actor, action, item)]
    if book is None or (is_family and all(item.seat.situation.has_left for item in seen)):
        raise NotFoundError
    announced = [item for item in (known if is_family else seen) if _is_announced(item.standing)]
    shown = [item for item in announced if _is_up(item.standing, today, is_family=is_family)]
    learner_ids = [item.seat.learner_id for item in shown]
    record_access(uow.connection, actor, action, grant.mask, learner_ids, now)
    agreement = book.agreement
    schools = [agreement.school_id]
    return AdvanceNotice(
        agreement_id=agreement_id,
        agreement_name=agreement.name,
        school_name=institution_names(uow.connection, schools)[agreement.school_id],
        school_name_en=institution_names_en(uow.connection, schools)[agreement.school_id],
        entry_year=agreement.entry_year,
        lists=_lists(shown),
        is_over=bool(announced) and all(_is_over(item.standing, today) for item in announced),
    )


def notice_runs(standing: Standing, today: date) -> bool:
    """Whether the family of who stands so finds a list today."""
    return _is_announced(standing) and _is_up(standing, today, is_family=True)


def _is_announced(standing: Standing) -> bool:
    return standing.notice_ends_on is not None and standing.stage in {
        Stage.NOTICE, Stage.ASSESSMENT_FAILED,
    }  # fmt: skip


def _is_up(standing: Standing, today: date, *, is_family: bool) -> bool:
    has_begun = standing.notice_starts_on is None or standing.notice_starts_on <= today
    return (has_begun or not is_family) and not _is_over(standing, today)


def _is_over(standing: Standing, today: date) -> bool:
    return standing.notice_ends_on is not None and standing.notice_ends_on < today


def _lists(shown: Sequence[Known]) -> tuple[NoticeList, ...]:
    by_days: dict[tuple[date | None, date, date | None], list[NoticeLine]] = {}
    for item in shown:
        standing = item.standing
        if standing.notice_ends_on is not None:
            days = standing.notice_starts_on, standing.notice_ends_on, standing.appeal_until
            by_days.setdefault(days, []).append(_line(item))
    found = (NoticeList(*days, tuple(lines)) for days, lines in by_days.items())
    return tuple(sorted(found, key=lambda item: (item.ends_on, item.appeal_until or item.ends_on)))


def _line(item: Known) -> NoticeLine:
    row = item.seat.row
    return NoticeLine(row["name"], row["class_name"], item.standing.assessment_passed is True)
