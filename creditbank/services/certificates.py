"""What a certificate or award must show before it is booked: number, level, validity, date."""

from __future__ import annotations

from datetime import date

from creditbank.domain.awards import SKILL_LEVELS, CertificateLevel, InnovationCategory
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Message, Problem
from creditbank.domain.identifiers import is_skill_certificate_no, read_skill_certificate_no
from creditbank.domain.labels import CERTIFICATE_LEVELS
from creditbank.services.books import Books
from creditbank.services.commands import (
    PostCompetitionCredit,
    PostInnovationCredit,
    evidence_number,
)
from creditbank.services.fact_words import after_leaving

CERTIFICATES = frozenset(
    {InnovationCategory.SKILL_CERTIFICATE, InnovationCategory.GENERAL_CERTIFICATE}
)


def refused_certificate(command: PostInnovationCredit, books: Books) -> Problem | None:
    """Why an achievement cannot be booked as it was stated."""
    if command.category in CERTIFICATES and not command.certificate_no:
        return _NUMBER_MISSING
    if command.category is InnovationCategory.SKILL_CERTIFICATE:
        refusal = _refused_level(command)
        if refusal is not None:
            return refusal
    return _refused_validity(command, books)


def refused_entry_date(
    command: PostCompetitionCredit | PostInnovationCredit, books: Books
) -> Problem | None:
    """What was earned before the learner was enrolled anywhere counts only where policy says so.

    It is a rule of the day on which it is booked, not of the day on which it was earned. What was
    earned after the learner left is the next school's to enter.
    """
    left_on = books.left_on()
    if left_on is not None and command.earned_on > left_on:
        return after_leaving("earned_on", left_on)
    is_certificate = isinstance(command, PostInnovationCredit) and command.category in CERTIFICATES
    allowed = (
        books.policy.flag("innovation.before_entry_certificates")
        if is_certificate
        else books.policy.flag("innovation.before_entry_awards")
    )
    if allowed or command.earned_on >= books.entered_on:
        return None
    entered_on = books.entered_first_on()
    if command.earned_on >= entered_on:
        return None
    return Problem(
        "earned_before_entry",
        Message(
            f"取得日期 {command.earned_on} 早于入学日期 {entered_on},按规定不能登记,请核对日期。",
            f"The date {command.earned_on} lies before the learner's entry on {entered_on}; by the"
            " rules it cannot be booked; check the date.",
        ),
        field="earned_on",
    )


def _refused_level(command: PostInnovationCredit) -> Problem | None:
    if command.certificate_level is CertificateLevel.NONE:
        return _LEVEL_MISSING
    number = evidence_number(command)
    if not is_skill_certificate_no(number):
        return None  # of another issuer, or an older 职业资格证书: nothing can be read from it
    found = read_skill_certificate_no(number)
    if isinstance(found, Problem):
        return found
    level = SKILL_LEVELS[found.level]
    if level is command.certificate_level:
        return None
    name = CERTIFICATE_LEVELS[level][0]
    return Problem(
        "certificate_level_mismatch",
        Message(
            f"证书编号第16位表示{_DIGITS[found.level]},应选“{name}”,请核对证书等级与编号。",
            f"The 16th character of the number says level {found.level}, which is {level.value};"
            " check the level and the number.",
        ),
        field="certificate_level",
    )


def _refused_validity(command: PostInnovationCredit, books: Books) -> Problem | None:
    until = command.valid_until
    if until is None:
        return None
    if until < command.earned_on:
        return _not_valid(
            "valid_until_before_earned",
            f"有效期至 {until} 早于取得日期 {command.earned_on},请核对两个日期。",
            f"It is said to be valid until {until}, before it was earned on {command.earned_on};"
            " check both dates.",
        )
    today: date = local_date(books.now)
    if until < today and books.policy.flag("innovation.valid_when_recognised"):
        return _not_valid(
            "certificate_expired",
            f"证书有效期至 {until},登记时已经过期,不能入账;请核对日期或换发后再登记。",
            f"The certificate was valid until {until} and has expired, so it cannot be booked;"
            " check the date, or have it renewed first.",
        )
    return None


def _not_valid(code: str, zh: str, en: str) -> Problem:
    return Problem(code, Message(zh, en), field="valid_until")


_DIGITS = {"1": "一级", "2": "二级", "3": "三级", "4": "四级", "5": "五级"}
_NUMBER_MISSING = Problem(
    "certificate_no_missing",
    Message(
        "证书类成果须填写证书编号,以便查验。",
        "A certificate needs its number so that it can be checked.",
    ),
    field="certificate_no",
)
_LEVEL_MISSING = Problem(
    "certificate_level_missing",
    Message(
        "职业技能等级证书须填写证书等级:初级(五级)、中级(四级)或高级(三级)。",
        "A skill certificate needs its level: elementary (5), intermediate (4) or advanced (3).",
    ),
    field="certificate_level",
)
