"""Every policy key there is: its topic, in what it is measured, and where its value is used.

A value that a verdict reads changes verdicts on the day it takes effect. A value that posting reads
changes what later entries are worth; entries in the books keep what they earned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from creditbank.domain.academic_progress import GRACE_DAYS, RED_SHARE, YELLOW_SHARE
from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
)
from creditbank.domain.claims import NOTICE_DAYS
from creditbank.domain.credits import credits_text, units_from_text
from creditbank.domain.grade_drafts import (
    DRAFT_DAYS,
    DRAFT_DAYS_MIN,
    ENTRY_DAYS,
    Reviewer,
    SecondPerson,
)
from creditbank.domain.monthly_reports import TARGETS
from creditbank.domain.policies import PolicyScalar
from creditbank.domain.policy_kinds import (
    OFFICES,
    UNITS_MAX,
    WEBHOOK_WAITS,
    Applies,
    Measure,
    PolicyKey,
    Topic,
)
from creditbank.domain.sharing_consents import JOINING_POLICY, JoiningConsent
from creditbank.domain.status_changes import APPLIED_FOR, Office, Programme

CATEGORY_CAP = "innovation.category_cap."
"""Followed by a category: "competition", or one of InnovationCategory."""
EFFORT_HOURS, EFFORT_TIMES = "effort.hours.", "effort.times."
"""Followed by an award, such as competition.43.2."""
ACROSS = "transfer_across"
"""In place of a kind: of a transfer to the other kind of school."""
LINK_DAYS, LINK_NUMBERS = "link.days_max", "link.full_numbers"
"""How long a family's link to a paper is good for, and whether it may show identity numbers."""
_WHOLE = re.compile(r"[0-9]{1,5}")
_LEVELS = ("excellent", "good", "medium", "pass", "fail")


def _credits(topic: Topic, applies: Applies, keys: Iterable[str]) -> Iterator[PolicyKey]:
    return (PolicyKey(key, topic, Measure.CREDITS, applies) for key in keys)


def _numbers(
    topic: Topic, applies: Applies, measure: Measure, keys: Iterable[str], bounds: tuple[int, int]
) -> Iterator[PolicyKey]:
    return (PolicyKey(key, topic, measure, applies, *bounds) for key in keys)


def _substitution() -> Iterator[PolicyKey]:
    topic, applies = Topic.SUBSTITUTION, Applies.VERDICTS
    yield from _credits(topic, applies, ["substitution.cap_units"])
    yield from _numbers(
        topic, applies, Measure.PERCENT, ["substitution.share_percent"], (0, 100)
    )  # fmt: skip


def _award_caps() -> Iterator[PolicyKey]:
    yield from _credits(
        Topic.AWARD_CAPS,
        Applies.VERDICTS,
        [
            "innovation.career_cap_units",
            f"{CATEGORY_CAP}competition",
            *(CATEGORY_CAP + category.value for category in InnovationCategory),
        ],
    )


def _competitions() -> Iterator[PolicyKey]:
    yield from _credits(
        Topic.COMPETITIONS,
        Applies.ENTRIES,
        [
            *(f"competition.value.{level}.{rank}" for level in AwardLevel for rank in AwardRank),
            "competition.member_deduction",
            "competition.member_floor",
        ],
    )


def _innovations() -> Iterator[PolicyKey]:
    topic, applies = Topic.INNOVATIONS, Applies.ENTRIES
    certificate = InnovationCategory.SKILL_CERTIFICATE
    yield from _credits(
        topic,
        applies,
        [
            *(f"innovation.value.{item}" for item in InnovationCategory if item is not certificate),
            *(f"innovation.value.{certificate}.{level}" for level in CertificateLevel if level),
            "innovation.value.pending_application",
        ],
    )
    portion = "innovation.portion."
    yield from _numbers(topic, Applies.CLAIMS, Measure.DAYS, [NOTICE_DAYS], (1, 60))
    yield from _numbers(topic, applies, Measure.DAYS, [portion + "social_practice"], (1, 366))
    yield from _numbers(topic, applies, Measure.HOURS, [portion + "volunteering"], (1, 1000))
    for flag in ("before_entry_certificates", "before_entry_awards", "valid_when_recognised"):
        yield PolicyKey(f"innovation.{flag}", topic, Measure.FLAG, applies)


