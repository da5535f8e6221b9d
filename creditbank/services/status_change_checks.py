"""Whether an application says what its kind needs, and whether the rules of 学籍 allow it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from creditbank.domain.errors import InvalidInputError, Message, Problem
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.permissions import Role
from creditbank.domain.policies import Policy
from creditbank.domain.policy_keys import ACROSS
from creditbank.domain.policy_kinds import OFFICES
from creditbank.domain.recognition_rules import DIRECTIONS
from creditbank.domain.school_calendar import SchoolCalendar
from creditbank.domain.staged_modes import UNBROKEN_YEARS
from creditbank.domain.status_changes import (
    APPLIED_FOR,
    BY_FAMILY,
    PROOFS,
    REASONS,
    TO_A_PLACE,
    Application,
    ChangeKind,
    ChangeReason,
    GivenProof,
    Programme,
    Proof,
)
from creditbank.registry.case import Case, Change, Seat
from creditbank.registry.rules import refusals
from creditbank.store.lives import ClassAtSchool, CohortChoice, Destination, KeptLife

_AHEAD_DAYS = 366
FAMILY = frozenset({Role.STUDENT, Role.GUARDIAN})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an application is held against.

    plans, classes: of the learner's year at the school, of a transfer at the receiving one.
    destination: that school, None where the change leads to none that is known.
    """

    kept: KeptLife
    policy: Policy
    calendar: SchoolCalendar
    plans: tuple[CohortChoice, ...] = ()
    classes: tuple[ClassAtSchool, ...] = ()
    destination: Destination | None = None
    is_open_already: bool = False

    def plan(self, plan_id: int | None) -> CohortChoice | None:
        """One of the plans."""
        return next((item for item in self.plans if item.plan_id == plan_id), None)


def check_application(
    what: Application, applied_as: Role, about: Circumstances, *, today: date
) -> None:
    """Whether it may be applied for.

    Raises InvalidInputError with everything that is missing or does not fit, or else with every
    rule that refuses, its id as the code.
    """
    problems = tuple(_problems(what, applied_as, about, today))
    if problems:
        message = problems[0].message if len(problems) == 1 else _SEVERAL
        raise InvalidInputError(message, problems=problems)
    check_rules(case_of(_as_hoped(what, today), about, today))


def _as_hoped(what: Application, today: date) -> Application:
    """Of a transfer: as if the assessment, which comes after the application, were passed."""
    if what.kind is not ChangeKind.TRANSFER_OUT:
        return what
    return replace(what, proofs=(*what.proofs, GivenProof(Proof.ASSESSMENT, today)))


def check_rules(case: Case) -> None:
    """Whether the rules allow it. Raises InvalidInputError with every rule that refuses."""
    found = tuple(
        Problem(item.rule, item.message, reference=item.reference) for item in refusals(case)
    )
    if found:
        raise InvalidInputError(_REFUSED, problems=found)


def case_of(what: Application, about: Circumstances, applied_on: date) -> Case:
    """The application as the rules look at it."""
    life = replace(about.kept.life, absent_hours=what.absent_hours, absent_days=what.absent_days)
    numbers = (item.document_no for item in what.proofs if item.kind is Proof.SANCTION)
    change = Change(
        kind=what.kind,
        reason=what.reason,
        applied_on=applied_on,
        on=what.takes_effect_on,
        proofs=frozenset(item.kind for item in what.proofs),
        until=what.until,
        to=_seat(what, about),
        is_paired=about.destination is not None and about.destination.is_paired,
        ground=what.ground,
        by_school=what.by_school,
        document_no=next(numbers, ""),
    )
    return Case(change, life, about.policy, about.calendar)


def _seat(what: Application, about: Circumstances) -> Seat | None:
    plan, there = about.plan(what.plan_id), about.destination
    if plan is None:
        return None
    seat = replace(
        about.kept.life.seat,
        major_code=plan.major_code,
        years=plan.years,
        programme=Programme.PLAIN,
    )
    if there is None:
        return seat
    return replace(
        seat,
        institution_id=there.institution_id,
        kind=there.kind,
        area_code=there.area_code,
        programme=_programme(what, plan, about.classes),
    )


def _programme(
    what: Application, plan: CohortChoice, classes: Iterable[ClassAtSchool]
) -> Programme:
    """Of the class that a transfer leads to; of those there are, until one is chosen."""
    if plan.years >= UNBROKEN_YEARS:
        return Programme.FIVE_YEAR
    found = {
        item.programme
        for item in classes
        if (item.major_code, item.catalogue_year) == (plan.major_code, plan.catalogue_year)
        if what.class_name in {"", item.class_name}
    }
    return found.pop() if len(found) == 1 else Programme.PLAIN


