"""The places of an agreement: how many are held, by whomever, and that no step takes one too many.

Counted over everybody, also over whom the actor is not shown: a place is held whether or not its
learner consents to be seen. Whoever calls has locked the agreement (advance_steps.open_desk).
"""

from __future__ import annotations

from collections.abc import Sequence

from creditbank.domain.advances import HOLDING, Move, Stage, stage_of
from creditbank.domain.errors import Message, Problem, refused
from creditbank.services.advance_steps import Desk
from creditbank.store.advance_standings import AdvanceBook, Known
from creditbank.store.unit_of_work import UnitOfWork


def everybody(uow: UnitOfWork, book: AdvanceBook) -> list[Known]:
    """All members as they are by now; what is not the actor's is counted and not shown."""
    with uow.everywhere():
        return book.known()


def check_quota(desk: Desk, admitted: Sequence[int]) -> None:
    """Raise InvalidInputError where more would be admitted than the agreement has places."""
    advanced = {
        item.seat.enrolment_id
        for item in everybody(desk.uow, desk.book)
        if item.standing.stage is Stage.ADVANCED
    }
    left = max(0, desk.book.terms.quota - len(advanced))
    if len(set(admitted) - advanced) > left:
        message = Message(
            f"协议名额{desk.book.terms.quota}人,还能录取{left}人;请减少录取人数。",
            f"The agreement has {desk.book.terms.quota} places and {left} are left; admit fewer.",
        )
        raise refused(Problem("quota_full", message, field="lines"))


def check_place_to_return(desk: Desk, known: Known, move: Move) -> None:
    """Raise InvalidInputError where taking a move back would claim a place that was given on."""
    moves = [item for item in known.plain_moves if item.number != move.number]
    rules = desk.book.rules(known.standing.attempt)
    after = stage_of(known.seat.situation, desk.today, rules, moves)
    if known.standing.stage in HOLDING or after.stage not in HOLDING:
        return
    held = sum(item.standing.stage in HOLDING for item in everybody(desk.uow, desk.book))
    if held >= desk.book.terms.quota:
        raise refused(_GIVEN_ON)


_GIVEN_ON = Problem(
    "place_given_on",
    Message(
        "空出的名额已由他人递补,不能撤回;如需恢复,请先由协议双方增加名额。",
        "The place has gone to another learner, so this is not taken back; add places to the"
        " agreement first.",
    ),
    field="advance_move_id",
)
