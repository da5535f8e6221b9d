"""A verdict: what was decided, why, on which state of the books and under which rules.

Its parts are named tuples: a learner has a hundred of them, and a verdict is made in microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from creditbank.domain.plan_exceptions import ExceptionKind


class SubjectKind(StrEnum):
    """What the verdict is about."""

    GRADUATION = "graduation"
    ARTICULATION = "articulation"


class Outcome(StrEnum):
    """Graduation: eligible ... needs_review. Articulation: on_track ... needs_review."""

    ELIGIBLE = "eligible"
    ELIGIBLE_EARLY = "eligible_early"
    NOT_YET = "not_yet"
    COMPLETION_DUE = "completion_due"
    NEEDS_REVIEW = "needs_review"
    ON_TRACK = "on_track"
    BEHIND = "behind"
    QUALIFIED = "qualified"
    NOT_QUALIFIED = "not_qualified"
    ENDED = "ended"
    CLOSED = "closed"
    """The enrolment is no longer open; nothing is decided any more."""


class Use(StrEnum):
    """What a record did."""

    COUNTED = "counted"
    SUBSTITUTED = "substituted"
    SURPLUS = "surplus"
    CAPPED = "capped"
    SAME_EVENT = "same_event"
    EXPIRED = "expired"
    DISPUTED = "disputed"
    NOT_IN_PLAN = "not_in_plan"
    NOT_EARNED = "not_earned"
    EXCLUDED = "excluded"
    """An exception for this learner keeps it out."""


class BlockResult(NamedTuple):
    """One block, all in hundredths.

    missing: required less what courses earned there, substitutions, recognitions and what is
    shared (counted here as well as in another block), or 0.
    """

    code: str
    name: str
    name_en: str
    required: int
    earned: int
    substituted: int
    recognised: int
    missing: int
    shared: int = 0


class ConditionResult(NamedTuple):
    """One condition: code of its kind, whether met, what was asked and found.

    missing_codes: what is lacking, such as course codes or exam subjects. name, name_en: of the
    plan's own conditions, whose code says which rule it is (choice.ZH, hours.P, floor.P).
    """

    code: str
    met: bool
    required: str
    actual: str
    missing_codes: tuple[str, ...] = ()
    name: str = ""
    name_en: str = ""


class Placement(NamedTuple):
    """units of one record placed in one block ("" when placed nowhere), and why."""

    ledger_seq: int
    block_code: str
    units: int
    use: Use


class AppliedException(NamedTuple):
    """An exception from the plan under which a verdict was found, without reason and person.

    Fields as in domain.plan_exceptions; units in hundredths.
    """

    kind: ExceptionKind
    subject: str
    block_code: str
    ledger_seq: int | None
    units: int | None
    document_no: str
    decided_on: date


@dataclass(frozen=True, slots=True)
class Verdict:
    """Never edited; a new state of the books gives a new one.

    proof: for a refusal by credits, the codes of a smallest set of blocks that cannot be filled
    together, whatever the allocation; empty where only the total stands in the way.
    shortfall_units: the smallest number of hundredths that would have to be added.
    The hash of all it looked at is kept beside it (eligibility.input_hash): only rows need one.
    """

    subject_kind: SubjectKind
    subject_id: int
    learner_id: int
    enrolment_id: int
    ledger_seq: int
    facts_seq: int
    plan_id: int
    policy_version: str
    engine_version: str
    as_of: date
    outcome: Outcome
    required_units: int
    counted_units: int
    shortfall_units: int
    blocks: tuple[BlockResult, ...]
    conditions: tuple[ConditionResult, ...]
    placements: tuple[Placement, ...]
    proof: tuple[str, ...]
    exceptions: tuple[AppliedException, ...] = ()
