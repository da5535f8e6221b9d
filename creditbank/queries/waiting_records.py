"""What waits about records: reviews, exceptions, disputes, graduations, terms, papers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import text

from creditbank.domain.access import Actor
from creditbank.domain.calendar import local_date
from creditbank.domain.enrolments import Term
from creditbank.domain.permissions import Action
from creditbank.queries.waiting import COUNT_MAX, Waiting, counted, school_of
from creditbank.store.evidence_checks import read_disputes
from creditbank.store.policies import policy_for
from creditbank.store.terms import terms_by_code
from creditbank.store.unit_of_work import UnitOfWork

_DISPUTES_SHOWN = 3
_EXPIRES_WITHIN = timedelta(days=7)
_REVIEWS = text("""
SELECT count(*) AS waiting, min(since) AS since, cast(NULL AS date) AS until, min(number) AS number
FROM (SELECT opened_at AS since, review_case_id AS number FROM review_cases c
  WHERE (cast(:school AS int) IS NULL OR institution_id = :school) AND NOT EXISTS (
    SELECT FROM review_resolutions r WHERE r.review_case_id = c.review_case_id)
  ORDER BY opened_at LIMIT :limit) AS found
""")
_EXCEPTIONS = text("""
SELECT count(*) AS waiting, min(since) AS since, cast(NULL AS date) AS until, min(number) AS number
FROM (SELECT entered_at AS since, learner_id AS number FROM plan_exceptions x
  WHERE institution_id = :school AND NOT EXISTS (
    SELECT FROM exception_rulings r WHERE r.plan_exception_id = x.plan_exception_id)
  ORDER BY entered_at LIMIT :limit) AS found
""")
# A class that has come to its end and holds learners who may graduate.
_GRADUATIONS = text("""
SELECT count(*) AS waiting, min(since) AS since, cast(NULL AS date) AS until,
  cast(NULL AS int) AS number
FROM (SELECT g.evaluated_at AS since FROM enrolments e JOIN verdict_heads g
    ON g.enrolment_id = e.enrolment_id AND g.subject_kind = 'graduation'
  WHERE e.institution_id = :school AND e.is_open AND g.outcome IN ('eligible', 'eligible_early')
  LIMIT :limit) AS found
""")
_NOT_REGISTERED = text("""
SELECT count(*) AS waiting, cast(:starts_on AS date) AS since, cast(:until AS date) AS until,
  cast(NULL AS int) AS number
FROM (SELECT FROM enrolments e
  WHERE e.institution_id = :school AND e.is_open AND e.entered_on <= :ends_on
    AND e.enrolment_id NOT IN (SELECT a.enrolment_id FROM away_on(:day) a)
    AND NOT EXISTS (SELECT FROM term_registrations r
      WHERE (r.enrolment_id, r.term_code) = (e.enrolment_id, :term))
  LIMIT :limit) AS found
""")
_PAPERS = text("""
SELECT count(*) AS waiting, min(since) AS since, min(until) AS until, min(number) AS number
FROM (SELECT p.issued_at AS since, p.valid_until AS until, p.learner_id AS number
  FROM issued_papers p
  WHERE p.institution_id = :school AND p.valid_until BETWEEN :today AND :near
    AND NOT EXISTS (SELECT FROM paper_revocations r WHERE r.issued_paper_id = p.issued_paper_id)
    AND NOT EXISTS (SELECT FROM issued_papers n WHERE n.learner_id = p.learner_id
      AND n.kind = p.kind AND n.issued_paper_id > p.issued_paper_id)
  ORDER BY p.valid_until LIMIT :limit) AS found
""")
_NOT_CONTACTED = text("""
SELECT count(*) AS waiting, min(since) AS since, cast(NULL AS date) AS until,
  cast(NULL AS int) AS number
FROM (SELECT w.noted_on AS since FROM (SELECT DISTINCT ON (a.enrolment_id) a.*
    FROM academic_warnings a JOIN enrolments e USING (enrolment_id)
    WHERE a.institution_id = :school AND e.is_open
    ORDER BY a.enrolment_id, a.noted_on DESC) w
  WHERE w.level <> 'none' AND NOT EXISTS (SELECT FROM warning_contacts c
    WHERE c.enrolment_id = w.enrolment_id AND c.contacted_on >= w.noted_on)
  LIMIT :limit) AS found
