"""转段 at the college: admitting or refusing who is proposed, and what is returned of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from creditbank.domain.access import Actor
from creditbank.domain.advances import MoveKind
from creditbank.domain.errors import Message, Problem
from creditbank.domain.permissions import Action
from creditbank.services.advance_commands import (
    DecideAdmissions,
    ReturnAdmissions,
    ReturnLine,
    TakenSteps,
)
from creditbank.services.advance_places import check_quota
from creditbank.services.advance_steps import (
    Desk,
    Step,
    at_desk,
    make_steps,
    refused_together,
)
from creditbank.store.advances import add_admissions
from creditbank.store.unit_of_work import UnitOfWork

_ADMISSION_NO_MAX, _STUDENT_NO_MAX, _UNITS_MAX = 40, 20, 50_000


def decide_admissions(
    uow: UnitOfWork,
    actor: Actor,
    command: DecideAdmissions,
    *,
    idempotency_key: str,
    now: datetime,
) -> TakenSteps:
    """The college admits or refuses; a refusal says why.

    Raises ForbiddenError, NotFoundError, BusyError, or InvalidInputError with each learner's
    problem by line, or where more are admitted than the agreement has places; then nothing was
    decided.
    """

    def work(desk: Desk) -> TakenSteps:
        check_quota(desk, [line.enrolment_id for line in command.lines if line.admitted])
        steps = [
            Step(
                enrolment_id=line.enrolment_id,
                kind=MoveKind.ADMIT if line.admitted else MoveKind.REFUSE,
                document_no=command.document_no,
                reason=line.reason,
            )
            for line in command.lines
        ]
        return make_steps(desk, steps)

    return _at_desk(uow, actor, command, work, idempotency_key=idempotency_key, now=now)


def return_admissions(
    uow: UnitOfWork,
    actor: Actor,
    command: ReturnAdmissions,
    *,
    idempotency_key: str,
    now: datetime,
) -> TakenSteps:
    """录取通知书号, 对接院校学号 and recognised credits of those who have advanced.

    A later return replaces an earlier one. Raises as decide_admissions does.
    """

    def work(desk: Desk) -> TakenSteps:
        problems = [
            problem
            for row, line in enumerate(command.lines, start=1)
            for problem in _problems(line, row)
        ]
        if problems:
            raise refused_together(problems)
        steps = [
            Step(enrolment_id=line.enrolment_id, kind=MoveKind.RETURN_ADMISSION)
            for line in command.lines
        ]
        return make_steps(desk, steps, keeping)

    def keeping(desk: Desk, made: Sequence[tuple[Step, int]]) -> None:
        add_admissions(
            uow.connection,
            [
                {
                    "advance_move_id": number,
                    "institution_id": desk.book.agreement.school_id,
                    "admission_no": line.admission_no.strip(),
                    "college_student_no": line.college_student_no.strip(),
                    "recognised_units": line.recognised_units,
                }
                for line, (_, number) in zip(command.lines, made, strict=True)
            ],
        )

    return _at_desk(uow, actor, command, work, idempotency_key=idempotency_key, now=now)


def _at_desk(
    uow: UnitOfWork,
    actor: Actor,
    command: DecideAdmissions | ReturnAdmissions,
    work: Callable[[Desk], TakenSteps],
    *,
    idempotency_key: str,
    now: datetime,
) -> TakenSteps:
    numbers = [line.enrolment_id for line in command.lines]
    return at_desk(
        uow, actor, Action.ADMIT_ADVANCE, command, numbers, work,
        idempotency_key=idempotency_key, now=now,
    )  # fmt: skip


def _problems(line: ReturnLine, row: int) -> Iterator[Problem]:
    if not 0 < len(line.admission_no.strip()) <= _ADMISSION_NO_MAX:
        yield Problem("admission_no", _ADMISSION_NO, field="admission_no", row=row)
    if len(line.college_student_no.strip()) > _STUDENT_NO_MAX:
        yield Problem("student_no", _STUDENT_NO, field="college_student_no", row=row)
    if not 0 <= line.recognised_units <= _UNITS_MAX:
        yield Problem("recognised_credits", _UNITS, field="recognised_credits", row=row)


_ADMISSION_NO = Message(
    f"请填写录取通知书号(1-{_ADMISSION_NO_MAX}位)。",
    f"Give the number of the admission (1 to {_ADMISSION_NO_MAX} characters).",
)
_STUDENT_NO = Message(
    f"学号不能超过{_STUDENT_NO_MAX}位。", f"A student number has at most {_STUDENT_NO_MAX} signs."
)
_UNITS = Message("认定学分应在0至500之间。", "Recognised credits are from 0 to 500.")
