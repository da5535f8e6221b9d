"""How every step of the advance is made: for one learner or a class, all of it or nothing.

What belongs here: access, key, locks, the verdict of the moment, the state machine, the rows, the
messages. Which step is made and what stands on it is in services.advances and its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.advance_moves import RULES, Proposal, obstacle
from creditbank.domain.advance_words import refusal_of
from creditbank.domain.advances import Move, MoveKind, Signature, Stage, stage_of
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import InvalidInputError, Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action
from creditbank.services.advance_commands import LINES_MAX, OfAgreement, TakenStep, TakenSteps
from creditbank.services.evaluations import evaluate_and_store_all
from creditbank.services.grounds import DOCUMENT_MAX, REASON_MAX
from creditbank.services.waits import posting
from creditbank.store.advance_standings import AdvanceBook, Known, open_book
from creditbank.store.advances import add_moves, tell_of_moves
from creditbank.store.agreement_partners import lock_agreement
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.ledger import lock_head
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.store.verdicts import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step to be made. row: of the table it came in, from 1. columns: further ones of its row."""

    enrolment_id: int
    kind: MoveKind
    document_no: str = ""
    reason: str = ""
    row: int | None = None
    signatures: frozenset[Signature] = frozenset()
    columns: Mapping[str, Any] = field(default_factory=dict)
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a step is made on: the agreement's book, and who is meant, by enrolment."""

    uow: UnitOfWork
    actor: Actor
    book: AdvanceBook
    known: Mapping[int, Known]
    now: datetime

    @property
    def today(self) -> date:
        """The county's day."""
        return self.book.today


Keeping = Callable[[Desk, Sequence[tuple[Step, int]]], None]


def answered(  # noqa: PLR0913 (who asks for what, by which key, at what moment)
    uow: UnitOfWork,
    actor: Actor,
    action: Action,
    command: Any,  # noqa: ANN401 (any command of advance_commands)
    work: Callable[[], TakenSteps],
    *,
    idempotency_key: str,
    now: datetime,
) -> TakenSteps:
    """Do the work once for the key, and keep its answer with it.

    Raises ForbiddenError, BusyError, and what the work raises.
    """
    decide(actor, action)
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return _kept_answer(answer)
        taken = work()
        kept = {"steps": [asdict(step) for step in taken.steps]}
        keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, kept, now)
    return taken


def at_desk(  # noqa: PLR0913 (as answered, and whom it is about)
    uow: UnitOfWork,
    actor: Actor,
    action: Action,
    command: OfAgreement,
    enrolment_ids: Sequence[int] | None,
    work: Callable[[Desk], TakenSteps],
    *,
    idempotency_key: str,
    now: datetime,
) -> TakenSteps:
    """The work of a command once for the key, on the desk of whom it is about (open_desk).

    Raises ForbiddenError, BusyError, what open_desk raises and what the work raises.
    """

    def at() -> TakenSteps:
        return work(open_desk(uow, actor, action, command.agreement_id, enrolment_ids, now=now))

    return answered(uow, actor, action, command, at, idempotency_key=idempotency_key, now=now)


def _kept_answer(answer: Mapping[str, Any]) -> TakenSteps:
    steps = (
        TakenStep(**{**step, "kind": MoveKind(step["kind"]), "stage": Stage(step["stage"])})
        for step in answer["steps"]
    )
    return TakenSteps(tuple(steps), replayed=True)


def open_desk(
    uow: UnitOfWork,
    actor: Actor,
    action: Action,
    agreement_id: int,
    enrolment_ids: Sequence[int] | None,
    *,
    now: datetime,
) -> Desk:
    """Everybody who is meant, with the agreement and then their heads locked.

    The lock of the agreement lets one step after the other be made under it, so that no two take
    its last place. enrolment_ids: None for all members that the actor may decide on. Raises
    NotFoundError (an agreement or a learner that is not the actor's) or InvalidInputError (nobody,
    or one twice).
    """
    if enrolment_ids is not None:
        _check_count(enrolment_ids)
    lock_agreement(uow.connection, agreement_id)
    book = open_book(uow, agreement_id, today=local_date(now))
    found = book.known(enrolment_ids=enrolment_ids) if book else []
    if book is None or len(found) < len(enrolment_ids or ()):
        raise NotFoundError
    if enrolment_ids is None:
        found = [item for item in found if may(actor, action, item)]
        if not found:
            raise NotFoundError
    for item in found:
        decide(actor, action, item.seat.key)
    for learner_id in sorted({item.seat.learner_id for item in found}):
        lock_head(uow.connection, learner_id)
    return _again(Desk(uow, actor, book, {item.seat.enrolment_id: item for item in found}, now))


def _again(desk: Desk) -> Desk:
    """As the rows are by now."""
    found = desk.book.known(enrolment_ids=list(desk.known))
    return replace(desk, known={item.seat.enrolment_id: item for item in found})


def may(actor: Actor, action: Action, item: Known) -> bool:
    """Whether this learner is within what the actor's action reaches."""
    try:
        decide(actor, action, item.seat.key)
    except NotFoundError:
        return False
    return True


def _check_count(enrolment_ids: Sequence[int]) -> None:
    if not 0 < len(enrolment_ids) <= LINES_MAX:
        raise refused(_COUNT)
    if len(set(enrolment_ids)) < len(enrolment_ids):
        raise refused(_TWICE)


