"""What becomes of a stage that was stated once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from creditbank.domain.advances import Stage, Standing, still_stands


@pytest.mark.parametrize(
    ("said", "now", "stands"),
    [
        (Stage.QUALIFIED, Stage.QUALIFIED, True),
        (Stage.QUALIFIED, Stage.ADVANCED, True),
        (Stage.IN_PROCESS, Stage.FILED, True),
        (Stage.QUALIFICATION, Stage.IN_PROCESS, True),
        (Stage.QUALIFICATION, Stage.DISQUALIFIED, False),
        (Stage.FILED, Stage.QUALIFIED, False),
        (Stage.FILED, Stage.GIVEN_UP, False),
        (Stage.PROPOSED, Stage.NOT_PASSED, False),
        (Stage.ADVANCED, Stage.ENDED, False),
        (Stage.NOT_PASSED, Stage.NOT_PASSED, True),
        (Stage.ASSESSMENT_FAILED, Stage.FILED, False),
    ],
)
def test_only_who_went_on_was_there(said: Stage, now: Stage, *, stands: bool):
    standing = Standing(stage=now)
    assert still_stands(said, 1, standing) is stands
    assert not still_stands(said, 1, replace(standing, is_in_review=True))
    assert not still_stands(said, 1, replace(standing, attempt=2))