def _marks() -> Iterator[PolicyKey]:
    topic, applies = Topic.MARKS, Applies.ENTRIES
    marks = ["marks.pass_mark", "marks.point_base", "marks.exempt_test_min"]
    marks += [f"marks.level_value.{level}" for level in _LEVELS]
    points = ["marks.resit_point", "marks.pass_fail_point"]
    points += [f"marks.level_point.{level}" for level in _LEVELS]
    yield from _numbers(topic, applies, Measure.MARK, marks, (0, 100))
    yield from _numbers(topic, applies, Measure.POINTS, points, (0, 500))
    yield from _numbers(topic, applies, Measure.COUNT, ["marks.resits_max"], (0, 10))
    for flag in ("resit_after_absence", "exempt_proof_required"):
        yield PolicyKey(f"marks.{flag}", topic, Measure.FLAG, applies)
    for words in ("exempt_excluded_names", "exempt_excluded_blocks"):
        yield PolicyKey(f"marks.{words}", topic, Measure.TEXT, applies)
    yield PolicyKey(
        "marks.resit_recorded", topic, Measure.CHOICE, applies, choices=("pass_mark", "real")
    )
    yield PolicyKey(
        "marks.retake_counts",
        topic,
        Measure.CHOICE,
        Applies.TRANSCRIPTS,
        choices=("best", "latest"),
    )
    yield from _second_person(topic)


def _second_person(topic: Topic) -> Iterator[PolicyKey]:
    """Whether marks are posted by who entered them, or by a second person."""
    applies = Applies.POSTINGS
    for key, choices in (("second_person", SecondPerson), ("reviewer", Reviewer)):
        yield PolicyKey(
            f"grades.{key}", topic, Measure.CHOICE, applies, choices=tuple(choices)
        )  # fmt: skip
    yield from _numbers(
        topic, applies, Measure.GRADES, ["grades.second_person_marks"], (0, UNITS_MAX)
    )  # fmt: skip
    yield from _numbers(
        topic, applies, Measure.PERCENT, ["grades.second_person_failed_percent"], (0, 100)
    )
    yield from _numbers(topic, applies, Measure.DAYS, [ENTRY_DAYS], (0, 120))
    yield from _numbers(topic, applies, Measure.DAYS, [DRAFT_DAYS], (DRAFT_DAYS_MIN, 3660))


def _durations() -> Iterator[PolicyKey]:
    topic = Topic.DURATION
    years = ["duration.years_early_max", "duration.years_late_max"]
    months = ["completion.exchange_months_min", "completion.exchange_months_max"]
    yield from _numbers(topic, Applies.VERDICTS, Measure.YEARS, years, (0, 10))
    yield PolicyKey("duration.suspension_counts", topic, Measure.FLAG, Applies.VERDICTS)
    yield from _numbers(topic, Applies.CHANGES, Measure.MONTHS, months, (0, 120))


def _plans() -> Iterator[PolicyKey]:
    topic, applies = Topic.PLANS, Applies.PLANS
    shares = ["common", "elective", "practice"]
    yield from _numbers(
        topic, applies, Measure.PERCENT, [f"plan.{name}_percent_min" for name in shares], (0, 100)
    )
    yield PolicyKey("plan.common_blocks", topic, Measure.TEXT, applies)
    yield from _numbers(topic, applies, Measure.CLASS_HOURS, ["plan.hours_min"], (0, 9_999))
    yield from _numbers(
        topic, applies, Measure.CLASS_HOURS, ["credit.hours_min", "credit.hours_max"], (1, 100)
    )  # fmt: skip


