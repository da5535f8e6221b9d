"""Fields of contracts: strict on the way in, in the wire's form on the way out.

Each refuses what it would otherwise have to guess about: "1.0" is no integer, a JSON float is no
credit, a control character is no text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from marshmallow import fields

from creditbank.domain.credits import credits_text, units_from_text
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import Message
from schemas.base import NULL, REQUIRED, Contract, fault

ID_MAX = 2_147_483_647
TERM_PATTERN = r"^(19|20)[0-9]{2}-(19|20)[0-9]{2}-[123]$"
CREDITS_IN = r"^[0-9]{1,3}(\.[0-9]{1,2})?$"
CREDITS_OUT = r"^-?[0-9]+(\.[0-9]{1,2})?$"
PRINTABLE = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"
_CREDITS = re.compile(CREDITS_IN)
_TERM = re.compile(TERM_PATTERN, re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIGITS = re.compile(r"[0-9]{1,10}")
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp", "Cn"})


_SAID: Any = {"required": [REQUIRED], "null": [NULL]}


class _Said:
    """Faults that marshmallow itself finds, in both languages."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        super().__init__(error_messages=_SAID, **options)  # type: ignore[call-arg]


class Text(_Said, fields.String):
    """One line of text, NFKC and trimmed, of min_length to max_length characters."""

    def __init__(self, *, max_length: int, min_length: int = 1, **options: Any) -> None:  # noqa: ANN401
        metadata = {
            "minLength": min_length,
            "maxLength": max_length,
            "pattern": PRINTABLE,
            **options.pop("metadata", {}),
        }
        super().__init__(metadata=metadata, **options)
        self._min, self._max = min_length, max_length

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:  # noqa: ANN401
        if not isinstance(value, str):
            raise fault(Message("应为文本。", "This must be text."))
        self._measure(value)
        if any(unicodedata.category(character) in _UNPRINTABLE for character in value):
            raise fault(
                Message("含有不可见字符,请删除。", "It holds invisible characters; remove them.")
            )
        text = unicodedata.normalize("NFKC", value).strip()
        self._measure(text)
        return text

    def _measure(self, text: str) -> None:
        if not self._min <= len(text) <= self._max:
            raise fault(
                Message(
                    f"应为{self._min}到{self._max}个字符。",
                    f"This must be {self._min} to {self._max} characters.",
                )
            )


class Lines(_Said, fields.String):
    """A text of several lines, such as a document, kept as it is."""

    def __init__(self, *, max_length: int, **options: Any) -> None:  # noqa: ANN401
        super().__init__(metadata={"minLength": 1, "maxLength": max_length}, **options)
        self._max = max_length

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:  # noqa: ANN401
        if not isinstance(value, str):
            raise fault(Message("应为文本。", "This must be text."))
        if not 1 <= len(value) <= self._max:
            raise fault(
                Message(f"应为1到{self._max}个字符。", f"This must be 1 to {self._max} characters.")
            )
        return "".join("\ufffd" if "\ud800" <= sign <= "\udfff" else sign for sign in value)


class Code(_Said, fields.String):
    """A code of one of the domain's enums, or of some of its members."""

    def __init__(self, codes: Iterable[StrEnum], **options: Any) -> None:  # noqa: ANN401
        codes = tuple(codes)
        metadata = {"enum": [code.value for code in codes], **options.pop("metadata", {})}
        if options.get("allow_none"):
            metadata["enum"].append(None)
        super().__init__(metadata=metadata, **options)
        self._codes = codes
        self._known = {code.value: code for code in codes}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> StrEnum:  # noqa: ANN401
        if not isinstance(value, str) or value not in self._known:
            names = ", ".join(code or '""' for code in self._known)
            raise fault(Message(f"应为以下之一:{names}。", f"This must be one of {names}."))
        return self._known[value]

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:  # noqa: ANN401
        return None if value is None else str(value)


class Constant(_Said, fields.String):
    """The one word that tells a variant from its siblings."""

    def __init__(self, word: str) -> None:
        super().__init__(required=True, metadata={"enum": [word]})


