"""After the day of a ranking: what a learner was ranked by, and what of it has changed.

The ranking itself is in eligibility.ranking; what a change does to the standing in domain.advances.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from creditbank.domain.agreement_terms import ScoreKind

EXEMPTION = "exemption"
"""The code of 免测 beside those of ScoreKind: whether an award exempted from the skill test."""


@dataclass(frozen=True, slots=True)
class RankedBy:
    """What one learner was ranked by. scores: hundredths by ScoreKind, those that were there.

    exempted_by: ledger_seq of the award that exempted from the skill test, None where none did.
    lines: the announced pass marks by ScoreKind, None where the row is from before there were any.
    """

    scores: Mapping[str, int]
    exempted_by: int | None
    lines: Mapping[str, int] | None = None


def ranked_by(detail: Mapping[str, Any]) -> RankedBy | None:
    """What a 拟录取 or 未录 has frozen; None where its row is from before anything was."""
    if "scores" not in detail:
        return None
    return RankedBy(detail["scores"], detail.get("exempted_by"), detail.get("lines"))


def changed_since(
    ranked: RankedBy,
    scores: Mapping[ScoreKind, int],
    exempting: Collection[int],
    lines: Mapping[ScoreKind, int],
) -> tuple[str, ...]:
    """What is otherwise by now: codes of ScoreKind in their order, then EXEMPTION.

    scores: as a ranking of the same day would find them in the books of now. exempting: ledger_seq
    of the awards that would exempt. Where the award that did still does, another one beside it
    changes nothing; where none did, any does. lines: the announced pass marks of now; nobody went
    by one that was announced after the ranking.
    """
    before = ranked.lines or {}
    exempted_by = ranked.exempted_by
    is_as_it_was = exempted_by in exempting if exempted_by is not None else not exempting
    parts = (
        kind.value
        for kind in ScoreKind
        if ranked.scores.get(kind) != scores.get(kind)
        or (kind in before and before[kind] != lines.get(kind))
    )
    return (*parts, *(() if is_as_it_was else (EXEMPTION,)))
