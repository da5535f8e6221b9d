"""When entered marks wait for a second person, and who that may be."""

from __future__ import annotations

import pytest

from creditbank.domain.grade_drafts import (
    EDITABLE,
    MAY_FOLLOW,
    OPEN,
    STATE_AFTER,
    DraftState,
    DraftStep,
    may_review,
    needs_second_person,
)
from tests.factories.policies import shipped_policy


@pytest.mark.parametrize(
    ("when", "marks", "failed", "needed"),
    [
        ("never", 20_000, 20_000, False),
        ("always", 1, 0, True),
        ("above", 100, 0, False),
        ("above", 101, 0, True),
        ("above", 10, 3, False),
        ("above", 10, 4, True),
    ],
)
def test_a_second_person_is_asked_for_as_the_rule_says(when, marks, failed, needed):
    policy = shipped_policy(
        grades__second_person=when,
        grades__second_person_marks=100,
        grades__second_person_failed_percent=30,
    )
    assert needs_second_person(policy, marks=marks, failed=failed) is needed


def test_what_ships_asks_for_none_and_lets_a_colleague_review():
    assert not needs_second_person(shipped_policy(), marks=20_000, failed=20_000)
    assert may_review(shipped_policy(), is_approver=False)
    strict = shipped_policy(grades__reviewer="approver")
    assert [may_review(strict, is_approver=role) for role in (True, False)] == [True, False]


def test_every_step_leads_into_a_state_and_none_out_of_one_that_is_done():
    assert set(MAY_FOLLOW) == set(DraftStep)
    assert set(DraftStep) - set(STATE_AFTER) == {DraftStep.AGEING}, "it only tells"
    done = set(DraftState) - OPEN
    assert all(not done & states for states in MAY_FOLLOW.values())
    assert DraftState.SUBMITTED not in EDITABLE