def _enrolment() -> Iterator[PolicyKey]:
    topic, applies = Topic.ENROLMENT, Applies.CHANGES
    for flag in (
        "transfer.last_year_closed", "transfer.suspended_closed", "transfer.same_programme",
        "major_change.last_year_closed", "major_change.ground", "suspension.documents",
        "resumption.health", "withdrawal.application", "expulsion.sanction",
        "expulsion.adults_only", "death.document", "graduation.decision", "graduation.reviewed",
        "completion.graduation_first", "completion.application", "leaving.application",
        "leaving.others_first",
    ):  # fmt: skip
        yield PolicyKey(flag, topic, Measure.FLAG, applies)
    for key, measure, most in (
        ("transfer.semesters_studied_min", Measure.TERMS, 6),
        ("transfer.late_entry_days", Measure.DAYS, 120),
        ("change.office_days", Measure.DAYS, 60),
        ("suspension.months_max", Measure.MONTHS, 24),
        ("suspension.consecutive_max", Measure.COUNT, 6),
        ("resumption.apply_days_before", Measure.DAYS, 180),
        ("withdrawal.resume_grace_days", Measure.DAYS, 120),
        ("withdrawal.suspension_years", Measure.YEARS, 6),
        ("withdrawal.absent_hours", Measure.CLASS_HOURS, 1_000),
        ("withdrawal.absent_days", Measure.DAYS, 120),
        ("completion.days_before_end", Measure.DAYS, 120),
        ("leaving.months_min", Measure.MONTHS, 60),
        ("warning.suspension_days", Measure.DAYS, 366),
        ("warning.longest_time_days", Measure.DAYS, 732),
    ):
        yield from _numbers(topic, applies, measure, [key], (0, most))
    days = ["paper.certificate_days", "credential.status_days", "credential.list_days"]
    yield from _numbers(topic, Applies.PAPERS, Measure.DAYS, days, (1, 366))
    yield PolicyKey(
        "paper.transcript_identity", topic, Measure.CHOICE, Applies.PAPERS,
        choices=("full", "masked", "none"),
    )  # fmt: skip
    yield PolicyKey("paper.study_certificate_title", topic, Measure.TEXT, Applies.PAPERS)
    yield from _registrations(topic)
    for kind in APPLIED_FOR:
        yield _route(kind.name.lower(), topic)


def _registrations(topic: Topic) -> Iterator[PolicyKey]:
    applies = Applies.REGISTRATIONS
    for intake in ("autumn", "spring"):
        yield PolicyKey(f"registration.{intake}_cutoff", topic, Measure.MONTH_DAY, applies)
    for key in ("registration.record_days", "registration.days_before"):
        yield from _numbers(topic, applies, Measure.DAYS, [key], (0, 60))
    yield from _numbers(topic, applies, Measure.DAYS, ["warning.registration_days"], (0, 366))


def _route(name: str, topic: Topic) -> PolicyKey:
    offices = tuple(Office)
    return PolicyKey(OFFICES + name, topic, Measure.WORDS, Applies.CHANGES, choices=offices)


def _transfers() -> Iterator[PolicyKey]:
    topic, applies = Topic.TRANSFERS, Applies.SUPPOSITIONS
    terms = ["transfer.vocational_semesters_left_min", "transfer.makeup_terms"]
    yield from _numbers(topic, Applies.CHANGES, Measure.TERMS, terms, (0, 6))
    days = ("window_days_before", "window_days_after", "notice_days", "effect_days_max")
    keys = [f"transfer.{name}" for name in days]
    yield from _numbers(topic, Applies.CHANGES, Measure.DAYS, keys, (0, 180))
    yield _route(ACROSS, topic)
    for flag in (
        "transfer.full_time_only", "transfer.pairs_only", "transfer.assessment",
        "recognition.same_name",
    ):  # fmt: skip
        yield PolicyKey(flag, topic, Measure.FLAG, Applies.CHANGES)
    yield PolicyKey(
        "transfer.territory", topic, Measure.CHOICE, Applies.CHANGES, choices=("county", "city")
    )
    yield PolicyKey(
        "transfer.closed_programmes", topic, Measure.WORDS, Applies.CHANGES,
        choices=tuple(Programme),
    )  # fmt: skip
    moves = ["transfer.to_general", "transfer.to_vocational"]
    moves += ["major_change.across", "major_change.within"]
    last = [f"{move}_semester_max" for move in moves]
    yield from _numbers(topic, applies, Measure.SEMESTERS, last, (0, 12))


