"""转学 at the receiving school: the assessment, the recognition it plans, the public notice.

Applications, opinions and withdrawals are those of every change (services.status_changes); what a
transfer does on its day is in services.arrivals.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import InvalidInputError, Message, Problem, refused
from creditbank.domain.messages import MessageKind
from creditbank.domain.permissions import Action
from creditbank.domain.snapshots import Record
from creditbank.domain.status_changes import (
    AUTHORITIES,
    OPEN_STATES,
    RECEIVING_OFFICE_OF,
    Office,
    speaks_for,
)
from creditbank.eligibility.recogniser import propose
from creditbank.eligibility.recognition import Proposal
from creditbank.eligibility.recognition_decision import Decided, decided_of, judge
from creditbank.services.arrivals import as_assessed, later_than, passed_plan, transfer_then
from creditbank.services.executions import circumstances
from creditbank.services.grounds import DOCUMENT_MAX, REASON_MAX, is_reason
from creditbank.services.messages import tell
from creditbank.services.open_changes import NOT_ITS_TURN, open_change, recorded
from creditbank.services.recognitions import transfer_of
from creditbank.services.status_change_checks import (
    Circumstances,
    case_of,
    check_rules,
    class_names,
)
from creditbank.services.status_change_commands import RecordedChange
from creditbank.services.waits import posting
from creditbank.store.idempotency import earlier_answer, request_hash
from creditbank.store.policies import policy_for
from creditbank.store.registration import student_no_is_taken
from creditbank.store.status_changes import KeptChange
from creditbank.store.terms import school_calendar
from creditbank.store.transfers import KeptPlan, add_notice, add_plan, is_promised
from creditbank.store.unit_of_work import UnitOfWork

RECEIVING = frozenset(RECEIVING_OFFICE_OF.values())
_CLASS_MAX, _NUMBER_MAX = 40, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecognition:
    """What the receiving school found, where the learner would be, and what it would recognise.

    decided: None for what the recogniser proposes. tested: codes of lines whose test was passed.
    reasons: by code of a line that is used otherwise than proposed.
    """

    status_change_id: int
    passed: bool
    assessed_on: date
    document_no: str = ""
    opinion: str = ""
    class_name: str = ""
    student_no: str = ""
    decided: tuple[Decided, ...] | None = None
    tested: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewPlan:
    """Another class or student number. replans: the recognition as well, as proposed today."""

    status_change_id: int
    class_name: str
    student_no: str
    replans: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan leads to, beside the best there is."""

    proposal: Proposal
    best: Proposal


def plan_recognition(
    uow: UnitOfWork, actor: Actor, command: PlanRecognition, *, idempotency_key: str, now: datetime
) -> RecordedChange:
    """Put down what the receiving school found and would recognise; a later plan replaces it.

    Raises NotFoundError, ForbiddenError, BusyError, or InvalidInputError with every field that is
    wrong, every rule that refuses the class, or every line that the table does not allow; then
    nothing was put down.
    """
    decide(actor, Action.ASSESS_TRANSFER)
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return replace(RecordedChange(**answer), replayed=True)
        found = open_change(uow, actor, Action.ASSESS_TRANSFER, command.status_change_id)
        if found.office is not Office.RECEIVING_REGISTRAR or not speaks_for(
            actor, found.office, found.ends
        ):
            raise refused(NOT_ITS_TURN)
        with uow.everywhere():
            planned = check_plan(uow, found, command, now=now)
            plan = _kept(command, planned, by=actor.account_id, now=now)
            _put_down(uow, found, plan)
            return recorded(uow, actor, found.status_change_id, (idempotency_key, hashed), now)


def check_plan(
    uow: UnitOfWork, found: KeptChange, command: PlanRecognition, *, now: datetime
) -> Planned | None:
    """What a plan leads to; None where the assessment was not passed. The reach is everywhere.

    Raises InvalidInputError as plan_recognition does.
    """
    about = circumstances(uow, found.enrolment_id, found.what, applied_on=found.applied_on, now=now)
    today = local_date(now)
    problems = [*_problems(uow, command, about, found, today)]
    if problems:
        raise InvalidInputError(_SEVERAL, problems=tuple(problems))
    if not command.passed:
        return None
    check_rules(case_of(as_assessed(found, command), about, found.applied_on))
    transfer = transfer_of(uow, found, as_of=today, tested=command.tested)
    best = propose(transfer)
    if command.decided is None:
        return Planned(best, best)
    proposal = judge(transfer, command.decided)
    missing = [*_unreasoned(best, command)]
    if missing:
        raise InvalidInputError(_SEVERAL, problems=tuple(missing))
    return Planned(proposal, best)


