"""Who somebody says to be: name, identity number, sex and birthday read together; pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date

from creditbank.domain.errors import Message, Problem
from creditbank.domain.identifiers import (
    IdentityNumber,
    clean_identifier,
    cross_check,
    read_identity_number,
)
from creditbank.domain.sheets import clean_text
from creditbank.services.registration_commands import RegisterLearner

NAME_MAX = 50
SEXES = ("1", "2", "9", "0")
"""GB/T 2261.1: 男, 女, 未说明, 未知."""
_NAME_SIGNS = frozenset("·•・. '-()")
_RARE_HAN = 0x20000
"""From here on there are rare characters of names, newer ones than Python may know."""


@dataclass(frozen=True, slots=True)
class ReadPerson:
    """A person as registered: numbers in their one form, what the number says filled in."""

    name: str
    sex: str
    born_on: date | None
    citizen_id: str | None


def read_person(command: RegisterLearner, today: date) -> ReadPerson | tuple[Problem, ...]:
    """The person of a command, or every field that is wrong."""
    name = clean_text(command.name)
    problems = [] if _is_name(name) else [_NAME]
    identity = _identity(command.citizen_id)
    if isinstance(identity, Problem):
        problems.append(identity)
        identity = None
    elif identity is not None:
        problems += cross_check(identity, sex=command.sex, born_on=command.born_on)
    sex = command.sex or (identity.sex if identity else "") or "0"
    if sex not in SEXES:
        problems.append(_SEX)
    born_on = command.born_on or (identity.born_on if identity else None)
    if born_on is not None and born_on >= today:
        problems.append(_NOT_BORN)
    if problems:
        return tuple(problems)
    return ReadPerson(name, sex, born_on, identity.number if identity else None)


def _identity(text: str) -> IdentityNumber | Problem | None:
    return read_identity_number(text) if clean_identifier(text) else None


def _is_name(name: str) -> bool:
    """Letters of any script; marks and signs that stand in names; no digits, nothing else."""
    return 0 < len(name) <= NAME_MAX and all(
        sign in _NAME_SIGNS or unicodedata.category(sign)[0] in {"L", "M"} or ord(sign) >= _RARE_HAN
        for sign in name
    )


_NAME = Problem(
    "name",
    Message(
        "请填写姓名(1-50字,不含数字和符号)。",
        "Give the name (1 to 50 characters, no digits or signs).",
    ),
    "name",
)
_SEX = Problem(
    "sex",
    Message(
        "性别应为1男、2女、9未说明或0未知。",
        "The sex is 1 (male), 2 (female), 9 (not stated) or 0 (unknown).",
    ),
    "sex",
)
_NOT_BORN = Problem(
    "born_on",
    Message("出生日期不能晚于今天,请核对。", "The date of birth is not in the past; check it."),
    "born_on",
)