OFFERED_LEVELS = (AwardLevel.COUNTY, AwardLevel.CITY, AwardLevel.PROVINCE)
OFFERED_RANKS = (AwardRank.FIRST, AwardRank.SECOND, AwardRank.THIRD)
REPEATED = (InnovationCategory.SOCIAL_PRACTICE, InnovationCategory.VOLUNTEERING)
OFFERED = (
    *REPEATED, InnovationCategory.SCHOOL_PROJECT, InnovationCategory.PUBLISHED_WORK,
    InnovationCategory.GENERAL_CERTIFICATE,
)  # fmt: skip


def _effort() -> Iterator[PolicyKey]:
    """What an award or certificate that is on offer costs, beside the hours of a course."""
    topic, applies = Topic.EFFORT, Applies.SUPPOSITIONS
    certificate = InnovationCategory.SKILL_CERTIFICATE
    names = [f"competition.{level}.{rank}" for level in OFFERED_LEVELS for rank in OFFERED_RANKS]
    names += [f"innovation.{item}" for item in OFFERED]
    names += [f"innovation.{certificate}.{level}" for level in CertificateLevel if level]
    hours = [f"{EFFORT_HOURS}{name}" for name in names]
    times = [f"{EFFORT_TIMES}innovation.{item}" for item in REPEATED]
    yield from _numbers(topic, applies, Measure.CLASS_HOURS, hours, (1, 2_000))
    yield from _numbers(topic, applies, Measure.COUNT, times, (1, 100))


def _sharing() -> Iterator[PolicyKey]:
    topic, applies = Topic.SHARING, Applies.SHARING
    yield PolicyKey(
        JOINING_POLICY, topic, Measure.CHOICE, applies, choices=tuple(JoiningConsent)
    )  # fmt: skip
    yield PolicyKey(WEBHOOK_WAITS, topic, Measure.TEXT, applies)
    yield from _numbers(topic, Applies.LINKS, Measure.DAYS, [LINK_DAYS], (1, 366))
    yield PolicyKey(LINK_NUMBERS, topic, Measure.FLAG, Applies.LINKS)


def _progress() -> Iterator[PolicyKey]:
    topic, applies = Topic.PROGRESS, Applies.FIGURES
    for share in (YELLOW_SHARE, RED_SHARE):
        yield PolicyKey(share, topic, Measure.TEXT, applies)
    yield from _numbers(topic, applies, Measure.DAYS, [GRACE_DAYS], (0, 120))
    for key in TARGETS:
        if key.endswith("_percent"):
            yield PolicyKey(key, topic, Measure.PERCENT, applies, 1, 200)
        else:
            yield PolicyKey(key, topic, Measure.COUNT, applies, 1)


POLICY_KEYS: Mapping[str, PolicyKey] = {
    found.key: found
    for keys in (
        _substitution(), _award_caps(), _competitions(), _innovations(), _marks(), _durations(),
        _plans(), _enrolment(), _transfers(), _effort(), _sharing(), _progress(),
    )
    for found in keys
}  # fmt: skip
"""By key, in the order of topics."""


def value_text(key: PolicyKey, value: PolicyScalar) -> str:
    """A value as people and the wire write it, without its unit: "8", "1.5", "true", "best"."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return credits_text(value) if key.is_decimal and isinstance(value, int) else str(value)


def read_value(key: PolicyKey, written: str) -> PolicyScalar:
    """The value that value_text writes so; what cannot be read stays text, which is then wrong."""
    text = written.strip()
    if key.measure is Measure.FLAG:
        return {"true": True, "false": False}.get(text, text)
    if key.is_decimal:
        try:
            return units_from_text(text)
        except ValueError:
            return text
    if key.measure in {Measure.CHOICE, Measure.TEXT, Measure.MONTH_DAY}:
        return text
    if key.measure is Measure.WORDS:
        return " ".join(text.split())
    return int(text) if _WHOLE.fullmatch(text) else text
