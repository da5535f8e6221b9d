"""退学, 开除学籍, death: what has to be there before an enrolment ends."""

from __future__ import annotations

from datetime import date, timedelta

from creditbank.domain.calendar import months_after
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.errors import Message
from creditbank.domain.status_changes import Proof
from creditbank.registry.case import Case, Life
from creditbank.registry.suspension_rules import consecutive

_ADULT = 18


def without_application(case: Case) -> Message | None:
    """WD1: who leaves by own wish applies, below 18 with a guardian."""
    if case.change.by_school or Proof.APPLICATION in case.change.proofs:
        return None
    return Message(
        "自愿退学须由学生和监护人签字申请。",
        "Leaving by own wish needs an application signed by student and guardian.",
    )


def without_ground(case: Case) -> Message | None:
    """WD2: what the school decides needs one of the grounds of the rules."""
    if not case.change.by_school or withdrawal_grounds(case):
        return None
    return Message(
        "未达到退学处理条件:休学期满未复学、连续休学满两年、一学期旷课达到规定课时、连续旷课达到规定天数,均不符合。",
        "None of the grounds is met: not resumed in time, two years of suspension, or absence"
        " without leave beyond the limit.",
    )


def withdrawal_grounds(case: Case) -> tuple[Message, ...]:
    """Every ground for a withdrawal that is met on the day. 达到退学处理条件,需审批."""
    life, on, policy = case.life, case.change.on, case.policy
    found = []
    grace = policy.integer("withdrawal.resume_grace_days")
    if life.status is EnrolmentStatus.SUSPENDED and life.suspensions:
        until = life.suspensions[-1].until
        if on > until + timedelta(days=grace):
            found.append(
                Message(
                    f"休学期满({until})后{grace}天仍未复学。",
                    f"Not resumed within {grace} days of {until}, when the suspension ended.",
                )
            )
    years = policy.integer("withdrawal.suspension_years")
    begins = suspended_since(life, on)
    if begins is not None and on >= months_after(begins, 12 * years):
        found.append(
            Message(
                f"自{begins}起连续休学已满{years}年。",
                f"Suspended without a break for {years} years, since {begins}.",
            )
        )
    hours = policy.integer("withdrawal.absent_hours")
    if life.absent_hours >= hours:
        found.append(
            Message(
                f"一学期旷课{life.absent_hours}课时,达到{hours}课时。",
                f"{life.absent_hours} hours of absence in a semester; the limit is {hours}.",
            )
        )
    days = policy.integer("withdrawal.absent_days")
    if life.absent_days >= days:
        found.append(
            Message(
                f"连续旷课{life.absent_days}天,达到{days}天。",
                f"{life.absent_days} days of absence at a stretch; the limit is {days}.",
            )
        )
    return tuple(found)


def suspended_since(life: Life, on: date) -> date | None:
    """The first day of the suspensions that run without a break into a day; not of service."""
    if life.status is not EnrolmentStatus.SUSPENDED:
        return None
    chain = consecutive(life, on) or consecutive(life, _still_running(life, on))
    return chain[0].starts_on if chain else None


def _still_running(life: Life, on: date) -> date:
    """Who has not come back is suspended still, also beyond the last day that was granted."""
    latest = life.suspensions[-1] if life.suspensions else None
    return on if latest is None else min(on, latest.until + timedelta(days=1))


def without_sanction(case: Case) -> Message | None:
    """EX1: 开除学籍 carries out a sanction, with its document."""
    if Proof.SANCTION in case.change.proofs and case.change.document_no.strip():
        return None
    return Message(
        "开除学籍须有处分决定及其文号和理由。",
        "An expulsion needs the decision on the sanction, with its document number.",
    )


def is_minor(case: Case) -> Message | None:
    """EX2: a school may not expel a minor against the law."""
    born_on = case.life.born_on
    if born_on is None:
        return Message(
            "学生的出生日期没有登记,不能确认已满18周岁,不予开除。",
            "The date of birth is not on record: a student who may be under 18 is not expelled.",
        )
    if case.change.on >= months_after(born_on, 12 * _ADULT):
        return None
    return Message(
        "学生未满18周岁,学校不得违反法律规定开除;请改用其他处理。",
        "The student is under 18: a school may not expel a minor against the law.",
    )


def without_certificate(case: Case) -> Message | None:
    """DE1: a document proves a death."""
    if Proof.DEATH in case.change.proofs:
        return None
    return Message("须附死亡证明。", "A certificate of death is needed.")
