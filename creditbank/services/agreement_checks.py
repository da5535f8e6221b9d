"""What keeps an agreement from being signed, or a version from being put in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date

from sqlalchemy import Connection

from creditbank.domain.agreement_terms import AgreementTerms, terms_problems
from creditbank.domain.agreements import (
    FIRST_STAGES,
    SECOND_STAGES,
    HardCondition,
    HardConditionKind,
)
from creditbank.domain.awards import CertificateLevel
from creditbank.domain.errors import Message, Problem
from creditbank.domain.snapshots import SanctionLevel
from creditbank.services.agreement_commands import SignAgreement
from creditbank.store.agreement_partners import catalogue_majors, partners, standing_agreement

NAME_MAX, YEARS_TENTHS_MAX, PERCENT_MAX, STUDY_YEARS_MAX = 100, 60, 100, 6
_AS_FILED = (
    "scores", "pass_total", "tie_breaks", "exemption_level", "exemption_effect",
    "assessment_dimensions",
)  # fmt: skip
_NOT_SHORTER = ("quota", "notice_days", "appeal_days", "attempts_max")


def signing_problems(
    connection: Connection,
    command: SignAgreement,
    terms: AgreementTerms,
    *,
    own_school: int | None,
) -> list[Problem]:
    """Why an agreement cannot be signed. own_school: the only one that may be named, if any."""
    found = [
        *_partner_problems(connection, command, own_school),
        *_stage_problems(connection, command),
        *content_problems(terms, command.pre_years_tenths),
    ]
    if own_school not in {None, command.school_id}:
        return found
    standing = already_agreed_or_none(connection, command)
    return found if standing is None else [standing, *found]


def already_agreed(connection: Connection, command: SignAgreement) -> Problem:
    """The refusal of a second college for a major and cohort, by name."""
    found = already_agreed_or_none(connection, command)
    return found or Problem("already_agreed", _AGREED, field="pre_major_code")


def already_agreed_or_none(connection: Connection, command: SignAgreement) -> Problem | None:
    """三二连读: one major of one school and cohort links to one college only."""
    found = standing_agreement(
        connection,
        command.school_id,
        (command.pre_major_code, command.pre_catalogue_year),
        command.entry_year,
    )
    if found is None:
        return None
    message = Message(
        f"该专业{command.entry_year}级已与{found.college_name}签订协议({found.document_no});"
        "三二连读一个专业只能对接一所院校,请修订原协议。",
        f"This major of {command.entry_year} has an agreement with {found.college_name} already"
        f" ({found.document_no}); one major links to one college: amend that agreement.",
    )
    return Problem("already_agreed", message, field="pre_major_code")


def amendment_problems(
    terms: AgreementTerms,
    latest: AgreementTerms,
    *,
    of_version_no: int,
    pre_years_tenths: int,
    today: date,
    is_filed: bool,
) -> list[Problem]:
    """Why a version cannot follow the latest one. is_filed: the cohort's results are."""
    if of_version_no != latest.version_no:
        return [Problem("version_behind", _BEHIND, field="of_version_no")]
    if _said(terms) == _said(latest):
        return [Problem("unchanged", _UNCHANGED)]
    return [
        *content_problems(terms, pre_years_tenths),
        *_day_problems(terms, latest, today),
        *(_filed_problems(terms, latest) if is_filed else ()),
    ]


