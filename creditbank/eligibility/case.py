"""One learner, one agreement, one day: what the hard conditions look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditbank.domain.agreements import Agreement
from creditbank.domain.awards import CertificateLevel, InnovationCategory
from creditbank.domain.enrolments import Term
from creditbank.domain.ledger import EntryKind
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Membership, Record, Snapshot
from creditbank.eligibility.allocate import most_counted
from creditbank.eligibility.conditions import current_semester
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.standing import standing_records

LEVELS = (
    CertificateLevel.NONE,
    CertificateLevel.ELEMENTARY,
    CertificateLevel.INTERMEDIATE,
    CertificateLevel.ADVANCED,
)
"""Certificate levels from low to high."""


@dataclass(frozen=True, slots=True)
class Case:
    """counted: the most that can count by now; due: units of the plan to date, in hundredths.

    semester: the learner's own. membership: the latest in this agreement's classes.
    certificate: the highest valid level. passed_courses: codes, with those recognised.
    """

    snapshot: Snapshot
    index: PlanIndex
    as_of: date
    semester: int
    counted: int
    due: int
    membership: Membership | None
    member_since_entry: bool
    certificate: CertificateLevel
    passed_courses: frozenset[str]

    @property
    def year_of_study(self) -> int:
        """1 for the first two semesters."""
        return (self.semester + 1) // 2


def make_case(
    snapshot: Snapshot,
    agreement: Agreement,
    index: PlanIndex,
    policy: Policy,
    as_of: date,
    *,
    count_disputed: bool = False,
) -> Case:
    """Look everything up once."""
    standing = standing_records(snapshot.records, index, as_of, count_disputed=count_disputed)
    semester = current_semester(snapshot, as_of)
    member = _memberships(snapshot, agreement, as_of)
    return Case(
        snapshot=snapshot,
        index=index,
        as_of=as_of,
        semester=semester,
        counted=most_counted(standing, index, policy),
        due=index.units_due(semester),
        membership=member[-1] if member else None,
        member_since_entry=len(member) == 1 and _joined_at_entry(member[0], snapshot),
        certificate=_certificate(snapshot, as_of, count_disputed=count_disputed),
        passed_courses=frozenset(
            record.plan_code for record in (*standing.courses, *standing.recognised)
        ),
    )


def is_over(membership: Membership, as_of: date) -> bool:
    """Whether the learner has left the class by this day."""
    return membership.left_on is not None and membership.left_on <= as_of


def _memberships(snapshot: Snapshot, agreement: Agreement, as_of: date) -> list[Membership]:
    """Those of this agreement, oldest first."""
    found = [
        item
        for item in snapshot.memberships
        if item.agreement_id == agreement.agreement_id and item.joined_on <= as_of
    ]
    return sorted(found, key=lambda item: (item.joined_on, item.left_on or date.max))


def _joined_at_entry(membership: Membership, snapshot: Snapshot) -> bool:
    """In the first term at the latest: classes are made up after the learners have come."""
    return membership.joined_on <= snapshot.entered_on or (
        Term.containing(membership.joined_on) == Term.containing(snapshot.entered_on)
    )


def _certificate(snapshot: Snapshot, as_of: date, *, count_disputed: bool) -> CertificateLevel:
    held = [
        record.certificate_level
        for record in snapshot.records
        if _is_valid_certificate(record, as_of) and (count_disputed or not record.disputed)
    ]
    return max(held, key=LEVELS.index, default=CertificateLevel.NONE)


def _is_valid_certificate(record: Record, as_of: date) -> bool:
    return (
        record.kind is EntryKind.INNOVATION
        and record.category == InnovationCategory.SKILL_CERTIFICATE.value
        and (record.valid_until is None or record.valid_until >= as_of)
    )
