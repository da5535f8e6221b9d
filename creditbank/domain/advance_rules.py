"""What an agreement's terms and the calendar of a year mean for the stages of the advance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from creditbank.domain.advance_calendar import AdvanceStep, CalendarDay, finishing_year
from creditbank.domain.advances import AdvanceRules, MoveKind
from creditbank.domain.agreement_terms import AgreementTerms
from creditbank.domain.agreements import Agreement

_SCHOOL_YEAR_BEGINS = (9, 1)
"""No setting: the school year begins on this day everywhere (JY/T 1001, 学年学期)."""
_OPENS: Mapping[MoveKind, AdvanceStep] = {
    MoveKind.FILE: AdvanceStep.FILED,
    MoveKind.SCORE: AdvanceStep.TESTS,
    MoveKind.PROPOSE: AdvanceStep.PASS_LINE,
    MoveKind.PASS_OVER: AdvanceStep.PASS_LINE,
    MoveKind.ADMIT: AdvanceStep.ADMISSION,
    MoveKind.REFUSE: AdvanceStep.ADMISSION,
}
_CLOSES: Mapping[MoveKind, AdvanceStep] = {
    MoveKind.PASS_ASSESSMENT: AdvanceStep.PROCESS_UPLOADED,
    MoveKind.FAIL_ASSESSMENT: AdvanceStep.PROCESS_UPLOADED,
    MoveKind.FILE: AdvanceStep.FILED,
}
STEP_OF: Mapping[MoveKind, AdvanceStep] = {**_CLOSES, **_OPENS}
"""The step of the year's calendar that a move belongs to."""


def year_of_attempt(agreement: Agreement, attempt: int) -> int:
    """The finishing year whose calendar an attempt follows: a second one is a year later.

    No setting: the tests are held once a year (转段工作通知 of 2020 and 2021), so the next attempt
    is in the next year; how many there are is said by the terms.
    """
    return finishing_year(agreement) + attempt - 1


def rules_of(
    agreement: Agreement, terms: AgreementTerms, days: Iterable[CalendarDay] = ()
) -> AdvanceRules:
    """The rules of one attempt. days: of its year; only what the county has announced binds."""
    announced = {item.step: item for item in days if item.is_announced}

    def first(kind: MoveKind) -> date | None:
        found = announced.get(_OPENS[kind]) if kind in _OPENS else None
        return found.starts_on if found else None

    def last(kind: MoveKind) -> date | None:
        found = announced.get(_CLOSES[kind]) if kind in _CLOSES else None
        return found.ends_on if found else None

    return AdvanceRules(
        process_from=date(finishing_year(agreement) - 1, *_SCHOOL_YEAR_BEGINS),
        attempts_max=terms.attempts_max,
        allows_parallel_exam=terms.allows_parallel_exam,
        windows={kind: (first(kind), last(kind)) for kind in STEP_OF},
    )
