"""Claims, links and warnings read out whole, as store.record_dump reads the rest: for checks alone.

The login must be the owner's. Nothing here decides what is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text

_CLAIM_IDS = text("SELECT claim_id FROM claims ORDER BY 1")
_STATEMENTS = text("SELECT * FROM claim_statements WHERE claim_id = ANY (:ids)")
_STATES = text("""
SELECT claim_id, kind, revision, ends_on, ledger_seq FROM claim_states WHERE claim_id = ANY (:ids)
""")
_ENTRIES = text("""
SELECT m.claim_id, e.institution_id, e.kind, e.units, e.earned_on, e.evidence_no, e.detail
FROM claim_moves m JOIN ledger_entries e USING (learner_id, ledger_seq)
WHERE m.claim_id = ANY (:ids) AND m.kind = 'post'
""")
# The ledger speaks of a claim, and no move of that claim of it.
_UNCLAIMED = text("""
SELECT e.learner_id, e.ledger_seq FROM ledger_entries e
WHERE e.kind IN ('competition', 'innovation', 'substitution') AND e.detail ? 'claim_id'
  AND NOT EXISTS (SELECT FROM claim_moves m WHERE m.kind = 'post'
    AND m.claim_id = (e.detail->>'claim_id')::int
    AND (m.learner_id, m.ledger_seq) = (e.learner_id, e.ledger_seq))
ORDER BY e.learner_id, e.ledger_seq
""")
# Booked and not taken back since; each piece that more than one claim rests on.
_SHARED = text("""
WITH booked AS (
  SELECT m.claim_id, m.learner_id, s.evidence_no, s.files, s.kind, s.title, s.earned_on, s.detail
  FROM claim_moves m JOIN claim_statements s USING (claim_id, revision)
  WHERE m.kind = 'post' AND NOT EXISTS (SELECT FROM ledger_entries r WHERE r.kind = 'reversal'
    AND (r.learner_id, r.source_seq) = (m.learner_id, m.ledger_seq))),
pieces AS (
  SELECT 'evidence_no' AS field, evidence_no AS piece, claim_id FROM booked WHERE evidence_no <> ''
  UNION SELECT 'files', f.file_hash, b.claim_id FROM booked b
    JOIN claim_files f ON f.claim_file_id = ANY (b.files)),
several AS (
  SELECT field, piece FROM pieces GROUP BY field, piece HAVING count(*) > 1)
SELECT p.field, p.piece, b.claim_id, b.learner_id, b.kind, b.title, b.earned_on, b.detail
FROM several JOIN pieces p USING (field, piece) JOIN booked b USING (claim_id)
ORDER BY p.field, p.piece, b.claim_id
""")
_SHARES = text("""
SELECT s.paper_share_id, s.institution_id, s.shows_numbers, s.shared_at, s.expires_at,
  coalesce((p.institution_id, p.learner_id) = (s.institution_id, s.learner_id)
      AND p.kind = 'status_certificate',
    (c.institution_id, c.learner_id) = (s.institution_id, s.learner_id), false) AS is_of_learner,
  w.withdrawn_at, min(o.opened_at) AS first_opened, max(o.opened_at) AS last_opened
FROM paper_shares s LEFT JOIN issued_papers p USING (issued_paper_id)
  LEFT JOIN issued_credentials c USING (issued_credential_id)
  LEFT JOIN paper_share_withdrawals w USING (paper_share_id)
  LEFT JOIN paper_share_openings o USING (paper_share_id)
