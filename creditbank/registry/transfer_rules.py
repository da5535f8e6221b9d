"""转学: within vocational schools (TR1 to TR4), and between vocational and general high schools.

The first by 教职成〔2010〕7号 and what provinces made of it; the others by the rule of Shandong in
force since 2026-01-01, 《山东省普通高中和中等职业学校学生互转实施办法》.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import NamedTuple

from creditbank.domain.enrolments import EnrolmentStatus, StudyMode, term_of_semester
from creditbank.domain.errors import Message
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.policies import Policy
from creditbank.domain.school_calendar import SchoolCalendar, TermDays
from creditbank.domain.status_changes import Programme, Proof
from creditbank.registry.case import Case, Seat

_COUNTY_DIGITS, _CITY_DIGITS = 6, 4
_SCHOOLS = {
    InstitutionKind.VOCATIONAL_SCHOOL: "vocational", InstitutionKind.GENERAL_HIGH_SCHOOL: "general",
}  # fmt: skip


def crosses(case: Case) -> bool:
    """Whether the transfer leads to the other kind of school."""
    there = case.change.to
    return there is not None and there.kind is not case.life.seat.kind


def is_within_vocational(case: Case) -> bool:
    """Whether both schools are vocational."""
    kinds = {case.life.seat.kind, _to(case).kind}
    return kinds == {InstitutionKind.VOCATIONAL_SCHOOL}


def studied_too_short(case: Case) -> Message | None:
    """TR1: so many whole semesters at the school that is left."""
    if not is_within_vocational(case):
        return None
    least = case.policy.integer("transfer.semesters_studied_min")
    grace = timedelta(days=case.policy.integer("transfer.late_entry_days"))
    over = 0
    for semester in count(1):
        days = case.days_of(semester)
        if days is None or days.ends_on >= case.change.applied_on:
            break
        over += case.life.entered_on <= days.starts_on + grace
    if over >= least:
        return None
    return Message(
        f"在本校学习未满{least}个学期(已满{over}个),不予转学。",
        f"A transfer needs {least} whole semesters at this school; {over} are over.",
    )


def in_last_year(case: Case) -> Message | None:
    """TR2: not in the year of graduation."""
    if not is_within_vocational(case):
        return None
    if case.semester <= 2 * (case.life.seat.years - 1):
        return None
    return Message("毕业年级不予转学。", "There is no transfer in the year of graduation.")


def while_suspended(case: Case) -> Message | None:
    """TR3: who is suspended resumes first."""
    if case.life.status is not EnrolmentStatus.SUSPENDED:
        return None
    return Message(
        "休学期间不予转学,请先办理复学。", "A suspended student resumes before a transfer."
    )


def unlike_programme(case: Case) -> Message | None:
    """TR4: the same 学制 and the same condition of entry."""
    here, there = case.life.seat, _to(case)
    if not is_within_vocational(case):
        return None
    alike = (here.years, here.entry_level, here.study_mode)
    if alike == (there.years, there.entry_level, there.study_mode):
        return None
    return Message(
        "转入专业的学制、入学条件和学习形式须与原专业相同。",
        "Length of study, condition of entry and mode of study must be the same there.",
    )


def too_few_semesters_left(case: Case) -> Message | None:
    """TR5: so many semesters must be left at the vocational school."""
    there = _to(case)
    if not crosses(case) or there.kind is not InstitutionKind.VOCATIONAL_SCHOOL:
        return None
    least = case.policy.integer("transfer.vocational_semesters_left_min")
    left = 2 * there.years - _ending_semester(case) - _is_term_lost(case)
    if left >= least:
        return None
    years = f"{least / 2:g}"
    return Message(
        f"转入后在中职学习时间不得少于{years}年({least}个学期),现在转入只剩{max(left, 0)}个学期。",
        f"{least} semesters ({years} years) must be left at the vocational school;"
        f" {max(left, 0)} would be.",
    )


class Window(NamedTuple):
    """First and last day of applications for the end of a semester."""

    semester: int
    opens: date
    closes: date


def windows(
    into: InstitutionKind, days_of: Callable[[int], TermDays | None], policy: Policy
) -> tuple[Window, ...]:
    """Those of a direction, as far as the calendar is published. days_of: of an own semester."""
    before = timedelta(days=policy.integer("transfer.window_days_before"))
    after = timedelta(days=policy.integer("transfer.window_days_after"))
    return tuple(
        Window(semester, days.ends_on - before, days.ends_on + after)
        for semester in range(1, _last_semester(into, policy) + 1)
        for days in [days_of(semester)]
        if days is not None
    )


def cohort_windows(
    into: InstitutionKind, entry_year: int, policy: Policy, calendar: SchoolCalendar
) -> tuple[Window, ...]:
    """Those of a direction for the learners of a grade, by the year in which it entered."""

    def days_of(semester: int) -> TermDays | None:
        return calendar.term(term_of_semester(entry_year=entry_year, semester=semester))

    return windows(into, days_of, policy)


def _windows(case: Case) -> tuple[Window, ...]:
    return windows(_to(case).kind, case.days_of, case.policy)


def _last_semester(into: InstitutionKind, policy: Policy) -> int:
    return policy.integer(f"transfer.to_{_SCHOOLS[into]}_semester_max")


def outside_window(case: Case) -> Message | None:
    """TW1: at the end of a semester that the direction allows."""
    if not crosses(case):
        return None
    on = case.change.applied_on
    found = _windows(case)
    if any(item.opens <= on <= item.closes for item in found):
        return None
    coming = next((item for item in found if item.opens > on), None)
    if coming is None:
        last = _last_semester(_to(case).kind, case.policy)
        return Message(
            f"转入该类学校只能在第1至第{last}学期末申请,时限已过。",
            f"Applications are taken at the end of semesters 1 to {last}: that time is over.",
        )
    semester, opens, closes = coming
    return Message(
        f"现在不在办理时间内;第{semester}学期末的办理时间为{opens}至{closes}。",
        f"Applications for the end of semester {semester} are taken from {opens} to {closes}.",
    )


def _is_term_lost(case: Case) -> bool:
    """Whether it takes effect too late in the next semester to be studied there."""
    days = case.days_of(_ending_semester(case) + 1)
    if days is None:
        return False
    grace = timedelta(days=case.policy.integer("transfer.late_entry_days"))
    return case.change.on > days.starts_on + grace


def not_full_time(case: Case) -> Message | None:
    """TP5: full-time students only."""
    if not crosses(case) or case.life.seat.study_mode is StudyMode.FULL_TIME:
        return None
    return Message(
        "普职互转只限全日制学生。", "Only full-time students move between the kinds of school."
    )


def not_paired(case: Case) -> Message | None:
    """TP1: only between schools that the bureau has named as a pair."""
    if not crosses(case) or case.change.is_paired:
        return None
    return Message(
        "两校不是公布的互转结对学校,不能互转。",
        "The two schools are not a pair that the bureau has named.",
    )


def beyond_territory(case: Case) -> Message | None:
    """TP2: within the county, else within the city, never across cities."""
    if not crosses(case):
        return None
    here, there = case.life.seat.area_code, _to(case).area_code
    reach = case.policy.text("transfer.territory")
    digits = _COUNTY_DIGITS if reach == "county" else _CITY_DIGITS
    if here[:digits] == there[:digits]:
        return None
    zh, en = ("县域", "county") if reach == "county" else ("市域", "city")
    return Message(f"互转限于{zh}内的学校。", f"Transfers stay within the {en}.")


def closed_programme(case: Case) -> Message | None:
    """TP3: not into a five-year class or the vocational stage of 3+4; three-year majors only."""
    there = _to(case)
    if not crosses(case) or there.kind is not InstitutionKind.VOCATIONAL_SCHOOL:
        return None
    closed = case.policy.text("transfer.closed_programmes").split()
    if there.programme.value not in closed and there.years == case.life.seat.years:
        return None
    named = {
        Programme.FIVE_YEAR: ("五年制", "a five-year class"),
        Programme.TO_UNIVERSITY: ("3+4", "the vocational stage of 3+4"),
        Programme.TO_COLLEGE: ("3+2", "the vocational stage of 3+2"),
    }
    zh, en = named.get(there.programme, ("非三年制", "a major of another length"))
    return Message(
        f"普通高中学生不能转入{zh}专业,只能转入三年制专业。",
        f"A student of a general school cannot enter {en}, only a three-year major.",
    )


def not_assessed(case: Case) -> Message | None:
    """TP4: the receiving school's assessment has been passed."""
    if not crosses(case) or Proof.ASSESSMENT in case.change.proofs:
        return None
    return Message(
        "须先通过转入学校组织的考核。", "The receiving school's assessment has to be passed first."
    )


def _ending_semester(case: Case) -> int:
    """The learner's own semester at whose end the transfer is made.

    A window reaches into the holidays and the next term; its semester is over by then.
    """
    on = case.change.applied_on
    open_now = [item.semester for item in _windows(case) if item.opens <= on <= item.closes]
    return open_now[0] if open_now else case.semester


def _to(case: Case) -> Seat:
    if case.change.to is None:
        message = "a transfer without a school to go to"
        raise ValueError(message)
    return case.change.to
