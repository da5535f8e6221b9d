"""The facts on record about a learner, as far as the actor may see them, the latest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Action, Role
from creditbank.store.access_log import record_access
from creditbank.store.learner_keys import learner_key
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. kind: conduct, internship, sanction or attestation; what: its own kind or level.

    happened_on: decided, attested, started; ended_on: of an internship, or when a sanction was
    lifted. stands: whether it still speaks; a later one, a lifting or a replacement silences it.
    """

    kind: str
    fact_id: int
    enrolment_id: int
    what: str
    text: str
    result: str
    happened_on: date | None
    ended_on: date | None
    document_no: str
    recorded_at: datetime | None
    stands: bool


_FACTS = text("""
WITH mine AS (SELECT enrolment_id FROM enrolments WHERE learner_id = :id)
SELECT 'conduct' AS kind, conduct_evaluation_id AS fact_id, enrolment_id, term_code AS what,
  grade AS text, result, NULL::date AS happened_on, NULL::date AS ended_on, '' AS document_no,
  recorded_at, row_number() OVER (PARTITION BY enrolment_id
    ORDER BY recorded_at DESC, conduct_evaluation_id DESC) = 1 AS stands
FROM conduct_evaluations JOIN mine USING (enrolment_id)
UNION ALL
SELECT 'internship', internship_appraisal_id, enrolment_id, '', organisation, result, started_on,
  ended_on, '', recorded_at, row_number() OVER (PARTITION BY enrolment_id
    ORDER BY recorded_at DESC, internship_appraisal_id DESC) = 1
FROM internship_appraisals JOIN mine USING (enrolment_id)
UNION ALL
SELECT 'attestation', t.attestation_id, t.enrolment_id, t.kind, t.subject, t.result, t.attested_on,
  NULL, t.document_no, t.recorded_at,
  NOT EXISTS (SELECT FROM attestations r WHERE r.replaces_id = t.attestation_id)
FROM attestations t JOIN mine USING (enrolment_id)
ORDER BY kind, recorded_at DESC NULLS LAST, fact_id DESC
""")
_MINE = text("SELECT enrolment_id, is_open FROM enrolments WHERE learner_id = :id")
_SANCTIONS = text("""
SELECT 'sanction' AS kind, s.sanction_id AS fact_id, s.enrolment_id, s.level AS what,
  coalesce(l.document_no, '') AS text, '' AS result, s.decided_on AS happened_on,
  coalesce(s.lifted_on, l.lifted_on) AS ended_on, s.document_no, s.recorded_at,
  coalesce(s.lifted_on, l.lifted_on, 'infinity'::date) > :today AS stands
FROM sanctions s JOIN enrolments e USING (enrolment_id)
  LEFT JOIN sanction_liftings l USING (sanction_id)
WHERE e.learner_id = :id AND (:goes_along OR e.enrolment_id = ANY (:mine))
ORDER BY s.recorded_at DESC NULLS LAST, s.sanction_id DESC
""")


def read_facts(
    uow: UnitOfWork, actor: Actor, learner_id: int, *, now: datetime
) -> tuple[Fact, ...]:
    """All facts on record; one line in the access log. Raises NotFoundError.

    A college reads of sanctions what stands against a condition of its agreement, there.
    """
    key = learner_key(uow.connection, learner_id, as_of=local_date(now))
    grant = decide(actor, Action.SEE_FACTS, key)
    found = facts_of(uow, learner_id, today=local_date(now))
    record_access(uow.connection, actor, Action.SEE_FACTS, grant.mask, [learner_id], now)
    if actor.role is Role.COLLEGE:
        return tuple(item for item in found if item.kind != "sanction")
    return found


def facts_of(uow: UnitOfWork, learner_id: int, *, today: date) -> tuple[Fact, ...]:
    """The same for who has decided and noted the access.

    Sanctions go along with the learner: where one is enrolled now, those of former schools are
    seen; lifted is lifted, by whichever school.
    """
    mine = uow.connection.execute(_MINE, {"id": learner_id}).all()
    asked = {
        "id": learner_id,
        "today": today,
        "mine": [row.enrolment_id for row in mine],
        "goes_along": any(row.is_open for row in mine),
    }
    rows = [*uow.connection.execute(_FACTS, {"id": learner_id}).mappings()]
    with uow.everywhere():
        rows += uow.connection.execute(_SANCTIONS, asked).mappings()
    return tuple(Fact(**row) for row in rows)
