"""Weighted totals and ranks by hand: rounding, exemption, tie-breaks, the edge of the quota."""

from __future__ import annotations

from dataclasses import replace

import pytest

from creditbank.domain.agreement_terms import ExemptionEffect, ScoreKind, ScorePart, TieBreak
from creditbank.eligibility.ranking import (
    Candidate,
    Lack,
    Place,
    points_of_average,
    rank,
    weighted_total,
)
from tests.factories.agreement_desk import TERMS

AVERAGE, SKILL, QUALITY = ScoreKind.COURSE_AVERAGE, ScoreKind.SKILL_TEST, ScoreKind.QUALITY


def scores(average: int, skill: int | None, quality: int) -> dict[ScoreKind, int]:
    """Points as people write them."""
    given = {AVERAGE: average * 100, QUALITY: quality * 100}
    return given if skill is None else given | {SKILL: skill * 100}


def test_fifty_thirty_twenty():
    assert weighted_total(TERMS.scores, scores(80, 90, 70)) == 8_100


def test_the_total_is_rounded_half_up_once_at_the_end():
    parts = (ScorePart(AVERAGE, 10_000, 50), ScorePart(SKILL, 10_000, 50))
    assert weighted_total(parts, {AVERAGE: 8_001, SKILL: 8_000}) == 8_001
    thirds = (ScorePart(AVERAGE, 30_000, 50), ScorePart(SKILL, 30_000, 50))
    assert weighted_total(thirds, {AVERAGE: 10_000, SKILL: 10_000}) == 3_333
    assert weighted_total(thirds, {AVERAGE: 20_000, SKILL: 20_000}) == 6_667


def test_points_of_other_full_marks_are_brought_to_a_hundred():
    parts = (ScorePart(ScoreKind.KNOWLEDGE_TEST, 20_000, 60), ScorePart(SKILL, 10_000, 40))
    assert weighted_total(parts, {ScoreKind.KNOWLEDGE_TEST: 15_000, SKILL: 6_000}) == 6_900


def test_a_weight_that_is_spread_goes_to_the_others_in_proportion():
    assert weighted_total(TERMS.scores, scores(80, None, 66), spread=True) == 7_600
    with pytest.raises(ValueError, match="no score"):
        weighted_total((ScorePart(SKILL, 10_000, 100),), {}, spread=True)


@pytest.mark.parametrize(
    ("effect", "total"), [(ExemptionEffect.FULL_MARKS, 8_400), (ExemptionEffect.SPREAD, 7_714)]
)
def test_an_exempt_learner_needs_no_skill_test(effect, total):
    terms = replace(TERMS, exemption_effect=effect)
    exempt = Candidate(1, scores(80, None, 70), is_exempt=True)
    (found,) = rank(terms, [exempt])
    assert (found.total, found.place) == (total, Place.WITHIN_QUOTA)
    (without,) = rank(terms, [replace(exempt, is_exempt=False)])
    assert without.lacks == ((Lack.SCORE_MISSING, SKILL),)
    assert without.total is None


def test_ties_are_broken_in_the_agreed_order():
    low_skill = Candidate(1, scores(80, 80, 80))
    by_skill = Candidate(2, scores(74, 90, 80))
    by_average = Candidate(3, scores(84, 80, 70))
    found = rank(TERMS, [low_skill, by_skill, by_average])
    assert {item.total for item in found} == {8_000}
    assert [(item.key, item.rank) for item in found] == [(2, 1), (3, 2), (1, 3)]
    other = replace(TERMS, tie_breaks=(TieBreak.QUALITY, TieBreak.COURSE_AVERAGE))
    assert [item.key for item in rank(other, [low_skill, by_skill, by_average])] == [1, 2, 3]


def test_an_average_of_a_hundred_becomes_points_of_any_full_marks():
    assert points_of_average(8_235, ScorePart(AVERAGE, 10_000, 50)) == 8_235
    assert points_of_average(8_235, ScorePart(AVERAGE, 15_000, 50)) == 12_353


def test_a_tie_at_the_quota_is_left_to_a_person():
    terms = replace(TERMS, quota=2)
    best = Candidate(1, scores(90, 90, 90))
    tied = [Candidate(key, scores(80, 80, 80)) for key in (2, 3)]
    last = Candidate(4, scores(70, 70, 70))
    found = {item.key: (item.rank, item.place) for item in rank(terms, [last, *tied, best])}
    assert found == {
        1: (1, Place.WITHIN_QUOTA),
        2: (2, Place.TIED_AT_QUOTA),
        3: (2, Place.TIED_AT_QUOTA),
        4: (4, Place.BEYOND_QUOTA),
    }
    wider = {item.key: item.place for item in rank(replace(terms, quota=3), [*tied, best, last])}
    assert wider[2] == wider[3] == Place.WITHIN_QUOTA
    assert wider[4] is Place.BEYOND_QUOTA


def test_below_a_pass_mark_nobody_is_ranked():
    skilled = replace(TERMS.scores[1], pass_mark=6_000)
    terms = replace(TERMS, scores=(TERMS.scores[0], skilled, TERMS.scores[2]))
    low_part = Candidate(1, scores(100, 59, 100))
    low_total = Candidate(2, scores(50, 80, 50))
    just = Candidate(3, scores(60, 60, 60))
    found = {item.key: item for item in rank(terms, [low_part, low_total, just])}
    assert found[1].lacks == ((Lack.PART_BELOW_PASS, SKILL),)
    assert found[2].lacks == ((Lack.TOTAL_BELOW_PASS, None),)
    assert found[1].rank is found[2].rank is None
    assert (found[3].rank, found[3].total) == (1, 6_000)


def test_without_agreed_scores_nobody_is_ranked():
    (found,) = rank(replace(TERMS, scores=(), tie_breaks=()), [Candidate(1)])
    assert found.place is Place.NOT_ADMISSIBLE
