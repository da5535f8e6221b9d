"""转段 at the school: qualification, process assessment, notice, appeals, filing; and the ways out.

Each for one learner or a whole class, all or none. Scores and the ranking are in
services.advance_scores, what the college decides in services.advance_admissions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from creditbank.domain.access import Actor
from creditbank.domain.advance_moves import SIGNATURES, may_withdraw
from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.errors import Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action
from creditbank.domain.verdicts import SubjectKind
from creditbank.services.advance_commands import (
    AssessmentLine,
    RecordAssessments,
    StepForMany,
    StepForOne,
    TakenStep,
    TakenSteps,
    WithdrawStep,
)
from creditbank.services.advance_places import check_place_to_return
from creditbank.services.advance_steps import (
    Desk,
    Step,
    answered,
    at_desk,
    check_steps,
    judged,
    make_steps,
    open_desk,
    refused_together,
    tell,
)
from creditbank.services.commands import ConfirmQualification
from creditbank.services.graduations import freeze, tell_of_decisions
from creditbank.services.grounds import REASON_MAX, check_reason
from creditbank.store.advances import add_assessments, add_moves, read_move
from creditbank.store.terms import school_calendar
from creditbank.store.unit_of_work import UnitOfWork

ACTION_OF = {
    MoveKind.QUALIFY: Action.CONFIRM_QUALIFICATION,
    MoveKind.ANNOUNCE: Action.ANNOUNCE_ADVANCE,
    MoveKind.FILE: Action.ANNOUNCE_ADVANCE,
    MoveKind.RETRY: Action.ANNOUNCE_ADVANCE,
    MoveKind.DISMISS_APPEAL: Action.ANNOUNCE_ADVANCE,
    MoveKind.GRANT_APPEAL: Action.ANNOUNCE_ADVANCE,
    MoveKind.REGISTER_EXAM: Action.ASSESS_PROCESS,
    MoveKind.APPEAL: Action.APPEAL_ADVANCE,
    MoveKind.GIVE_UP: Action.GIVE_UP_ADVANCE,
    MoveKind.DISQUALIFY: Action.DISQUALIFY_ADVANCE,
}
"""What one asks for with each of these."""


def take_step_for_many(
    uow: UnitOfWork, actor: Actor, command: StepForMany, *, idempotency_key: str, now: datetime
) -> TakenSteps:
    """资格初审, 公示, 报送, 二次转段, 报考春季高考 or 取消资格 of one or of a class.

    Raises ForbiddenError, NotFoundError, BusyError, or InvalidInputError with each learner's
    problem by line; then nothing was done.
    """

    def work(desk: Desk) -> TakenSteps:
        steps = [_step(desk, command, number) for number in command.enrolment_ids]
        if command.kind is MoveKind.QUALIFY:
            return TakenSteps(tuple(_qualified(desk, command, steps)))
        return make_steps(desk, steps)

    return at_desk(
        uow, actor, ACTION_OF[command.kind], command, command.enrolment_ids, work,
        idempotency_key=idempotency_key, now=now,
    )  # fmt: skip


def _step(desk: Desk, command: StepForMany, enrolment_id: int) -> Step:
    return Step(
        enrolment_id=enrolment_id,
        kind=command.kind,
        document_no=command.document_no,
        reason=command.reason,
        columns=_notice(desk) if command.kind is MoveKind.ANNOUNCE else {},
    )


def _notice(desk: Desk) -> dict[str, Any]:
    """From tomorrow on, for the working days of the terms; appeals for further ones after it."""
    calendar, terms = school_calendar(desk.uow.connection), desk.book.terms
    ends = calendar.due(desk.today, max(1, terms.notice_days))
    until = calendar.due(ends, terms.appeal_days) if terms.appeal_days else ends
    return {
        "starts_on": desk.today + timedelta(days=1), "ends_on": ends, "appeal_until": until,
    }  # fmt: skip


def _qualified(desk: Desk, command: StepForMany, steps: Sequence[Step]) -> Iterator[TakenStep]:
    """Each verdict of this moment frozen by a decision (services.graduations)."""
    desk, findings = judged(desk, command.enrolment_ids)
    check_steps(desk, steps)
    made = []
    for number in command.enrolment_ids:
        learner_id = desk.known[number].seat.learner_id
        asked = ConfirmQualification(
            learner_id=learner_id,
            agreement_id=command.agreement_id,
            document_no=command.document_no.strip(),
        )
        found = freeze(
            desk.uow, desk.actor, asked, SubjectKind.ARTICULATION,
            now=desk.now, findings=findings[learner_id],
        )  # fmt: skip
        made.append(found.decision_id)
        yield TakenStep(
            number, learner_id, MoveKind.QUALIFY, Stage.QUALIFIED, decision_id=found.decision_id
        )
    tell_of_decisions(desk.uow, made, by=desk.actor.account_id, now=desk.now)


def take_step_for_one(
    uow: UnitOfWork, actor: Actor, command: StepForOne, *, idempotency_key: str, now: datetime
) -> TakenSteps:
    """异议, its outcome, or 放弃: student and guardian each for themselves, or on one paper.

    Raises as take_step_for_many does.
    """

    def work(desk: Desk) -> TakenSteps:
        is_leaving = command.kind is MoveKind.GIVE_UP
        step = Step(
            enrolment_id=command.enrolment_id,
            kind=command.kind,
            document_no=command.document_no,
            reason=command.reason,
            signatures=SIGNATURES[actor.role] if is_leaving else frozenset(),
        )
        return make_steps(desk, [step])

    return at_desk(
        uow, actor, ACTION_OF[command.kind], command, [command.enrolment_id], work,
        idempotency_key=idempotency_key, now=now,
    )  # fmt: skip


def record_assessments(
    uow: UnitOfWork,
    actor: Actor,
    command: RecordAssessments,
    *,
    idempotency_key: str,
    now: datetime,
) -> TakenSteps:
    """过程考核表: each dimension that the terms ask for, and whether it is passed as a whole.

    Raises as take_step_for_many does, for a sheet with a dimension left out as well.
    """

    def work(desk: Desk) -> TakenSteps:
        problems = [
            problem
            for row, line in enumerate(command.lines, start=1)
            for problem in _sheet_problems(desk, line, row)
        ]
        if problems:
            raise refused_together(problems)
        steps = [_assessed(line, command.document_no) for line in command.lines]
        return make_steps(desk, steps, keeping)

    def keeping(desk: Desk, made: Sequence[tuple[Step, int]]) -> None:
        school = desk.book.agreement.school_id
        add_assessments(
            uow.connection,
            [
                {
                    "advance_move_id": number,
                    "institution_id": school,
                    "results": _plain_results(line),
                }
                for line, (_, number) in zip(command.lines, made, strict=True)
            ],
        )

    return at_desk(
        uow, actor, Action.ASSESS_PROCESS, command,
        [line.enrolment_id for line in command.lines], work,
        idempotency_key=idempotency_key, now=now,
    )  # fmt: skip


def _assessed(line: AssessmentLine, document_no: str) -> Step:
    kind = MoveKind.PASS_ASSESSMENT if line.passed else MoveKind.FAIL_ASSESSMENT
    return Step(
        enrolment_id=line.enrolment_id, kind=kind, document_no=document_no, reason=line.reason
    )


def _plain_results(line: AssessmentLine) -> dict[str, Any]:
    return {
        dimension.value: {"passed": result.passed, "remark": result.remark.strip()}
        for dimension, result in line.results.items()
    }


def _sheet_problems(desk: Desk, line: AssessmentLine, row: int) -> Iterator[Problem]:
    left_out = [item for item in desk.book.terms.assessment_dimensions if item not in line.results]
    if left_out:
        names = ", ".join(item.value for item in left_out)
        message = Message(f"考核表缺少项目:{names}。", f"The sheet leaves out: {names}.")
        yield Problem("dimension_missing", message, field="results", row=row)
    if any(len(result.remark.strip()) > REASON_MAX for result in line.results.values()):
        yield Problem("remark_long", _REMARK_LONG, field="results", row=row)
    if line.passed and any(not result.passed for result in line.results.values()):
        yield Problem("dimension_failed", _DIMENSION_FAILED, field="results", row=row)


def withdraw_step(
    uow: UnitOfWork, actor: Actor, command: WithdrawStep, *, idempotency_key: str, now: datetime
) -> TakenSteps:
    """Take the last step back by a row that says why. Who may make a step may take it back.

    Raises ForbiddenError, NotFoundError, BusyError or InvalidInputError (no reason, taken back
    already, another's step, steps that rest on it, or no place left to return to).
    """
    action = Action.WITHDRAW_ADVANCE

    def work() -> TakenSteps:
        check_reason(command.reason)
        found = read_move(uow.connection, command.advance_move_id)
        if found is None:
            raise NotFoundError
        numbers = [found["enrolment_id"]]
        desk = open_desk(uow, actor, action, found["agreement_id"], numbers, now=now)
        return TakenSteps((_withdrawn(desk, command, found),))

    return answered(uow, actor, action, command, work, idempotency_key=idempotency_key, now=now)


def _withdrawn(desk: Desk, command: WithdrawStep, found: dict[str, Any]) -> TakenStep:
    known = desk.known[found["enrolment_id"]]
    moves = known.plain_moves
    move = next((item for item in moves if item.number == command.advance_move_id), None)
    if move is None:
        raise refused(_NOT_STANDING)
    if not may_withdraw(desk.actor.account_id, desk.actor.role, move, moves):
        raise refused(_NOT_TO_WITHDRAW)
    check_place_to_return(desk, known, move)
    row = {
        name: found[name]
        for name in ("institution_id", "learner_id", "agreement_id", "enrolment_id", "attempt")
    } | {
        "kind": "withdraw",
        "decided_on": desk.today,
        "document_no": "",
        "reason": command.reason.strip(),
        "detail": {},
        "withdraws_id": command.advance_move_id,
        "decided_by": desk.actor.account_id,
        "decided_role": desk.actor.role.value,
        "recorded_at": desk.now,
    }
    (number,) = add_moves(desk.uow.connection, [row])
    tell(desk, move.kind, [number])
    (after,) = desk.book.known(enrolment_ids=[known.seat.enrolment_id])
    return TakenStep(
        known.seat.enrolment_id, known.seat.learner_id, move.kind, after.standing.stage, number
    )


_REMARK_LONG = Message(
    f"评语不能超过{REASON_MAX}字。", f"A remark has at most {REASON_MAX} characters."
)
_DIMENSION_FAILED = Message(
    "有项目不合格,总评不能为合格。", "A dimension is failed, so the whole is not passed."
)
_NOT_STANDING = Problem(
    "not_standing",
    Message(
        "这一步已被撤回,或本身是一次撤回。", "This step was taken back, or is a withdrawal itself."
    ),
    field="advance_move_id",
)
_NOT_TO_WITHDRAW = Problem(
    "followed",
    Message(
        "只能由办理这一步的一方(学生、监护人须本人)撤回,且其后没有其他步骤;请先撤回后面的步骤。",
        "A step is taken back by the office that made it, what student or guardian said by that"
        " person alone, and while nothing has followed on it; take back what follows first.",
    ),
    field="advance_move_id",
)
