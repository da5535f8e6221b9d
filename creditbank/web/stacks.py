"""A bar stacked from outcomes: how many learners have each, in one order and one set of colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from creditbank.domain.verdicts import Outcome
from creditbank.web.figures import Segment, segments
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.verdict_cards import TONES

_ORDER = {outcome.value: place for place, outcome in enumerate((
    Outcome.ELIGIBLE, Outcome.ELIGIBLE_EARLY, Outcome.QUALIFIED, Outcome.ON_TRACK,
    Outcome.NOT_YET, Outcome.BEHIND, Outcome.NEEDS_REVIEW, Outcome.COMPLETION_DUE,
    Outcome.NOT_QUALIFIED, Outcome.ENDED, Outcome.CLOSED,
))}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One outcome of the legend, with its number."""

    tone: str
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Stack:
    """The bar and its legend. label: all of it in words, for who can't see it."""

    segments: tuple[Segment, ...]
    parts: tuple[Part, ...]
    label: str
    count: int

    @classmethod
    def of(cls, parts: tuple[Part, ...]) -> Stack:
        """The bar of these parts, in their order."""
        total = sum(part.count for part in parts)
        return cls(
            segments=segments(((part.count, part.tone) for part in parts), total),
            parts=parts,
            label=_("、").join(part.text for part in parts),
            count=total,
        )


def stack_of(counts: Mapping[str, int]) -> Stack:
    """A bar from counts by outcome; "" counts those on whom nothing was decided yet."""
    ordered = sorted(counts.items(), key=lambda item: _ORDER.get(item[0], len(_ORDER)))
    parts = tuple(
        Part(tone_of(code), f"{outcome_name(code)} {count}", count)
        for code, count in ordered
        if count
    )
    return Stack.of(parts)


def outcome_name(code: str) -> str:
    """An outcome's name; "" is "not decided yet"."""
    return name_of(Outcome(code)) if code else _("尚未判定")


def tone_of(code: str) -> str:
    """An outcome's tone."""
    return TONES[Outcome(code)] if code else "neutral"
