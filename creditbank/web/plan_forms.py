"""A plan as fields of a form and as text: the same document, whichever way it is looked at.

Nothing typed is lost on the way: what the form has no field for is carried as text, what is wrong
in a field is written as it stands, and a text that the form did not change stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from creditbank.store.documents import DocumentError
from creditbank.store.plan_documents import PLAN_FORMAT, write_text
from creditbank.store.written_documents import read_written

TOP = ("code", "name", "major_code", "catalogue_year", "years", "credits_min")
BLOCK = ("code", "name", "name_en", "nature", "credits_min", "credits_max", "substitution")
COURSE = (
    "course_code", "name", "block_code", "credits", "theory_hours", "practice_hours",
    "semester_no",
)  # fmt: skip
ROWS = {"blocks": BLOCK, "courses": COURSE}
FLAGS = {"blocks": ("is_major_core",), "courses": ("is_required",)}
LISTS = {"blocks": (), "courses": ("also_counts_in",)}
ROWS_MAX = 700
_LEFT_OUT_WHEN_EMPTY = frozenset({"credits_max", "substitution"})
_WHOLE = frozenset(
    {"catalogue_year", "years", "theory_hours", "practice_hours", "semester_no", "percent",
     "count", "hours_min"}
)  # fmt: skip
_FLAG = frozenset({"is_major_core", "is_required", "is_outside", "practice_only"})
_DEFAULTS: Mapping[str, Any] = {
    "substitution": "none", "is_major_core": "false", "is_required": "false",
    "practice_only": "false", "percent_of": "total", "also_counts_in": [], "accepts": [],
    "choices": [], "block_codes": [], "conditions": [], "required_pass_exams": [], "caps": [],
    "floors": [], "hours_floors": [], "double_counts": [], "format": PLAN_FORMAT,
}  # fmt: skip
_ROW = re.compile(r"(blocks|courses)\.(\d{1,4})\.\w+")


@dataclass(frozen=True, slots=True)
class EditorRow:
    """One block or course as typed. more: what it has beside these fields, as text."""

    values: Mapping[str, str]
    flags: frozenset[str] = frozenset()
    more: str = ""


@dataclass(frozen=True, slots=True)
class EditorForm:
    """The fields of the form view. rest: the rules and whatever else, as text."""

    top: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, tuple[EditorRow, ...]] = field(default_factory=dict)
    conditions: tuple[str, ...] = ()
    required_pass_exams: str = ""
    rest: str = ""


def form_of_text(text: str) -> EditorForm:
    """The form view of a text. DocumentError where it is no list of fields."""
    document = read_written(text).value
    rows = {}
    if not isinstance(document, dict):
        raise DocumentError([])
    rest = {name: item for name, item in document.items() if name not in {"format", *TOP}}
    for name in ROWS:
        items = rest.pop(name, None) or []
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise DocumentError([])
        rows[name] = tuple(_row(name, item) for item in items)
    conditions, exams = rest.pop("conditions", None) or [], rest.pop("required_pass_exams", None)
    return EditorForm(
        top={name: _text(document.get(name)) for name in TOP},
        rows=rows,
        conditions=tuple(map(_text, conditions)) if isinstance(conditions, list) else (),
        required_pass_exams=" ".join(map(_text, exams)) if isinstance(exams, list) else "",
        rest=_yaml(rest) if rest else "",
    )


def form_of_fields(sent: Mapping[str, str], conditions: Sequence[str]) -> EditorForm:
    """What the form view has sent; rows keep the order of their numbers."""
    numbers: dict[str, list[int]] = {name: [] for name in ROWS}
    for name in sent:
        found = _ROW.fullmatch(name)
        if found and int(found[2]) not in numbers[found[1]] and len(numbers[found[1]]) < ROWS_MAX:
            numbers[found[1]].append(int(found[2]))
    return EditorForm(
        top={name: sent.get(name, "").strip() for name in TOP},
        rows={
            name: tuple(_sent_row(sent, name, number) for number in sorted(numbers[name]))
            for name in ROWS
        },
        conditions=tuple(conditions),
        required_pass_exams=sent.get("required_pass_exams", "").strip(),
        rest=sent.get("rest", ""),
    )


def text_of_form(form: EditorForm, source: str) -> str:
    """The text of the form view; the source itself where the form says the same.

    Raises DocumentError where the text of the rules, or of one row, is no YAML.
    """
    document = _document(form)
    try:
        if source and _normal(read_written(source).value) == _normal(document):
            return source
    except DocumentError:
        pass
    return write_text(document)


def filled_rows(form: EditorForm) -> dict[str, list[int]]:
    """Per list the positions in the form of the rows that the text has."""
    return {
        name: [at for at, row in enumerate(rows) if not _is_blank(row)]
        for name, rows in form.rows.items()
    }


def _document(form: EditorForm) -> dict[str, Any]:
    document: dict[str, Any] = {name: _value(name, form.top.get(name, "")) for name in TOP}
    for name in ROWS:
        document[name] = [_item(name, row) for row in form.rows.get(name, ()) if not _is_blank(row)]
    document["conditions"] = list(form.conditions)
    exams = re.split(r"[\s,，、]+", form.required_pass_exams)
    if any(exams):
        document["required_pass_exams"] = [exam for exam in exams if exam]
    return document | _mapping(form.rest)


def _row(name: str, item: Mapping[str, Any]) -> EditorRow:
    lists = LISTS[name]
    known = {"format", *ROWS[name], *FLAGS[name], *lists}
    more = {key: value for key, value in item.items() if key not in known}
    values = {key: _text(item.get(key)) for key in ROWS[name]}
    for key in lists:
        found = item.get(key) or []
        values[key] = " ".join(map(_text, found)) if isinstance(found, list) else _text(found)
    flags = frozenset(key for key in FLAGS[name] if _text(item.get(key)) == "true")
    return EditorRow(values, flags, _yaml(more, flow=True) if more else "")


def _sent_row(sent: Mapping[str, str], name: str, number: int) -> EditorRow:
    start = f"{name}.{number}."
    return EditorRow(
        {key: sent.get(start + key, "").strip() for key in (*ROWS[name], *LISTS[name])},
        frozenset(key for key in FLAGS[name] if sent.get(start + key)),
        sent.get(f"{start}more", ""),
    )


def _item(name: str, row: EditorRow) -> dict[str, Any]:
    item: dict[str, Any] = {}
    for key in ROWS[name]:
        value = row.values.get(key, "")
        if (value or key not in _LEFT_OUT_WHEN_EMPTY) and value != _DEFAULTS.get(key):
            item[key] = _value(key, value)
    item |= {key: True for key in FLAGS[name] if key in row.flags}
    for key in LISTS[name]:
        if row.values.get(key):
            item[key] = row.values[key].replace(",", " ").split()
    return item | _mapping(row.more)


def _is_blank(row: EditorRow) -> bool:
    """A row that was added and not filled in; what a select holds is no word of anybody."""
    chosen = {"nature", "substitution", "block_code", "semester_no"}
    return not row.more and not any(value for key, value in row.values.items() if key not in chosen)


def _mapping(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    value = read_written(text).value
    if not isinstance(value, dict):
        raise DocumentError([])
    return {str(key): _typed(key, item) for key, item in value.items()}


def _typed(key: str, value: Any) -> Any:  # noqa: ANN401 (plain YAML)
    """Whole numbers and flags without quotes, where they are meant as such."""
    if isinstance(value, dict):
        return {str(name): _typed(str(name), item) for name, item in value.items()}
    if isinstance(value, list):
        return [_typed(key, item) for item in value]
    return _value(key, value) if isinstance(value, str) else value


def _value(key: str, value: str) -> Any:  # noqa: ANN401 (plain YAML)
    if key in _WHOLE and value.isascii() and value.isdigit():
        return int(value)
    return value == "true" if key in _FLAG and value in {"true", "false"} else value


def _text(value: Any) -> str:  # noqa: ANN401 (plain YAML)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else _yaml(value, flow=True)


def _yaml(value: Any, *, flow: bool = False) -> str:  # noqa: ANN401 (plain YAML)
    typed = _typed("", value)
    if flow:
        written: str = yaml.safe_dump(
            typed, allow_unicode=True, sort_keys=False, default_flow_style=True, width=10**6
        )
        return written.strip()
    return write_text(typed).partition("\n")[2]


def _normal(value: Any) -> Any:  # noqa: ANN401 (plain YAML)
    """The same for the same plan, however it is written: all as text, defaults left out."""
    if isinstance(value, dict):
        return dict(_kept(value))
    return [_normal(item) for item in value] if isinstance(value, list) else _text(value)


def _kept(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, item in value.items():
        normal = _normal(item)
        if normal != _DEFAULTS.get(str(key)):
            yield str(key), normal
