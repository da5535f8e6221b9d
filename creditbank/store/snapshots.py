"""Snapshots: everything a verdict looks at, read for many learners at once.

Needs a reach of all institutions: a learner's evidence may stand in several.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, text

from creditbank.domain.awards import CertificateLevel
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.evidence import event_key
from creditbank.domain.ledger import EntryKind
from creditbank.domain.snapshots import (
    Appraisal,
    Attestation,
    AttestationKind,
    Membership,
    Record,
    Sanction,
    SanctionLevel,
    Snapshot,
)

Rows = Sequence[Mapping[str, Any]]
_SEQ, _KIND, _UNITS, _BLOCK, _SOURCE, _NUMBER = 0, 1, 2, 6, 7, 8
_KINDS = {kind.value: kind for kind in EntryKind}
_LEVELS = {level.value: level for level in CertificateLevel}


@dataclass(frozen=True, slots=True)
class Evaluand:
    """One enrolment to evaluate: its snapshot and the plan it follows."""

    snapshot: Snapshot
    plan_id: int


def _query(sql: str) -> Any:  # noqa: ANN401 (a SQLAlchemy text with an expanding parameter)
    return text(sql).bindparams(bindparam("ids", expanding=True))


_ENROLMENTS = _query("""
SELECT e.*, coalesce(h.ledger_seq, 0) AS head_seq, coalesce(h.facts_seq, 0) AS head_facts
FROM enrolments e LEFT JOIN learner_heads h USING (learner_id)
WHERE e.learner_id IN :ids ORDER BY e.learner_id, e.enrolment_id
""")
# Packed by the database into one text per learner: a third of the time that rows would take.
_ENTRIES = _query("""
SELECT learner_id, cast(json_agg(json_build_array(
    ledger_seq, kind, units, earned_on, course_code, passed, block_code, source_seq, evidence_no,
    detail->>'title', detail->>'event', detail->>'category', detail->>'certificate_level',
    detail->>'valid_until') ORDER BY ledger_seq) AS text) AS packed
FROM ledger_entries WHERE learner_id IN :ids GROUP BY learner_id
""")
_CONDUCT = _query("""
SELECT DISTINCT ON (enrolment_id) enrolment_id, result FROM conduct_evaluations
WHERE enrolment_id IN :ids ORDER BY enrolment_id, recorded_at DESC, conduct_evaluation_id DESC
""")
_INTERNSHIPS = _query("""
SELECT DISTINCT ON (enrolment_id) enrolment_id, result FROM internship_appraisals
WHERE enrolment_id IN :ids ORDER BY enrolment_id, recorded_at DESC, internship_appraisal_id DESC
""")
_SANCTIONS = _query("""
SELECT enrolment_id, level, decided_on, lifted_on FROM sanctions
WHERE enrolment_id IN :ids ORDER BY enrolment_id, sanction_id
""")
_ATTESTATIONS = _query("""
SELECT enrolment_id, kind, subject, result, attested_on FROM attestations
WHERE enrolment_id IN :ids ORDER BY enrolment_id, attestation_id
""")
_MEMBERSHIPS = _query("""
SELECT enrolment_id, agreement_id, joined_on, left_on FROM agreement_members
WHERE enrolment_id IN :ids ORDER BY enrolment_id, agreement_id
""")
_DISPUTED = _query("""
SELECT e.evidence_no FROM ledger_entries e
WHERE e.evidence_no IN :ids AND e.kind IN ('competition', 'innovation') AND NOT EXISTS (
  SELECT 1 FROM ledger_entries r
  WHERE r.learner_id = e.learner_id AND r.source_seq = e.ledger_seq AND r.kind = 'reversal')
