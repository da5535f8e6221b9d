"""Where a claim stands after its moves, and which move may follow."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count

import pytest

from creditbank.domain.claim_moves import ClaimObstacle, ClaimProposal, claim_obstacle
from creditbank.domain.claims import (
    ClaimContent,
    ClaimKind,
    ClaimMove,
    ClaimMoveKind,
    ClaimStage,
    ClaimStanding,
    standing_of,
)
from creditbank.domain.permissions import Role

DAY = date(2026, 6, 15)
LAST = date(2026, 6, 22)
REGISTRAR, APPROVER, SOMEBODY = 1, 7, 30
SUBMIT, ACCEPT, CONFIRM = ClaimMoveKind.SUBMIT, ClaimMoveKind.ACCEPT, ClaimMoveKind.CONFIRM


def after(*kinds: ClaimMoveKind, about: int | None = None) -> ClaimStanding:
    numbers = count(1)
    moves = []
    for at, kind in enumerate(kinds):
        moves.append(
            ClaimMove(
                kind=kind,
                made_on=DAY,
                number=next(numbers),
                revision=2,
                units=300 if kind is ACCEPT else None,
                starts_on=DAY if kind is CONFIRM else None,
                ends_on=LAST if kind is CONFIRM else None,
                made_by={ACCEPT: REGISTRAR, CONFIRM: APPROVER}.get(kind, SOMEBODY),
                about=about if at == len(kinds) - 1 else None,
            )
        )
    return standing_of(moves)


@pytest.mark.parametrize(
    ("kinds", "stage"),
    [
        ((), ClaimStage.DRAFT),
        ((SUBMIT,), ClaimStage.SUBMITTED),
        ((SUBMIT, ClaimMoveKind.RETURN), ClaimStage.RETURNED),
        ((SUBMIT, ClaimMoveKind.RETURN, SUBMIT), ClaimStage.SUBMITTED),
        ((SUBMIT, ACCEPT), ClaimStage.ACCEPTED),
        ((SUBMIT, ACCEPT, ClaimMoveKind.REJECT), ClaimStage.REJECTED),
        ((SUBMIT, ACCEPT, CONFIRM), ClaimStage.NOTICE),
        ((SUBMIT, ACCEPT, CONFIRM, ClaimMoveKind.OBJECT), ClaimStage.NOTICE),
        ((SUBMIT, ACCEPT, CONFIRM, ClaimMoveKind.POST), ClaimStage.POSTED),
        ((SUBMIT, ACCEPT, CONFIRM, ClaimMoveKind.BOUNCE), ClaimStage.SUBMITTED),
        ((SUBMIT, ACCEPT, CONFIRM, ClaimMoveKind.WITHDRAW), ClaimStage.WITHDRAWN),
    ],
)
def test_the_stage_is_folded_from_the_moves(kinds, stage):
    assert after(*kinds).stage is stage


def test_a_claim_is_due_on_the_day_after_its_notice_and_not_while_an_objection_is_open():
    standing = after(SUBMIT, ACCEPT, CONFIRM)
    assert not standing.is_due(LAST)
    assert standing.is_due(LAST + timedelta(days=1))
    objected = after(SUBMIT, ACCEPT, CONFIRM, ClaimMoveKind.OBJECT)
    assert not objected.is_due(LAST + timedelta(days=30))
    dismissed = after(SUBMIT, ACCEPT, CONFIRM, ClaimMoveKind.OBJECT, ClaimMoveKind.DISMISS, about=4)
    assert dismissed.is_due(LAST + timedelta(days=1))


def test_what_came_back_from_the_ledger_is_reviewed_from_the_beginning():
    standing = after(SUBMIT, ACCEPT, CONFIRM, ClaimMoveKind.BOUNCE)
    assert standing.is_bounced
    assert (standing.accepted_by, standing.confirmed_by, standing.ends_on) == (0, 0, None)


@pytest.mark.parametrize(
    ("standing", "kind", "role", "found"),
    [
        (after(), SUBMIT, Role.STUDENT, None),
        (after(SUBMIT), SUBMIT, Role.STUDENT, ClaimObstacle.WRONG_STAGE),
        (after(SUBMIT), ACCEPT, Role.APPROVER, ClaimObstacle.WRONG_ROLE),
        (after(SUBMIT), ClaimMoveKind.REJECT, Role.APPROVER, ClaimObstacle.WRONG_STAGE),
        (after(SUBMIT, ACCEPT), ClaimMoveKind.RETURN, Role.REGISTRAR, ClaimObstacle.WRONG_STAGE),
        (after(SUBMIT, ACCEPT), ClaimMoveKind.RETURN, Role.APPROVER, None),
        (after(SUBMIT, ACCEPT), CONFIRM, Role.APPROVER, None),
        (after(SUBMIT, ACCEPT, CONFIRM), ClaimMoveKind.OBJECT, Role.TEACHER, None),
        (after(SUBMIT, ACCEPT, CONFIRM), ClaimMoveKind.WITHDRAW, Role.GUARDIAN, None),
        (
            after(SUBMIT, ACCEPT, CONFIRM, ClaimMoveKind.POST),
            ClaimMoveKind.WITHDRAW,
            Role.STUDENT,
            ClaimObstacle.WRONG_STAGE,
        ),
    ],
)
def test_which_move_may_follow(standing, kind, role, found):
    asked = ClaimProposal(kind=kind, role=role, account_id=99, today=DAY, reason="因为")
    assert claim_obstacle(standing, asked) is found


def test_one_person_does_not_make_both_reviews_nor_decide_an_own_objection():
    asked = ClaimProposal(kind=CONFIRM, role=Role.APPROVER, account_id=REGISTRAR, today=DAY)
    assert claim_obstacle(after(SUBMIT, ACCEPT), asked) is ClaimObstacle.SAME_PERSON
    ruling = ClaimProposal(
        kind=ClaimMoveKind.UPHOLD, role=Role.APPROVER, account_id=SOMEBODY, today=DAY,
        reason="属实", about=4,
    )  # fmt: skip
    objected = after(SUBMIT, ACCEPT, CONFIRM, ClaimMoveKind.OBJECT)
    assert claim_obstacle(objected, ruling) is ClaimObstacle.OWN_OBJECTION


def test_a_draft_says_what_it_lacks():
    assert ClaimContent(kind=ClaimKind.AWARD).missing == ("title", "earned_on", "level", "rank")
    assert ClaimContent(kind=ClaimKind.WORK, title="夹具", earned_on=DAY).missing == ("category",)
