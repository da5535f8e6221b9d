"""The hash of everything a verdict looks at, so that a replay can show it saw the same."""

from __future__ import annotations

import hashlib
from datetime import date
from operator import attrgetter

from creditbank.domain.agreements import Agreement
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Record, Snapshot
from creditbank.eligibility.plan_index import index_for
from creditbank.eligibility.version import ENGINE_VERSION


def input_hash(
    snapshot: Snapshot,
    plan: Plan,
    policy: Policy,
    as_of: date,
    agreement: Agreement | None = None,
) -> str:
    """SHA-256 hex, the same whatever the order of records and facts."""
    index = index_for(plan, snapshot.exceptions, as_of)
    known = _courses.get
    records = "\n".join(
        [
            kept[1] if (kept := known(id(record))) is not None and kept[0] is record
            else _line(record)
            for record in sorted(snapshot.records, key=_by_seq)
        ]
    )  # fmt: skip
    facts = (
        snapshot.learner_id, snapshot.enrolment_id, snapshot.status, snapshot.entered_on,
        snapshot.entry_year, snapshot.suspended_semesters, snapshot.conduct, snapshot.internship,
        snapshot.internship_started, sorted(map(repr, snapshot.sanctions)),
        sorted(map(repr, snapshot.attestations)), sorted(map(repr, snapshot.memberships)),
        sorted(map(repr, snapshot.decisions)), sorted(map(repr, snapshot.exceptions)),
        snapshot.away_until,
    )  # fmt: skip
    seen = (ENGINE_VERSION, index.digest, policy.version, as_of, agreement, facts, records)
    return hashlib.sha256(repr(seen).encode()).hexdigest()


_by_seq = attrgetter("ledger_seq")
_courses: dict[int, tuple[Record, str]] = {}
_COURSES_MAX = 50_000


def _line(record: Record) -> str:
    """A record as text: every field that a verdict looks at, in order.

    Quicker than repr over thousands of records; of most of them a verdict looks at little. That of
    a course is kept as long as the very same record is used again, as classmates' are.
    """
    if record.kind is EntryKind.COURSE:
        if len(_courses) >= _COURSES_MAX:
            _courses.clear()
        line = (
            f"course|{record.ledger_seq}|{record.units}|{record.course_code!r}|{record.passed}"
            f"|{record.disputed}|{record.nature}|{record.hours}|{record.practice_hours}"
            f"|{record.tags!r}|{record.is_outside}"
        )
        _courses[id(record)] = record, line
        return line
    until = record.valid_until
    return (
        f"{record.kind}|{record.ledger_seq}|{record.units}|{record.earned_on.toordinal()}"
        f"|{record.course_code!r}|{record.passed}|{record.category!r}|{record.event_key!r}"
        f"|{record.block_code!r}|{record.certificate_level}|{until and until.toordinal()}"
        f"|{record.disputed}|{record.drawn_units}|{record.level!r}|{record.issuer!r}"
        f"|{record.tags!r}|{record.is_outside}"
    )
