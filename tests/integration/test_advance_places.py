"""The places of an agreement: counted over everybody, and never more than there are."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import insert

from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Action, Role
from creditbank.services.advance_rankings import see_ranking
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.advances import AdvanceMove
from tests.factories.advance_classes import AdvanceClasses
from tests.factories.advance_desk import AFTER_NOTICE, AGREEMENT, JULY, AdvanceDesk


@pytest.fixture
def desk(advance_classes: AdvanceClasses) -> AdvanceDesk:
    """Five who are filed, for three places."""
    return advance_classes.at(Stage.FILED)


def score_from_the_first(desk: AdvanceDesk) -> None:
    desk.score({number: (90 - at, 80, 80) for at, number in enumerate(desk.ids)})


def at_once(*calls: Callable[[], object]) -> list[str]:
    """What becomes of calls that begin together, each in a transaction of its own."""
    started, outcomes = Barrier(len(calls)), []

    def run(call: Callable[[], object]) -> None:
        started.wait()
        try:
            call()
            outcomes.append("made")
        except InvalidInputError as error:
            outcomes.append(error.problems[0].code)

    with ThreadPoolExecutor(len(calls)) as pool:
        list(pool.map(run, calls))
    return sorted(outcomes)


def test_a_place_is_held_also_by_whom_the_college_is_not_shown(desk: AdvanceDesk) -> None:
    """The first holds one of three places, the second is ranked first: two are hidden by now."""
    score_from_the_first(desk)
    desk.propose(left_out=desk.ids[1:])
    for hidden in (0, 1):
        desk.withdraw_consent(hidden)
    college = desk.actor(Role.COLLEGE)
    for action in (Action.RANK_ADVANCE, Action.SEE_ADVANCE_COHORT):
        with desk.unit(college, now=AFTER_NOTICE) as uow:
            _, found = see_ranking(uow, college, AGREEMENT, action=action, now=AFTER_NOTICE)
        assert (found.places, found.within) == (2, 2)
        shown = [(item.known.seat.enrolment_id, item.ranked.rank) for item in found.items]
        assert shown == [(number, at) for at, number in enumerate(desk.ids[2:], start=2)]
    kinds = [step.kind for step in desk.propose().steps]
    assert kinds == [MoveKind.PROPOSE, MoveKind.PASS_OVER, MoveKind.PASS_OVER]
    kept = ["proposed", "tested", "proposed", "not_passed", "not_passed"]
    assert desk.stages(AFTER_NOTICE) == kept
    desk.propose(
        role=Role.APPROVER
    )  # who is hidden from the college is for the school to decide on
    assert desk.stages(AFTER_NOTICE)[1] == "proposed"


def test_a_place_that_was_given_on_is_not_returned_to(desk: AdvanceDesk) -> None:
    """Two give up, one of their places is given on: one may come back, whoever of them is first."""
    score_from_the_first(desk)
    desk.propose(left_out=desk.ids[3:])
    gone = [
        desk.one(MoveKind.GIVE_UP, Role.REGISTRAR, at, document_no="弃1号", now=AFTER_NOTICE)
        for at in (0, 1)
    ]
    desk.propose(left_out=desk.ids[4:])
    back = [
        partial(desk.take_back, made.steps[0].advance_move_id, Role.REGISTRAR, now=AFTER_NOTICE)
        for made in gone
    ]
    assert at_once(*back) == ["made", "place_given_on"]
    assert sorted(desk.stages(AFTER_NOTICE)) == ["given_up", *["proposed"] * 3, "tested"]


def test_no_more_are_admitted_than_there_are_places(desk: AdvanceDesk) -> None:
    """Proposed are four for three places, as rows from before places were counted may say."""
    score_from_the_first(desk)
    desk.propose(left_out=desk.ids[3:])
    (row,) = desk.rows(
        "SELECT * FROM advance_moves WHERE kind = 'propose' AND enrolment_id = :id", id=desk.ids[2]
    )
    fourth = {**row._mapping, "enrolment_id": desk.ids[3]}
    fourth |= {"learner_id": desk.school.pupils[3].learner_id, "verdict_id": None, "detail": {}}
    del fourth["advance_move_id"]
    with UnitOfWork(desk.owner, EVERYWHERE) as uow:
        uow.connection.execute(insert(AdvanceMove).values(fourth))
    with pytest.raises(InvalidInputError) as full:
        desk.admit(*desk.ids[:4])
    assert [problem.code for problem in full.value.problems] == ["quota_full"]
    pairs = desk.ids[:2], desk.ids[2:4]
    assert at_once(*(partial(desk.admit, *pair) for pair in pairs)) == ["made", "quota_full"]
    assert desk.stages(JULY).count("advanced") == 2