def _kept(command: PlanRecognition, planned: Planned | None, *, by: int, now: datetime) -> KeptPlan:
    reasons = {code: said.strip() for code, said in command.reasons.items() if said.strip()}
    kept = KeptPlan(
        recognition_plan_id=0,
        passed=command.passed,
        assessed_on=command.assessed_on,
        document_no=command.document_no.strip(),
        opinion=command.opinion.strip(),
        class_name=command.class_name.strip() if command.passed else "",
        student_no=command.student_no.strip() if command.passed else "",
        items=(),
        declined=(),
        reasons=reasons,
        tested=frozenset(command.tested),
        shortfall=0,
        best_shortfall=0,
        ledger_seq=0,
        as_of=local_date(now),
        planned_by=by,
        planned_at=now,
    )
    return _recognising(kept, planned.proposal, planned.best) if planned else kept


def _put_down(uow: UnitOfWork, found: KeptChange, plan: KeptPlan) -> None:
    number, by, now = found.status_change_id, plan.planned_by, plan.planned_at
    add_plan(uow.connection, number, found.ends.to_institution_id, plan)
    tell(uow, MessageKind.PLANNED, number, by=by, now=now)


def _recognising(plan: KeptPlan, proposal: Proposal, best: Proposal) -> KeptPlan:
    return replace(
        plan,
        items=proposal.items,
        declined=proposal.not_recognised,
        shortfall=proposal.shortfall,
        best_shortfall=best.shortfall,
        ledger_seq=proposal.verdict.ledger_seq,
    )


def renew_plan(
    uow: UnitOfWork, actor: Actor, command: RenewPlan, *, idempotency_key: str, now: datetime
) -> RecordedChange:
    """Change the place of a plan, or the recognition to the best of today, until it is carried out.

    The receiving registrar does so also after signing. Raises NotFoundError, ForbiddenError,
    BusyError, or InvalidInputError with every field that is wrong or where the recognition still
    fits; then nothing was changed.
    """
    decide(actor, Action.ASSESS_TRANSFER)
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return replace(RecordedChange(**answer), replayed=True)
        found = open_change(uow, actor, Action.ASSESS_TRANSFER, command.status_change_id)
        if found.state not in OPEN_STATES or not speaks_for(
            actor, Office.RECEIVING_REGISTRAR, found.ends
        ):
            raise refused(NOT_ITS_TURN)
        with uow.everywhere():
            plan = _renewed(uow, found, command, now=now)
            plan = replace(plan, planned_by=actor.account_id, planned_at=now)
            _put_down(uow, found, plan)
            return recorded(uow, actor, found.status_change_id, (idempotency_key, hashed), now)


def _renewed(uow: UnitOfWork, found: KeptChange, command: RenewPlan, *, now: datetime) -> KeptPlan:
    before, today = passed_plan(uow, found), local_date(now)
    about = circumstances(uow, found.enrolment_id, found.what, applied_on=found.applied_on, now=now)
    problems = tuple(_place_problems(uow, command, about, found))
    if problems:
        raise InvalidInputError(_SEVERAL, problems=problems)
    plan = replace(
        before, class_name=command.class_name.strip(), student_no=command.student_no.strip()
    )
    check_rules(case_of(as_assessed(found, plan), about, found.applied_on))
    if not command.replans:
        return plan
    standing = standing_of(uow, found, before)
    if standing.proposal and not standing.later:
        raise refused(_PLAN_STANDS)
    best = propose(transfer_of(uow, found, as_of=today, tested=sorted(plan.tested)))
    return _recognising(replace(plan, as_of=today, reasons={}), best, best)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a plan leads to by now, None where it no longer fits; courses passed after it."""

    proposal: Proposal | None
    later: tuple[Record, ...] = ()


def standing_of(uow: UnitOfWork, found: KeptChange, plan: KeptPlan) -> Standing:
    """By the rules and tests of the plan's own day, and by the marks of now."""
    try:
        transfer = transfer_then(uow, found, plan)
        proposal = judge(transfer, decided_of(plan.items))
    except InvalidInputError:
        return Standing(None)
    return Standing(proposal, later_than(plan, transfer))


def check_opinion(uow: UnitOfWork, found: KeptChange, *, agrees: bool, today: date) -> None:
    """Whether an office of a transfer can answer by now. Raises InvalidInputError."""
    if found.office is Office.RECEIVING_REGISTRAR and agrees:
        passed_plan(uow, found)
    if found.office in AUTHORITIES and found.notice_ends_on and today <= found.notice_ends_on:
        ends = found.notice_ends_on
        message = Message(
            f"公示至{ends},期满后方可办理。", f"The public notice runs until {ends}; answer then."
        )
        raise refused(Problem("notice_runs", message, field="status_change_id"))


