"""Models by hand: a few sorts of records, their places, and what limits them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Way
from creditbank.domain.snapshots import Record
from creditbank.eligibility.amounts import Lack
from creditbank.eligibility.model import Double, Limit, Model, Place, Sort

E, F = Way.EARN, Way.FILL
NEVER = Lack(2**62, 2**62, 2**62)
"""More than any answer lacks."""


def sort(
    units: int,
    *places: Place,
    count: int = 1,
    whole: bool = True,
    held: Sequence[Sequence[int]] | None = None,
    floors: tuple[int, ...] = (),
    doubles: tuple[int, ...] = (),
) -> Sort:
    """`count` records of so many units. held: per place the limits that hold it."""
    limits = held or [()] * len(places)
    record = Record(1, EntryKind.COURSE, units, date(2024, 1, 1), "课")
    return Sort(
        units=units,
        is_whole=whole,
        places=places,
        limits=tuple(sorted({number for here in limits for number in here})),
        held=tuple(map(tuple, limits)),
        floors=floors,
        doubles=doubles,
        records=(record,) * count,
        total=units * count,
    )


def model(
    needs: tuple[int, ...],
    *sorts: Sort,
    maxima: tuple[int | None, ...] = (),
    limits: Sequence[int | Limit] = (),
    floors: tuple[int, ...] = (),
    doubles: tuple[Double, ...] = (),
    units_min: int = 0,
) -> Model:
    """limits: themselves, or how much one that holds everywhere lets count."""
    everywhere = frozenset(range(len(needs)))
    return Model(
        settled=(0,) * len(needs),
        needs=needs,
        maxima=maxima or (None,) * len(needs),
        sorts=sorts,
        limits=tuple(
            limit if isinstance(limit, Limit) else Limit(str(limit), limit, everywhere)
            for limit in limits
        ),
        floors=floors,
        doubles=doubles,
        units_min=units_min,
    )
