"""Snapshots: everything a verdict looks at, read for many learners at once.

Needs a reach of all institutions: a learner's evidence may stand in several.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any

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
from creditbank.store.packed_entries import PackedEntry, entries_up_to, read_entries

Rows = Sequence[Mapping[str, Any]]
_KINDS = {kind.value: kind for kind in EntryKind}
_COURSE, _REVERSAL, _SUBSTITUTION, _RECOGNITION = (
    EntryKind.COURSE.value, EntryKind.REVERSAL.value, EntryKind.SUBSTITUTION.value,
    EntryKind.RECOGNITION.value,
)  # fmt: skip
_PAIRED = frozenset({_SUBSTITUTION, _RECOGNITION})
_ALONE = frozenset(_KINDS) - _PAIRED - {_REVERSAL}
"""What stands as it was entered where a ledger holds nothing else."""
_NOTHING: Mapping[int | None, int] = {}
_kind_of, _number_of = attrgetter("kind"), attrgetter("evidence_no")
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


def standing_records(
    entries: Sequence[PackedEntry],
    institution_id: int,
    *,
    disputed: frozenset[str] = frozenset(),
) -> tuple[Record, ...]:
    """One learner's ledger as the records that stand.

    institution_id: of the enrolment; what another institution posted is marked as from outside.

    Reversals and what they reversed are gone. Of a pair (substitution, recognition) only the
    receiving half is a record, in dispute with its award, and only at the school that booked it: at
    any other the source counts in full. There an award is less what was drawn from it, and a course
    of another school is gone once it is recognised.
    """
    standing, drawn = entries, _NOTHING
    if not _ALONE.issuperset(map(_kind_of, entries)):
        standing, drawn = _standing(entries, institution_id)
    seqs = {entry.ledger_seq for entry in standing if disputed and entry.evidence_no in disputed}
    known = _courses[institution_id].get
    return tuple(
        [
            found[1]
            if (found := known(id(entry))) is not None and found[0] is entry
            else _course(entry, institution_id)
            if entry.kind == _COURSE
            else _award(
                entry,
                drawn,
                in_dispute=entry.ledger_seq in seqs or entry.source_seq in seqs,
                is_outside=entry.institution_id != institution_id,
            )
            for entry in standing
        ]
    )


def _standing(
    entries: Sequence[PackedEntry], institution_id: int
) -> tuple[list[PackedEntry], Mapping[int | None, int]]:
    """Which entries stand, and what was drawn from which award (units below zero)."""
    reversed_seqs = {entry.source_seq for entry in entries if entry.kind == _REVERSAL}
    drawn: dict[int | None, int] = defaultdict(int)
    recognised: set[int | None] = set()
    standing = []
    for entry in entries:
        kind, is_own = entry.kind, entry.institution_id == institution_id
        if kind == _REVERSAL or entry.ledger_seq in reversed_seqs:
            continue
        if kind not in _PAIRED:
            standing.append(entry)
        elif entry.block_code is None:
            if kind == _SUBSTITUTION and is_own:
                drawn[entry.source_seq] += entry.units
        elif is_own:
            standing.append(entry)
            if kind == _RECOGNITION:
                recognised.add(entry.source_seq)
    if recognised:
        standing = [entry for entry in standing if entry.ledger_seq not in recognised]
    return standing, drawn


_courses: dict[int, dict[int, tuple[PackedEntry, Record]]] = defaultdict(dict)
_COURSES_MAX = 50_000
"""Records of courses by the enrolment's school and the very entry, which classmates share: to make
one takes ten times as long as to find it. The entry is held, so that its id stays its own."""


def _course(entry: PackedEntry, institution_id: int) -> Record:
    found = Record(
        entry.ledger_seq, _KINDS[entry.kind], entry.units, date.fromisoformat(entry.earned_on),
        entry.title or "", entry.course_code or "", entry.passed is not False,
        nature=entry.nature or "", hours=entry.hours or 0,
        practice_hours=entry.practice_hours or 0, tags=_tags(entry.tags),
        is_outside=entry.institution_id != institution_id,
    )  # fmt: skip
    known = _courses[institution_id]
    if len(known) >= _COURSES_MAX:
        known.clear()
    known[id(entry)] = entry, found
    return found


def _award(
    entry: PackedEntry, drawn: Mapping[int | None, int], *, in_dispute: bool, is_outside: bool
) -> Record:
    """An award, or a recognition or substitution of one."""
    kind, taken = _KINDS[entry.kind], drawn.get(entry.ledger_seq, 0)
    detail = {"title": entry.title, "event": entry.event, "category": entry.category}
    day = date.fromisoformat(entry.earned_on)
    return Record(
        ledger_seq=entry.ledger_seq,
        kind=kind,
        units=entry.units + taken,
        earned_on=day,
        title=entry.title or "",
        course_code=entry.course_code or "",
        category="competition" if kind is EntryKind.COMPETITION else entry.category or "",
        event_key=event_key(kind, detail, entry.evidence_no, day),
        block_code=entry.block_code or "",
        certificate_level=_LEVELS[entry.certificate_level or ""],
        valid_until=_day(entry.valid_until or None),
        disputed=in_dispute,
        drawn_units=-taken,
        level=entry.nature or "",
        issuer=entry.issuer or "",
        tags=_tags(entry.tags),
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
    connection: Connection, entries: Mapping[int, Sequence[PackedEntry]]
) -> Mapping[int, frozenset[str]]:
    """By learner, the evidence numbers that do not count for that learner until checked."""
    numbers = {number for rows in entries.values() for number in map(_number_of, rows)} - {None}
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
