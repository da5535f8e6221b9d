"""What people did and what was signed, read out whole beside the ledger: for checks alone.

The login must be the owner's, as for store.ledger_dump. Nothing here decides what is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text

_PAPERS = text("""
SELECT issued_paper_id, institution_id, kind, year, serial, document, content_hash
FROM issued_papers ORDER BY institution_id, kind, year, serial
""")
_TERMS = text("""
SELECT agreement_id, version_no, in_force_from, scores, valid_from, valid_to
FROM agreement_terms ORDER BY agreement_id, version_no
""")
_MEMBERS = text("""
SELECT m.agreement_id, m.enrolment_id, e.learner_id, a.school_id, a.college_id, m.left_on, e.status,
  ARRAY(SELECT c.takes_effect_on FROM status_changes c JOIN status_change_executions x
    USING (status_change_id) WHERE c.enrolment_id = e.enrolment_id AND x.status_after = '07')
    AS graduated_on
FROM agreement_members m JOIN enrolments e USING (enrolment_id)
  JOIN articulation_agreements a USING (agreement_id)
""")
_CONSENTS = text("""
SELECT agreement_id, learner_id, is_given FROM sharing_consents ORDER BY sharing_consent_id
""")
_SHARED = text("""
SELECT agreement_id, enrolment_id, learner_id, school_id, college_id FROM shared_members
""")
_DECISIONS = text("""
SELECT d.decision_id, d.enrolment_id, d.learner_id, d.institution_id, d.subject_kind, d.subject_id,
  d.verdict_id, d.withdraws_id, d.decided_on, d.document_no, d.decided_at, v.findings,
  (v.enrolment_id, v.learner_id, v.institution_id, v.subject_kind, v.subject_id)
    IS NOT DISTINCT FROM (d.enrolment_id, d.learner_id, d.institution_id, d.subject_kind,
    d.subject_id) AS is_of_verdict
FROM decisions d LEFT JOIN verdicts v USING (verdict_id) ORDER BY d.decision_id
""")
_REVIEWS = text("""
SELECT r.review_case_id, r.frozen_verdict_id IS DISTINCT FROM d.verdict_id AS other_frozen,
  r.findings_hash IS DISTINCT FROM v.findings_hash AS other_findings
FROM review_cases r LEFT JOIN decisions d USING (decision_id)
  LEFT JOIN verdicts v ON v.verdict_id = r.verdict_id
WHERE r.frozen_verdict_id IS DISTINCT FROM d.verdict_id
  OR r.findings_hash IS DISTINCT FROM v.findings_hash
""")
_MOVES = text("SELECT * FROM advance_moves ORDER BY agreement_id, enrolment_id, advance_move_id")
_SCORES = text("SELECT advance_move_id, part, units FROM advance_scores ORDER BY advance_move_id")
_STRAY = """
SELECT '{table}' AS of_table, s.advance_move_id FROM {table} s
  LEFT JOIN advance_moves m USING (advance_move_id)
WHERE m.kind IS NULL OR m.kind <> ALL (ARRAY[{kinds}]) OR m.institution_id <> s.institution_id
"""
_STRAYS = text(
    " UNION ALL ".join(
        _STRAY.format(table=table, kinds=kinds)
        for table, kinds in (
            ("process_assessments", "'pass_assessment', 'fail_assessment'"),
            ("advance_scores", "'score'"),
            ("advance_admissions", "'return_admission'"),
        )
    )
)
_BARE = text("""
SELECT m.advance_move_id FROM advance_moves m
WHERE m.kind = 'score' AND NOT EXISTS (
    SELECT FROM advance_scores s WHERE s.advance_move_id = m.advance_move_id)
  OR m.kind = 'return_admission' AND NOT EXISTS (
    SELECT FROM advance_admissions s WHERE s.advance_move_id = m.advance_move_id)
""")
_CREDENTIAL_IDS = text("SELECT issued_credential_id FROM issued_credentials ORDER BY 1")
_CREDENTIALS = text("""
SELECT c.*, k.public_key, k.institution_id AS key_school,
  ARRAY(SELECT p.document FROM unnest(c.part_ids) WITH ORDINALITY AS n (id, place)
    LEFT JOIN issued_credentials p ON p.issued_credential_id = n.id ORDER BY n.place) AS parts
