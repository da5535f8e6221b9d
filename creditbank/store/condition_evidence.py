"""The records that hard conditions look at, for many learners at once. The reach is everywhere.

The same records as in store.snapshots, with their names and numbers: attestations and sanctions are
the person's own and go along to another school; of conduct and placement the latest speaks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, text

from creditbank.domain.verdicts import Placement, Use
from creditbank.eligibility.condition_evidence import Aside, Evidence, EvidenceKind
from creditbank.store.evidence_checks import read_disputes

_HELD = text("""
WITH asked AS (
  SELECT e.enrolment_id, e.learner_id, coalesce(e.began_on, e.entered_on) AS entered_on
  FROM enrolments e WHERE e.enrolment_id = ANY (:ids)),
own AS (
  SELECT a.enrolment_id, e.enrolment_id AS own_id FROM asked a JOIN enrolments e USING (learner_id))
SELECT enrolment_id, learner_id, 'enrolment' AS kind, '' AS name, '' AS level, '' AS number,
  '' AS issuer, entered_on AS dated, NULL::date AS until, '' AS result, NULL::int AS ledger_seq,
  false AS is_revoked
FROM asked
UNION ALL
SELECT m.enrolment_id, 0, 'membership', '', '', '', '', m.joined_on, m.left_on, '', NULL, false
FROM agreement_members m JOIN asked USING (enrolment_id) WHERE m.agreement_id = :agreement
UNION ALL
(SELECT DISTINCT ON (c.enrolment_id) c.enrolment_id, 0, 'conduct', c.term_code, c.grade, '', '',
  NULL::date, NULL::date, c.result, NULL::int, false
FROM conduct_evaluations c JOIN asked USING (enrolment_id)
ORDER BY c.enrolment_id, c.recorded_at DESC, c.conduct_evaluation_id DESC)
UNION ALL
(SELECT DISTINCT ON (i.enrolment_id) i.enrolment_id, 0, 'internship', i.organisation, '', '', '',
  i.started_on, i.ended_on, i.result, NULL::int, false
FROM internship_appraisals i JOIN asked USING (enrolment_id)
ORDER BY i.enrolment_id, i.recorded_at DESC, i.internship_appraisal_id DESC)
UNION ALL
SELECT o.enrolment_id, 0, 'sanction', '', s.level, s.document_no, '', s.decided_on,
  coalesce(s.lifted_on, l.lifted_on), '', NULL, false
FROM own o JOIN sanctions s ON s.enrolment_id = o.own_id LEFT JOIN sanction_liftings l
  USING (sanction_id)
UNION ALL
(SELECT DISTINCT ON (o.enrolment_id, t.kind) o.enrolment_id, 0, t.kind, '', '', t.document_no, '',
  t.attested_on, NULL::date, t.result, NULL::int, false
FROM own o JOIN attestations t ON t.enrolment_id = o.own_id
WHERE t.kind IN ('exam_registration', 'medical_check')
  AND NOT EXISTS (SELECT FROM attestations r WHERE r.replaces_id = t.attestation_id)
ORDER BY o.enrolment_id, t.kind, t.attested_on DESC,
  array_position(ARRAY['failed', 'passed', 'pending'], t.result::text))
UNION ALL
SELECT a.enrolment_id, a.learner_id, 'certificate', coalesce(l.detail->>'title', ''),
  coalesce(l.detail->>'certificate_level', ''), coalesce(l.evidence_no, ''),
  coalesce(l.detail->>'issuer', ''), l.earned_on,
  cast(nullif(l.detail->>'valid_until', '') AS date), '', l.ledger_seq,
  EXISTS (SELECT FROM ledger_entries r WHERE r.learner_id = l.learner_id
    AND r.kind = 'reversal' AND r.source_seq = l.ledger_seq)
FROM asked a JOIN ledger_entries l USING (learner_id)
WHERE l.kind = 'innovation' AND l.detail->>'category' = 'skill_certificate'
""")

_PLACED = text("""
SELECT h.enrolment_id, v.findings -> 'placements' AS placements
FROM verdict_heads h JOIN verdicts v USING (verdict_id)
WHERE h.subject_kind = 'graduation' AND h.enrolment_id = ANY (:ids)
""")


def held_evidence(
    connection: Connection, agreement_id: int, enrolment_ids: Sequence[int]
) -> dict[int, tuple[Evidence, ...]]:
    """By enrolment everything that conditions of this agreement may look at.

    The caller has decided access to the learners.
    """
    asked = {"agreement": agreement_id, "ids": list(enrolment_ids)}
    rows = connection.execute(_HELD, asked).all()
    disputes = read_disputes(connection, {row.number for row in rows if row.ledger_seq})
    found: dict[int, list[Evidence]] = defaultdict(list)
    for row in rows:
        aside = None
        if row.is_revoked:
            aside = Aside.REVOKED
        elif row.ledger_seq and row.learner_id in disputes.get(row.number, ()):
            aside = Aside.DISPUTED
        found[row.enrolment_id].append(
            Evidence(
                kind=EvidenceKind(row.kind),
                name=row.name,
                level=row.level,
                number=row.number,
                issuer=row.issuer,
                dated=row.dated,
                until=row.until,
                result=row.result,
                ledger_seq=row.ledger_seq,
                aside=aside,
            )
        )
    return {number: tuple(found[number]) for number in enrolment_ids}


def placements_of(
    connection: Connection, enrolment_ids: Sequence[int]
) -> dict[int, tuple[Placement, ...]]:
    """By enrolment what each record did in the stored verdict on graduation, where there is one.

    The caller has decided access to the learners.
    """
    rows = connection.execute(_PLACED, {"ids": list(enrolment_ids)})
    return {
        row.enrolment_id: tuple(
            Placement(seq, block, units, Use(use)) for seq, block, units, use in row.placements
        )
        for row in rows
    }
