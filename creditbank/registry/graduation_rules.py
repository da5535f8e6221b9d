"""毕业, 结业, 肄业 and 结业换毕业: which end of the studies a learner may have, and when."""

from __future__ import annotations

from datetime import date, timedelta

from creditbank.domain.calendar import months_after
from creditbank.domain.errors import Message
from creditbank.domain.status_changes import Proof
from creditbank.registry.case import Case
from creditbank.registry.deadlines import longest_time, months_studied
from creditbank.registry.semesters import term_days


def not_approved(case: Case) -> Message | None:
    """GR1, CX3: a graduation has been approved, on the verdict of that moment."""
    if case.life.is_approved:
        return None
    return Message(
        "尚未批准毕业;请先按当前结论批准,再办理。",
        "No graduation is approved; it is approved first, on the verdict of that moment.",
    )


def in_review(case: Case) -> Message | None:
    """GR2, CX4: nothing that came later speaks against it, or a person has looked at that."""
    if not case.life.is_in_review:
        return None
    return Message(
        "批准毕业之后结论有变,复核尚未办结。",
        "A later verdict contradicts the approval, and its review is still open.",
    )


def could_graduate(case: Case) -> Message | None:
    """CO1: who may graduate does not complete instead."""
    if not (case.life.may_graduate or case.life.is_approved):
        return None
    return Message(
        "该生已达到毕业条件,应办理毕业。",
        "The learner meets what graduation asks: graduate instead.",
    )


def before_the_end(case: Case) -> Message | None:
    """CO2: not before the end of the plan's length."""
    opens = completion_opens(case)
    if case.change.on >= opens:
        return None
    return Message(
        f"学制未满,不能办理结业;{opens}起可以办理。",
        f"The length of study is not over; a completion is possible from {opens}.",
    )


def completion_opens(case: Case) -> date:
    """The first day on which the learner's own last semester is as good as over."""
    last = term_days(case.life.term_of(2 * case.life.seat.years), case.calendar)
    return last.ends_on - timedelta(days=case.policy.integer("completion.days_before_end"))


def completes_unasked(case: Case) -> Message | None:
    """CO3: until the longest time is over, who wants to study on does."""
    last = longest_time(case.life, case.policy)
    if case.change.on > last or Proof.APPLICATION in case.change.proofs:
        return None
    return Message(
        f"最长修业年限至{last},届满前可以延期学习;提前结业须由学生和监护人签字申请。",
        f"The learner may study on until {last}; a completion before that needs an application"
        " signed by student and guardian.",
    )


def studied_too_little(case: Case) -> Message | None:
    """LV1: so many months of study at the least, suspensions apart."""
    months = case.policy.integer("leaving.months_min")
    opens = months_studied(case.life, months)
    if case.change.on >= opens:
        return None
    return Message(
        f"学习未满{months}个月(至{opens}满),不能办理肄业,请办理退学。",
        f"Less than {months} months of study, which are over on {opens}: withdraw instead.",
    )


def leaves_unasked(case: Case) -> Message | None:
    """LV2: who leaves applies, below 18 with a guardian."""
    if Proof.APPLICATION in case.change.proofs:
        return None
    return Message(
        "肄业须由学生和监护人签字申请。",
        "Leaving needs an application signed by student and guardian.",
    )


def could_end_better(case: Case) -> Message | None:
    """LV3: who may graduate or complete does not leave without."""
    graduates = could_graduate(case)
    if graduates is not None or before_the_end(case) is not None:
        return graduates
    return Message(
        "学制已满,应办理结业。", "The length of study is over: this is a completion instead."
    )


def exchanged_too_early(case: Case) -> Message | None:
    """CX1: a completion is exchanged so many months after it at the earliest."""
    months = case.policy.integer("completion.exchange_months_min")
    since = case.life.completed_on
    opens = months_after(since, months) if since else None
    if opens is not None and case.change.on >= opens:
        return None
    zh, en = (f",即{opens}起", f": from {opens}") if opens else ("", "")
    return Message(
        f"结业满{months}个月后方可换发毕业证书{zh}。",
        f"A completion is exchanged {months} months after it at the earliest{en}.",
    )


def exchanged_too_late(case: Case) -> Message | None:
    """CX2: and so many months after it at the latest."""
    months = case.policy.integer("completion.exchange_months_max")
    since = case.life.completed_on
    if since is None or case.change.on <= months_after(since, months):
        return None
    return Message(
        f"结业超过{months}个月(至{months_after(since, months)}),不再换发毕业证书。",
        f"The time for an exchange ended {months} months after the completion,"
        f" on {months_after(since, months)}.",
    )
