"""Snapshots: everything a verdict looks at, read for many learners at once.

Needs a reach of all institutions: a learner's evidence may stand in several.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Connection, TextClause, text

from creditbank.domain.awards import CertificateLevel
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.evidence import event_key
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.snapshots import (
    Appraisal,
    Attestation,
    AttestationKind,
    Decision,
    Membership,
    Record,
    Sanction,
    SanctionLevel,
    Snapshot,
)
from creditbank.domain.verdicts import SubjectKind
from creditbank.store.evidence_checks import read_disputes

Rows = Sequence[Mapping[str, Any]]
_SEQ, _KIND, _UNITS, _BLOCK, _SOURCE, _NUMBER = 0, 1, 2, 6, 7, 8
_SCHOOL = 14
_KINDS = {kind.value: kind for kind in EntryKind}
_COURSE, _REVERSAL, _SUBSTITUTION, _RECOGNITION = (
    EntryKind.COURSE.value, EntryKind.REVERSAL.value, EntryKind.SUBSTITUTION.value,
    EntryKind.RECOGNITION.value,
)  # fmt: skip
_PAIRED = frozenset({_SUBSTITUTION, _RECOGNITION})
_LEVELS = {level.value: level for level in CertificateLevel}


@dataclass(frozen=True, slots=True)
class Evaluand:
    """One enrolment to evaluate: its snapshot and the plan it follows."""

    snapshot: Snapshot
    plan_id: int


# One query for the enrolment and all facts about it: a single posting waits for each round trip.
# Sanctions and attestations are the person's own: they go along to another school.
# The head is read before the ledger: what is posted in between is cut off, so that a verdict has
# seen exactly what its ledger_seq says, and is only behind.
_ENROLMENTS = text("""
SELECT e.learner_id, e.enrolment_id, e.institution_id, e.plan_id, e.status,
  coalesce(e.began_on, e.entered_on) AS entered_on,
  e.entry_year, e.suspended_semesters,
  CASE WHEN e.status = '02' THEN (SELECT max(s.until) FROM suspensions s
    WHERE s.enrolment_id = e.enrolment_id AND s.resumed_on IS NULL) END AS away_until,
  coalesce(h.ledger_seq, 0) AS head_seq,
  coalesce(h.facts_seq, 0) AS head_facts,
  (SELECT c.result FROM conduct_evaluations c WHERE c.enrolment_id = e.enrolment_id
    ORDER BY c.recorded_at DESC, c.conduct_evaluation_id DESC LIMIT 1) AS conduct,
  (SELECT a.result FROM internship_appraisals a WHERE a.enrolment_id = e.enrolment_id
    ORDER BY a.recorded_at DESC, a.internship_appraisal_id DESC LIMIT 1) AS internship,
  (SELECT json_agg(json_build_array(s.level, s.decided_on, coalesce(s.lifted_on, l.lifted_on))
      ORDER BY s.sanction_id)
    FROM sanctions s LEFT JOIN sanction_liftings l USING (sanction_id)
    WHERE s.enrolment_id = ANY (o.enrolment_ids)) AS sanctions,
  (SELECT json_agg(json_build_array(t.kind, t.subject, t.result, t.attested_on)
      ORDER BY t.attestation_id)
    FROM attestations t WHERE t.enrolment_id = ANY (o.enrolment_ids) AND NOT EXISTS (
      SELECT FROM attestations r WHERE r.replaces_id = t.attestation_id)) AS attestations,
  (SELECT json_agg(json_build_array(m.agreement_id, m.joined_on, m.left_on)
      ORDER BY m.agreement_id)
    FROM agreement_members m WHERE m.enrolment_id = e.enrolment_id) AS memberships,
  (SELECT json_agg(json_build_array(d.subject_kind, d.subject_id, d.decided_on)
      ORDER BY d.decision_id)
    FROM standing_decisions d WHERE d.enrolment_id = e.enrolment_id) AS decisions,
  (SELECT json_agg(json_build_array(x.kind, x.subject, x.block_code, x.ledger_seq, x.units,
      x.document_no, x.decided_on) ORDER BY x.plan_exception_id)
    FROM standing_exceptions x WHERE x.enrolment_id = e.enrolment_id) AS exceptions
FROM enrolments e LEFT JOIN learner_heads h USING (learner_id)
  CROSS JOIN LATERAL (SELECT array_agg(x.enrolment_id) AS enrolment_ids FROM enrolments x
    WHERE x.learner_id = e.learner_id) o
WHERE e.learner_id = ANY (:ids) ORDER BY e.learner_id, e.enrolment_id
""")
# Packed by the database into one text per learner: a third of the time that rows would take.
_ENTRIES = text("""
SELECT learner_id, cast(json_agg(json_build_array(
    ledger_seq, kind, units, earned_on, course_code, passed, block_code, source_seq, evidence_no,
    detail->>'title', detail->>'event', detail->>'category', detail->>'certificate_level',
    detail->>'valid_until', institution_id,
    coalesce(detail->>'nature', detail->>'level', detail->>'certificate_level'), hours,
    detail->'practice_hours', detail->>'issuer', detail->>'tags')
    ORDER BY ledger_seq) AS text) AS packed
