"""`python -m tests.proofs.ranking --cohorts 2000`: the ranking against a plain re-implementation.

The plain one uses fractions and counts, for each candidate, who stands before: no sorting, no
groups, no integers of a common denominator. Prints JSON; exit code 1 on any difference, and when
something occurred in no cohort.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from creditbank.domain.agreement_terms import (
    ANNOUNCED_SCORES,
    AgreementTerms,
    ExemptionEffect,
    ScoreKind,
    ScorePart,
    TieBreak,
    terms_problems,
)
from creditbank.domain.awards import AwardLevel
from creditbank.eligibility.ranking import Candidate, Lack, Place, Ranked, rank

EXPECTED = frozenset(
    {
        "shared rank", "exempt full marks", "exempt spread", "decided by a tie-break",
        *(f"place {place.value}" for place in Place), *(f"lack {lack.value}" for lack in Lack),
    }
)  # fmt: skip
Ranking = Callable[[AgreementTerms, Iterable[Candidate]], tuple[Ranked, ...]]


@dataclass(slots=True)
class Tally:
    """Counts over cohorts."""

    cohorts: int = 0
    candidates: int = 0
    features: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)


def make_cohort(seed: int) -> tuple[AgreementTerms, list[Candidate]]:
    """A random agreement and its candidates, few values apart so that ties are frequent."""
    draw = random.Random(seed)
    kinds = draw.sample(list(ScoreKind), draw.randint(1, len(ScoreKind)))
    cuts = sorted(draw.sample(range(1, 100), len(kinds) - 1))
    weights = [after - before for before, after in zip([0, *cuts], [*cuts, 100], strict=True)]
    parts = []
    for kind, weight in zip(kinds, weights, strict=True):
        full = draw.choice([10_000, 10_000, 20_000, 30_000, 75_000, 7_000])
        parts.append(ScorePart(kind, full, weight, draw.choice([0, 0, full * 6 // 10])))
    may_break = [TieBreak(kind.value) for kind in kinds]
    exempts = ScoreKind.SKILL_TEST in kinds and draw.random() < 0.7
    spread = exempts and len(kinds) > 1 and draw.random() < 0.5
    terms = AgreementTerms(
        agreement_id=1,
        version_no=1,
        in_force_from=date(2025, 9, 1),
        document_no="随机1号",
        quota=draw.randint(1, 30),
        valid_from=date(2025, 9, 1),
        valid_to=date(2029, 8, 31),
        hard_conditions=(),
        scores=tuple(parts),
        pass_total=draw.choice([0, 4_000, 6_000]),
        tie_breaks=tuple(draw.sample(may_break, draw.randint(0, len(may_break)))),
        exemption_level=AwardLevel.PROVINCE if exempts else None,
        exemption_effect=ExemptionEffect.SPREAD if spread else ExemptionEffect.FULL_MARKS,
    )
    candidates = [_candidate(key, terms, draw) for key in range(draw.randint(0, 40))]
    return _with_lines(terms, candidates, random.Random(seed))


def _with_lines(
    terms: AgreementTerms, candidates: Sequence[Candidate], draw: random.Random
) -> tuple[AgreementTerms, list[Candidate]]:
    """Some scores by the announced line, which is not announced for some of the candidates."""
    parts = tuple(
        replace(part, pass_mark=0, by_announced_line=True)
        if part.kind in ANNOUNCED_SCORES and draw.random() < 0.5
        else part
        for part in terms.scores
    )
    lines = {part.kind: part.full_marks * draw.randint(4, 6) // 10 for part in parts}
    return replace(terms, scores=parts), [
        replace(item, lines=lines) if draw.random() < 0.9 else item for item in candidates
    ]


def _candidate(key: int, terms: AgreementTerms, draw: random.Random) -> Candidate:
    steps = draw.choice([4, 10, 1_000])
    scores = {
        part.kind: part.full_marks * draw.randint(steps * 4 // 10, steps) // steps
        for part in terms.scores
        if draw.random() > 0.02
    }
    exempt = terms.exemption_level is not None and draw.random() < 0.2
    return Candidate(key, scores, exempt)


def plain_rank(terms: AgreementTerms, candidates: Sequence[Candidate]) -> dict[int, tuple]:
    """(total, rank, place, whether admissible) by key, as slowly and plainly as can be."""
    found = {item.key: plain_total(terms, item) for item in candidates}
    fit = [item for item in candidates if is_fit(terms, item, found[item.key])]
    answer: dict[int, tuple] = {}
    for item in candidates:
        total = found[item.key]
        if item not in fit:
            place = Place.NOT_ADMISSIBLE
            if is_fit(terms, _with_low_lines(terms, item), total):
                place = Place.NOT_YET_KNOWN
            answer[item.key] = (total, None, place)
            continue
        mine = worth(terms, item, total)
        better = sum(worth(terms, other, found[other.key]) > mine for other in fit)
        equal = sum(worth(terms, other, found[other.key]) == mine for other in fit)
        places_left = terms.quota - better
        place = Place.WITHIN_QUOTA
        if places_left <= 0:
            place = Place.BEYOND_QUOTA
        elif equal > places_left:
            place = Place.TIED_AT_QUOTA
        answer[item.key] = (total, better + 1, place)
    return answer


def plain_total(terms: AgreementTerms, item: Candidate) -> int | None:
    """Fractions of full marks times weight, over the weights that count."""
    total, weights = Fraction(0), Fraction(0)
    for part in terms.scores:
        share = Fraction(1)
        if part.kind is ScoreKind.SKILL_TEST and item.is_exempt:
            if terms.exemption_effect is ExemptionEffect.SPREAD:
                continue
        elif part.kind not in item.scores:
            return None
        else:
            share = Fraction(item.scores[part.kind], part.full_marks)
        total += share * part.weight
        weights += part.weight
    return math.floor(total / weights * 10_000 + Fraction(1, 2))


def is_fit(terms: AgreementTerms, item: Candidate, total: int | None) -> bool:
    """Nothing missing and nothing below its line."""
    if total is None or total < terms.pass_total:
        return False
    return all(
        item.scores[part.kind] >= line_of(part, item)
        for part in terms.scores
        if not (item.is_exempt and part.kind is ScoreKind.SKILL_TEST)
    )


def line_of(part: ScorePart, item: Candidate) -> float:
    """The line of one score; out of reach while it is not announced."""
    return item.lines.get(part.kind, math.inf) if part.by_announced_line else part.pass_mark


def _with_low_lines(terms: AgreementTerms, item: Candidate) -> Candidate:
    """The same, if every line that is not announced were nought."""
    return replace(item, lines={part.kind: 0 for part in terms.scores} | dict(item.lines))


def worth(terms: AgreementTerms, item: Candidate, total: int | None) -> list[Fraction]:
    """What is compared, in the agreed order; an exempt skill test is worth its full marks."""
    compared = [Fraction(total or 0)]
    for tie in terms.tie_breaks:
        part = next(one for one in terms.scores if one.kind.value == tie.value)
        exempt = item.is_exempt and part.kind is ScoreKind.SKILL_TEST
        points = part.full_marks if exempt else item.scores[part.kind]
        compared.append(Fraction(points, part.full_marks))
    return compared


def compare_cohorts(start: int, end: int, ranking: Ranking = rank) -> Tally:
    """The cohorts of these seeds, each in two orders."""
    tally = Tally()
    for seed in range(start, end):
        terms, candidates = make_cohort(seed)
        assert not list(terms_problems(terms)), f"seed {seed}: terms that could not stand"
        found = ranking(terms, candidates)
        shuffled = random.Random(seed).sample(candidates, len(candidates))
        if ranking(terms, shuffled) != found:
            tally.differences.append(f"seed {seed}: another order, another ranking")
        expected = plain_rank(terms, candidates)
        got = {item.key: (item.total, item.rank, item.place) for item in found}
        if got != expected or len(found) != len(candidates):
            tally.differences.append(f"seed {seed}: {got} is not {expected}")
        tally.cohorts += 1
        tally.candidates += len(candidates)
        _note(tally.features, terms, candidates, found)
    return tally


def _note(
    features: Counter[str],
    terms: AgreementTerms,
    candidates: Sequence[Candidate],
    found: Sequence[Ranked],
) -> None:
    ranks = Counter(item.rank for item in found if item.rank is not None)
    totals = Counter(item.total for item in found if item.rank is not None)
    features["shared rank"] += any(count > 1 for count in ranks.values())
    features["decided by a tie-break"] += len(ranks) > len(totals)
    for effect in ExemptionEffect:
        name = f"exempt {effect.value.replace('_', ' ')}"
        features[name] += terms.exemption_effect is effect and any(
            item.is_exempt for item in candidates
        )
    for item in found:
        features[f"place {item.place.value}"] += 1
        for lack, _ in item.lacks:
            features[f"lack {lack.value}"] += 1


def main() -> int:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=2_000)
    asked = parser.parse_args()
    began = time.monotonic()
    tally = compare_cohorts(0, asked.cohorts)
    never = sorted(EXPECTED - {name for name, count in tally.features.items() if count})
    report = {
        "cohorts": tally.cohorts,
        "candidates": tally.candidates,
        "differences": len(tally.differences),
        "features": dict(sorted(tally.features.items())),
        "never": never,
        "seconds": round(time.monotonic() - began, 1),
    }
    sys.stdout.write(json.dumps(report, indent=2) + "\n")
    for line in tally.differences[:5]:
        sys.stderr.write(line + "\n")
    return 1 if tally.differences or never else 0


if __name__ == "__main__":
    sys.exit(main())
