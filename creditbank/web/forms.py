"""What a form sent, and what is wrong with it: read once into domain values, faults by field.

A form that is refused comes back with what was typed; nothing has to be typed twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

from creditbank.domain.credits import units_from_text
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import CreditbankError, InvalidInputError, Message, Problem
from creditbank.domain.sheets import clean_text
from creditbank.web.languages import in_language

_Code = TypeVar("_Code", bound=StrEnum)
_KEY_LENGTH_MAX = 80
_ID_MAX = 2_147_483_647


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is drawn: its values as text, its problems, and the key of its posting."""

    kind: str
    values: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    fields: frozenset[str] = frozenset()
    key: str = field(default_factory=lambda: str(uuid.uuid4()))

    @classmethod
    def sent(cls, kind: str, values: Mapping[str, str]) -> Form:
        """What came in; the key comes with it so that a second click posts nothing."""
        kept = {name: value for name, value in values.items() if name != "csrf_token"}
        key = kept.pop("idempotency_key", "")[:_KEY_LENGTH_MAX] or str(uuid.uuid4())
        return cls(kind=kind, values=kept, fields=frozenset(kept), key=key)

    def value(self, name: str) -> str:
        """What stands in a field."""
        return self.values.get(name, "")

    def faults(self, name: str) -> list[str]:
        """What is wrong with a field, in the reader's language."""
        return [in_language(item.message) for item in self.problems if item.field == name]

    def is_first_fault(self, name: str) -> bool:
        """Whether the keyboard should go on here."""
        at_fields = [item.field for item in self.problems if item.field in self.fields]
        return bool(at_fields) and at_fields[0] == name

    @property
    def general_faults(self) -> list[str]:
        """What is wrong with no field of this form in particular."""
        return [
            in_language(item.message) for item in self.problems if item.field not in self.fields
        ]

    def with_problems(
        self, problems: Iterable[Problem], names: Mapping[str, str] | None = None
    ) -> Form:
        """The same form with these problems; names: the form's field for a problem's."""
        renamed = names or {}
        return replace(
            self,
            problems=tuple(
                replace(item, field=renamed.get(item.field, item.field)) for item in problems
            ),
        )


def refusal_problems(error: CreditbankError) -> tuple[Problem, ...]:
    """The problems of a refusal; a refusal without any is one itself."""
    return error.problems or (Problem(error.code, error.message),)


class Reading:
    """Reads the fields of one form; done() raises all that is wrong at once."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._problems: list[Problem] = []

    def text(self, name: str, *, length_max: int, required: bool = True) -> str:
        """Clean text of limited length."""
        found = clean_text(self._form.value(name))
        if required and not found:
            self.refuse(name, _MISSING)
        elif len(found) > length_max:
            message = Message(
                f"不能超过{length_max}个字。", f"No more than {length_max} characters."
            )
            self.refuse(name, message)
        return found

    def code(self, name: str, codes: type[_Code]) -> _Code:
        """A member of an enum; the first one in place of a wrong one."""
        try:
            return codes(self._form.value(name))
        except ValueError:
            self.refuse(name, _CHOOSE)
            return next(iter(codes))

    def term(self, name: str) -> Term:
        """A term such as 2025-2026-1."""
        try:
            return Term.parse(self._form.value(name))
        except ValueError:
            self.refuse(name, _CHOOSE)
            return Term(first_year=1900, semester=1)

    def day(self, name: str) -> date:
        """A day."""
        return self.day_or_none(name) or self._no_day(name)

    def day_or_none(self, name: str) -> date | None:
        """A day, or none where the field is empty."""
        written = clean_text(self._form.value(name))
        if not written:
            return None
        try:
            return date.fromisoformat(written)
        except ValueError:
            self.refuse(name, _DAY)
            return date.min

    def whole(self, name: str, *, most: int) -> int:
        """A whole number from 1."""
        written = clean_text(self._form.value(name))
        if not (written.isascii() and written.isdigit() and 0 < int(written) <= most):
            message = Message(f"请填1到{most}的整数。", f"A whole number from 1 to {most}.")
            self.refuse(name, message)
            return 1
        return int(written)

    def chosen_id(self, name: str) -> int:
        """The id of what was chosen from a list; 1 in place of none."""
        written = self._form.value(name)
        if not (written.isascii() and written.isdigit() and 0 < int(written) <= _ID_MAX):
            self.refuse(name, _CHOOSE)
            return 1
        return int(written)

    def units(self, name: str) -> int:
        """Credits with at most two decimals, in hundredths."""
        try:
            return units_from_text(clean_text(self._form.value(name)))
        except ValueError:
            self.refuse(name, _UNITS)
            return 0

    def points(self, name: str, *, required: bool = True) -> int:
        """Points with at most two decimals, in hundredths; 0 for none."""
        written = clean_text(self._form.value(name))
        if not written and not required:
            return 0
        try:
            return units_from_text(written)
        except ValueError:
            self.refuse(name, _POINTS)
            return 0

    @property
    def has_problems(self) -> bool:
        """Whether anything was wrong so far."""
        return bool(self._problems)

    def done(self) -> None:
        """Raise InvalidInputError if anything was wrong."""
        if self._problems:
            raise InvalidInputError(_WRONG, problems=tuple(self._problems))

    def _no_day(self, name: str) -> date:
        self.refuse(name, _MISSING)
        return date.min

    def refuse(self, name: str, message: Message) -> None:
        """Note that a field is wrong."""
        self._problems.append(Problem("field_invalid", message, field=name))


_MISSING = Message("请填写此项。", "This must be filled in.")
_CHOOSE = Message("请从列表中选择。", "Choose one from the list.")
_DAY = Message("日期无法识别，请写成 2025-06-30。", "Write the date such as 2025-06-30.")
_UNITS = Message("请填学分数，最多两位小数，如 1.5。", "Credits with at most two decimals, as 1.5.")
_POINTS = Message("请填分数，最多两位小数，如 60 或 62.5。", "Points with at most two decimals.")
_WRONG = Message("有几处需要修改。", "Some fields need mending.")