def content_problems(terms: AgreementTerms, pre_years_tenths: int) -> Iterator[Problem]:
    """What is wrong with the terms by themselves, thresholds of conditions included.

    pre_years_tenths: of the first stage, beyond which no learner studies at the school.
    """
    yield from terms_problems(terms)
    for row, item in enumerate(terms.hard_conditions, start=1):
        if not _is_readable(item):
            yield Problem("threshold", _THRESHOLD, field="hard_conditions", row=row)
        elif item.kind is HardConditionKind.YEAR_OF_STUDY and pre_years_tenths > 0:
            most = -(-pre_years_tenths // 10)
            if int(item.threshold) > most:
                yield Problem("year_beyond", _beyond(most), field="hard_conditions", row=row)


def _said(terms: AgreementTerms) -> AgreementTerms:
    """The terms without what every version has anew."""
    day = date.min
    return replace(terms, version_no=0, in_force_from=day, document_no="", reason="")


def _day_problems(terms: AgreementTerms, latest: AgreementTerms, today: date) -> Iterator[Problem]:
    if terms.in_force_from < today:
        yield Problem("day_past", _PAST, field="in_force_from")
    elif latest.version_no and terms.in_force_from < latest.in_force_from:
        yield Problem("day_before_latest", _before(latest), field="in_force_from")
    begun = latest.valid_from <= today
    if terms.valid_from != latest.valid_from and (begun or terms.valid_from < today):
        yield Problem("begun", _BEGUN, field="valid_from")
    ends_before = terms.valid_to.toordinal() < terms.in_force_from.toordinal() - 1
    if ends_before and terms.valid_to != latest.valid_to:
        yield Problem("ended_before", _ENDED, field="valid_to")


def _filed_problems(terms: AgreementTerms, latest: AgreementTerms) -> Iterator[Problem]:
    """After 报送 the cohort is counted as agreed; what gives more room may still be changed."""
    for name in _AS_FILED:
        if getattr(terms, name) != getattr(latest, name) and latest.scores:
            yield Problem("filed", _FILED, field=name)
    for name in _NOT_SHORTER:
        if getattr(terms, name) < getattr(latest, name):
            yield Problem("filed", _NOT_LESS, field=name)


def _partner_problems(
    connection: Connection, command: SignAgreement, own_school: int | None
) -> Iterator[Problem]:
    kinds = {item.institution_id: item.kind for item in partners(connection)}
    first = FIRST_STAGES.get(command.pre_level, frozenset())
    if kinds.get(command.school_id) not in first or own_school not in {None, command.school_id}:
        yield Problem("school_unknown", _SCHOOL, field="school_id")
    if kinds.get(command.college_id) not in SECOND_STAGES.get(command.post_level, frozenset()):
        yield Problem("college_unknown", _COLLEGE, field="college_id")
    elif command.college_id == command.school_id:
        yield Problem("same_institution", _SAME, field="college_id")
    if not 1 <= len(command.name.strip()) <= NAME_MAX:
        yield Problem("name_missing", _NAME, field="name")


def _stage_problems(connection: Connection, command: SignAgreement) -> Iterator[Problem]:
    levels = {(item.code, item.catalogue_year): item.level for item in catalogue_majors(connection)}
    for stage, level in (("pre", command.pre_level), ("post", command.post_level)):
        major = (
            getattr(command, f"{stage}_major_code"),
            getattr(command, f"{stage}_catalogue_year"),
        )
        if levels.get(major) != level.value:
            yield Problem("major_unknown", _MAJOR, field=f"{stage}_major_code")
        years = getattr(command, f"{stage}_years_tenths")
        if not 0 < years <= YEARS_TENTHS_MAX:
            yield Problem("years", _YEARS, field=f"{stage}_years_tenths")
    if (
        command.pre_level not in FIRST_STAGES
        or command.post_level not in SECOND_STAGES
        or command.pre_level is command.post_level
    ):
        yield Problem("levels", _LEVELS, field="post_level")


def _is_readable(item: HardCondition) -> bool:
    """Whether the engine can read a threshold (domain.agreements.HardCondition)."""
    kind, said = item.kind, item.threshold
    if kind is HardConditionKind.YEAR_OF_STUDY:
        return _is_whole(said, STUDY_YEARS_MAX)
    if kind is HardConditionKind.CREDITS_TO_DATE:
        return _is_whole(said, PERCENT_MAX)
    allowed = {
        HardConditionKind.NO_SANCTION: {level.value for level in SanctionLevel},
        HardConditionKind.INTERNSHIP: {"started", "passed"},
        HardConditionKind.CERTIFICATE: {level.value for level in CertificateLevel if level},
    }
    return said in allowed.get(kind, {""})


def _is_whole(said: str, most: int) -> bool:
    return said.isascii() and said.isdigit() and 1 <= int(said) <= most


def _beyond(most: int) -> Message:
    return Message(
        f"前段只有{most}个学年,就读学年不能填得更多,否则没有学生能达到。",
        f"The first stage has {most} years of study; nobody would ever meet a later one.",
    )


def _before(latest: AgreementTerms) -> Message:
    day = latest.in_force_from.isoformat()
    return Message(
        f"已有自{day}起施行的版本,新版本不能早于这一天。",
        f"A version begins on {day}; the new one begins on that day or later.",
    )


SAID_FIELDS = tuple(
    item.name
    for item in fields(AgreementTerms)
    if item.name not in {"agreement_id", "version_no", "in_force_from", "document_no", "reason"}
)
"""What two versions are compared by, in the order in which terms are read."""

_AGREED = Message(
    "该专业这一级已有协议;三二连读一个专业只能对接一所院校,请修订原协议。",
    "This major and cohort has an agreement; one major links to one college: amend that one.",
)
_BEHIND = Message(
    "协议在您打开之后已有新版本,没有保存;请重新打开后再修订。",
    "There is a newer version than the one you saw; nothing was kept: open it again and amend it.",
)
_UNCHANGED = Message("条款没有任何改变,没有保存。", "Nothing differs from the version in force.")
_PAST = Message(
    "施行日期不能早于今天;已生效的条款不能追溯修改。",
    "A version begins today or later; what was in force is not changed afterwards.",
)
_BEGUN = Message(
    "协议已经生效,起始日期不能改变;尚未生效的,不能早于今天。",
    "The first day of what has begun stays; what has not begun begins today or later.",
)
_ENDED = Message(
    "截止日期不能早于新版本施行的前一天。",
    "The last day is at the earliest the day before this version begins.",
)
_FILED = Message(
    "该届结果已报送对接院校,计分和考核办法不能再改。",
    "The cohort's results are filed with the college; how they are counted stays as agreed.",
)
_NOT_LESS = Message(
    "该届结果已报送对接院校,只能增加,不能减少。",
    "The cohort's results are filed with the college; this may grow, not shrink.",
)
_SCHOOL = Message(
    "请选择与前段层次相符的学校;学校只能签订本校的协议。",
    "Choose a school that teaches the level of the first stage; a school signs its own agreements"
    " only.",
)
_SAME = Message(
    "前后两段由两所院校培养,请选择另一所对接院校。",
    "The two stages are taught at two institutions; choose another one for the second.",
)
_COLLEGE = Message(
    "请选择与后段层次相符的对接院校。",
    "Choose an institution that teaches the level of the second stage.",
)
_NAME = Message(f"请填写协议名称(1-{NAME_MAX}字)。", f"Give a name of 1 to {NAME_MAX} characters.")
_MAJOR = Message(
    "专业目录中没有这个代码,或与所填层次不符。",
    "The catalogue has no such major, or not of this level.",
)
_YEARS = Message("学制应在0.1到6年之间。", "A stage takes from 0.1 to 6 years.")
_LEVELS = Message(
    "前段应为中职或高职;后段应高于前段,为高职或本科。",
    "The first stage is 中职 or 高职; the second one is above it, 高职 or 本科.",
)
_THRESHOLD = Message(
    "这项资格条件的标准不对:年级1-6,学分百分比1-100,处分等级、实习和证书请从列表中选。",
    "The threshold of this condition cannot be read: years 1 to 6, percent 1 to 100, or one of the"
    " list for sanction, internship and certificate.",
)
