"""What waits of marks that are to be entered and of claims, for who enters or reviews them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import text

from creditbank.domain.academic_progress import GRACE_DAYS
from creditbank.domain.access import Actor
from creditbank.domain.calendar import local_date
from creditbank.domain.enrolments import Term, semester_no
from creditbank.domain.grade_drafts import ENTRY_DAYS
from creditbank.domain.permissions import PERMISSIONS, Action
from creditbank.queries.waiting import COUNT_MAX, Waiting, counted
from creditbank.store.plans import load_plans
from creditbank.store.policies import policy_for
from creditbank.store.terms import terms_by_code
from creditbank.store.unit_of_work import UnitOfWork

_COUNTED = """
SELECT count(*) AS waiting, min(since) AS since, cast(NULL AS date) AS until, min(number) AS number
FROM ({found} LIMIT :limit) AS found
"""
# A sheet is finished by whoever wrote in it last; by then its marks are to be in the books.
_UNFINISHED = text("""
SELECT count(*) AS waiting, min(since) AS since, min(until) AS until, min(number) AS number
FROM (SELECT d.changed_at AS since, t.ends_on + cast(:grace AS int) AS until,
    d.grade_draft_id AS number
  FROM grade_drafts d LEFT JOIN academic_terms t ON t.code = d.term_code
  WHERE d.institution_id = :school AND d.state = 'draft' AND d.changed_by = :account
  ORDER BY 2, 1 LIMIT :limit) AS found
""")
# Whether a class's marks are there is asked of a few of it, as they come by whole classes.
_CLASSES = text("""
SELECT c.entry_year, c.plan_id FROM (
  SELECT class_name, entry_year, mode() WITHIN GROUP (ORDER BY plan_id) AS plan_id,
    (array_agg(learner_id ORDER BY student_no))[1 : :asked] AS learners
  FROM enrolments WHERE institution_id = :school AND is_open GROUP BY class_name, entry_year) c
WHERE NOT EXISTS (SELECT FROM grade_drafts d
    WHERE (d.institution_id, d.class_name, d.entry_year, d.term_code)
      = (:school, c.class_name, c.entry_year, :term) AND d.state <> 'discarded')
  AND NOT EXISTS (SELECT FROM ledger_entries e WHERE e.learner_id = ANY (c.learners)
    AND e.institution_id = :school AND e.kind = 'course' AND e.term_code = :term)
LIMIT :limit
""")
_ASKED_OF_A_CLASS = 5
_OVER_FOR = timedelta(days=90)
"""A term whose marks were due so long ago is not asked about any more."""
_DECIDING = (Action.REVIEW_CLAIM, Action.CONFIRM_CLAIM)
_DRAFTS = text(
    _COUNTED.format(
        found="""
SELECT s.taken_at AS since, d.grade_draft_id AS number FROM grade_drafts d
  JOIN LATERAL (SELECT taken_at, taken_by FROM grade_draft_steps t
    WHERE t.grade_draft_id = d.grade_draft_id ORDER BY grade_draft_step_id DESC LIMIT 1) s ON true
WHERE d.institution_id = :school AND d.state = 'submitted' AND s.taken_by <> :account
ORDER BY s.taken_at"""
    )
)
# A sheet that was returned waits for whoever handed it in, whoever wrote the reason.
_RETURNED = text(
    _COUNTED.format(
        found="""
SELECT s.taken_at AS since, d.grade_draft_id AS number FROM grade_drafts d
  JOIN LATERAL (SELECT taken_at FROM grade_draft_steps t
    WHERE t.grade_draft_id = d.grade_draft_id ORDER BY grade_draft_step_id DESC LIMIT 1) s ON true
WHERE d.institution_id = :school AND d.state = 'returned' AND EXISTS (
  SELECT FROM grade_draft_steps h WHERE h.grade_draft_id = d.grade_draft_id
    AND h.step = 'submitted' AND h.taken_by = :account)
ORDER BY s.taken_at"""
    )
)
_CLAIMS = text(
    _COUNTED.format(
        found="""
SELECT made_at AS since, claim_id AS number FROM claim_states
WHERE institution_id = :school AND kind = ANY (:moves) ORDER BY made_at"""
    )
)
_OBJECTIONS = text(
    _COUNTED.format(
        found="""
