"""From a sheet that is being entered to the ledger: submitted, reviewed, returned or posted.

Whether a second person is needed is the school's rule of the day; posting is all or nothing, by the
same services as an uploaded sheet.
"""

from __future__ import annotations

from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import InvalidInputError, Message, Problem, refused
from creditbank.domain.grade_drafts import (
    MAY_FOLLOW,
    REASON_MAX,
    DraftState,
    DraftStep,
    may_review,
)
from creditbank.domain.messages import MessageKind
from creditbank.domain.permissions import Action, Role
from creditbank.domain.sheets import clean_text
from creditbank.services.commands import BatchReport
from creditbank.services.credits import post_many
from creditbank.services.grade_draft_sheets import JudgedSheet, judge_sheet
from creditbank.services.grade_drafts import NOT_OPEN, own_draft
from creditbank.services.messages import tell_of_grades
from creditbank.store.grade_drafts import KeptDraft, add_step, steps_of, writers_of
from creditbank.store.messages import staff_of
from creditbank.store.policies import policy_for
from creditbank.store.unit_of_work import UnitOfWork

_PROBLEMS_MAX = 500


def submit_draft(
    uow: UnitOfWork, actor: Actor, grade_draft_id: int, *, seen: int, now: datetime
) -> None:
    """Hand a sheet without faults to a second person; nobody changes it meanwhile.

    seen: the number of the last save that the actor had before them. Raises NotFoundError,
    ForbiddenError, BusyError or InvalidInputError with the faults by cell.
    """
    draft = _in_turn(uow, actor, grade_draft_id, DraftStep.SUBMITTED, Action.IMPORT_GRADES)
    judged = _clean_sheet(uow, actor, draft, seen=seen, action=Action.IMPORT_GRADES, now=now)
    if not judged.new:
        raise refused(_NOTHING_NEW)
    step_id = add_step(
        uow.connection, draft, DraftStep.SUBMITTED,
        marks=len(judged.new), by=actor.account_id, now=now,
    )  # fmt: skip
    policy = policy_for(uow.connection, draft.institution_id, local_date(now))
    told = {
        who.account_id
        for who in staff_of(uow.connection, [draft.institution_id])
        if who.role in {Role.REGISTRAR, Role.APPROVER}
        and may_review(policy, is_approver=who.role is Role.APPROVER)
    }
    told.discard(actor.account_id)
    tell_of_grades(uow, MessageKind.SUBMITTED, step_id, told, now=now)


def take_back_draft(uow: UnitOfWork, actor: Actor, grade_draft_id: int, *, now: datetime) -> None:
    """Go on entering in a sheet that nobody has reviewed yet."""
    draft = _in_turn(uow, actor, grade_draft_id, DraftStep.TAKEN_BACK, Action.IMPORT_GRADES)
    add_step(uow.connection, draft, DraftStep.TAKEN_BACK, by=actor.account_id, now=now)


def discard_draft(uow: UnitOfWork, actor: Actor, grade_draft_id: int, *, now: datetime) -> None:
    """Leave a sheet for good; what was entered stays to be read."""
    draft = _in_turn(uow, actor, grade_draft_id, DraftStep.DISCARDED, Action.IMPORT_GRADES)
    add_step(uow.connection, draft, DraftStep.DISCARDED, by=actor.account_id, now=now)


def return_draft(
    uow: UnitOfWork, actor: Actor, grade_draft_id: int, *, reason: str, now: datetime
) -> None:
    """Send a submitted sheet back for a reason; by a second person, who does not change it."""
    draft = _in_turn(uow, actor, grade_draft_id, DraftStep.RETURNED, Action.REVIEW_GRADES)
    _check_reviewer(uow, actor, draft, now=now)
    said = clean_text(reason)
    if not 0 < len(said) <= REASON_MAX:
        raise refused(_NO_REASON)
    step_id = add_step(
        uow.connection, draft, DraftStep.RETURNED, reason=said, by=actor.account_id, now=now
    )
    _tell_writers(uow, actor, draft, MessageKind.RETURNED, step_id, now=now)


def post_reviewed_draft(
    uow: UnitOfWork, actor: Actor, grade_draft_id: int, *, now: datetime
) -> BatchReport:
    """Post a submitted sheet as the second person, all or nothing; raises as post_draft does."""
    draft = own_draft(uow, actor, grade_draft_id, for_update=True)
    decide(actor, Action.REVIEW_GRADES)
    if draft.state is not DraftState.SUBMITTED:
        raise refused(_NOT_SUBMITTED)
    _check_reviewer(uow, actor, draft, now=now)
    judged = _clean_sheet(
        uow, actor, draft, seen=draft.change_no, action=Action.REVIEW_GRADES, now=now
    )
    return _post(uow, actor, draft, judged, action=Action.REVIEW_GRADES, now=now)


def post_draft(
    uow: UnitOfWork, actor: Actor, grade_draft_id: int, *, seen: int, now: datetime
) -> BatchReport:
    """Post a sheet by who enters it, all or nothing, where no second person is needed.

    Where everything stands in the ledger already the report has no entries and says replayed.
    Raises NotFoundError, ForbiddenError, BusyError, or InvalidInputError: faults by cell, or that a
    second person is needed.
    """
    draft = own_draft(uow, actor, grade_draft_id, for_update=True)
    decide(actor, Action.IMPORT_GRADES)
    if draft.state not in MAY_FOLLOW[DraftStep.POSTED] - {DraftState.SUBMITTED}:
        raise refused(NOT_OPEN)
    judged = _clean_sheet(uow, actor, draft, seen=seen, action=Action.IMPORT_GRADES, now=now)
    return _post(uow, actor, draft, judged, action=Action.POST_CREDIT, now=now)


