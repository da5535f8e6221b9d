"""休学 and 复学: documents, how long, how often, when to come back."""

from __future__ import annotations

from datetime import date, timedelta

from creditbank.domain.calendar import months_after
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import Message
from creditbank.domain.status_changes import ILLNESSES, ChangeReason, Proof, Suspension
from creditbank.registry.case import Case, Life


def without_documents(case: Case) -> Message | None:
    """SU1: an application, and what proves the reason."""
    needed = [(Proof.APPLICATION, "学生与监护人签字的申请", "the signed application")]
    if case.change.reason in ILLNESSES:
        needed.append(
            (Proof.HOSPITAL, "县级以上医院诊断证明", "a diagnosis of a county hospital or above")
        )
    if case.change.reason is ChangeReason.MILITARY_SERVICE:
        needed.append((Proof.ENLISTMENT, "入伍通知书", "the enlistment notice"))
    missing = [(zh, en) for proof, zh, en in needed if proof not in case.change.proofs]
    if not missing:
        return None
    return Message(
        f"休学须附证明材料:{'、'.join(zh for zh, _ in missing)}。",
        f"A suspension needs documents: {', '.join(en for _, en in missing)}.",
    )


def too_long(case: Case) -> Message | None:
    """SU2: from the first day to the last no longer than the school allows; service as it lasts."""
    change = case.change
    if change.until is None or change.until < change.on:
        return Message(
            "请填写休学的截止日期,不早于开始日期。",
            "Give the last day of the suspension, not before the first.",
        )
    if change.reason is ChangeReason.MILITARY_SERVICE:
        return None
    months = case.policy.integer("suspension.months_max")
    over = months_after(change.on, months)
    if change.until < over:
        return None
    last = over - timedelta(days=1)
    return Message(
        f"一次休学最长{months}个月,从{change.on}起至迟到{last}。",
        f"A suspension lasts {months} months at most: from {change.on} until {last}.",
    )


def too_often(case: Case) -> Message | None:
    """SU3: so many suspensions one after the other; service is not counted."""
    if case.change.reason is ChangeReason.MILITARY_SERVICE:
        return None
    most = case.policy.integer("suspension.consecutive_max")
    if len(consecutive(case.life, case.change.on)) < most:
        return None
    return Message(f"连续休学最多{most}次。", f"At most {most} suspensions follow one another.")


def consecutive(life: Life, on: date) -> tuple[Suspension, ...]:
    """The suspensions that run without a break into a day, the first one first; not of service."""
    chain: list[Suspension] = []
    begins = on
    for item in reversed(life.suspensions):
        ends = item.resumed_on or item.until + timedelta(days=1)
        if item.is_military or ends < begins:
            break
        chain.append(item)
        begins = item.starts_on
    return tuple(reversed(chain))


def not_well_again(case: Case) -> Message | None:
    """RS1: after an illness a certificate of health."""
    latest = case.life.suspensions[-1] if case.life.suspensions else None
    if latest is None or latest.reason not in ILLNESSES or Proof.HEALTH in case.change.proofs:
        return None
    return Message(
        "因病休学的,复学须附康复证明。",
        "After a suspension for illness a certificate of health is needed.",
    )


def too_early_to_resume(case: Case) -> Message | None:
    """RS2: applied for so many days before the term at the earliest."""
    days = case.calendar.term(Term.containing(case.change.on))
    if days is None:
        return None
    before = case.policy.integer("resumption.apply_days_before")
    opens = days.starts_on - timedelta(days=before)
    if case.change.applied_on >= opens:
        return None
    return Message(
        f"复学在开学前{before}天起申请,即{opens}起。",
        f"Resuming is applied for from {before} days before the term: from {opens}.",
    )
