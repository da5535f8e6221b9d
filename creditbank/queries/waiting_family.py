"""What waits for a family about its learners: claims, a consent, an appeal, and being behind.

About each of the actor's learner_ids, which a page narrows to whom it is about; a line's second is
the learner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import TextClause, text

from creditbank.domain.access import Actor
from creditbank.domain.advance_moves import SIGNATURES, Proposal, obstacle
from creditbank.domain.advances import MoveKind
from creditbank.domain.calendar import local_date
from creditbank.queries.waiting import Waiting, counted
from creditbank.store.advance_standings import open_book
from creditbank.store.advances import read_seats
from creditbank.store.unit_of_work import UnitOfWork

_COUNTED = """
SELECT count(*) AS waiting, min(since) AS since, cast(NULL AS date) AS until, min(number) AS number
FROM ({found} LIMIT :limit) AS found
"""
_CLAIMS = text(
    _COUNTED.format(
        found="""
SELECT coalesce(made_at, opened_at) AS since, claim_id AS number FROM claim_states
WHERE learner_id = :learner AND kind IS NOT DISTINCT FROM :move ORDER BY 1"""
    )
)
# A college is shown nothing of a member about whom nobody has said yes or no.
_CONSENTS = text(
    _COUNTED.format(
        found="""
SELECT m.joined_on AS since, a.agreement_id AS number
FROM enrolments e JOIN agreement_members m USING (enrolment_id)
  JOIN agreements_on(:today) a USING (agreement_id)
WHERE e.learner_id = :learner AND e.is_open AND m.left_on IS NULL
  AND :today BETWEEN a.valid_from AND a.valid_to AND NOT EXISTS (SELECT FROM sharing_consents k
    WHERE (k.agreement_id, k.learner_id) = (a.agreement_id, e.learner_id))
ORDER BY 1"""
    )
)
_WARNINGS = text(
    _COUNTED.format(
        found="""
SELECT w.noted_on AS since, e.learner_id AS number FROM enrolments e
  JOIN LATERAL (SELECT level, noted_on FROM academic_warnings a
    WHERE a.enrolment_id = e.enrolment_id ORDER BY noted_on DESC LIMIT 1) w ON true
WHERE e.learner_id = :learner AND e.is_open AND w.level <> 'none' ORDER BY 1"""
    )
)


def claims_to_mend(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Claims that were sent back."""
    return _of_learner(uow, actor, _CLAIMS, move="return")


def claims_to_hand_in(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Claims that were begun and nobody has handed in."""
    return _of_learner(uow, actor, _CLAIMS, move=None)


def consents_to_give(uow: UnitOfWork, actor: Actor, now: datetime) -> Iterable[Waiting]:
    """Agreements about whose college the family has said neither yes nor no."""
    return _of_learner(uow, actor, _CONSENTS, today=local_date(now))


def warnings_standing(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """学业预警 that stands."""
    return _of_learner(uow, actor, _WARNINGS)


def appeals_open(uow: UnitOfWork, actor: Actor, now: datetime) -> Iterable[Waiting]:
    """Results of the process assessment that may still be appealed against."""
    today = local_date(now)
    asked = Proposal(
        kind=MoveKind.APPEAL, role=actor.role, decided_on=today, document_no="-", reason="-",
        signatures=SIGNATURES.get(actor.role, frozenset()),
    )  # fmt: skip
    for learner_id in actor.learner_ids:
        seats = read_seats(uow.connection, None, learner_id=learner_id)
        for agreement_id in {seat.agreement_id for seat in seats}:
            book = open_book(uow, agreement_id, today=today)
            if book is None:
                continue
            for item in book.known(learner_id=learner_id):
                standing = item.standing
                if obstacle(standing, book.rules(standing.attempt), asked) is None:
                    yield Waiting(
                        count=1, since=standing.notice_starts_on, until=standing.appeal_until,
                        number=agreement_id, second=learner_id,
                    )  # fmt: skip


def _of_learner(
    uow: UnitOfWork, actor: Actor, query: TextClause, **asked: object
) -> Iterator[Waiting]:
    for learner_id in actor.learner_ids:
        for item in counted(uow, query, {"learner": learner_id, **asked}):
            yield replace(item, second=learner_id)
