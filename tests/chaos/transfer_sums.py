"""Whether each transfer is wholly done or not at all, in SQL over all rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import text

from creditbank.domain.ledger import GENESIS_HASH, content_hash
from creditbank.services.recomputations import recompute_verdicts
from creditbank.store.ledger import entries_of, entry_content
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.transfer_desk import TransferDesk

LATER = datetime(2026, 9, 19, 2, tzinfo=UTC)
_STANDING = """
  NOT EXISTS (SELECT FROM ledger_entries r WHERE r.learner_id = l.learner_id
    AND r.kind = 'reversal' AND r.source_seq = l.ledger_seq AND r.recorded_at <= a.arrived_at)"""
_TRANSFERS = f"""
WITH said AS (
  SELECT c.status_change_id AS id, c.*, e.status, e.is_open,
    (SELECT count(*) FROM status_change_executions x WHERE x.status_change_id = c.status_change_id)
      AS executed,
    (SELECT count(*) FROM status_change_withdrawals w
      WHERE w.status_change_id = c.status_change_id) AS withdrawn,
    (SELECT count(*) FROM status_change_opinions o
      WHERE o.status_change_id = c.status_change_id AND NOT o.agrees) AS refused,
    (SELECT count(*) FROM transfer_arrivals a WHERE a.status_change_id = c.status_change_id)
      AS arrivals,
    (SELECT count(*) FROM makeup_courses m WHERE m.status_change_id = c.status_change_id)
      AS makeups,
    (SELECT count(*) FROM ledger_entries l WHERE l.kind = 'recognition'
      AND l.learner_id = c.learner_id
      AND l.detail->>'status_change_id' = c.status_change_id::text) AS booked
  FROM status_changes c JOIN enrolments e USING (enrolment_id)
), arrived AS (
  SELECT a.*, c.learner_id, c.institution_id AS from_id, c.to_institution_id,
    (SELECT coalesce(sum(l.units), 0) FROM ledger_entries l WHERE l.learner_id = c.learner_id
      AND l.kind = 'recognition' AND l.detail->>'status_change_id' = c.status_change_id::text)
      AS left_over,
    (SELECT coalesce(sum(l.units), 0) FROM ledger_entries l WHERE l.learner_id = c.learner_id
      AND l.kind = 'recognition' AND l.detail->>'status_change_id' = c.status_change_id::text
      AND l.units > 0 AND l.institution_id = a.institution_id) AS came,
    (SELECT coalesce(sum(l.units), 0) FROM ledger_entries l WHERE l.learner_id = c.learner_id
      AND l.kind = 'course' AND l.institution_id = c.institution_id
      AND l.recorded_at <= a.arrived_at AND {_STANDING}) AS earned,
    (SELECT coalesce(sum(-l.units), 0) FROM ledger_entries l WHERE l.learner_id = c.learner_id
      AND l.kind = 'recognition' AND l.detail->>'status_change_id' = c.status_change_id::text
      AND l.units < 0 AND l.institution_id = c.institution_id) AS gave
  FROM transfer_arrivals a JOIN status_changes c USING (status_change_id)
)
"""
_FIGURES = text(
    _TRANSFERS
    + """
SELECT count(*) AS transfers, count(*) FILTER (WHERE executed = 1) AS executed,
  count(*) FILTER (WHERE withdrawn = 1) AS withdrawn,
  count(*) FILTER (WHERE refused = 1) AS refused,
  count(*) FILTER (WHERE executed + withdrawn + refused = 0) AS open,
  (SELECT count(*) FROM (SELECT learner_id FROM said WHERE executed = 1
    GROUP BY learner_id HAVING count(*) > 1) r) AS there_and_back,
  (SELECT coalesce(sum(presented), 0) FROM arrived) AS presented_units,
  (SELECT coalesce(sum(recognised), 0) FROM arrived) AS recognised_units,
  (SELECT coalesce(sum(earned - gave), 0) FROM arrived) AS not_recognised_units