def _problems(
    what: Application, applied_as: Role, about: Circumstances, today: date
) -> Iterator[Problem]:
    """Faults of the form, whatever the rules say."""
    if what.kind not in APPLIED_FOR:
        yield _KIND
        return
    if applied_as in FAMILY and (what.kind not in BY_FAMILY or what.by_school):
        yield _BY_SCHOOL_ONLY
        return
    if about.is_open_already and what.kind is not ChangeKind.DEATH:
        yield _UNDER_WAY
    if what.reason not in REASONS.get(what.kind, (ChangeReason.OTHER,)):
        yield _REASON
    if (what.kind is ChangeKind.SUSPENSION) != (what.until is not None) or (
        what.until is not None and what.until < what.takes_effect_on
    ):
        yield _UNTIL
    if what.by_school and what.kind is not ChangeKind.WITHDRAWAL:
        yield _NOT_BY_SCHOOL
    if (what.absent_hours or what.absent_days) and not what.by_school:
        yield _ABSENCE
    if what.ground is not None and what.kind is not ChangeKind.MAJOR_CHANGE:
        yield _GROUND
    yield from _wrong_day(what, about, today)
    yield from _wrong_proofs(what, today)
    if what.kind is ChangeKind.TRANSFER_OUT:
        yield from _wrong_destination(what, about)
    else:
        yield from _wrong_place(what, about)


def _wrong_destination(what: Application, about: Circumstances) -> Iterator[Problem]:
    """A transfer leads to the other kind of school, or from one vocational school to another."""
    here, there = about.kept.life.seat, about.destination
    kinds = {here.kind, there.kind if there else None}
    if (
        there is None
        or there.institution_id == here.institution_id
        or not {*DIRECTIONS} >= kinds
        or kinds == {InstitutionKind.GENERAL_HIGH_SCHOOL}
    ):
        yield _DESTINATION
        return
    if here.kind is not there.kind and OFFICES + ACROSS not in about.policy.values:
        yield _NOT_YET
    if about.plan(what.plan_id) is None:
        yield _PLAN_THERE
    if what.class_name:
        yield _CLASS_THERE
    if about.kept.life.is_approved:
        yield GRADUATION_DECIDED


def _wrong_day(what: Application, about: Circumstances, today: date) -> Iterator[Problem]:
    first, ahead = about.kept.changed_on, _AHEAD_DAYS
    if what.kind is ChangeKind.DEATH:
        ahead = 0
    elif what.kind is ChangeKind.TRANSFER_OUT:
        first = max(first, today)
        ahead = about.policy.integer("transfer.effect_days_max")
    last = today + timedelta(days=ahead)
    if not first <= what.takes_effect_on <= last:
        message = Message(
            f"生效日期应在{first}至{last}之间。",
            f"It takes effect between {first} and {last}.",
        )
        yield Problem("day_out_of_range", message, field="takes_effect_on")


def _wrong_proofs(what: Application, today: date) -> Iterator[Problem]:
    kinds = [item.kind for item in what.proofs]
    if len(set(kinds)) < len(kinds) or not set(kinds) <= {*PROOFS.get(what.kind, ())}:
        yield _PROOFS
    if any(item.issued_on > today for item in what.proofs):
        yield _PROOF_DAY


def _wrong_place(what: Application, about: Circumstances) -> Iterator[Problem]:
    """The class must be one of the school's, of the major that the learner will be in."""
    row = about.kept.row
    is_major = what.kind is ChangeKind.MAJOR_CHANGE
    plan = about.plan(what.plan_id)
    if is_major and (plan is None or plan.code == row["plan_code"]):
        yield PLAN_UNKNOWN
        return
    if is_major and about.kept.life.is_approved:
        yield GRADUATION_DECIDED
    if what.to_institution_id is not None or (what.plan_id is not None and not is_major):
        yield _PLAN_NOT_CHANGED
    is_needed = is_major or what.kind is ChangeKind.CLASS_CHANGE
    if not what.class_name and not is_needed:
        return
    major = (
        (plan.major_code, plan.catalogue_year)
        if plan is not None and is_major
        else (row["major_code"], row["catalogue_year"])
    )
    is_same = what.kind is ChangeKind.CLASS_CHANGE and what.class_name == row["class_name"]
    if (
        what.kind not in TO_A_PLACE
        or is_same
        or what.class_name not in class_names(about.classes, major)
    ):
        yield _CLASS


