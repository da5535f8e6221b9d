"""Domain dataclasses as documents: YAML or JSON with decimal credits, checked field by field.

The dataclasses of the domain are the one description: a document has their fields under the same
names, only that hundredths named units are written as credits ("2.5"), and that a field which holds
its default may be left out. Reading, writing and the published JSON Schemas come from here.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import pydantic
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model

from creditbank.domain.credits import credits_text, units_from_text
from creditbank.domain.errors import Fault, Message
from creditbank.store.document_words import describe

T = TypeVar("T")
_MAY_BE_LEFT_OUT: Mapping[str, Any] = {
    "Record.ledger_seq": 0,
    "Record.title": "",
    "PlanException.block_code": "",
    "PlanException.ledger_seq": None,
    "PlanException.units": None,
    "Sanction.lifted_on": None,
    "Attestation.subject": "",
}
"""Fields that a document need not have though the program always gives them."""

_CREDITS_SCHEMA = {
    "anyOf": [
        {"type": "string", "pattern": r"^\d{1,4}(\.\d{1,2})?$"},
        {"type": "integer", "minimum": 0},
    ],
    "examples": ["2.5"],
}


class DocumentError(ValueError):
    """A document cannot be read; faults in the order of the document."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.path}: {fault.message.en}" for fault in faults))
        self.faults = faults


def read_document(kind: type[T], document: object) -> T:
    """The domain's object that a document (plain JSON values) describes. Raises DocumentError."""
    try:
        read = _model(kind).model_validate(document)  # type: ignore[arg-type]
    except pydantic.ValidationError as error:
        raise DocumentError([_fault(item) for item in error.errors(include_url=False)]) from None
    made: T = _made(kind, read)
    return made


def write_document(item: object, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The document of an object: plain JSON values, defaults left out.

    without: fields of the object itself that stand elsewhere.
    """
    found = {}
    for field in fields(item):  # type: ignore[arg-type]
        value = getattr(item, field.name)
        if field.name not in without and value != field.default:
            name = document_name(field.name)
            found[name] = _written(value, as_credits=name != field.name)
    return found


def json_schema(kind: type, *, title: str, identifier: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the documents of a dataclass."""
    found = _model(kind).model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": identifier,
        **found,
        "title": title,
    }


def document_name(field_name: str) -> str:
    """units_min -> credits_min; all other names stay."""
    return field_name.replace("units", "credits") if "units" in field_name else field_name


