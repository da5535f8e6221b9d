"""The transcript: every entry of a learner's ledger, by term, with what was taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import NotFoundError
from creditbank.domain.ledger import EntryKind
from creditbank.domain.permissions import Action
from creditbank.store.access_log import record_access
from creditbank.store.grade_points import grade_point_average
from creditbank.store.learner_keys import learner_key
from creditbank.store.ledger import entries_of, reversed_seqs, shown_fields
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class TranscriptEntry:
    """One ledger entry. units in hundredths; is_reversed: a reversal took it back.

    evidence_no: of the certificate, or of what an exemption rests on.
    """

    ledger_seq: int
    institution_id: int
    kind: str
    title: str
    units: int
    hours: int
    earned_on: date
    course_code: str
    term_code: str
    exam_kind: str
    scale: str
    mark: str
    raw_mark: str
    passed: bool | None
    grade_point: int | None
    block_code: str
    source_seq: int | None
    evidence_no: str
    category: str
    level: str
    rank: str
    team_role: str
    references: str
    reason: str
    is_reversed: bool
    recorded_at: datetime
    entry_hash: str


@dataclass(frozen=True, slots=True)
class TranscriptTerm:
    """Entries of one term, or of none (awards) under an empty code at the end."""

    term_code: str
    label_zh: str
    earned_units: int
    entries: tuple[TranscriptEntry, ...]


@dataclass(frozen=True, slots=True)
class Transcript:
    """The whole ledger of a learner at one ledger_seq. gpa in hundredths, None without marks."""

    learner_id: int
    ledger_seq: int
    earned_units: int
    gpa: int | None
    terms: tuple[TranscriptTerm, ...]


def transcript(uow: UnitOfWork, actor: Actor, learner_id: int, *, now: datetime) -> Transcript:
    """The transcript, as far as the actor may see it. Raises NotFoundError."""
    today = local_date(now)
    grant = decide(
        actor, Action.SEE_TRANSCRIPT, learner_key(uow.connection, learner_id, as_of=today)
    )
    record_access(uow.connection, actor, Action.SEE_TRANSCRIPT, grant.mask, [learner_id], now)
    return read_transcript(uow, learner_id, today=today)


def shared_transcript(
    uow: UnitOfWork, actor: Actor, agreement_id: int, learner_id: int, *, now: datetime
) -> Transcript:
    """The transcript for a college, under the agreement that it is shared by. As transcript."""
    today = local_date(now)
    key = learner_key(uow.connection, learner_id, as_of=today)
    grant = decide(actor, Action.SEE_SHARED_TRANSCRIPT, key)
    if agreement_id not in actor.agreement_ids & key.agreement_ids:
        raise NotFoundError
    action = Action.SEE_SHARED_TRANSCRIPT
    record_access(uow.connection, actor, action, grant.mask, [learner_id], now)
    return read_transcript(uow, learner_id, today=today)


def read_transcript(uow: UnitOfWork, learner_id: int, *, today: date) -> Transcript:
    """The transcript for a page that has decided and noted the access for all that it shows."""
    rows = entries_of(uow.connection, learner_id)
    gone = reversed_seqs(rows)
    entries = [_entry(row, gone) for row in rows]
    return Transcript(
        learner_id=learner_id,
        ledger_seq=rows[-1]["ledger_seq"] if rows else 0,
        earned_units=sum(entry.units for entry in standing_entries(entries)),
        gpa=grade_point_average(uow.connection, rows, gone, as_of=today),
        terms=tuple(_terms(entries)),
    )


def standing_entries(entries: Sequence[TranscriptEntry]) -> list[TranscriptEntry]:
    """What makes up a balance: all but reversals and what they took back.

    What was recognised at another school stays earned: of the two halves of that, which follow each
    other, the one that leaves is left out where the reader does not see the one that arrives.
    """
    seen = {entry.ledger_seq for entry in entries}
    return [
        entry
        for entry in entries
        if not entry.is_reversed
        and entry.kind != EntryKind.REVERSAL
        and not (
            entry.kind == EntryKind.RECOGNITION
            and entry.units < 0
            and entry.ledger_seq + 1 not in seen
        )
    ]


def _entry(row: Mapping[str, Any], gone: frozenset[int]) -> TranscriptEntry:
    detail = row["detail"]
    return TranscriptEntry(
        **shown_fields(row),
        institution_id=row["institution_id"],
        grade_point=row["grade_point"],
        block_code=row["block_code"] or "",
        source_seq=row["source_seq"],
        evidence_no=row["evidence_no"] or detail.get("proof_no", ""),
        category=detail.get("category", ""),
        level=detail.get("level", detail.get("certificate_level", "")),
        rank=detail.get("rank", ""),
        team_role=detail.get("team_role", ""),
        references=detail.get("references", ""),
        reason=detail.get("reason", ""),
        is_reversed=row["ledger_seq"] in gone,
        recorded_at=row["recorded_at"],
    )


def _terms(entries: Sequence[TranscriptEntry]) -> list[TranscriptTerm]:
    codes = sorted({entry.term_code for entry in entries}, key=lambda code: (not code, code))
    found = []
    for code in codes:
        of_term = tuple(entry for entry in entries if entry.term_code == code)
        found.append(
            TranscriptTerm(
                term_code=code,
                label_zh=Term.parse(code).label_zh if code else "",
                earned_units=sum(entry.units for entry in standing_entries(of_term)),
                entries=of_term,
            )
        )
    return found