FROM said"""
)
_FAULTS = text(
    _TRANSFERS
    + """
SELECT
  (SELECT count(*) FROM said WHERE executed + withdrawn + refused > 1) AS ended_in_two_ways,
  (SELECT count(*) FROM said WHERE executed = 1 AND (is_open OR status <> '10' OR arrivals <> 1))
    AS half_done,
  (SELECT count(*) FROM said WHERE executed = 0 AND (arrivals + makeups + booked > 0))
    AS done_without_execution,
  (SELECT count(*) FROM enrolments e WHERE e.status = '10' AND NOT EXISTS (SELECT FROM said s
    WHERE s.enrolment_id = e.enrolment_id AND s.executed = 1)) AS left_without_execution,
  (SELECT count(*) FROM arrived a LEFT JOIN enrolments e USING (enrolment_id)
    WHERE e.learner_id IS DISTINCT FROM a.learner_id
      OR e.institution_id IS DISTINCT FROM a.to_institution_id
      OR NOT e.is_open AND NOT EXISTS (SELECT FROM said s
        WHERE s.enrolment_id = e.enrolment_id AND s.executed = 1)) AS arrival_without_enrolment,
  (SELECT count(*) FROM enrolments e WHERE e.entered_on > '2025-09-01' AND NOT EXISTS
    (SELECT FROM arrived a WHERE a.enrolment_id = e.enrolment_id)) AS enrolment_without_arrival,
  (SELECT count(*) FROM (SELECT learner_id FROM enrolments WHERE is_open
    AND study_mode = 'full_time' GROUP BY learner_id HAVING count(*) <> 1) d) AS not_one_enrolment,
  (SELECT count(*) FROM arrived WHERE left_over <> 0 OR came <> recognised OR gave <> recognised)
    AS recognised_otherwise,
  (SELECT count(*) FROM arrived WHERE presented <> recognised + (earned - gave))
    AS presented_otherwise,
  (SELECT count(*) FROM makeup_courses m LEFT JOIN arrived a USING (status_change_id)
    WHERE m.enrolment_id IS DISTINCT FROM a.enrolment_id) AS makeup_of_nobody,
  (SELECT count(*) FROM ledger_entries l WHERE l.kind = 'recognition' AND NOT EXISTS
    (SELECT FROM arrived a WHERE a.status_change_id::text = l.detail->>'status_change_id'
      AND a.learner_id = l.learner_id)) AS recognised_for_nobody,
  (SELECT count(*) FROM public_notices n WHERE NOT EXISTS
    (SELECT FROM said s WHERE s.id = n.status_change_id)) AS notice_of_nobody,
  (SELECT count(*) FROM agreement_members m JOIN enrolments e USING (enrolment_id)
    WHERE m.left_on IS NULL AND NOT e.is_open) AS place_kept"""
)


def sums_of(desk: TransferDesk, learner_ids: Sequence[int]) -> dict:
    """Figures, and under faults how often each of what must not be is found."""
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        figures = dict(uow.connection.execute(_FIGURES).mappings().one())
        faults = dict(uow.connection.execute(_FAULTS).mappings().one())
        faults["broken_chains"] = sum(
            _is_broken(entries_of(uow.connection, learner_id)) for learner_id in learner_ids
        )
        report = recompute_verdicts(uow, learner_ids, as_of=LATER.date())
    faults["wrong_verdicts"] = len(report.differences)
    return {
        **{name: int(value) for name, value in figures.items()},
        "verdicts": report.count,
        "faults": {name: int(value) for name, value in faults.items()},
    }


def _is_broken(entries: Sequence[dict]) -> bool:
    previous = GENESIS_HASH
    for number, row in enumerate(entries, start=1):
        previous = content_hash(previous, entry_content(row))
        if row["ledger_seq"] != number or row["entry_hash"] != previous:
            return True
    return False