class Truth(_Said, fields.Boolean):
    """true or false; never a number or text."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:  # noqa: ANN401
        if not isinstance(value, bool):
            raise fault(Message("应为 true 或 false。", "This must be true or false."))
        return value


class Whole(_Said, fields.Integer):
    """A JSON integer from low to high; never a float, a boolean or text."""

    def __init__(self, *, low: int = 0, high: int = ID_MAX, **options: Any) -> None:  # noqa: ANN401
        super().__init__(strict=True, metadata={"minimum": low, "maximum": high}, **options)
        self._low, self._high = low, high

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:  # noqa: ANN401
        if type(value) is not int or not self._low <= value <= self._high:
            raise fault(
                Message(
                    f"应为{self._low}到{self._high}之间的整数。",
                    f"This must be an integer from {self._low} to {self._high}.",
                )
            )
        return value


class WholeInQuery(Whole):
    """The same in a query string, where everything is text."""

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> int:  # noqa: ANN401
        is_number = isinstance(value, str) and _DIGITS.fullmatch(value)
        return super()._deserialize(int(value) if is_number else None, *rest, **more)


class Credits(_Said, fields.Field[int]):
    """Credits: decimal text outside ("1.5"), integer hundredths inside. JSON numbers are refused.

    low: the smallest number of hundredths taken in. What is sent may be negative.
    """

    def __init__(self, *, low: int = 0, is_sent: bool = False, **options: Any) -> None:  # noqa: ANN401
        pattern = CREDITS_OUT if is_sent else CREDITS_IN
        super().__init__(metadata={"type": "string", "pattern": pattern}, **options)
        self._low = low

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:  # noqa: ANN401
        if not isinstance(value, str) or not _CREDITS.fullmatch(value):
            raise fault(
                Message(
                    '应为文本形式的学分,最多两位小数,例如 "1.5"。',
                    'This must be credits as text with at most two decimals, such as "1.5".',
                )
            )
        units = units_from_text(value)
        if units < self._low:
            least = credits_text(self._low)
            raise fault(
                Message(f"至少为 {least} 学分。", f"This must be at least {least} credits.")
            )
        return units

    def _serialize(self, value: int | None, *_: Any, **__: Any) -> str | None:  # noqa: ANN401
        return None if value is None else credits_text(value)


class Day(_Said, fields.Field[date]):
    """A calendar day, YYYY-MM-DD."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        super().__init__(metadata={"type": "string", "format": "date"}, **options)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> date:  # noqa: ANN401
        try:
            if isinstance(value, str) and _DAY.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise fault(
            Message("应为日期,例如 2026-06-30。", "This must be a date such as 2026-06-30.")
        )

    def _serialize(self, value: date | None, *_: Any, **__: Any) -> str | None:  # noqa: ANN401
        return None if value is None else value.isoformat()


class Moment(_Said, fields.Field[datetime]):
    """A moment in UTC, ISO 8601; only ever sent."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        super().__init__(metadata={"type": "string", "format": "date-time"}, **options)

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> str | None:  # noqa: ANN401
        return None if value is None else value.astimezone(UTC).isoformat()


class TermCode(_Said, fields.Field[Term]):
    """学年学期 such as 2025-2026-1."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        super().__init__(metadata={"type": "string", "pattern": TERM_PATTERN}, **options)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Term:  # noqa: ANN401
        try:
            if isinstance(value, str) and _TERM.fullmatch(value):
                return Term.parse(value)
        except ValueError:
            pass
        raise fault(
            Message("应为学年学期,例如 2025-2026-1。", "This must be a term such as 2025-2026-1.")
        )


class Rows(_Said, fields.List[Any]):
    """A list of contracts, of low to most items; where low is 0 it may be left out."""

    def __init__(self, contract: Contract, *, most: int, low: int = 1) -> None:
        size = {"minItems": low, "maxItems": most}
        missing: dict[str, Any] = {"required": True} if low else {"load_default": list}
        super().__init__(cls_or_instance=fields.Nested(contract), metadata=size, **missing)
        self._low, self._most = low, most

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:  # noqa: ANN401
        if not isinstance(value, list):
            raise fault(Message("应为 JSON 数组。", "This must be a JSON array."))
        if not self._low <= len(value) <= self._most:
            raise fault(
                Message(
                    f"一次可提交{self._low}到{self._most}行,收到{len(value)}行,请分批提交。",
                    f"From {self._low} to {self._most} rows at once; {len(value)} came: "
                    "send them in parts.",
                )
            )
        return super()._deserialize(value, *rest, **more)


class Wholes(_Said, fields.List[Any]):
    """A list of low to most identifiers; where low is 0 it may be left out."""

    def __init__(self, *, most: int, low: int = 1) -> None:
        size = {"minItems": low, "maxItems": most}
        missing: dict[str, Any] = {"required": True} if low else {"load_default": list}
        super().__init__(cls_or_instance=Whole(low=1), metadata=size, **missing)
        self._low, self._most = low, most

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:  # noqa: ANN401
        if not isinstance(value, list) or not self._low <= len(value) <= self._most:
            raise fault(
                Message(
                    f"应为{self._low}到{self._most}项的 JSON 数组。",
                    f"This must be a JSON array of {self._low} to {self._most} items.",
                )
            )
        return super()._deserialize(value, *rest, **more)
