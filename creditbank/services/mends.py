"""What a cell with a problem was probably meant to say: a suggestion, which a person accepts.

Pure: from the problem's code, what the column means, the cell's text and the row around it. Nothing
is ever mended without being asked; where there is doubt, nothing is suggested.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from creditbank.domain.errors import Problem
from creditbank.domain.identifiers import (
    IdentityNumber,
    check_character,
    clean_identifier,
    read_identity_number,
)
from creditbank.domain.labels import (
    AWARD_LEVELS,
    AWARD_RANKS,
    CERTIFICATE_LEVELS,
    EXAM_KINDS,
    INNOVATION_CATEGORIES,
    TEAM_ROLES,
    term_of,
)
from creditbank.domain.sheets import day_of

_LOOK_ALIKE = str.maketrans("OoQDIl|ZSB", "0000111258")
"""Letters that somebody typed, or a scanner read, for digits."""
_NUMERALS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = re.compile(r"(?:([一二两三四五六七八九])?(十))?([零〇一二三四五六七八九])?")
_MARK = re.compile(r"(\d{1,3})(?:\.(\d))?", re.ASCII)
_NOT_OF_MARKS = re.compile(r"[\s分,。·]|(?<=\d)[::](?=\d)")
_PARTS_OF_DATE = re.compile(r"(\d{2}|\d{4})\D+(\d{1,2})\D+(\d{1,2})\D*", re.ASCII)
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?", re.ASCII)
_TERM_PARTS = re.compile(r"(\d{4})\D+(\d{2,4})\D*?([12一二])\D*")
_MARK_MAX, _NEAR = 100, 0.55
_SPOKEN = {"一百": "100", "缓": "缓考", "旷": "旷考", "缺": "缺考", "免": "免修"}
_FIRST_DAY, _SERIAL_MIN, _SERIAL_MAX = date(1899, 12, 30), 20_000, 60_000
"""Excel counts days from here; what lies between is a day of 1954 to 2064."""

Row = Mapping[str, str]
"""Meaning of the column and text, of the row that the cell stands in."""


def suggested_text(
    problem: Problem,
    *,
    meaning: str,
    text: str,
    row: Row,
    courses: Sequence[str] = (),
    words: Sequence[str] = (),
) -> str:
    """The text to put into a cell instead; "" where nothing can be said.

    courses: name(code) of each; words: those that the column takes, if it takes no others.
    """
    if problem.code == "not_in_list":
        return _word(text, words)
    found = _suggested(problem.code, meaning, text, row, courses)
    return "" if found == text else found


def _suggested(code: str, meaning: str, text: str, row: Row, courses: Sequence[str]) -> str:
    by_code: dict[str, Callable[[], str]] = {
        "identity_check": lambda: _with_check(text),
        "identity_shape": lambda: _identity(text),
        "national_student_no_shape": lambda: _national(text, row),
        "national_student_no_mismatch": lambda: _national("", row),
        "sex_mismatch": lambda: _from_identity(row, _sex_of),
        "sex": lambda: _sex(text) or _from_identity(row, _sex_of),
        "born_on_mismatch": lambda: _from_identity(row, _born_of),
        "born_on": lambda: _date(text) or _from_identity(row, _born_of),
        "mark_invalid": lambda: _mark(text),
        "unknown_course": lambda: _nearest(text, courses),
        "course_ambiguous": lambda: _nearest(text, courses),
        "unknown_learner": lambda: text.translate(_LOOK_ALIKE),
        "student_no_format": lambda: re.sub(r"[^0-9A-Za-z-]", "", text),
        "term_format": lambda: _term(text),
        "unknown_exam_kind": lambda: _code(text, EXAM_KINDS),
        "cell_invalid": lambda: _award_cell(meaning, text),
    }
    return by_code.get(code, lambda: "")()


def _word(text: str, words: Sequence[str]) -> str:
    """The word that is contained in what was written, or contains it, or is nearest."""
    within = [word for word in words if word in text or text in word]
    near = within if len(within) == 1 else difflib.get_close_matches(text, words, 1, _NEAR)
    return near[0] if near else ""


def _with_check(text: str) -> str:
    number = clean_identifier(text)
    prefix, rest = (number[:1], number[1:]) if number[:1] == "G" else ("", number)
    return f"{prefix}{rest[:17]}{check_character(rest[:17])}"


def _identity(text: str) -> str:
    """Letters for digits and signs between: only where the check digit then agrees."""
    bare = re.sub(r"[^0-9A-Za-z|×]", "", text).replace("×", "X")
    number = bare[:17].translate(_LOOK_ALIKE) + bare[17:].upper()
    return number if isinstance(read_identity_number(number), IdentityNumber) else ""


def _national(text: str, row: Row) -> str:
    """The identity number of the row with G before it, where the number can be believed."""
    if clean_identifier(text)[:1] in {"J", "L"}:
        return ""
    return _from_identity(row, lambda identity: f"G{identity.number}")


def _from_identity(row: Row, part: Callable[[IdentityNumber], str]) -> str:
    identity = read_identity_number(row.get("citizen_id", ""))
    return part(identity) if isinstance(identity, IdentityNumber) else ""


def _sex_of(identity: IdentityNumber) -> str:
    return {"1": "男", "2": "女"}.get(identity.sex, "")


def _born_of(identity: IdentityNumber) -> str:
    return identity.born_on.isoformat()


def _sex(text: str) -> str:
    word = text.casefold()
    if word.startswith(("男", "m")):
        return "男"
    return "女" if word.startswith(("女", "f")) else ""


def _date(text: str) -> str:
    """A day written in another way: 10.3.15, 2010/3/15 00:00, the number that Excel has for it."""
    if text.isascii() and text.isdigit() and _SERIAL_MIN < int(text) < _SERIAL_MAX:
        return (_FIRST_DAY + timedelta(days=int(text))).isoformat()
    bare = text.translate(_LOOK_ALIKE)
    found = day_of(bare.partition("T")[0].partition(" ")[0])
    match = _PARTS_OF_DATE.match(bare)
    if found is None and match is not None:
        year = match[1] if len(match[1]) > 2 else f"20{match[1]}"  # noqa: PLR2004 (a short year)
        found = day_of(f"{year}-{match[2]}-{match[3]}")
    return found.isoformat() if found else ""


def _mark(text: str) -> str:
    """A mark in Chinese numerals, with letters for digits, or with signs around it."""
    if text in _SPOKEN:
        return _SPOKEN[text]
    word = text.removesuffix("分")
    numerals = _TENS.fullmatch(word)
    if numerals is not None and word:
        tens = (_NUMERALS[numerals[1]] if numerals[1] else 1) if numerals[2] else 0
        return str(tens * 10 + (_NUMERALS[numerals[3]] if numerals[3] else 0))
    bare = _NOT_OF_MARKS.sub(lambda sign: "." if sign[0] in ",。·::" else "", text)
    bare = bare.translate(_LOOK_ALIKE).strip(".")
    match = _MARK.fullmatch(bare)
    if match is not None and float(bare) <= _MARK_MAX:
        return bare
    fine = re.fullmatch(r"(\d{1,2}\.\d)0+", bare)
    return fine[1] if fine else ""


def _nearest(text: str, courses: Sequence[str]) -> str:
    """The course whose name is nearest, if one is."""
    names: dict[str, str] = {}
    for course in courses:
        of_name = course.rpartition("(")[0]
        names[of_name] = "" if of_name in names else course  # of two of one name neither
    name = text.partition("(")[0]
    near = difflib.get_close_matches(name, names, n=2, cutoff=_NEAR)
    # Of 语文1 and 语文2 neither is nearer to 语文.
    ratios = [difflib.SequenceMatcher(None, one, name).ratio() for one in near]
    return names[near[0]] if near and len(set(ratios)) == len(ratios) else ""


def _term(text: str) -> str:
    """2025-2026(1), 2025~26 第一学期."""
    match = _TERM_PARTS.match(text)
    if match is None:
        return ""
    year, semester = int(match[1]), {"一": "1", "二": "2"}.get(match[3], match[3])
    found = term_of(f"{year}-{year + 1}-{semester}")
    return found.code if found else ""


def _code(text: str, labels: Mapping[Any, tuple[str, ...]]) -> str:
    """The word of a list that stands within what was written, or begins like it: 省赛 is 省级."""
    words = [(word, names[0]) for names in labels.values() for word in names if word]
    within = [(word, first) for word, first in words if word in text]
    if within:
        return max(within, key=lambda found: len(found[0]))[1]
    near = difflib.get_close_matches(text, [word for word, _ in words], n=1, cutoff=_NEAR)
    return dict(words)[near[0]] if near else ""


_CODES: Mapping[str, Mapping[Any, tuple[str, ...]]] = {
    "级别": {**AWARD_LEVELS},
    "等级": {**AWARD_RANKS},
    "团队角色": {**TEAM_ROLES},
    "类别": {**INNOVATION_CATEGORIES},
    "证书等级": {**CERTIFICATE_LEVELS},
}


def _award_cell(meaning: str, text: str) -> str:
    if meaning in _CODES:
        return _code(text, _CODES[meaning])
    if meaning in {"日期", "有效期至"}:
        month = _MONTH.fullmatch(text)
        # Certificates name a month; its first day is what schools write where a day is asked.
        return _date(text) or (_date(f"{month[1]}-{month[2]}-01") if month else "")
    digits = re.sub(r"\D", "", text.translate(_LOOK_ALIKE), flags=re.ASCII)
    return digits if meaning == "数量" else ""
