"""Frozen dataclasses of the domain as plain documents and back, so that they can be pinned.

A document holds dictionaries with text keys, lists, text, whole numbers, flags and null: JSON that
any language hashes alike. Enums are their values, dates ISO 8601. A field that a document lacks
takes its default, so that documents outlive new fields; one that nobody knows is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from enum import Enum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson

Thing = TypeVar("Thing")
_PLAIN = (int, str, bool)


def to_document(thing: Any) -> Any:  # noqa: ANN401 (any dataclass of the domain, or a part of one)
    """The plain form. Raises TypeError for what has none, floats among them."""
    if thing is None or type(thing) in _PLAIN:
        return thing
    if isinstance(thing, Enum):
        return thing.value
    if isinstance(thing, date):
        return thing.isoformat()
    if isinstance(thing, Mapping):
        return {key: to_document(thing[key]) for key in sorted(thing)}
    if isinstance(thing, tuple):
        return [to_document(item) for item in thing]
    return {field.name: to_document(getattr(thing, field.name)) for field in fields(thing)}


def from_document(kind: type[Thing], document: Mapping[str, Any]) -> Thing:
    """The dataclass that to_document made this of. Raises TypeError, ValueError or KeyError."""
    maker: Any = kind
    readers = _readers(maker)
    return kind(**{name: readers[name](value) for name, value in document.items()})


def document_hash(document: Any) -> str:  # noqa: ANN401 (what to_document made)
    """SHA-256 hex over the canonical JSON: keys sorted, no spaces, UTF-8."""
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


Reader = Callable[[Any], Any]


@cache
def _readers(kind: Any) -> dict[str, Reader]:  # noqa: ANN401 (a class, for the cache to key by)
    """How each field of a dataclass is read."""
    hints = get_type_hints(kind)
    return {name: _reader(hint) for name, hint in hints.items()}


def _reader(hint: Any) -> Reader:  # noqa: ANN401 (a type, or a form of typing)
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return _reader_of_union(inner)
    if origin is not None:
        return _reader_of_many(origin, _reader(inner[-1] if origin is not tuple else inner[0]))
    if hint in _PLAIN:
        return _same
    if issubclass(hint, Enum):
        make: Reader = hint
        return make
    return date.fromisoformat if hint is date else partial(from_document, hint)


def _reader_of_many(origin: Any, item: Reader) -> Reader:  # noqa: ANN401 (tuple, or a mapping)
    if origin is tuple:
        return lambda value: tuple(item(part) for part in value)
    return lambda value: {key: item(part) for key, part in value.items()}


def _reader_of_union(inner: tuple[Any, ...]) -> Reader:
    others = [part for part in inner if part is not NoneType]
    if all(part in _PLAIN for part in others):
        return _same
    only = _reader(others[0])
    return lambda value: None if value is None else only(value)


def _same(value: Any) -> Any:  # noqa: ANN401 (text, a whole number or a flag)
    return value
