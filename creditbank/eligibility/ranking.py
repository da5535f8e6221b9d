"""Weighted totals and the ranking within an agreement's quota: integers, the same in any order.

Nothing here decides an admission: who stands on the edge of the quota together with others is
named, and a person decides.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import lcm

from creditbank.domain.agreement_terms import (
    FULL_TOTAL,
    WEIGHT_TOTAL,
    AgreementTerms,
    ExemptionEffect,
    ScoreKind,
    ScorePart,
)

_HUNDREDTHS = 100


class Place(StrEnum):
    """Where a candidate stands to the quota. TIED_AT_QUOTA: for a person to decide.

    NOT_YET_KNOWN: nothing but a line that is not announced yet stands in the way.
    """

    WITHIN_QUOTA = "within_quota"
    TIED_AT_QUOTA = "tied_at_quota"
    BEYOND_QUOTA = "beyond_quota"
    NOT_YET_KNOWN = "not_yet_known"
    NOT_ADMISSIBLE = "not_admissible"


class Lack(StrEnum):
    """Why somebody is not admissible."""

    SCORE_MISSING = "score_missing"
    LINE_NOT_ANNOUNCED = "line_not_announced"
    PART_BELOW_PASS = "part_below_pass"  # noqa: S105 (a pass mark)
    TOTAL_BELOW_PASS = "total_below_pass"  # noqa: S105 (as above)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one learner has.

    scores: points in hundredths by kind; a kind that is missing was not taken. is_exempt: 免测,
    from the skill test. lines: the pass marks announced for the candidate's year, in points of the
    part; one that is not announced is missing.
    """

    key: int
    scores: Mapping[ScoreKind, int] = field(default_factory=dict)
    is_exempt: bool = False
    lines: Mapping[ScoreKind, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RankedInputs:
    """What one learner was ranked by, as a proposal freezes it. key: the enrolment.

    scores: hundredths by kind. award: ledger_seq of the one that exempts. lines: the announced pass
    marks in hundredths by kind, empty where no score goes by one.
    """

    key: int
    scores: Mapping[str, int]
    award: int | None
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ranked:
    """How one candidate stands. total: hundredths of 100, None while a score is missing.

    rank: from 1 among the admissible, shared by whom nothing agreed tells apart; None for others.
    lacks: what and, where it is one score, which.
    """

    key: int
    total: int | None
    rank: int | None
    place: Place
    lacks: tuple[tuple[Lack, ScoreKind | None], ...] = ()


def weighted_total(
    parts: Sequence[ScorePart], scores: Mapping[ScoreKind, int], *, spread: bool = False
) -> int:
    """The weighted total in hundredths of 100, rounded half up once, at the end.

    spread: the skill test is left out and its weight goes to the other scores in proportion to
    theirs. Raises KeyError for a score that is missing, ValueError where no weight remains.
    """
    counted = [part for part in parts if not (spread and part.kind is ScoreKind.SKILL_TEST)]
    weights = sum(part.weight for part in counted)
    if not weights:
        message = "no score carries any weight"
        raise ValueError(message)
    full = lcm(*(part.full_marks for part in counted))
    points = sum(scores[part.kind] * part.weight * (full // part.full_marks) for part in counted)
    return _half_up(points * WEIGHT_TOTAL * _HUNDREDTHS, full * weights)


def points_of_average(average: int, part: ScorePart) -> int:
    """An average in hundredths of 100 as points of a score, in hundredths, rounded half up."""
    return _half_up(average * part.full_marks, FULL_TOTAL)


def rank(terms: AgreementTerms, candidates: Iterable[Candidate]) -> tuple[Ranked, ...]:
    """Everybody's place, best first; the admissible by rank, then the others, each by key.

    Equal totals are told apart by the agreed tie-breaks in their order; who is equal in all of
    them shares a rank. Totals are compared as they are shown, to the hundredth.
    """
    judged = sorted((_judged(terms, item) for item in candidates), key=lambda item: item.key)
    admissible = sorted(
        (item for item in judged if not item.lacks), key=lambda item: item.order, reverse=True
    )
    ranked: list[Ranked] = []
    for first, size in _groups(admissible):
        place = _place(first + 1, size, terms.quota)
        ranked += [
            Ranked(item.key, item.total, first + 1, place)
            for item in sorted(admissible[first : first + size], key=lambda item: item.key)
        ]
    ranked += [
        Ranked(item.key, item.total, None, _place_without_rank(item.lacks), item.lacks)
        for item in judged
        if item.lacks
    ]
    return tuple(ranked)


@dataclass(frozen=True, slots=True)
class _Judged:
    key: int
    total: int | None
    order: tuple[int, ...]
    lacks: tuple[tuple[Lack, ScoreKind | None], ...]


def _judged(terms: AgreementTerms, candidate: Candidate) -> _Judged:
    scores = _counted_scores(terms, candidate)
    lacks: list[tuple[Lack, ScoreKind | None]] = []
    for part in terms.scores:
        if part.kind not in scores:
            lacks.append((Lack.SCORE_MISSING, part.kind))
            continue
        line = candidate.lines.get(part.kind) if part.by_announced_line else part.pass_mark
        if line is None:
            lacks.append((Lack.LINE_NOT_ANNOUNCED, part.kind))
        elif scores[part.kind] < line:
            lacks.append((Lack.PART_BELOW_PASS, part.kind))
    if not terms.scores:
        lacks.append((Lack.SCORE_MISSING, None))
    if any(lack is Lack.SCORE_MISSING for lack, _ in lacks):
        return _Judged(candidate.key, None, (), tuple(lacks))
    spread = candidate.is_exempt and terms.exemption_effect is ExemptionEffect.SPREAD
    total = weighted_total(terms.scores, scores, spread=spread)
    if total < terms.pass_total:
        lacks.append((Lack.TOTAL_BELOW_PASS, None))
    order = (total, *(scores[ScoreKind(item.value)] for item in terms.tie_breaks))
    return _Judged(candidate.key, total, order, tuple(lacks))


def _counted_scores(terms: AgreementTerms, candidate: Candidate) -> Mapping[ScoreKind, int]:
    """An exempt learner has full marks in the skill test, also where its weight is spread."""
    skill = terms.part(ScoreKind.SKILL_TEST)
    if not candidate.is_exempt or skill is None:
        return candidate.scores
    return {**candidate.scores, ScoreKind.SKILL_TEST: skill.full_marks}


def ranked_hash(
    agreement_id: int,
    version_no: int,
    ranked: Iterable[RankedInputs],
) -> str:
    """SHA-256 hex over everything that was ranked, and the version of the terms."""
    inputs = [
        [item.key, dict(item.scores), item.award, *([dict(item.lines)] if item.lines else [])]
        for item in sorted(ranked, key=lambda item: item.key)
    ]
    text = json.dumps([agreement_id, version_no, *inputs], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _groups(ordered: Sequence[_Judged]) -> Iterable[tuple[int, int]]:
    """(first, size) of each run that nothing tells apart."""
    first = 0
    while first < len(ordered):
        size = 1
        while first + size < len(ordered) and ordered[first + size].order == ordered[first].order:
            size += 1
        yield first, size
        first += size


def _place_without_rank(lacks: Iterable[tuple[Lack, ScoreKind | None]]) -> Place:
    is_open = all(lack is Lack.LINE_NOT_ANNOUNCED for lack, _ in lacks)
    return Place.NOT_YET_KNOWN if is_open else Place.NOT_ADMISSIBLE


def _place(rank_no: int, size: int, quota: int) -> Place:
    if rank_no + size - 1 <= quota:
        return Place.WITHIN_QUOTA
    return Place.BEYOND_QUOTA if rank_no > quota else Place.TIED_AT_QUOTA


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