""")
# The duplicates first; which of these few stand, then whom of them the reader answers for.
_SHARED_NUMBERS = text("""
WITH held AS (SELECT evidence_no FROM ledger_entries
  WHERE evidence_no IS NOT NULL AND kind IN ('competition', 'innovation')
  GROUP BY evidence_no HAVING min(learner_id) < max(learner_id)),
standing AS (
  SELECT e.evidence_no, e.learner_id, e.ledger_seq, e.recorded_at
  FROM held JOIN ledger_entries e USING (evidence_no)
  WHERE e.kind IN ('competition', 'innovation') AND NOT EXISTS (
    SELECT FROM ledger_entries r WHERE r.learner_id = e.learner_id
      AND r.source_seq = e.ledger_seq AND r.kind = 'reversal')),
shared AS (SELECT evidence_no, count(DISTINCT learner_id) AS learners FROM standing
  GROUP BY evidence_no HAVING count(DISTINCT learner_id) > 1)
SELECT DISTINCT ON (s.evidence_no) s.evidence_no, d.learners, s.learner_id, s.ledger_seq,
  s.recorded_at AS since
FROM shared d JOIN standing s USING (evidence_no) JOIN enrolments n USING (learner_id)
WHERE cast(:school AS int) IS NULL OR n.institution_id = :school
ORDER BY s.evidence_no, s.recorded_at DESC LIMIT :limit
""")


def open_reviews(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Decisions that a later verdict contradicts."""
    return counted(uow, _REVIEWS, {"school": school_of(actor, Action.SEE_REVIEWS)})


def unruled_exceptions(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Exceptions from the plan that wait for a second person."""
    return counted(uow, _EXCEPTIONS, {"school": actor.institution_id})


def ready_to_graduate(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Learners who may graduate and have not."""
    return counted(uow, _GRADUATIONS, {"school": actor.institution_id})


def not_registered(uow: UnitOfWork, actor: Actor, now: datetime) -> Iterable[Waiting]:
    """Of whom nothing is recorded for the term that runs, from some days before it begins."""
    today = local_date(now)
    policy = policy_for(uow.connection, actor.institution_id or 0, today)
    before = timedelta(days=policy.integer("registration.days_before"))
    runs = [
        (code, days)
        for code, days in terms_by_code(uow.connection).items()
        if days.starts_on - before <= today <= days.ends_on
    ]
    for code, days in runs[-1:]:
        asked = {
            "school": actor.institution_id, "term": Term.parse(code).code,
            "day": max(today, days.starts_on), "starts_on": days.starts_on,
            "ends_on": days.ends_on, "until": days.ends_on,
        }  # fmt: skip
        yield from counted(uow, _NOT_REGISTERED, asked)


def not_contacted(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Whoever has fallen behind and nobody has talked with since."""
    return counted(uow, _NOT_CONTACTED, {"school": actor.institution_id})


def ending_papers(uow: UnitOfWork, actor: Actor, now: datetime) -> Iterable[Waiting]:
    """Certificates that soon are no longer valid, and that no later one stands for."""
    today = local_date(now)
    asked = {"school": actor.institution_id, "today": today, "near": today + _EXPIRES_WITHIN}
    return counted(uow, _PAPERS, asked)


def disputed_evidence(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Certificate numbers that several learners hold: a line for each of the latest few."""
    asked = {"school": school_of(actor, Action.CHECK_EVIDENCE), "limit": COUNT_MAX}
    with uow.everywhere():  # the other holder may be anywhere
        found = {row.evidence_no: row for row in uow.connection.execute(_SHARED_NUMBERS, asked)}
        disputes = read_disputes(uow.connection, found)
    rows = sorted((found[number] for number in disputes), key=lambda row: row.since, reverse=True)
    for row in rows[:_DISPUTES_SHOWN]:
        yield Waiting(
            count=row.learners, since=local_date(row.since), number=row.learner_id,
            second=row.ledger_seq,
        )  # fmt: skip