def class_names(classes: Iterable[ClassAtSchool], major: tuple[str, int]) -> list[str]:
    """The classes of a major, by code and catalogue year."""
    found = (item.class_name for item in classes if (item.major_code, item.catalogue_year) == major)
    return list(dict.fromkeys(found))


_SEVERAL = Message(
    "有几处需要修改,没有申请;请按所列字段修改后重新提交。",
    "Some fields need mending, nothing was applied for; mend them and send it again.",
)
_REFUSED = Message(
    "按学籍管理规定不能办理,没有提交;原因见所列各条。",
    "The rules do not allow this change; nothing was done. Each of them says why.",
)
_KIND = Problem(
    "kind_not_offered",
    Message("这类异动不在这里申请。", "This kind of change is not applied for here."),
    field="kind",
)
_BY_SCHOOL_ONLY = Problem(
    "by_school_only",
    Message("这类异动由学校申请。", "The school applies for this kind of change."),
    field="kind",
)
_UNDER_WAY = Problem(
    "under_way",
    Message(
        "该生已有一项异动在办理;请等它办结,或先撤回。",
        "Another change of this learner is under way; wait for it, or take it back.",
    ),
    field="kind",
)
_REASON = Problem(
    "reason_unknown",
    Message("这类异动没有这个原因。", "This kind of change has no such reason."),
    field="reason",
)
_UNTIL = Problem(
    "until_wrong",
    Message(
        "休学须填写截止日期,不早于开始日期;其他异动不填。",
        "A suspension has a last day, not before its first; other changes have none.",
    ),
    field="until",
)
_NOT_BY_SCHOOL = Problem(
    "not_by_school",
    Message("只有退学可由学校处理。", "Only a withdrawal is decided by the school."),
    field="by_school",
)
_ABSENCE = Problem(
    "absence_without_school",
    Message(
        "旷课只在学校作退学处理时填写。", "Absence is given with a withdrawal by the school only."
    ),
    field="absent_hours",
)
_GROUND = Problem(
    "ground_unknown",
    Message("只有转专业填写理由。", "Only a change of major has a ground."),
    field="ground",
)
_PROOFS = Problem(
    "proofs_unknown",
    Message(
        "每种证明材料只填一份,且须是这类异动的材料。",
        "Each document is given once, and belongs to this kind of change.",
    ),
    field="proofs",
)
_PROOF_DAY = Problem(
    "proof_in_future",
    Message("证明材料的日期不能晚于今天。", "No document is of a day to come."),
    field="proofs",
)
PLAN_UNKNOWN = Problem(
    "plan_unknown",
    Message(
        "请选择本校该年级施行的另一个专业。",
        "Choose another major that the school teaches the learners of this year.",
    ),
    field="plan_id",
)
_PLAN_NOT_CHANGED = Problem(
    "plan_not_changed",
    Message(
        "只有转专业、转学填写专业或学校。",
        "Only a change of major or school has another plan or school.",
    ),
    field="plan_id",
)
_DESTINATION = Problem(
    "destination_unknown",
    Message(
        "请选择转入学校:普通高中与中等职业学校之间,或中等职业学校之间;不能是本校。",
        "Choose a receiving school: of the other kind, or vocational from vocational; not the"
        " present one.",
    ),
    field="to_institution_id",
)
_NOT_YET = Problem(
    "not_yet",
    Message(
        "普通高中与中等职业学校互转的办法尚未施行,不能申请。",
        "No rule on transfers between general and vocational schools is in force yet.",
    ),
    field="to_institution_id",
)
_PLAN_THERE = Problem(
    "plan_unknown",
    Message(
        "请选择转入学校该年级施行的专业(方案)。",
        "Choose a major (plan) that the receiving school teaches the learners of this year.",
    ),
    field="plan_id",
)
_CLASS_THERE = Problem(
    "class_unknown",
    Message("班级由转入学校安排,不填。", "The receiving school chooses the class; leave it out."),
    field="class_name",
)
GRADUATION_DECIDED = Problem(
    "graduation_decided",
    Message(
        "该生已批准毕业,不能转专业或转学;须先撤销这项决定。",
        "The graduation is approved: withdraw that decision before the major or school is changed.",
    ),
    field="plan_id",
)
_CLASS = Problem(
    "class_unknown",
    Message(
        "请选择本校该专业的班级;转班级须与现在的班级不同。",
        "Choose a class of that major at the school, and not the present one.",
    ),
    field="class_name",
)
