"""Some of the cohorts that `python -m tests.proofs.ranking` compares by the thousand."""

from __future__ import annotations

import dataclasses

from creditbank.eligibility import ranking
from creditbank.eligibility.ranking import Place, rank
from tests.proofs.ranking import compare_cohorts

COHORTS = 150


def test_the_ranking_is_that_of_a_plain_count():
    tally = compare_cohorts(0, COHORTS)
    assert tally.differences == []
    assert tally.features["shared rank"] > 10


def test_a_ranking_that_splits_a_tie_at_the_quota_is_noticed():
    def split(terms, candidates):
        return tuple(
            dataclasses.replace(item, place=Place.WITHIN_QUOTA)
            if item.place is Place.TIED_AT_QUOTA
            else item
            for item in rank(terms, candidates)
        )

    assert compare_cohorts(0, COHORTS, split).differences


def test_a_total_that_is_cut_off_instead_of_rounded_is_noticed(monkeypatch):
    monkeypatch.setattr(
        ranking, "_half_up", lambda numerator, denominator: numerator // denominator
    )
    assert compare_cohorts(0, COHORTS).differences


def test_tie_breaks_left_out_are_noticed():
    def untold(terms, candidates):
        return rank(dataclasses.replace(terms, tie_breaks=()), candidates)

    assert compare_cohorts(0, COHORTS, untold).differences
