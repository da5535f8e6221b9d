"""Numbers that people, schools and firms are known by: read as typed, checked, masked.

What belongs here: form, dates and check characters. Whether a number is taken already is the
store's to know. A reader gives the number in its one written form, or the Problem that refuses it;
no message repeats a number. Sources: GB 11643 and GB 32100, and for the rest the rules named below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditbank.domain.errors import Message, Problem
from creditbank.domain.sheets import clean_text

IDENTITY_LENGTH = 18
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_IDENTITY = re.compile(r"[0-9]{17}[0-9X]")
_OLD_IDENTITY = re.compile(r"[0-9]{15}")
_PROVINCES = frozenset(
    {
        *range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55),
        *range(61, 66), 71,
    }
)  # fmt: skip
_EARLIEST_YEAR = 1900
_SEXES = {"1": "男", "2": "女"}

_STUDENT_NO = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,19}")
_SCHOOL_CODE = re.compile(r"[0-9]{10}")
_SKILL_CERTIFICATE = re.compile(r"([YS])[0-9]{4}([0-9]{2})[0-9A-Z]{6}([0-9]{2})([1-5])[0-9]{6}")
_SKILL_CERTIFICATE_LENGTH = 22
_UNIFIED_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_UNIFIED = re.compile(rf"[{_UNIFIED_CHARACTERS}]{{2}}[0-9]{{6}}[{_UNIFIED_CHARACTERS}]{{10}}")


class IdentityKind(StrEnum):
    """Whose 18-digit number it is; all are built alike and share the check of GB 11643."""

    CITIZEN = "citizen"
    HONG_KONG_PERMIT = "hong_kong_permit"
    MACAO_PERMIT = "macao_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    FOREIGN_RESIDENT = "foreign_resident"


_PERMITS = {
    "810000": IdentityKind.HONG_KONG_PERMIT,
    "820000": IdentityKind.MACAO_PERMIT,
    "830000": IdentityKind.TAIWAN_PERMIT,
}


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """An 18-digit number that is right in form, and what it says of its holder.

    area_code: GB/T 2260, "" on a foreign resident's card, whose digits 2-6 mean something else.
    sex: "1" or "2" (GB/T 2261.1), "" where the number is not read for it.
    """

    number: str
    kind: IdentityKind
    area_code: str
    born_on: date
    sex: str


@dataclass(frozen=True, slots=True)
class SkillCertificateNo:
    """人社 number. issuer: Y 用人单位, S 社会机构; level: "5" 初级工 up to "1" 高级技师."""

    number: str
    issuer: str
    province: str
    year: int
    level: str


def clean_identifier(text: str) -> str:
    """One written form: half width, no spaces or invisible characters, upper case."""
    return "".join(clean_text(text).split()).upper()


def check_character(stem: str) -> str:
    """The 18th character of a GB 11643 number for its first 17 digits (mod 11-2).

    ValueError unless stem has 17 digits.
    """
    total = sum(int(digit) * weight for digit, weight in zip(stem, _WEIGHTS, strict=True))
    return _CHECKS[total % 11]


def read_identity_number(text: str, *, field: str = "citizen_id") -> IdentityNumber | Problem:
    """Read a 公民身份号码, a 港澳台居民居住证 or a foreign resident's card of 2023 (9 first)."""
    number = clean_identifier(text)
    fault = _shape_fault(number)
    if fault is not None:
        return Problem("identity_shape", fault, field)
    kind = _kind(number)
    if kind is None:
        return _identity_problem("identity_area", "地区码", "area code", field)
    born_on = _date(number[6:14])
    if born_on is None:
        return _identity_problem("identity_date", "出生日期", "date of birth", field)
    if check_character(number[:17]) != number[17]:
        return _identity_problem("identity_check", "校验位", "check digit", field)
    foreign = kind is IdentityKind.FOREIGN_RESIDENT
    return IdentityNumber(
        number=number,
        kind=kind,
        area_code="" if foreign else number[:6],
        born_on=born_on,
        sex="" if foreign else "1" if int(number[16]) % 2 else "2",
    )