SELECT o.made_at AS since, o.claim_id AS number FROM claim_moves o
WHERE o.institution_id = :school AND o.kind = 'object'
  AND NOT EXISTS (SELECT FROM claim_moves r WHERE r.about_id = o.claim_move_id)
  AND (SELECT s.kind FROM claim_states s WHERE s.claim_id = o.claim_id) = 'confirm'
ORDER BY o.made_at"""
    )
)
_NOTICES = text("""
SELECT count(*) AS waiting, min(since) AS since, min(until) AS until, min(number) AS number
FROM (SELECT starts_on AS since, ends_on AS until, claim_id AS number FROM claim_states
  WHERE institution_id = :school AND kind = 'confirm' AND :today BETWEEN starts_on AND ends_on
  ORDER BY ends_on LIMIT :limit) AS found
""")


def drafts_to_finish(uow: UnitOfWork, actor: Actor, now: datetime) -> Iterable[Waiting]:
    """Sheets that the actor has written in last and that are neither handed in nor posted."""
    asked = {
        "school": actor.institution_id, "account": actor.account_id,
        "grace": _entry_rules(uow, actor, local_date(now))[1],
    }  # fmt: skip
    return counted(uow, _UNFINISHED, asked)


def classes_without_marks(uow: UnitOfWork, actor: Actor, now: datetime) -> Iterable[Waiting]:
    """Classes that were taught something in the term and have neither a sheet nor marks of it.

    From some days before the term ends; until: when its credits are expected in the books.
    """
    today = local_date(now)
    before, grace = map(timedelta, _entry_rules(uow, actor, today))
    ends = {
        days.ends_on: Term.parse(code)
        for code, days in terms_by_code(uow.connection).items()
        if days.ends_on - before <= today <= days.ends_on + grace + _OVER_FOR
    }
    if ends:
        ends_on = max(ends)
        count = _without_marks(uow, actor, ends[ends_on])
        if count:
            yield Waiting(count=count, since=ends_on - before, until=ends_on + grace)


def drafts_to_review(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Marks that somebody else has handed in."""
    asked = {"school": actor.institution_id, "account": actor.account_id}
    return counted(uow, _DRAFTS, asked)


def drafts_returned(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Marks that came back to who handed them in."""
    asked = {"school": actor.institution_id, "account": actor.account_id}
    return counted(uow, _RETURNED, asked)


def claims_to_review(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Claims before their first review, or back from the ledger."""
    return counted(uow, _CLAIMS, {"school": actor.institution_id, "moves": ["submit", "bounce"]})


def claims_to_confirm(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Claims before their final review."""
    return counted(uow, _CLAIMS, {"school": actor.institution_id, "moves": ["accept"]})


def claims_objected(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Objections during the notice that nobody has ruled on."""
    return counted(uow, _OBJECTIONS, {"school": actor.institution_id})


def claims_on_notice(uow: UnitOfWork, actor: Actor, now: datetime) -> Iterable[Waiting]:
    """Claims that hang in the school, for its people who do not decide on them."""
    if any((action, actor.role) in PERMISSIONS for action in _DECIDING):
        return ()
    asked = {"school": actor.institution_id, "today": local_date(now)}
    return counted(uow, _NOTICES, asked)


def _entry_rules(uow: UnitOfWork, actor: Actor, today: date) -> tuple[int, int]:
    """From how many days before a term ends to how many after it marks are entered."""
    policy = policy_for(uow.connection, actor.institution_id or 0, today)
    return policy.integer(ENTRY_DAYS), policy.integer(GRACE_DAYS)


def _without_marks(uow: UnitOfWork, actor: Actor, term: Term) -> int:
    asked = {
        "school": actor.institution_id, "term": term.code, "asked": _ASKED_OF_A_CLASS,
        "limit": COUNT_MAX,
    }  # fmt: skip
    rows = uow.connection.execute(_CLASSES, asked).all()
    plans = load_plans(uow.connection, {row.plan_id for row in rows})
    return sum(
        any(
            course.semester_no == semester_no(entry_year=row.entry_year, term=term)
            for course in plans[row.plan_id].courses
        )
        for row in rows
    )
