"""What is wrong with one line of a county file by itself: numbers, dates, roles; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from creditbank.domain.county_files import (
    AccountLine,
    AgreementLine,
    CourseLine,
    InstitutionLine,
    MajorLine,
    PairedSchoolsLine,
    TermLine,
)
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import Fault, Message, Path, Problem
from creditbank.domain.identifiers import read_school_code, read_unified_code
from creditbank.domain.permissions import Role
from creditbank.domain.staged_modes import Stages, read_staged_mode
from creditbank.settings import MAIL_ADDRESS

_AREA = re.compile(r"[1-8][0-9]{5}")
_MAJOR = re.compile(r"[0-9]{4,6}[A-Z]{0,2}")
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
UNITS_MAX = 6_000
OWN_LEARNERS = frozenset({Role.STUDENT, Role.GUARDIAN})
_NO_INSTITUTION = frozenset({Role.SYSADMIN, *OWN_LEARNERS})


def line_faults(path: Path, line: Any) -> Iterator[Fault]:  # noqa: ANN401 (any line of the file)
    """What is wrong with a line, each at its field."""
    for name, code, message in _faults(line):
        yield Fault((*path, name), code, message)


def _faults(line: Any) -> Iterator[tuple[str, str, Message]]:  # noqa: ANN401 (as above)
    match line:
        case InstitutionLine():
            yield from _institution(line)
        case MajorLine() if not _MAJOR.fullmatch(line.code):
            yield "code", "major_code", MAJOR_CODE
        case TermLine():
            yield from _term(line)
        case CourseLine() if not 0 < line.units <= UNITS_MAX:
            yield "credits", "credits", CREDITS
        case CourseLine() if line.theory_hours < 0 or line.practice_hours < 0:
            yield "theory_hours", "hours", HOURS
        case AgreementLine():
            yield from _agreement(line)
        case PairedSchoolsLine():
            yield from _pair(line)
        case AccountLine():
            yield from _account(line)


def _institution(line: InstitutionLine) -> Iterator[tuple[str, str, Message]]:
    read = [("code", read_school_code(line.code), line.code)]
    if line.unified_code:
        read.append(("unified_code", read_unified_code(line.unified_code), line.unified_code))
    for name, found, written in read:
        if isinstance(found, Problem):
            yield name, found.code, found.message
        elif found != written:
            yield name, "as_written", as_written(found)
    if not _AREA.fullmatch(line.area_code):
        yield "area_code", "area_code", AREA


def _term(line: TermLine) -> Iterator[tuple[str, str, Message]]:
    try:
        Term.parse(line.code)
    except ValueError:
        yield "code", "term", TERM
    if line.starts_on >= line.ends_on:
        yield "ends_on", "term_days", TERM_DAYS


def _agreement(line: AgreementLine) -> Iterator[tuple[str, str, Message]]:
    if line.valid_from >= line.valid_to:
        yield "valid_to", "validity", VALIDITY
    found = line_stages(line)
    if isinstance(found, Problem):
        yield found.field, found.code, found.message


def line_stages(line: AgreementLine) -> Stages | Problem:
    """The two stages of an agreement, by its label or by levels and years."""
    found = read_staged_mode(line.staged_mode) if line.staged_mode else _written_stages(line)
    if isinstance(found, Problem):
        return found
    if not found.is_staged:
        return Problem("not_staged", NOT_STAGED, field="staged_mode")
    for name in ("pre_level", "pre_years_tenths", "post_level", "post_years_tenths"):
        if getattr(line, name) not in {None, getattr(found, name)}:
            return Problem("stages_differ", STAGES_DIFFER, field=name)
    return found


def _written_stages(line: AgreementLine) -> Stages | Problem:
    if line.pre_level is None or line.post_level is None:
        return Problem("stages_missing", STAGES, field="staged_mode")
    years = (line.pre_years_tenths or 0, line.post_years_tenths or 0)
    if min(years) <= 0:
        return Problem("years", YEARS, field="pre_years_tenths")
    return Stages(line.pre_level, years[0], line.post_level, years[1])


def _pair(line: PairedSchoolsLine) -> Iterator[tuple[str, str, Message]]:
    if line.valid_until is not None and line.valid_until < line.valid_from:
        yield "valid_until", "validity", VALIDITY
    if not line.document_no.strip():
        yield "document_no", "document_no", DOCUMENT


def _account(line: AccountLine) -> Iterator[tuple[str, str, Message]]:
    if not USERNAME.fullmatch(line.username):
        yield "username", "username", USERNAME_FORM
    if line.role in {Role.ANONYMOUS, *OWN_LEARNERS}:
        yield "role", "role", ROLE
    elif bool(line.institution) == (line.role in _NO_INSTITUTION):
        yield "institution", "institution", institution_wanted(line.role)
    if line.section is not None and line.role is not Role.COUNTY:
        yield "section", "section", SECTION
    if line.email and not MAIL_ADDRESS.fullmatch(line.email):
        yield "email", "email", EMAIL


def institution_wanted(role: Role) -> Message:
    """Whether an account of this role belongs to an institution."""
    if role in _NO_INSTITUTION:
        return Message(
            "这个角色不属于任何机构,请删去机构。",
            "This role belongs to no institution; leave it out.",
        )
    return Message("请填写账号所属机构的代码。", "Give the code of the account's institution.")


def needs_institution(role: Role) -> bool:
    """Whether an account of this role acts for an institution."""
    return role not in _NO_INSTITUTION


def unknown_institution(code: str) -> Message:
    """No institution has this code, in the file or before."""
    return Message(f"没有代码为 {code} 的机构。", f"There is no institution {code}.")


def differs(names: tuple[str, ...]) -> Message:
    """A row of this key stands with other values."""
    listed = ", ".join(names)
    return Message(
        f"数据库中已有此项,但内容不同({listed});导入不修改已有数据,请核对。",
        f"This stands already with other values ({listed}); loading changes nothing; check it.",
    )


def as_written(form: str) -> Message:
    """The one written form of a number."""
    return Message(f"请写成 {form}。", f"Write it as {form}.")


UNKNOWN_PLAN = Message(
    "该校没有这个方案代码和版本,请先在 plans 中列出。",
    "The school has no plan of this code and version; list it under plans.",
)
AREA = Message("行政区划码应为6位数字(GB/T 2260)。", "An area code has six digits (GB/T 2260).")
MAJOR_CODE = Message("专业代码格式不对,请核对。", "This is no major code; check it.")
CREDITS = Message("学分应大于0,不超过60。", "Credits are above 0 and at most 60.")
HOURS = Message("学时不能为负数。", "Hours are not negative.")
VALIDITY = Message("有效期止应晚于有效期起。", "The validity ends before it begins.")
DOCUMENT = Message("请填写文号。", "Give the number of the document.")
PAIR = Message(
    "结对须是一所中等职业学校和一所普通高中。",
    "A pair is a vocational school and a general high school.",
)
SECTION = Message(
    "只有主管部门(county)的账号可写科室。", "Only an account of the bureau has a section."
)
STAGES = Message(
    "请填写分段培养方式(staged_mode),或前后两段的层次和年数。",
    "Give the staged_mode (分段培养方式), or level and years of both stages.",
)
NOT_STAGED = Message(
    "这种方式没有与对接院校分段,不是贯通培养协议。",
    "This has no second stage at another institution, so it is no agreement's.",
)
STAGES_DIFFER = Message(
    "与分段培养方式不一致,请改正或删去此项。",
    "This is not what staged_mode says; mend it or leave it out.",
)
YEARS = Message("学制应大于0(以十分之一年计)。", "Years are above 0, in tenths of a year.")
TERM = Message("应为学年学期,如 2025-2026-1。", "This must be a term such as 2025-2026-1.")
TERM_DAYS = Message("学期结束应晚于开始。", "The term ends before it begins.")
USERNAME_FORM = Message(
    "用户名应为2-40位小写字母、数字或 . _ -,以字母或数字开头。",
    "A username has 2 to 40 small letters, digits or . _ - and begins with a letter or digit.",
)
EMAIL = Message(
    "邮箱地址不对,请写成 name@example.cn 的形式,最多254个字符。",
    "This is no mail address; give one such as name@example.cn, of at most 254 characters.",
)
ROLE = Message(
    "学生和监护人账号由学校登记学生后开通,不能在此列出。",
    "Accounts of students and guardians come with the learner; they cannot be listed here.",
)