GROUP BY e.evidence_no HAVING count(DISTINCT e.learner_id) > 1
""")


def read_evaluands(connection: Connection, learner_ids: Sequence[int]) -> list[Evaluand]:
    """Every enrolment of these learners with its evidence; learners without one are left out."""
    enrolments = _rows(connection, _ENROLMENTS, learner_ids)
    ids = [row["enrolment_id"] for row in enrolments]
    entries = {
        row["learner_id"]: orjson.loads(row["packed"])
        for row in _rows(connection, _ENTRIES, learner_ids)
    }
    disputed = _disputed(connection, entries.values())
    facts = _Facts(
        conduct=_by(_rows(connection, _CONDUCT, ids), "enrolment_id"),
        internships=_by(_rows(connection, _INTERNSHIPS, ids), "enrolment_id"),
        sanctions=_by(_rows(connection, _SANCTIONS, ids), "enrolment_id"),
        attestations=_by(_rows(connection, _ATTESTATIONS, ids), "enrolment_id"),
        memberships=_by(_rows(connection, _MEMBERSHIPS, ids), "enrolment_id"),
    )
    records = {
        learner_id: standing_records(rows, disputed=disputed)
        for learner_id, rows in entries.items()
    }
    return [
        Evaluand(_snapshot(row, records.get(row["learner_id"], ()), facts), row["plan_id"])
        for row in enrolments
    ]


def standing_records(
    entries: Sequence[Sequence[Any]], *, disputed: frozenset[str] = frozenset()
) -> tuple[Record, ...]:
    """One learner's ledger, packed as _ENTRIES packs it, as the records that stand.

    Reversals and what they reversed are gone; an award is less what approved substitutions drew
    from it; of a substitution only the receiving half is a record, in dispute with its award.
    """
    reversed_seqs = {entry[_SOURCE] for entry in entries if entry[_KIND] == EntryKind.REVERSAL}
    drawn: dict[int, int] = defaultdict(int)
    standing = []
    for entry in entries:
        kind = entry[_KIND]
        if kind == EntryKind.REVERSAL or entry[_SEQ] in reversed_seqs:
            continue
        if kind == EntryKind.SUBSTITUTION and entry[_BLOCK] is None:
            drawn[entry[_SOURCE]] += entry[_UNITS]
        else:
            standing.append(entry)
    seqs = {entry[_SEQ] for entry in standing if disputed and entry[_NUMBER] in disputed}
    return tuple(
        _record(entry, drawn, in_dispute=entry[_SEQ] in seqs or entry[_SOURCE] in seqs)
        for entry in standing
    )


def _record(entry: Sequence[Any], drawn: Mapping[int, int], *, in_dispute: bool) -> Record:
    (seq, kind_code, units, earned_on, course, passed, block, _, number, title, event, category,
     level, until) = entry  # fmt: skip
    kind = _KINDS[kind_code]
    if kind is EntryKind.COURSE:
        return Record(
            seq, kind, units, date.fromisoformat(earned_on), title or "", course or "",
            passed is not False,
        )  # fmt: skip
    detail = {"title": title, "event": event, "category": category}
    return Record(
        ledger_seq=seq,
        kind=kind,
        units=units + drawn.get(seq, 0),
        earned_on=date.fromisoformat(earned_on),
        title=title or "",
        category="competition" if kind is EntryKind.COMPETITION else category or "",
        event_key=event_key(kind, detail, number),
        block_code=block or "",
        certificate_level=_LEVELS[level or ""],
        valid_until=date.fromisoformat(until) if until else None,
        disputed=in_dispute,
        drawn_units=-drawn.get(seq, 0),
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    conduct: Mapping[int, Rows]
    internships: Mapping[int, Rows]
    sanctions: Mapping[int, Rows]
    attestations: Mapping[int, Rows]
    memberships: Mapping[int, Rows]


def _snapshot(row: Mapping[str, Any], records: tuple[Record, ...], facts: _Facts) -> Snapshot:
    key = row["enrolment_id"]
    conduct = facts.conduct.get(key)
    internship = facts.internships.get(key)
    return Snapshot(
        learner_id=row["learner_id"],
        enrolment_id=key,
        institution_id=row["institution_id"],
        ledger_seq=row["head_seq"],
        facts_seq=row["head_facts"],
        status=EnrolmentStatus(row["status"]),
        entered_on=row["entered_on"],
        entry_year=row["entry_year"],
        suspended_semesters=row["suspended_semesters"],
        records=records,
        conduct=Appraisal(conduct[0]["result"]) if conduct else Appraisal.PENDING,
        internship=Appraisal(internship[0]["result"]) if internship else Appraisal.PENDING,
        internship_started=bool(internship),
        sanctions=tuple(
            Sanction(SanctionLevel(item["level"]), item["decided_on"], item["lifted_on"])
            for item in facts.sanctions.get(key, ())
        ),
        attestations=tuple(
            Attestation(
                AttestationKind(item["kind"]),
                item["subject"],
                Appraisal(item["result"]),
                item["attested_on"],
            )
            for item in facts.attestations.get(key, ())
        ),
        memberships=tuple(
            Membership(item["agreement_id"], item["joined_on"], item["left_on"])
            for item in facts.memberships.get(key, ())
        ),
    )


def _disputed(connection: Connection, entries: Iterable[Sequence[Sequence[Any]]]) -> frozenset[str]:
    """Evidence numbers among these entries that stand in the accounts of two learners."""
    numbers = sorted(
        {entry[_NUMBER] for rows in entries for entry in rows if entry[_NUMBER] is not None}
    )
    return frozenset(row["evidence_no"] for row in _rows(connection, _DISPUTED, numbers))


def _rows(connection: Connection, query: Any, ids: Sequence[Any]) -> Rows:  # noqa: ANN401
    if not ids:
        return []
    found = connection.execute(query, {"ids": list(ids)})
    names = tuple(found.keys())
    return [dict(zip(names, row, strict=True)) for row in found]


def _by(rows: Rows, key: str) -> dict[int, list[Mapping[str, Any]]]:
    grouped: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        grouped[row[key]].append(row)
    return dict(grouped)
