"""What is booked, and what of it the graduation verdict uses: booked is not yet counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from creditbank.domain.verdicts import Placement, Use
from creditbank.queries.transcripts import Transcript, standing_entries

_COUNTED = frozenset({Use.COUNTED, Use.SUBSTITUTED})


@dataclass(frozen=True, slots=True)
class Balance:
    """Hundredths by kind of entry: booked = counted + surplus + what does not count at all."""

    kind: str
    booked: int
    counted: int
    surplus: int


def balances(transcript: Transcript, placements: Iterable[Placement]) -> tuple[Balance, ...]:
    """Balances by kind, from a transcript and the placements of the graduation verdict."""
    entries = [entry for term in transcript.terms for entry in term.entries]
    standing = standing_entries(entries)
    booked: dict[str, int] = defaultdict(int)
    for entry in standing:
        booked[entry.kind] += entry.units
    counted: dict[str, int] = defaultdict(int)
    surplus: dict[str, int] = defaultdict(int)
    kinds = {entry.ledger_seq: entry.kind for entry in standing}
    for placement in placements:
        kind = kinds.get(placement.ledger_seq, "")
        if placement.use in _COUNTED:
            counted[kind] += placement.units
        elif placement.use is Use.SURPLUS:
            surplus[kind] += placement.units
    return tuple(
        Balance(kind, booked[kind], counted[kind], surplus[kind]) for kind in sorted(booked)
    )