GROUP BY s.paper_share_id, p.issued_paper_id, c.issued_credential_id, w.paper_share_id
ORDER BY s.paper_share_id
""")
# Figures of the verdicts that stood about then: one may have been on its way when it was read.
_WARNINGS = text("""
SELECT w.academic_warning_id, w.institution_id, w.level, w.semesters, w.expected_units,
  w.earned_units, w.noted_on, w.noted_at,
  lag(w.level) OVER (PARTITION BY w.enrolment_id ORDER BY w.noted_on) AS before,
  ARRAY(SELECT (SELECT coalesce(sum((b->>'earned')::int + (b->>'substituted')::int
      + (b->>'recognised')::int + coalesce((b->>'shared')::int, 0)), 0)
    FROM jsonb_array_elements(v.findings->'blocks') AS b)
    FROM verdicts v WHERE v.enrolment_id = w.enrolment_id AND v.subject_kind = 'graduation'
      AND v.decided_at <= w.noted_at AND NOT EXISTS (SELECT FROM verdicts n
        WHERE (n.enrolment_id, n.subject_kind) = (v.enrolment_id, v.subject_kind)
          AND n.verdict_id > v.verdict_id
          AND n.decided_at <= w.noted_at - interval '10 minutes')) AS earned,
  ARRAY(SELECT v.plan_id FROM verdicts v WHERE v.enrolment_id = w.enrolment_id
      AND v.subject_kind = 'graduation'
    UNION SELECT e.plan_id FROM enrolments e WHERE e.enrolment_id = w.enrolment_id) AS plan_ids
FROM academic_warnings w ORDER BY w.enrolment_id, w.noted_on
""")
# Who was counted as warned on a day had been noted by then; who has left since is no more counted.
_UNNOTED = text("""
WITH spans AS (
  SELECT institution_id, level, noted_on AS since, coalesce(lead(noted_on)
    OVER (PARTITION BY enrolment_id ORDER BY noted_on), 'infinity') AS until
  FROM academic_warnings),
counted AS (
  SELECT noted_on, institution_id, sum(yellow) AS yellow, sum(red) AS red
  FROM progress_counts GROUP BY noted_on, institution_id)
SELECT c.noted_on, c.institution_id,
  c.yellow > count(s.*) FILTER (WHERE s.level = 'yellow') AS yellow,
  c.red > count(s.*) FILTER (WHERE s.level = 'red') AS red
FROM counted c LEFT JOIN spans s ON s.institution_id = c.institution_id
  AND s.since <= c.noted_on AND c.noted_on < s.until
GROUP BY c.noted_on, c.institution_id, c.yellow, c.red
HAVING c.yellow > count(s.*) FILTER (WHERE s.level = 'yellow')
  OR c.red > count(s.*) FILTER (WHERE s.level = 'red')
ORDER BY c.noted_on, c.institution_id
""")


def claim_ids(connection: Connection) -> list[int]:
    """All claims."""
    return list(connection.execute(_CLAIM_IDS).scalars())


def statements(connection: Connection, ids: Sequence[int]) -> list[Any]:
    """What was stated in these claims, with all columns."""
    return list(connection.execute(_STATEMENTS, {"ids": list(ids)}))


def claim_states(connection: Connection, ids: Sequence[int]) -> dict[int, Any]:
    """By claim: what the view says of it, which queues and clashes are read from."""
    return {row.claim_id: row for row in connection.execute(_STATES, {"ids": list(ids)})}


def claimed_entries(connection: Connection, ids: Sequence[int]) -> dict[int, Any]:
    """By claim: the entry that it was booked as."""
    return {row.claim_id: row for row in connection.execute(_ENTRIES, {"ids": list(ids)})}


def unclaimed_entries(connection: Connection) -> list[Any]:
    """(learner_id, ledger_seq) of entries that name a claim which does not name them."""
    return list(connection.execute(_UNCLAIMED))


def shared_evidence(connection: Connection) -> list[Any]:
    """Booked claims that have a piece of evidence in common, by field and piece."""
    return list(connection.execute(_SHARED))


def shares(connection: Connection) -> list[Any]:
    """Links with the first and the last time they were opened."""
    return list(connection.execute(_SHARES))


def warnings(connection: Connection) -> Iterator[Any]:
    """Warnings with the level before, and what the verdicts of the moment had as earned."""
    yield from connection.execute(_WARNINGS, execution_options={"yield_per": 1_000})


def unnoted_warnings(connection: Connection) -> list[Any]:
    """(noted_on, institution_id, yellow, red): days that count more than were noted, and where."""
    return list(connection.execute(_UNNOTED))
