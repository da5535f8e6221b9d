"""The history of verdicts. The current ones are read through services.fresh_verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from creditbank.domain.access import Action, Actor, Scope, decide
from creditbank.domain.calendar import local_date
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.store.access_log import record_access
from creditbank.store.learner_keys import learner_key
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class HistoricVerdict:
    """One row of the history. cause names what led to it, such as credit:12."""

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
    cause: str
    decided_at: datetime
    input_hash: str


_HISTORY = text("""
SELECT verdict_id, subject_kind, subject_id, outcome, shortfall_units, ledger_seq, facts_seq,
  plan_id, policy_version, engine_version, as_of, cause, decided_at, input_hash
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
    found = [HistoricVerdict(**row) for row in rows.mappings()]
    return page_of(found, limit, lambda item: (item.verdict_id,))