FROM ledger_entries WHERE learner_id = ANY (:ids) GROUP BY learner_id
""")


def read_evaluands(connection: Connection, learner_ids: Sequence[int]) -> list[Evaluand]:
    """Every enrolment of these learners with its evidence; learners without one are left out."""
    enrolments = _rows(connection, _ENROLMENTS, learner_ids)
    heads = {row["learner_id"]: row["head_seq"] for row in enrolments}
    entries = {
        learner_id: entries_up_to(found, heads.get(learner_id, 0))
        for learner_id, found in read_entries(connection, learner_ids).items()
    }
    disputed = disputed_numbers(connection, entries)
    return [
        Evaluand(
            _snapshot(
                row,
                standing_records(
                    entries.get(row["learner_id"], ()),
                    row["institution_id"],
                    disputed=disputed.get(row["learner_id"], frozenset()),
                ),
            ),
            row["plan_id"],
        )
        for row in enrolments
    ]


def read_evaluand(connection: Connection, learner_id: int, enrolment_id: int) -> Evaluand:
    """One enrolment, which must be the learner's."""
    found = read_evaluands(connection, [learner_id])
    return next(item for item in found if item.snapshot.enrolment_id == enrolment_id)


def read_entries(connection: Connection, learner_ids: Sequence[int]) -> dict[int, list[list[Any]]]:
    """The ledger of these learners in order, packed as _ENTRIES packs it."""
    return {
        row["learner_id"]: orjson.loads(row["packed"])
        for row in _rows(connection, _ENTRIES, learner_ids)
    }


def entries_up_to(entries: list[list[Any]], ledger_seq: int) -> list[list[Any]]:
    """The packed entries as they stood when this was the last one."""
    if not entries or entries[-1][_SEQ] <= ledger_seq:
        return entries
    return [entry for entry in entries if entry[_SEQ] <= ledger_seq]


def packed_entry(row: Mapping[str, Any]) -> list[Any]:
    """A row of the ledger, also one that was never written, packed as _ENTRIES packs it."""
    detail = row["detail"]
    return [
        row["ledger_seq"], row["kind"], row["units"], row["earned_on"].isoformat(),
        row["course_code"], row["passed"], row["block_code"], row["source_seq"],
        row["evidence_no"], detail.get("title"), detail.get("event"), detail.get("category"),
        detail.get("certificate_level"), detail.get("valid_until"), row["institution_id"],
        detail.get("nature", detail.get("level", detail.get("certificate_level"))),
        row.get("hours"), detail.get("practice_hours"), detail.get("issuer"), detail.get("tags"),
    ]  # fmt: skip


def standing_records(
    entries: Sequence[Sequence[Any]],
    institution_id: int,
    *,
    disputed: frozenset[str] = frozenset(),
) -> tuple[Record, ...]:
    """One learner's ledger, packed as _ENTRIES packs it, as the records that stand.

    institution_id: of the enrolment; what another institution posted is marked as from outside.

    Reversals and what they reversed are gone. Of a pair (substitution, recognition) only the
    receiving half is a record, in dispute with its award, and only at the school that booked it: at
    any other the source counts in full. There an award is less what was drawn from it, and a course
    of another school is gone once it is recognised.
    """
    reversed_seqs = {entry[_SOURCE] for entry in entries if entry[_KIND] == _REVERSAL}
    drawn: dict[int, int] = defaultdict(int)
    recognised: set[int] = set()
    standing = []
    for entry in entries:
        kind = entry[_KIND]
        if kind == _REVERSAL or entry[_SEQ] in reversed_seqs:
            continue
        if kind not in _PAIRED:
            standing.append(entry)
        elif entry[_BLOCK] is None:
            if kind == _SUBSTITUTION and entry[_SCHOOL] == institution_id:
                drawn[entry[_SOURCE]] += entry[_UNITS]
        elif entry[_SCHOOL] == institution_id:
            standing.append(entry)
            if kind == _RECOGNITION:
                recognised.add(entry[_SOURCE])
    if recognised:
        standing = [entry for entry in standing if entry[_SEQ] not in recognised]
    seqs = {entry[_SEQ] for entry in standing if disputed and entry[_NUMBER] in disputed}
    known = _courses[institution_id]
    return tuple(
        [
            known.get(tuple(entry)) or _course(entry, institution_id)
            if entry[_KIND] == _COURSE
            else _award(
                entry,
                drawn,
                in_dispute=entry[_SEQ] in seqs or entry[_SOURCE] in seqs,
                is_outside=entry[_SCHOOL] != institution_id,
            )
            for entry in standing
        ]
    )


_courses: dict[int, dict[tuple[Any, ...], Record]] = defaultdict(dict)
_COURSES_MAX = 50_000
"""Records of courses by the enrolment's school and all that the ledger says of them: a class sheet
gives all classmates the same one, and to make one takes ten times as long as to find it."""