def _post(
    uow: UnitOfWork,
    actor: Actor,
    draft: KeptDraft,
    judged: JudgedSheet,
    *,
    action: Action,
    now: datetime,
) -> BatchReport:
    key = f"grade-draft-{draft.grade_draft_id}"
    report = BatchReport(batch_id=key, entries=(), replayed=True)
    if judged.new:
        commands = [mark.command for mark in judged.new]
        report = post_many(uow, actor, commands, idempotency_key=key, now=now, action=action)
    step_id = add_step(
        uow.connection, draft, DraftStep.POSTED,
        marks=len(report.entries), by=actor.account_id, now=now,
    )  # fmt: skip
    _tell_writers(uow, actor, draft, MessageKind.POSTED, step_id, now=now)
    return report


def _in_turn(
    uow: UnitOfWork, actor: Actor, grade_draft_id: int, step: DraftStep, action: Action
) -> KeptDraft:
    """The sheet, locked, if this step can be made now."""
    draft = own_draft(uow, actor, grade_draft_id, for_update=True)
    decide(actor, action)
    if draft.state not in MAY_FOLLOW[step]:
        is_late = step in {DraftStep.RETURNED, DraftStep.TAKEN_BACK}
        raise refused(_NOT_SUBMITTED if is_late else NOT_OPEN)
    return draft


def _check_reviewer(uow: UnitOfWork, actor: Actor, draft: KeptDraft, *, now: datetime) -> None:
    submitted = [
        step
        for step in steps_of(uow.connection, draft.grade_draft_id)
        if step.step is DraftStep.SUBMITTED
    ]
    if submitted[-1].taken_by == actor.account_id:
        raise refused(_SAME_PERSON)
    policy = policy_for(uow.connection, draft.institution_id, local_date(now))
    if not may_review(policy, is_approver=actor.role is Role.APPROVER):
        raise refused(_APPROVER_ONLY)


def _clean_sheet(
    uow: UnitOfWork, actor: Actor, draft: KeptDraft, *, seen: int, action: Action, now: datetime
) -> JudgedSheet:
    if seen < draft.change_no:
        raise refused(_CHANGED_SINCE)
    judged = judge_sheet(uow, actor, draft, now=now, action=_posting(action))
    if judged.problems:
        count = len(judged.problems)
        raise InvalidInputError(
            Message(
                f"共有{count}处问题,全部未入账;请在表中改正。",
                f"{count} problems; nothing was posted. Mend them in the sheet.",
            ),
            problems=judged.problems[:_PROBLEMS_MAX],
        )
    if not judged.new and not judged.booked:
        raise refused(_EMPTY)
    return judged


def _posting(action: Action) -> Action:
    """Under which action the checks of a posting are made."""
    return Action.REVIEW_GRADES if action is Action.REVIEW_GRADES else Action.POST_CREDIT


def _tell_writers(
    uow: UnitOfWork,
    actor: Actor,
    draft: KeptDraft,
    kind: MessageKind,
    step_id: int,
    *,
    now: datetime,
) -> None:
    told = writers_of(uow.connection, draft.grade_draft_id) & marks_staff(uow, draft)
    tell_of_grades(uow, kind, step_id, told - {actor.account_id}, now=now)


def marks_staff(uow: UnitOfWork, draft: KeptDraft) -> set[int]:
    """The accounts of the school that enter or review marks."""
    return {
        who.account_id
        for who in staff_of(uow.connection, [draft.institution_id])
        if who.role in {Role.REGISTRAR, Role.APPROVER}
    }


_EMPTY = Problem(
    "sheet_empty",
    Message("表中还没有成绩,请先录入。", "There is no mark in the sheet yet; enter some first."),
)
_NOTHING_NEW = Problem(
    "nothing_new",
    Message(
        "表中的成绩都已在账中,没有要复核的新成绩。",
        "All marks of the sheet are in the ledger; there is nothing new to review.",
    ),
)
_CHANGED_SINCE = Problem(
    "changed_since",
    Message(
        "在您查看之后,这张表又有改动;请核对后再办理。",
        "The sheet was changed after you looked at it; look again, then go on.",
    ),
)
_SAME_PERSON = Problem(
    "same_person",
    Message(
        "成绩须由提交人以外的人复核,请交另一人办理。",
        "Marks are reviewed by somebody other than who submitted them.",
    ),
)
_APPROVER_ONLY = Problem(
    "approver_only",
    Message(
        "按本校规定,成绩由教学审批复核。",
        "By the school's rules the approver reviews marks.",
    ),
)
_NOT_SUBMITTED = Problem(
    "not_submitted",
    Message("这张录入表不在复核中。", "This sheet is not being reviewed."),
    field="state",
)
_NO_REASON = Problem(
    "reason_missing",
    Message(
        f"退回须写明原因,不超过{REASON_MAX}个字。",
        f"Say why it goes back, in at most {REASON_MAX} characters.",
    ),
    field="reason",
)
