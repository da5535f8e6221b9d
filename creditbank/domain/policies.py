"""Dated policy values with their reference, resolved for one school on one day.

Authorities from far to near: national, province, city, county, school. The nearer overrides the
farther, value by value; within one authority the latest effective_from not after the day wins.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

PolicyScalar = int | str | bool


class Authority(IntEnum):
    """From far to near; the higher number overrides."""

    NATIONAL = 1
    PROVINCE = 2
    CITY = 3
    COUNTY = 4
    SCHOOL = 5


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """One dated value. key is dotted, such as competition.value.23.3; credits are in hundredths.

    institution_id: set for a school's own value only. reference: 文号 or clause, never empty.
    """

    key: str
    value: PolicyScalar
    authority: Authority
    effective_from: date
    reference: str
    institution_id: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """All values in force for one school on one day, with what they rest on.

    version: 16 hex digits over all keys and values; two policies with the same values are equal.
    """

    version: str
    values: Mapping[str, PolicyValue]

    def integer(self, key: str) -> int:
        """The value of a key that must exist and be an integer."""
        value = self.values[key].value
        if not isinstance(value, int) or isinstance(value, bool):
            message = f"policy {key} is not an integer: {value!r}"
            raise TypeError(message)
        return value

    def flag(self, key: str) -> bool:
        """The value of a key that must exist and be true or false."""
        value = self.values[key].value
        if not isinstance(value, bool):
            message = f"policy {key} is not true or false: {value!r}"
            raise TypeError(message)
        return value

    def text(self, key: str) -> str:
        """The value of a key that must exist and be text."""
        value = self.values[key].value
        if not isinstance(value, str):
            message = f"policy {key} is not text: {value!r}"
            raise TypeError(message)
        return value

    def reference(self, key: str) -> str:
        """Where the value in force comes from."""
        return self.values[key].reference


def resolve(values: Iterable[PolicyValue], *, institution_id: int, as_of: date) -> Policy:
    """The values in force for one institution on one day.

    Of two values of one authority from the same day the one that comes first holds.
    """
    chosen: dict[str, PolicyValue] = {}
    for value in values:
        if value.effective_from > as_of:
            continue
        if value.authority is Authority.SCHOOL and value.institution_id != institution_id:
            continue
        other = chosen.get(value.key)
        if other is None or _nearness(value) > _nearness(other):
            chosen[value.key] = value
    content = json.dumps(
        {key: chosen[key].value for key in sorted(chosen)}, ensure_ascii=False, sort_keys=True
    )
    return Policy(version=hashlib.sha256(content.encode()).hexdigest()[:16], values=chosen)


def _nearness(value: PolicyValue) -> tuple[int, date]:
    return value.authority, value.effective_from
