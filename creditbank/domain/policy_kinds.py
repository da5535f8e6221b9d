"""What a policy key is: its topic, in what it is measured, and where its value is used."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

OFFICES = "change.offices."
"""Followed by the name of a kind of status change: the offices in their order."""
WEBHOOK_WAITS = "webhook.retry_seconds"
"""How long to wait after each failed delivery of a webhook, in seconds, separated by spaces."""
OF_TRANSFERS = (WEBHOOK_WAITS, "transfer.", "recognition.", f"{OFFICES}transfer_", "target.")
"""How keys begin that bind two schools, or the county: no school sets them for itself."""
UNITS_MAX = 10_000


class Topic(StrEnum):
    """What a value regulates, in the order of a page."""

    SUBSTITUTION = "substitution"
    AWARD_CAPS = "award_caps"
    COMPETITIONS = "competitions"
    INNOVATIONS = "innovations"
    MARKS = "marks"
    DURATION = "duration"
    PLANS = "plans"
    ENROLMENT = "enrolment"
    TRANSFERS = "transfers"
    EFFORT = "effort"
    SHARING = "sharing"
    PROGRESS = "progress"


class Measure(StrEnum):
    """In what a value is written."""

    CREDITS = "credits"
    """Hundredths of a credit inside, decimal text outside."""
    POINTS = "points"
    """Hundredths of a grade point inside, decimal text outside."""
    PERCENT = "percent"
    MARK = "mark"
    COUNT = "count"
    GRADES = "grades"
    """How many marks."""
    DAYS = "days"
    HOURS = "hours"
    CLASS_HOURS = "class_hours"
    MONTHS = "months"
    YEARS = "years"
    SEMESTERS = "semesters"
    """Which semester."""
    TERMS = "terms"
    """How many semesters."""
    FLAG = "flag"
    CHOICE = "choice"
    WORDS = "words"
    """Some of the choices, separated by spaces."""
    TEXT = "text"
    MONTH_DAY = "month_day"
    """A day of each year, such as 11-20."""


class Applies(StrEnum):
    """When a value is read."""

    VERDICTS = "verdicts"
    ENTRIES = "entries"
    TRANSCRIPTS = "transcripts"
    PLANS = "plans"
    CHANGES = "changes"
    """When a status change is applied for or decided."""
    SUPPOSITIONS = "suppositions"
    PAPERS = "papers"
    """When a paper is issued."""
    REGISTRATIONS = "registrations"
    """When learners are registered, for good or for a term."""
    SHARING = "sharing"
    """When something is shared with a college."""
    LINKS = "links"
    """When a family makes a link to a paper."""
    FIGURES = "figures"
    """When learners are warned and figures are compared."""
    POSTINGS = "postings"
    """When marks are handed in and posted."""
    CLAIMS = "claims"
    """When a claim passes its final review."""


@dataclass(frozen=True, slots=True)
class PolicyKey:
    """One key. low, high: what a number may be, in its unit inside; choices: the words allowed."""

    key: str
    topic: Topic
    measure: Measure
    applies: Applies
    low: int = 0
    high: int = UNITS_MAX
    choices: tuple[str, ...] = ()

    @property
    def is_decimal(self) -> bool:
        """Whether it is written with decimals."""
        return self.measure in {Measure.CREDITS, Measure.POINTS}

    @property
    def is_county_only(self) -> bool:
        """Whether no school has a value of its own."""
        return self.key.startswith(OF_TRANSFERS)
