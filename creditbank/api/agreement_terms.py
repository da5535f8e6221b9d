"""Terms of agreements in versions, signing and amending, and the advance's year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from creditbank.api.calls import actor, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.agreement_terms import AgreementTerms, ScorePart
from creditbank.domain.agreements import EducationLevel, HardCondition
from creditbank.domain.errors import Message, Problem, refused
from creditbank.domain.permissions import Action
from creditbank.domain.staged_modes import Stages, read_staged_mode
from creditbank.queries.advance_calendar import advance_calendar, pass_lines
from creditbank.queries.agreement_terms import AgreementFile, agreement_file
from creditbank.services.advance_calendar import (
    AnnounceDays,
    DaysAnnounced,
    StepDays,
    announce_days,
)
from creditbank.services.agreement_commands import AmendAgreement, SignAgreement, TermsKept
from creditbank.services.agreements import amend_agreement, sign_agreement
from creditbank.services.pass_lines import (
    AnnouncePassLine,
    PassLineAnnounced,
    announce_pass_line,
)
from schemas.agreement_terms import (
    YEAR_MAX,
    YEAR_MIN,
    AgreementFileSchema,
    AmendAgreementSchema,
    AnnounceDaysSchema,
    AnnouncePassLineSchema,
    CalendarQuerySchema,
    CalendarSchema,
    DaysAnnouncedSchema,
    PassLineAnnouncedSchema,
    SignAgreementSchema,
    TermsKeptSchema,
)

blueprint = Blueprint("agreement_terms", "协议条款与转段年历 Terms of agreements, the year")
_STAGES = ("pre_level", "pre_years_tenths", "post_level", "post_years_tenths")


@blueprint.reads(f"/agreements/<{ID}:agreement_id>", Action.SEE_AGREEMENTS, AgreementFileSchema())
def get_agreement(agreement_id: int) -> AgreementFile:
    """一份协议、历次条款和转段日期 One agreement, all versions of its terms, and its year."""
    with unit_of_work() as uow:
        return agreement_file(uow, actor(), agreement_id, now=now())


@blueprint.writes("/agreements", Action.SIGN_AGREEMENT, SignAgreementSchema(), TermsKeptSchema())
def post_agreement(loaded: dict[str, Any]) -> TermsKept:
    """签订协议及首个版本的条款 Sign an agreement with its first terms."""
    stages = _stages(loaded)
    identity = {
        name: value
        for name, value in loaded.items()
        if name not in {"terms", "staged_mode", *_STAGES}
    }
    command = SignAgreement(
        **identity,
        pre_level=stages.pre_level,
        pre_years_tenths=stages.pre_years_tenths,
        post_level=stages.post_level or EducationLevel.HIGHER_VOCATIONAL,
        post_years_tenths=stages.post_years_tenths,
        terms=_terms(loaded["terms"], in_force_from=loaded["terms"]["valid_from"]),
    )
    with unit_of_work() as uow:
        return sign_agreement(uow, actor(), command, idempotency_key=idempotency_key(), now=now())


@blueprint.writes(
    f"/agreements/<{ID}:agreement_id>/terms",
    Action.SIGN_AGREEMENT,
    AmendAgreementSchema(),
    TermsKeptSchema(),
)
def post_terms(loaded: dict[str, Any], agreement_id: int) -> TermsKept:
    """修订条款,自某日起施行 Put a further version of the terms in force from a day on."""
    command = AmendAgreement(
        agreement_id=agreement_id,
        of_version_no=loaded["of_version_no"],
        terms=_terms(
            loaded["terms"], in_force_from=loaded["in_force_from"], reason=loaded["reason"]
        ),
    )
    with unit_of_work() as uow:
        return amend_agreement(uow, actor(), command, idempotency_key=idempotency_key(), now=now())


@blueprint.reads(
    f"/advance-calendars/<{ID}:finishing_year>",
    Action.SEE_AGREEMENTS,
    CalendarSchema(),
    query=CalendarQuerySchema(),
)
def get_calendar(query: dict[str, Any], finishing_year: int) -> dict[str, Any]:
    """某届的转段年历 The days of the advance of who finishes in a year."""
    _refuse_far_year(finishing_year)
    with unit_of_work() as uow:
        asked = actor(), finishing_year, query["post_level"]
        items, lines = advance_calendar(uow, *asked), pass_lines(uow, *asked)
    return {
        "finishing_year": finishing_year,
        "post_level": query["post_level"],
        "items": items,
        "pass_lines": lines,
    }


@blueprint.writes(
    f"/advance-calendars/<{ID}:finishing_year>",
    Action.ANNOUNCE_ADVANCE_CALENDAR,
    AnnounceDaysSchema(),
    DaysAnnouncedSchema(),
)
def post_calendar(loaded: dict[str, Any], finishing_year: int) -> DaysAnnounced:
    """公布某届转段各环节的日期 Announce days of the advance of a year."""
    _refuse_far_year(finishing_year)
    days = tuple(StepDays(**item) for item in loaded.pop("days"))
    command = AnnounceDays(finishing_year=finishing_year, days=days, **loaded)
    with unit_of_work() as uow:
        return announce_days(uow, actor(), command, idempotency_key=idempotency_key(), now=now())


@blueprint.writes(
    f"/advance-calendars/<{ID}:finishing_year>/pass-lines",
    Action.ANNOUNCE_ADVANCE_CALENDAR,
    AnnouncePassLineSchema(),
    PassLineAnnouncedSchema(),
)
def post_pass_line(loaded: dict[str, Any], finishing_year: int) -> PassLineAnnounced:
    """公布某届文化考试或知识考试的合格线 Announce the pass line of an examination of a year."""
    _refuse_far_year(finishing_year)
    command = AnnouncePassLine(finishing_year=finishing_year, **loaded)
    with unit_of_work() as uow:
        return announce_pass_line(
            uow, actor(), command, idempotency_key=idempotency_key(), now=now()
        )


def _terms(given: Mapping[str, Any], *, in_force_from: date, reason: str = "") -> AgreementTerms:
    """The terms as sent; the service gives the numbers of agreement and version."""
    return AgreementTerms(
        **{
            **given,
            "hard_conditions": tuple(HardCondition(**item) for item in given["hard_conditions"]),
            "scores": tuple(ScorePart(**item) for item in given["scores"]),
            "tie_breaks": tuple(given["tie_breaks"]),
            "assessment_dimensions": tuple(given["assessment_dimensions"]),
        },
        agreement_id=0,
        version_no=0,
        in_force_from=in_force_from,
        reason=reason,
    )


def _refuse_far_year(finishing_year: int) -> None:
    """Nobody finishes outside the century. Raises InvalidInputError."""
    if not YEAR_MIN <= finishing_year <= YEAR_MAX:
        raise refused(Problem("finishing_year", _YEAR, field="finishing_year"))


def _stages(loaded: Mapping[str, Any]) -> Stages:
    """By the label, or by levels and years. Raises InvalidInputError."""
    if loaded["staged_mode"]:
        found = read_staged_mode(loaded["staged_mode"])
        if isinstance(found, Problem):
            raise refused(found)
        if not found.is_staged:
            raise refused(Problem("not_staged", _NOT_STAGED, field="staged_mode"))
        return found
    if any(loaded[name] is None for name in _STAGES):
        raise refused(Problem("stages_missing", _MISSING, field="staged_mode"))
    return Stages(**{name: loaded[name] for name in _STAGES})


_YEAR = Message(
    f"毕业年份应在{YEAR_MIN}到{YEAR_MAX}之间。",
    f"The finishing year is from {YEAR_MIN} to {YEAR_MAX}.",
)
_MISSING = Message(
    "请填写分段培养方式(staged_mode),或前后两段的层次和年数。",
    "Give staged_mode (分段培养方式), or level and years of both stages.",
)
_NOT_STAGED = Message(
    "这种方式没有与对接院校分段,不是贯通培养协议。",
    "This has no second stage at another institution, so it is no agreement's.",
)
