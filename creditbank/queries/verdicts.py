"""The history of verdicts. The current ones are read through services.fresh_verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.causes import Cause
from creditbank.domain.permissions import Action, Scope
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.store.access_log import record_access
from creditbank.store.learner_keys import learner_key
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class HistoricVerdict:
    """One row of the history. causes: all that led to it, such as entry 12."""

    verdict_id: int
    subject_kind: str
    subject_id: int
    outcome: str
    shortfall_units: int
    ledger_seq: int
    facts_seq: int
    plan_id: int
    policy_version: str
    engine_version: str
    as_of: date
    causes: tuple[Cause, ...]
    decided_at: datetime
    input_hash: str


@dataclass(frozen=True, slots=True)
class CountedPoint:
    """What counted for graduation from a moment on, beside what the plan asks; hundredths."""

    decided_at: datetime
    counted_units: int
    required_units: int


POINTS_MAX = 500
_POINTS = text("""
SELECT * FROM (
  SELECT verdict_id, decided_at, cast(findings->>'counted_units' AS int) AS counted_units,
    cast(findings->>'required_units' AS int) AS required_units
  FROM verdicts WHERE subject_kind = 'graduation' AND enrolment_id = (
    SELECT enrolment_id FROM enrolments WHERE learner_id = :id
    ORDER BY is_open DESC, entered_on DESC, enrolment_id DESC LIMIT 1)
  ORDER BY verdict_id DESC LIMIT :limit) latest
ORDER BY verdict_id
""")
_HISTORY = text("""
SELECT verdict_id, subject_kind, subject_id, outcome, shortfall_units, ledger_seq, facts_seq,
  plan_id, policy_version, engine_version, as_of, causes, decided_at, input_hash
FROM verdicts WHERE enrolment_id IN (SELECT enrolment_id FROM enrolments WHERE learner_id = :id)
  AND (subject_kind = 'graduation' OR cast(:agreed AS int[]) IS NULL
    OR subject_id = ANY (:agreed))
  AND (cast(:after AS bigint) IS NULL OR verdict_id < :after)
ORDER BY verdict_id DESC LIMIT :limit
""")


def verdict_history(
    uow: UnitOfWork,
    actor: Actor,
    learner_id: int,
    *,
    now: datetime,
    limit: int = 50,
    cursor: str = "",
) -> Page[HistoricVerdict]:
    """Every verdict there has been on a learner, newest first. Raises NotFoundError.

    A college sees the advance only under its own agreements.
    """
    key = learner_key(uow.connection, learner_id, as_of=local_date(now))
    grant = decide(actor, Action.SEE_VERDICTS, key)
    limit = clamp(limit)
    after = decode_cursor(cursor, (int,))
    rows = uow.connection.execute(
        _HISTORY,
        {
            "id": learner_id,
            "agreed": sorted(actor.agreement_ids) if grant.scope is Scope.AGREED else None,
            "after": None if after is None else after[0],
            "limit": limit + 1,
        },
    )
    record_access(uow.connection, actor, Action.SEE_VERDICTS, grant.mask, [learner_id], now)
    found = [
        HistoricVerdict(**{**row, "causes": tuple(map(Cause.parse, row["causes"]))})
        for row in rows.mappings()
    ]
    return page_of(found, limit, lambda item: (item.verdict_id,))


def counted_over_time(uow: UnitOfWork, learner_id: int) -> tuple[CountedPoint, ...]:
    """How the credits of the latest enrolment in reach grew, oldest first, at most 500 changes.

    The caller has decided that the actor may see the learner's verdicts.
    """
    rows = uow.connection.execute(_POINTS, {"id": learner_id, "limit": POINTS_MAX})
    return tuple(
        CountedPoint(row.decided_at, row.counted_units, row.required_units) for row in rows
    )
