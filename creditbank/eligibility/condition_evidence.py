"""What each hard condition rests on, by name: certificates, attestations, sanctions, placement.

The condition itself is judged by eligibility.hard_conditions, from the snapshot; here the records
that it looked at are named, with why one of them does not count. Never a mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from creditbank.domain.agreements import HardConditionKind
from creditbank.domain.awards import CertificateLevel
from creditbank.domain.verdicts import ConditionResult, Placement, Use
from creditbank.eligibility.case import LEVELS


class EvidenceKind(StrEnum):
    """What a record is."""

    MEMBERSHIP = "membership"
    """Of the through-training class."""
    ENROLMENT = "enrolment"
    CONDUCT = "conduct"
    SANCTION = "sanction"
    INTERNSHIP = "internship"
    CERTIFICATE = "certificate"
    EXAM_REGISTRATION = "exam_registration"
    MEDICAL_CHECK = "medical_check"


class Aside(StrEnum):
    """Why a record does not count for, or a sanction not against, a condition."""

    REVOKED = "revoked"
    DISPUTED = "disputed"
    EXPIRED = "expired"
    LEVEL_TOO_LOW = "level_too_low"
    LIFTED = "lifted"
    MILDER = "milder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One record. name: of a certificate, the organisation of a placement, the term of a conduct.

    level: of a certificate or sanction. number: of the certificate or document. dated: issued,
    attested, decided, begun; until: valid until, lifted, ended, left. result: an Appraisal.
    ledger_seq: of its entry, None for facts. aside: None where it counts.
    """

    kind: EvidenceKind
    name: str = ""
    level: str = ""
    number: str = ""
    issuer: str = ""
    dated: date | None = None
    until: date | None = None
    result: str = ""
    ledger_seq: int | None = None
    aside: Aside | None = None


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """A condition with what it rests on. concluded_on: the day that the result speaks of.

    counted: ledger_seq of the entries by which credits count.
    """

    result: ConditionResult
    items: tuple[Evidence, ...]
    concluded_on: date
    counted: tuple[int, ...] = ()

    @property
    def outward(self) -> ConditionLine:
        """As it leaves the school: of sanctions only those that stand against the condition."""
        shown = (
            item
            for item in self.items
            if item.kind is not EvidenceKind.SANCTION or item.aside is None
        )
        return replace(self, items=tuple(shown))

    @property
    def entries(self) -> tuple[int, ...]:
        """ledger_seq of every entry that the condition rests on."""
        found = [item.ledger_seq for item in self.items if item.ledger_seq and item.aside is None]
        return (*self.counted, *found)


_RESTS_ON: Mapping[str, EvidenceKind] = {
    HardConditionKind.IN_CLASS_SINCE_ENTRY: EvidenceKind.MEMBERSHIP,
    HardConditionKind.YEAR_OF_STUDY: EvidenceKind.ENROLMENT,
    HardConditionKind.CONDUCT: EvidenceKind.CONDUCT,
    HardConditionKind.NO_SANCTION: EvidenceKind.SANCTION,
    HardConditionKind.INTERNSHIP: EvidenceKind.INTERNSHIP,
    HardConditionKind.CERTIFICATE: EvidenceKind.CERTIFICATE,
    HardConditionKind.EXAM_REGISTRATION: EvidenceKind.EXAM_REGISTRATION,
    HardConditionKind.MEDICAL_CHECK: EvidenceKind.MEDICAL_CHECK,
}
"""The others rest on the transcript: credits and courses."""
_EARNED = frozenset({Use.COUNTED, Use.SUBSTITUTED})


def with_evidence(
    conditions: Iterable[ConditionResult],
    held: Iterable[Evidence],
    as_of: date,
    *,
    placements: Iterable[Placement] = (),
    concluded_on: date | None = None,
) -> tuple[ConditionLine, ...]:
    """Every condition with its records as they stand on a day, those that count first.

    placements: of the verdict on graduation, for the credits. concluded_on: the day of the
    conclusions, where they are older.
    """
    records, day = tuple(held), concluded_on or as_of
    counted = tuple(sorted({place.ledger_seq for place in placements if place.use in _EARNED}))
    return tuple(
        ConditionLine(
            item,
            _of(item, records, as_of),
            day,
            counted if item.code == HardConditionKind.CREDITS_TO_DATE else (),
        )
        for item in conditions
    )


def _of(
    condition: ConditionResult, held: tuple[Evidence, ...], as_of: date
) -> tuple[Evidence, ...]:
    kind = _RESTS_ON.get(condition.code)
    found = [
        replace(item, aside=item.aside or _aside(item, condition.required, as_of))
        for item in held
        if item.kind is kind and not _is_later(item, as_of)
    ]
    return tuple(sorted(found, key=_order))


def _is_later(item: Evidence, as_of: date) -> bool:
    """A sanction or a class that has not begun; what is certified counts from its entry on."""
    begins = item.kind in {EvidenceKind.SANCTION, EvidenceKind.MEMBERSHIP}
    return begins and item.dated is not None and item.dated > as_of


def _aside(item: Evidence, required: str, as_of: date) -> Aside | None:
    if item.kind is EvidenceKind.CERTIFICATE:
        if item.until is not None and item.until < as_of:
            return Aside.EXPIRED
        low = LEVELS.index(CertificateLevel(item.level)) < LEVELS.index(CertificateLevel(required))
        return Aside.LEVEL_TOO_LOW if low else None
    if item.kind is EvidenceKind.SANCTION:
        if item.until is not None and item.until <= as_of:
            return Aside.LIFTED
        return Aside.MILDER if item.level < required else None
    return None


def _order(item: Evidence) -> tuple[bool, date, str, int]:
    return item.aside is not None, item.dated or date.min, item.number, item.ledger_seq or 0