def make_steps(desk: Desk, steps: Sequence[Step], keeping: Keeping | None = None) -> TakenSteps:
    """Make these steps, all or none. keeping: writes what stands beside the moves.

    Where a step leads forward the verdicts of this moment are brought up first; what contradicts
    a qualification opens its review. Raises InvalidInputError with each problem by its line.
    """
    forward = [step.enrolment_id for step in steps if RULES[step.kind].is_forward]
    if forward:
        desk, _findings = judged(desk, forward)
    check_steps(desk, steps)
    numbers = add_moves(desk.uow.connection, [_row(desk, step) for step in steps])
    made = list(zip(steps, numbers, strict=True))
    if keeping is not None:
        keeping(desk, made)
    for kind in {step.kind for step in steps}:
        of_kind = [number for step, number in made if step.kind is kind]
        tell(desk, kind, of_kind)
    return TakenSteps(tuple(_taken(desk, step, number) for step, number in made))


def judged(desk: Desk, enrolment_ids: Iterable[int]) -> tuple[Desk, dict[int, list[Finding]]]:
    """With the stored verdicts of these learners at the head of their books; those by learner."""
    learners = {desk.known[number].seat.learner_id for number in enrolment_ids}
    found: dict[int, list[Finding]] = {learner_id: [] for learner_id in learners}
    with desk.uow.everywhere():
        for finding in evaluate_and_store_all(desk.uow, sorted(learners), now=desk.now):
            found[finding.verdict.learner_id].append(finding)
    return _again(desk), found


def check_steps(desk: Desk, steps: Sequence[Step]) -> None:
    """Raise InvalidInputError with what stands in the way of each."""
    problems = [
        problem
        for at, step in enumerate(steps, start=1)
        if (problem := _problem_with(desk, step, step.row or at)) is not None
    ]
    if problems:
        raise refused_together(problems)


def refused_together(problems: Sequence[Problem]) -> InvalidInputError:
    """The error that nothing was done, with what is wrong for whom."""
    return InvalidInputError(_SEVERAL, problems=tuple(problems))


def _problem_with(desk: Desk, step: Step, row: int) -> Problem | None:
    if len(step.document_no.strip()) > DOCUMENT_MAX:
        return Problem("document_long", _DOCUMENT_LONG, field="document_no", row=row)
    if len(step.reason.strip()) > REASON_MAX:
        return Problem("reason_long", _REASON_LONG, field="reason", row=row)
    standing = desk.known[step.enrolment_id].standing
    asked = Proposal(
        kind=step.kind,
        role=desk.actor.role,
        decided_on=desk.today,
        document_no=step.document_no,
        reason=step.reason,
        signatures=step.signatures,
    )
    found = obstacle(standing, desk.book.rules(standing.attempt), asked)
    if found is None:
        return None
    until = standing.appeal_until.isoformat() if standing.appeal_until else ""
    return refusal_of(found, standing.stage, until=until, row=row)


def _row(desk: Desk, step: Step) -> dict[str, Any]:
    known = desk.known[step.enrolment_id]
    attempt = known.standing.attempt + (step.kind is MoveKind.RETRY)
    signed = {"signatures": sorted(step.signatures)} if step.signatures else {}
    return {
        "institution_id": known.seat.institution_id,
        "learner_id": known.seat.learner_id,
        "agreement_id": known.seat.agreement_id,
        "enrolment_id": step.enrolment_id,
        "attempt": attempt,
        "kind": step.kind.value,
        "decided_on": desk.today,
        "document_no": step.document_no.strip(),
        "reason": step.reason.strip(),
        "detail": {**step.detail, **signed},
        "verdict_id": known.seat.verdict_id,
        "decided_by": desk.actor.account_id,
        "decided_role": desk.actor.role.value,
        "recorded_at": desk.now,
        **step.columns,
    }


def _taken(desk: Desk, step: Step, number: int) -> TakenStep:
    known = desk.known[step.enrolment_id]
    move = Move(
        kind=step.kind,
        decided_on=desk.today,
        signatures=step.signatures,
        starts_on=step.columns.get("starts_on"),
        ends_on=step.columns.get("ends_on"),
        appeal_until=step.columns.get("appeal_until"),
    )
    after = stage_of(
        known.seat.situation, desk.today, desk.book.rules(), [*known.plain_moves, move]
    )
    return TakenStep(step.enrolment_id, known.seat.learner_id, step.kind, after.stage, number)


_WITH_COLLEGE = frozenset(
    {
        MoveKind.FILE, MoveKind.SCORE, MoveKind.PROPOSE, MoveKind.PASS_OVER, MoveKind.ADMIT,
        MoveKind.REFUSE, MoveKind.RETURN_ADMISSION, MoveKind.GIVE_UP, MoveKind.DISQUALIFY,
        MoveKind.RETRY,
    }
)  # fmt: skip
"""Steps that concern the college; before the filing nothing does."""


def tell(desk: Desk, kind: MoveKind, moves: Sequence[int]) -> None:
    """Tell each family, and once the school and, from the filing on, the college of a step."""
    tell_of_moves(
        desk.uow.connection,
        moves,
        [],
        to_college=kind in _WITH_COLLEGE,
        by=desk.actor.account_id,
        now=desk.now,
    )


_SEVERAL = Message(
    "有学生不能办理,本次没有办理任何一人;请按所列逐一处理后重新提交。",
    "Some of the learners cannot take this step, so nothing was done; see each and send it again.",
)
_COUNT = Problem(
    "count",
    Message(f"请选择1至{LINES_MAX}名学生。", f"Choose 1 to {LINES_MAX} learners."),
    "enrolment_ids",
)
_TWICE = Problem(
    "twice", Message("同一学生只能列一次。", "Each learner is named once."), "enrolment_ids"
)
_DOCUMENT_LONG = Message(
    f"文号不能超过{DOCUMENT_MAX}字。", f"A document number has at most {DOCUMENT_MAX} characters."
)
_REASON_LONG = Message(
    f"原因不能超过{REASON_MAX}字。", f"The reason has at most {REASON_MAX} characters."
)