def cross_check(identity: IdentityNumber, *, sex: str, born_on: date | None) -> tuple[Problem, ...]:
    """What a number contradicts in the fields beside it; what is not stated contradicts nothing."""
    problems = []
    if identity.sex and sex in _SEXES and sex != identity.sex:
        message = Message(
            f"性别与身份证号不一致:身份证号表示为{_SEXES[identity.sex]},请核对。",
            "The sex does not agree with the identity number; check both.",
        )
        problems.append(Problem("sex_mismatch", message, "sex"))
    if born_on is not None and born_on != identity.born_on:
        message = Message(
            "出生日期与身份证号不一致,请核对。",
            "The date of birth does not agree with the identity number; check both.",
        )
        problems.append(Problem("born_on_mismatch", message, "born_on"))
    return tuple(problems)


def read_national_student_no(text: str, *, citizen_id: str = "") -> str | Problem:
    """Read a 学籍号: G and the identity number, or J (no identity number) or L (temporary) and 18.

    J: area of the school 6, birth 8, sequence 3, check 1 (how it is made is published nowhere, so
    it is not tested); L: area 6, birth 8, random 4. citizen_id: if given, G must carry the same.
    """
    number, field = clean_identifier(text), "national_student_no"
    prefix, rest = number[:1], number[1:]
    if prefix not in {"G", "J", "L"} or len(rest) != IDENTITY_LENGTH:
        message = Message(
            "学籍号应为19位,以G、J或L开头,请核对。",
            "A national student number has 19 characters and begins with G, J or L; check it.",
        )
        return Problem("national_student_no_shape", message, field)
    if prefix != "G":
        return number if _plausible_stem(rest) else _student_no_problem(field)
    identity = read_identity_number(rest, field=field)
    if isinstance(identity, Problem):
        return identity
    if citizen_id and clean_identifier(citizen_id) != rest:
        message = Message(
            "学籍号与身份证号不一致,请核对。",
            "The national student number does not carry this identity number; check both.",
        )
        return Problem("national_student_no_mismatch", message, field)
    return number


def student_no_contradicts(number: str, born_on: date | None) -> Problem | None:
    """Whether a read 学籍号 J or L carries another date of birth than the one stated beside it.

    In G it is the identity number's, which is checked by itself.
    """
    if born_on is None or number[:1] == "G" or number[7:15] == f"{born_on:%Y%m%d}":
        return None
    message = Message(
        "学籍号中的出生日期与所填出生日期不一致,请核对。",
        "The date of birth in the national student number is not the one given; check both.",
    )
    return Problem("national_student_no_mismatch", message, "national_student_no")


def read_student_no(text: str) -> str | Problem:
    """Read a 学号, made by the school: at most 20 letters, digits, "-" and "_" (JY/T 1005 XH)."""
    number = "".join(clean_text(text).split())
    if _STUDENT_NO.fullmatch(number):
        return number
    message = Message(
        "学号应为1至20位字母或数字,请核对。",
        "A student number has 1 to 20 letters or digits; check it.",
    )
    return Problem("student_no_shape", message, "student_no")


def read_school_code(text: str) -> str | Problem:
    """Read a 学校(机构)标识码: ten digits (JY/T 1005 XXDM)."""
    code = clean_identifier(text)
    if _SCHOOL_CODE.fullmatch(code):
        return code
    message = Message(
        "学校(机构)标识码应为10位数字,请核对。",
        "A school code has exactly ten digits; check it.",
    )
    return Problem("school_code_shape", message, "code")


def read_unified_code(text: str) -> str | Problem:
    """Read a 统一社会信用代码, GB 32100: 18 characters, weights 3^i mod 31."""
    code, field = clean_identifier(text), "unified_code"
    if not _UNIFIED.fullmatch(code):
        message = Message(
            "统一社会信用代码应为18位数字和大写字母(不含I、O、S、V、Z),请核对。",
            "A unified social credit code has 18 digits and capitals without I, O, S, V, Z.",
        )
        return Problem("unified_code_shape", message, field)
    if unified_check_character(code[:17]) != code[17]:
        message = Message(
            "统一社会信用代码校验位错误,请核对。",
            "The check character of the unified social credit code is wrong; check it.",
        )
        return Problem("unified_code_check", message, field)
    return code


