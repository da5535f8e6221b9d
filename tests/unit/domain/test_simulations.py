"""Who gains and who loses is told from two positions; sums add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from creditbank.domain.simulations import (
    Affected,
    BlockLack,
    Effect,
    Position,
    Simulation,
    Split,
    effect_of,
    in_order,
)
from creditbank.domain.verdicts import Outcome, SubjectKind

RX = BlockLack("RX", "任选", "Electives", 200)
FAR = Position(Outcome.NOT_YET, 200, (RX,), ("conduct",))
NEARER = {
    "accepted": Position(Outcome.ELIGIBLE, 0),
    "a smaller shortfall": replace(FAR, shortfall_units=150),
    "less missing in a block": replace(FAR, blocks=(replace(RX, missing=100),)),
    "fewer conditions unmet": replace(FAR, unmet=()),
    "a question for people": replace(FAR, outcome=Outcome.NEEDS_REVIEW),
}


@pytest.mark.parametrize("name", NEARER)
def test_who_comes_nearer_gains_and_the_other_way_round_loses(name: str) -> None:
    assert effect_of(FAR, NEARER[name]) is Effect.GAINS
    assert effect_of(NEARER[name], FAR) is Effect.LOSES
    assert effect_of(FAR, FAR) is Effect.SAME


def test_may_and_may_not_weigh_more_than_any_shortfall() -> None:
    accepted = Position(Outcome.ELIGIBLE_EARLY, 500)
    assert effect_of(Position(Outcome.NOT_YET, 100), accepted) is Effect.GAINS
    assert effect_of(accepted, Position(Outcome.COMPLETION_DUE, 0)) is Effect.LOSES


def test_early_or_in_time_is_the_same() -> None:
    early, in_time = Position(Outcome.ELIGIBLE_EARLY, 0), Position(Outcome.ELIGIBLE, 0)
    assert effect_of(early, in_time) is Effect.SAME


def line(enrolment_id: int, before: Position, after: Position, **other) -> Affected:
    return Affected(
        **{
            "learner_id": enrolment_id,
            "enrolment_id": enrolment_id,
            "institution_id": 1,
            "major_code": "660103",
            "entry_year": 2025,
            "subject_kind": SubjectKind.GRADUATION,
            "subject_id": 0,
            "before": before,
            "after": after,
            **other,
        }
    )


def test_sums_count_learners_once_and_add_up() -> None:
    advance = {"subject_kind": SubjectKind.ARTICULATION, "subject_id": 7, "institution_id": 2}
    found = Simulation(
        as_of=date(2026, 11, 23),
        changes=(),
        enrolments=10,
        evaluated=4,
        affected=in_order(
            [
                line(1, FAR, NEARER["accepted"]),
                line(2, NEARER["accepted"], FAR, institution_id=2),
                line(3, FAR, NEARER["a smaller shortfall"], institution_id=2),
                line(3, Position(Outcome.ON_TRACK, 0), Position(Outcome.BEHIND, 50), **advance),
                line(4, FAR, NEARER["less missing in a block"]),
            ]
        ),
    )
    assert [found.count(effect) for effect in Effect] == [2, 2, 6]
    assert found.crossing(SubjectKind.GRADUATION, Effect.GAINS) == 1
    assert found.crossing(SubjectKind.GRADUATION, Effect.LOSES) == 1
    assert found.crossing(SubjectKind.ARTICULATION, Effect.LOSES) == 1
    assert found.by(lambda item: item.institution_id) == {1: Split(2, 0), 2: Split(0, 2)}
    assert found.by_block() == {replace(RX, missing=0): Split(gains=2, loses=1)}


def test_what_decides_comes_first_whatever_order_it_comes_in() -> None:
    lines = [
        line(1, FAR, NEARER["less missing in a block"]),
        line(2, FAR, NEARER["a smaller shortfall"]),
        line(3, NEARER["accepted"], FAR),
        line(4, FAR, NEARER["a smaller shortfall"]),
    ]
    assert [item.enrolment_id for item in in_order(lines)] == [3, 2, 4, 1]
    assert in_order(lines) == in_order(reversed(lines))
