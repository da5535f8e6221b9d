"""What of a ranking counts as changed, by the scores and awards that are found later."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from creditbank.domain.advance_rankings import EXEMPTION, RankedBy, changed_since, ranked_by
from creditbank.domain.agreement_terms import ScoreKind

AVERAGE, SKILL = ScoreKind.COURSE_AVERAGE, ScoreKind.SKILL_TEST
SCORES = {AVERAGE: 8_000, SKILL: 7_000}


@pytest.mark.parametrize(
    ("exempted_by", "scores", "exempting", "changed"),
    [
        (None, SCORES, (), ()),
        (None, SCORES | {AVERAGE: 7_900}, (), ("course_average",)),
        (None, {AVERAGE: 8_000}, (), ("skill_test",)),
        (None, SCORES | {ScoreKind.QUALITY: 1}, (), ("quality",)),
        (None, SCORES, (4,), (EXEMPTION,)),
        (2, SCORES, (2, 4), ()),
        (2, SCORES, (1, 2), ()),
        (2, SCORES, (4,), (EXEMPTION,)),
        (2, {}, (), ("course_average", "skill_test", EXEMPTION)),
    ],
)
def test_what_is_otherwise_is_named(
    exempted_by: int | None,
    scores: Mapping[ScoreKind, int],
    exempting: Collection[int],
    changed: tuple[str, ...],
) -> None:
    frozen = {"course_average": 8_000, "skill_test": 7_000}
    ranked = ranked_by({"scores": frozen, "exempted_by": exempted_by})
    assert ranked == RankedBy(frozen, exempted_by)
    assert changed_since(ranked, scores, exempting, {}) == changed


KNOWLEDGE = ScoreKind.KNOWLEDGE_TEST


@pytest.mark.parametrize(
    ("frozen", "now", "changed"),
    [
        ({"knowledge_test": 9_000}, {KNOWLEDGE: 9_000}, ()),
        ({"knowledge_test": 9_000}, {KNOWLEDGE: 9_100}, ("knowledge_test",)),
        ({"culture_exam": 30_000}, {KNOWLEDGE: 9_000, ScoreKind.CULTURE_EXAM: 30_000}, ()),
        ({}, {KNOWLEDGE: 9_000}, ()),
        (None, {KNOWLEDGE: 9_000}, ()),
    ],
)
def test_a_line_that_was_corrected_is_named_by_its_score(
    frozen: Mapping[str, int] | None, now: Mapping[ScoreKind, int], changed: tuple[str, ...]
) -> None:
    assert changed_since(RankedBy({}, None, frozen), {}, (), now) == changed


def test_a_row_from_before_inputs_were_frozen_says_nothing() -> None:
    assert ranked_by({}) is None