def unified_check_character(stem: str) -> str:
    """The 18th character of a GB 32100 code for its first 17."""
    values = map(_UNIFIED_CHARACTERS.index, stem)
    total = sum(value * pow(3, place, 31) for place, value in enumerate(values))
    return _UNIFIED_CHARACTERS[-total % 31]


def is_skill_certificate_no(text: str) -> bool:
    """Whether it means to be a 人社 number: 22 characters with Y or S first.

    Other issuers number as they please, and 职业资格证书 of before had 16 digits.
    """
    number = clean_identifier(text)
    return len(number) == _SKILL_CERTIFICATE_LENGTH and number[0] in "YS"


def read_skill_certificate_no(text: str) -> SkillCertificateNo | Problem:
    """Read a 人社 职业技能等级证书编号: 22 characters.

    Issuer 1, institution 4, province 2, station 6, year 2, level 1 (1-5), sequence 6.
    """
    number = clean_identifier(text)
    match = _SKILL_CERTIFICATE.fullmatch(number)
    if match is None or int(match[2]) not in _PROVINCES:
        message = Message(
            "职业技能等级证书编号应为22位:Y或S开头,第16位为等级1至5,请核对。",
            "A skill certificate number has 22 characters: Y or S first, a level 1-5 as the 16th.",
        )
        return Problem("skill_certificate_no_shape", message, "certificate_no")
    return SkillCertificateNo(number, match[1], match[2], 2000 + int(match[3]), match[4])


def masked_name(name: str) -> str:
    """王小明 -> 王*明, 王明 -> 王*: the first and, of three or more characters, the last remain."""
    text = clean_text(name)
    match len(text):
        case 0 | 1:
            return "*" * len(text)
        case 2:
            return f"{text[0]}*"
        case length:
            return f"{text[0]}{'*' * (length - 2)}{text[-1]}"


def masked_id(number: str) -> str:
    """Only the last four characters remain; a number of four or fewer is hidden whole."""
    text = clean_identifier(number)
    shown = text[-4:] if len(text) > 4 else ""  # noqa: PLR2004 (four, as the name of the rule says)
    return "*" * (len(text) - len(shown)) + shown


def _shape_fault(number: str) -> Message | None:
    if not number:
        return Message("身份证号为空,请填写。", "The identity number is empty: fill it in.")
    if _OLD_IDENTITY.fullmatch(number):
        return Message(
            "身份证号为15位旧号,请填写18位号码。",
            "This is an identity number of the old 15 digits: give the 18-digit one.",
        )
    if len(number) != IDENTITY_LENGTH:
        return Message(
            f"身份证号应为18位,现为{len(number)}位,请核对。",
            f"An identity number has 18 characters, this one {len(number)}; check it.",
        )
    if not _IDENTITY.fullmatch(number):
        return Message(
            "身份证号只能是数字,末位可为X,请核对。",
            "An identity number has digits only, and X at most at the end; check it.",
        )
    return None


def _kind(number: str) -> IdentityKind | None:
    if number[0] == "9":
        return IdentityKind.FOREIGN_RESIDENT if _is_province(number[1:3]) else None
    return _PERMITS.get(number[:6]) or (IdentityKind.CITIZEN if _is_province(number[:2]) else None)


def _is_province(digits: str) -> bool:
    return int(digits) in _PROVINCES


def _date(digits: str) -> date | None:
    try:
        born_on = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return born_on if born_on.year >= _EARLIEST_YEAR else None


def _plausible_stem(rest: str) -> bool:
    if not _IDENTITY.fullmatch(rest):
        return False
    return _is_province(rest[:2]) and _date(rest[6:14]) is not None


def _student_no_problem(field: str) -> Problem:
    message = Message(
        "学籍号的地区码或出生日期错误,请核对。",
        "The area code or the date of birth in the national student number is wrong; check it.",
    )
    return Problem("national_student_no_content", message, field)


def _identity_problem(code: str, zh: str, en: str, field: str) -> Problem:
    message = Message(
        f"身份证号{zh}错误,请核对。", f"The {en} of the identity number is wrong; check it."
    )
    return Problem(code, message, field)