def _course(entry: Sequence[Any], institution_id: int) -> Record:
    (seq, kind, units, earned_on, code, passed, _, _, _, title, _, _, _, _, _, nature, hours,
     practice, _, tags) = entry  # fmt: skip
    found = Record(
        seq, _KINDS[kind], units, date.fromisoformat(earned_on), title or "", code or "",
        passed is not False, nature=nature or "", hours=hours or 0, practice_hours=practice or 0,
        tags=_tags(tags), is_outside=entry[_SCHOOL] != institution_id,
    )  # fmt: skip
    known = _courses[institution_id]
    if len(known) >= _COURSES_MAX:
        known.clear()
    known[tuple(entry)] = found
    return found


def _award(
    entry: Sequence[Any], drawn: Mapping[int, int], *, in_dispute: bool, is_outside: bool
) -> Record:
    """An award, or a recognition or substitution of one."""
    (seq, kind_code, units, earned_on, code, _, block, _, number, title, event, category,
     certificate, until, _, level, _, _, issuer, tags) = entry  # fmt: skip
    kind = _KINDS[kind_code]
    detail = {"title": title, "event": event, "category": category}
    day = date.fromisoformat(earned_on)
    return Record(
        ledger_seq=seq,
        kind=kind,
        units=units + drawn.get(seq, 0),
        earned_on=day,
        title=title or "",
        course_code=code or "",
        category="competition" if kind is EntryKind.COMPETITION else category or "",
        event_key=event_key(kind, detail, number, day),
        block_code=block or "",
        certificate_level=_LEVELS[certificate or ""],
        valid_until=date.fromisoformat(until) if until else None,
        disputed=in_dispute,
        drawn_units=-drawn.get(seq, 0),
        level=level or "",
        issuer=issuer or "",
        tags=_tags(tags),
        is_outside=is_outside,
    )


def _tags(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def _snapshot(row: Mapping[str, Any], records: tuple[Record, ...]) -> Snapshot:
    conduct, internship = row["conduct"], row["internship"]
    return Snapshot(
        learner_id=row["learner_id"],
        enrolment_id=row["enrolment_id"],
        institution_id=row["institution_id"],
        ledger_seq=row["head_seq"],
        facts_seq=row["head_facts"],
        status=EnrolmentStatus(row["status"]),
        entered_on=row["entered_on"],
        entry_year=row["entry_year"],
        suspended_semesters=row["suspended_semesters"],
        records=records,
        conduct=Appraisal(conduct) if conduct else Appraisal.PENDING,
        internship=Appraisal(internship) if internship else Appraisal.PENDING,
        internship_started=internship is not None,
        sanctions=tuple(
            Sanction(SanctionLevel(level), date.fromisoformat(decided_on), _day(lifted_on))
            for level, decided_on, lifted_on in row["sanctions"] or ()
        ),
        attestations=tuple(
            Attestation(
                AttestationKind(kind), subject, Appraisal(result), date.fromisoformat(attested_on)
            )
            for kind, subject, result, attested_on in row["attestations"] or ()
        ),
        memberships=tuple(
            Membership(agreement_id, date.fromisoformat(joined_on), _day(left_on))
            for agreement_id, joined_on, left_on in row["memberships"] or ()
        ),
        decisions=tuple(
            Decision(SubjectKind(kind), subject_id, date.fromisoformat(decided_on))
            for kind, subject_id, decided_on in row["decisions"] or ()
        ),
        exceptions=tuple(map(_exception, row["exceptions"] or ())),
        away_until=row["away_until"],
    )


def _exception(packed: Sequence[Any]) -> PlanException:
    """Without reason and approver: they are not looked at, and what is, is pinned for ever."""
    kind, subject, block_code, ledger_seq, units, document_no, decided_on = packed
    return PlanException(
        ExceptionKind(kind), subject, block_code, ledger_seq, units, "", document_no, 0,
        date.fromisoformat(decided_on),
    )  # fmt: skip


def _day(text_or_none: str | None) -> date | None:
    return None if text_or_none is None else date.fromisoformat(text_or_none)


def disputed_numbers(
    connection: Connection, entries: Mapping[int, Sequence[Sequence[Any]]]
) -> Mapping[int, frozenset[str]]:
    """By learner, the evidence numbers that do not count for that learner until checked."""
    numbers = {entry[_NUMBER] for rows in entries.values() for entry in rows} - {None}
    found: dict[int, set[str]] = defaultdict(set)
    for number, learner_ids in read_disputes(connection, numbers).items():
        for learner_id in learner_ids:
            found[learner_id].add(number)
    return {learner_id: frozenset(numbers) for learner_id, numbers in found.items()}


def _rows(connection: Connection, query: TextClause, ids: Sequence[Any]) -> Rows:
    if not ids:
        return []
    found = connection.execute(query, {"ids": list(ids)})
    names = tuple(found.keys())
    return [dict(zip(names, row, strict=True)) for row in found]