FROM issued_credentials c LEFT JOIN signing_keys k USING (key_id)
WHERE c.issued_credential_id = ANY (:ids)
""")
_HASHES = text("""
SELECT learner_id, ledger_seq, encode(entry_hash, 'hex') FROM ledger_entries
WHERE learner_id = ANY (:ids)
""")
_LIST_IDS = text("SELECT status_list_id FROM status_lists ORDER BY 1")
_LISTS = text("""
SELECT s.*, k.public_key, k.institution_id AS key_school, NOT EXISTS (
    SELECT FROM status_lists t WHERE (t.institution_id, t.site, t.list_no)
      = (s.institution_id, s.site, s.list_no) AND t.status_list_id > s.status_list_id) AS speaks
FROM status_lists s LEFT JOIN signing_keys k USING (key_id) WHERE s.status_list_id = ANY (:ids)
""")
_ENDED = text("""
SELECT c.institution_id, c.site, c.list_no, c.list_index, min(e.ended_at)
FROM issued_credentials c JOIN credential_endings e USING (issued_credential_id)
GROUP BY c.institution_id, c.site, c.list_no, c.list_index
""")
_AT_A_TIME = 1_000


def papers(connection: Connection) -> Iterator[Any]:
    """Issued papers by their registers, each with its document."""
    return _streamed(connection, _PAPERS)


def terms(connection: Connection) -> list[Any]:
    """Versions of agreements, in their order."""
    return list(connection.execute(_TERMS))


def members(connection: Connection) -> list[Any]:
    """Places in classes, with what decides whether they are shown."""
    return list(connection.execute(_MEMBERS))


def consents(connection: Connection) -> list[Any]:
    """(agreement_id, learner_id, is_given), the oldest first."""
    return list(connection.execute(_CONSENTS))


def shown(connection: Connection) -> set[tuple[int, ...]]:
    """(agreement_id, enrolment_id, learner_id, school_id, college_id) as colleges see them."""
    return {tuple(row) for row in connection.execute(_SHARED)}


def decisions(connection: Connection) -> Iterator[Any]:
    """Decisions and withdrawals, each with its verdict's findings, in their order."""
    return _streamed(connection, _DECISIONS)


def reviews_astray(connection: Connection) -> list[Any]:
    """Reviews that do not name the decision's verdict, or what the later one found."""
    return list(connection.execute(_REVIEWS))


def moves(connection: Connection) -> Iterator[dict[str, Any]]:
    """Steps of the advance by agreement and enrolment, in their order."""
    return (dict(row._mapping) for row in _streamed(connection, _MOVES))  # noqa: SLF001 (its name)


def scores(connection: Connection) -> list[Any]:
    """(advance_move_id, part, units)."""
    return list(connection.execute(_SCORES))


def strays(connection: Connection) -> list[Any]:
    """(table, advance_move_id) of sheets, scores and admissions beside no step of their kind."""
    return list(connection.execute(_STRAYS))


def bare_moves(connection: Connection) -> list[int]:
    """Steps that should have scores or an admission beside them."""
    return list(connection.execute(_BARE).scalars())


def credential_ids(connection: Connection) -> list[int]:
    """All credentials."""
    return list(connection.execute(_CREDENTIAL_IDS).scalars())


def credentials(connection: Connection, ids: Sequence[int]) -> list[Any]:
    """Credentials with the public key that they name and the texts of those in them."""
    return list(connection.execute(_CREDENTIALS, {"ids": list(ids)}))


def entry_hashes(connection: Connection, learner_ids: Sequence[int]) -> dict[tuple[int, int], str]:
    """By learner and number, in hexadecimal."""
    rows = connection.execute(_HASHES, {"ids": list(learner_ids)})
    return {(row[0], row[1]): row[2] for row in rows}


def status_list_ids(connection: Connection) -> list[int]:
    """All status lists that were ever signed."""
    return list(connection.execute(_LIST_IDS).scalars())


def status_lists(connection: Connection, ids: Sequence[int]) -> list[Any]:
    """Lists with the public key that they name; speaks: the last one of its place."""
    return list(connection.execute(_LISTS, {"ids": list(ids)}))


def ended_places(connection: Connection) -> dict[tuple[int, str, int], dict[int, Any]]:
    """By school, site and list: the places that have ended, and since when."""
    found: dict[tuple[int, str, int], dict[int, Any]] = {}
    for school, site, list_no, place, since in connection.execute(_ENDED):
        found.setdefault((school, site, list_no), {})[place] = since
    return found


def _streamed(connection: Connection, asked: Any) -> Iterator[Any]:  # noqa: ANN401 (a statement)
    yield from connection.execute(asked, execution_options={"yield_per": _AT_A_TIME})