def _written(value: Any, *, as_credits: bool) -> Any:  # noqa: ANN401 (a field's value)
    if as_credits and isinstance(value, int):
        return credits_text(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_written(item, as_credits=False) for item in value]
    if is_dataclass(value):
        return write_document(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


@cache
def _model(kind: type) -> type[BaseModel]:
    """The model that checks documents of a dataclass."""
    hints = get_type_hints(kind)
    made: dict[str, Any] = {}
    for field in fields(kind):
        name = document_name(field.name)
        hint = _document_type(hints[field.name], as_credits=name != field.name)
        default = _MAY_BE_LEFT_OUT.get(f"{kind.__name__}.{field.name}", field.default)
        made[field.name] = (
            hint,
            Field(
                ... if default is MISSING else default,
                alias=name,
                description=describe(kind.__name__, field.name),
            ),
        )
    config = ConfigDict(extra="forbid", populate_by_name=False, frozen=True)
    model: type[BaseModel] = create_model(kind.__name__, __config__=config, **made)
    return model


def _document_type(hint: Any, *, as_credits: bool) -> Any:  # noqa: ANN401 (a type hint)
    if as_credits:
        optional = hint is not int
        return _OPTIONAL_CREDITS if optional else _CREDITS
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        return tuple.__class_getitem__((_document_type(arguments[0], as_credits=False), ...))
    if origin in {Union, types.UnionType}:
        return Union[  # noqa: UP007 (the parts are values here)
            tuple(_document_type(part, as_credits=False) for part in arguments)
        ]
    if isinstance(hint, type) and is_dataclass(hint):
        return _model(hint)
    return hint


def _units(value: object) -> object:
    """Credits as text or whole; a float is refused because it cannot say what was meant."""
    if isinstance(value, bool | float):
        message = "write credits as text"
        raise TypeError(message)
    if isinstance(value, int):
        return value * 100
    if isinstance(value, str):
        units = units_from_text(value)
        if units < 0:
            message = "credits are not negative"
            raise ValueError(message)
        return units
    return value


def _units_or_none(value: object) -> object:
    return None if value is None else _credits(value)


def _credits(value: object) -> object:
    try:
        return _units(value)
    except TypeError as error:
        raise ValueError(str(error)) from None  # pydantic lets other errors through


_CREDITS = Annotated[int, BeforeValidator(_credits), WithJsonSchema(_CREDITS_SCHEMA)]
_OPTIONAL_CREDITS = Annotated[
    int | None,
    BeforeValidator(_units_or_none),
    WithJsonSchema({"anyOf": [*_CREDITS_SCHEMA["anyOf"], {"type": "null"}]}),
]


def _made(kind: type[T], read: BaseModel) -> T:
    values = {name: _domain_value(getattr(read, name), inner) for name, inner in _shape(kind)}  # type: ignore[arg-type]
    return kind(**values)


@cache
def _shape(kind: type) -> tuple[tuple[str, type | None], ...]:
    """Each field with the dataclass that its values are of, if any."""
    hints = get_type_hints(kind)
    return tuple((field.name, _nested(hints[field.name])) for field in fields(kind))


def _nested(hint: Any) -> type | None:  # noqa: ANN401 (a type hint)
    parts = (part for part in (hint, *get_args(hint)) if isinstance(part, type))
    return next((part for part in parts if is_dataclass(part)), None)


def _domain_value(value: Any, inner: type | None) -> Any:  # noqa: ANN401 (a field's value)
    if inner is None:
        return value
    if isinstance(value, tuple):
        return tuple(_made(inner, item) for item in value)
    return _made(inner, value) if isinstance(value, BaseModel) else value


_WORDS: Mapping[str, tuple[str, str]] = {
    "missing": ("缺少此项,请填写。", "this is missing: give it."),
    "extra_forbidden": ("没有这个字段,请核对名称。", "there is no such field: check its name."),
    "model_type": ("应为一组字段。", "fields are expected here."),
    "tuple_type": ("应为列表(每项一行,以 - 开头)。", "a list is expected here."),
    "enum": ("不在可填范围:{expected}。", "is not one of {expected}."),
    "string_type": ("应为文字,请加引号。", "text is expected: put it in quotes."),
    "int_parsing": ("应为整数。", "a whole number is expected."),
    "int_type": ("应为整数。", "a whole number is expected."),
    "int_from_float": ("应为整数。", "a whole number is expected."),
    "bool_parsing": ("应为 true 或 false。", "true or false is expected."),
    "bool_type": ("应为 true 或 false。", "true or false is expected."),
    "date_from_datetime_parsing": ("应为日期,如 2026-07-01。", "a date such as 2026-07-01."),
    "date_type": ("应为日期,如 2026-07-01。", "a date such as 2026-07-01."),
    "value_error": (
        "学分应写成文字,最多两位小数,如 2 或 2.5。",
        "credits are written as text with at most two decimals, such as 2 or 2.5.",
    ),
}


def _fault(error: Any) -> Fault:  # noqa: ANN401 (pydantic's dictionary)
    code = error["type"]
    zh, en = _WORDS.get(code, ("内容有误。", f"{error['msg']}."))
    expected = str(error.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ")
    return Fault(
        path=tuple(error["loc"]),
        code=code,
        message=Message(zh.format(expected=expected), en.format(expected=expected)),
    )