def publish(uow: UnitOfWork, found: KeptChange, *, now: datetime) -> bool:
    """公示, once the receiving school has agreed; False where it is not due or policy asks none.

    It comes after the last office of that school, and only before an authority.
    """
    left = {*found.offices[found.offices.index(found.office) + 1 :]} if found.office else set()
    if found.office not in RECEIVING or left & RECEIVING or not left & AUTHORITIES:
        return False
    policy = policy_for(uow.connection, found.institution_id, found.applied_on)
    days = policy.integer("transfer.notice_days")
    if not days:
        return False
    today = local_date(now)
    last = school_calendar(uow.connection).due(today, days)
    first = today + timedelta(days=1)
    add_notice(uow.connection, found.status_change_id, first, last, now=now)
    return True


def classes_there(about: Circumstances, found: KeptChange) -> Collection[str]:
    """The classes of the plan that is wanted, at the receiving school."""
    plan = about.plan(found.what.plan_id)
    return class_names(about.classes, (plan.major_code, plan.catalogue_year) if plan else ("", 0))


def _unreasoned(best: Proposal, command: PlanRecognition) -> Iterator[Problem]:
    """Lines that are used otherwise than proposed without a word on why."""
    proposed = {item.code: item for item in decided_of(best.items)}
    decided = {item.code: item for item in command.decided or ()}
    for code in sorted({*proposed, *decided}):
        is_same = proposed.get(code) == decided.get(code)
        if not is_same and not is_reason(command.reasons.get(code, "")):
            message = Message(
                f"{code}:与建议不同,请写明理由(1-{REASON_MAX}字)。",
                f"{code}: other than proposed; say why (1 to {REASON_MAX} characters).",
            )
            yield Problem("reason_missing", message, field=f"reason_{code}")


def _problems(
    uow: UnitOfWork,
    command: PlanRecognition,
    about: Circumstances,
    found: KeptChange,
    today: date,
) -> Iterator[Problem]:
    if command.assessed_on > today or command.assessed_on < found.applied_on:
        yield _ASSESSED_ON
    if len(command.document_no.strip()) > DOCUMENT_MAX or (
        command.passed and not command.document_no.strip()
    ):
        yield _DOCUMENT
    if len(command.opinion.strip()) > REASON_MAX or not (command.passed or command.opinion.strip()):
        yield _OPINION
    if command.passed:
        yield from _place_problems(uow, command, about, found)


def _place_problems(
    uow: UnitOfWork,
    command: PlanRecognition | RenewPlan,
    about: Circumstances,
    found: KeptChange,
) -> Iterator[Problem]:
    name = command.class_name.strip()
    if name not in classes_there(about, found) or len(name) > _CLASS_MAX:
        yield _CLASS
    number, school = command.student_no.strip(), found.ends.to_institution_id or 0
    if not number or len(number) > _NUMBER_MAX:
        yield _NUMBER
    elif student_no_is_taken(uow.connection, school, number) or is_promised(
        uow.connection, school, number, but=found.status_change_id
    ):
        yield _NUMBER_TAKEN


_SEVERAL = Message(
    "有几处需要修改,方案没有保存;请按所列字段修改后重新提交。",
    "Some fields need mending, the plan was not kept; mend them and send it again.",
)
_ASSESSED_ON = Problem(
    "assessed_on",
    Message(
        "考核日期应在申请之日至今天之间。", "The assessment was between the application and today."
    ),
    field="assessed_on",
)
_DOCUMENT = Problem(
    "document_missing",
    Message("请填写考核结果的编号(1-60字)。", "Give the number of the assessment's record."),
    field="document_no",
)
_OPINION = Problem(
    "opinion_missing",
    Message("考核未通过须写明情况(1-200字)。", "Say why it was not passed (1 to 200 characters)."),
    field="opinion",
)
_CLASS = Problem(
    "class_unknown",
    Message("请选择本校该专业该年级的班级。", "Choose a class of that major and year."),
    field="class_name",
)
_NUMBER = Problem(
    "student_no",
    Message("请填写学号(1-20位)。", "Give the student number (1 to 20 characters)."),
    field="student_no",
)
_NUMBER_TAKEN = Problem(
    "student_no_taken",
    Message(
        "这个学号本校已用过,或已留给另一名转入学生,请换一个。",
        "This student number is or was another's, or is kept for another applicant; change it.",
    ),
    field="student_no",
)
_PLAN_STANDS = Problem(
    "plan_stands",
    Message(
        "认定方案仍与成绩、对照表相符,不能重新拟订;只可更改班级和学号。",
        "The recognition still fits marks and table and is not planned again; change class and"
        " number only.",
    ),
    field="replans",
)
