"""What is wrong with a school's own policy file, all at once, each fault with line and clause.

R1 form, R2 keys that the program asks for, R3 kind and range of a value, R4 date and reference, R5
one value for a key and a day (docs/plans.md). What ships is the measure: a school changes values,
it cannot invent rules.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

import yaml

from creditbank.domain.awards import InnovationCategory
from creditbank.domain.credits import units_from_text
from creditbank.domain.errors import Fault, Message, Path
from creditbank.store.policy_files import FILE_FIELDS, FOLDER, VALUE_FIELDS
from creditbank.store.written_documents import read_written

_PERCENT_MAX = 100
_TAG = "tag:yaml.org,2002:"
_KINDS = {
    "int": Message("整数", "a whole number"),
    "bool": Message("true 或 false", "true or false"),
    "str": Message("文字", "text"),
}


@dataclass(frozen=True, slots=True)
class PolicyForm:
    """How a key is written: credits: under `credits`; else under `value`, of this kind."""

    is_credits: bool
    kind: str = "str"


@cache
def known_forms() -> Mapping[str, PolicyForm]:
    """Every key that ships, and the caps of categories that do not."""
    found = {
        f"innovation.category_cap.{category.value}": PolicyForm(is_credits=True)
        for category in InnovationCategory
    }
    for path in sorted(FOLDER.glob("*/*.yaml")):
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        for key, node in _items(dict(_named(root))["values"]):
            fields = dict(_named(node.value[0] if isinstance(node, yaml.SequenceNode) else node))
            value = fields.get("value")
            found[key.value] = PolicyForm(value is None, "str" if value is None else _kind(value))
    return found


def check_policy(text: str) -> tuple[Fault, ...]:
    """All that is wrong with a file of values. Raises DocumentError for what is no YAML at all."""
    read_written(text)
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        return (_fault((), "R1", root, "应为若干字段,如 title、values。", "Give fields."),)
    return tuple(_file(root))


def _file(root: yaml.MappingNode) -> Iterator[Fault]:
    top = dict(_named(root))
    yield from _unknown((), root, FILE_FIELDS)
    for name in ("title", "authority"):
        if name not in top or not _text(top[name]):
            yield _fault(
                (name,), "R1", top.get(name, root), f"缺少 {name},请写成文字。",
                f"{name} is missing: give it as text.",
            )  # fmt: skip
    values = top.get("values")
    if not isinstance(values, yaml.MappingNode) or not values.value:
        yield _fault(
            ("values",), "R1", values or root, "缺少 values,请至少写一项,如 键: {value: 16}。",
            "values are missing: give at least one as key: {value: 16}.",
        )  # fmt: skip
        return
    for key, node in _items(values):
        path: Path = ("values", key.value)
        if key.value not in known_forms():
            yield _unknown_key(path, key)
        days: set[str] = set()
        entries = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for at, entry in enumerate(entries):
            here = (*path, at) if isinstance(node, yaml.SequenceNode) else path
            if not isinstance(entry, yaml.MappingNode):
                yield _fault(
                    here, "R1", entry, '应写成 {value: 16} 或 {credits: "1.5"}。',
                    'Write {value: 16} or {credits: "1.5"}.',
                )  # fmt: skip
                continue
            yield from _entry(here, key.value, entry, top)
            day = str(getattr(dict(_named(entry)).get("effective_from"), "value", ""))
            if day in days:
                yield _fault(
                    here, "R5", entry, "同一日期已有一个值,请只保留一个。",
                    "The key has another value from the same day; keep one.",
                )  # fmt: skip
            days.add(day)


def _entry(
    path: Path, key: str, entry: yaml.MappingNode, top: Mapping[str, yaml.Node]
) -> Iterator[Fault]:
    yield from _unknown(path, entry, VALUE_FIELDS)
    own = dict(_named(entry))
    fields = {name: top[name] for name in ("effective_from", "reference") if name in top} | own
    if not _is_day(fields.get("effective_from")):
        yield _fault(
            (*path, "effective_from"), "R4", own.get("effective_from", entry),
            "缺少生效日期 effective_from,或不是日期,如 2026-09-01。",
            "effective_from is missing or no date such as 2026-09-01.",
        )  # fmt: skip
    if not _text(fields.get("reference")):
        yield _fault(
            (*path, "reference"), "R4", own.get("reference", entry),
            "缺少依据 reference(文号或条款)。", "reference (number of the document) is missing.",
        )  # fmt: skip
    form = known_forms().get(key)
    if ("credits" in own) == ("value" in own):
        yield _fault(
            path,
            "R3",
            entry,
            "credits 与 value 须填一个且只填一个。",
            "Give either credits or value.",
        )
    elif form is not None:
        yield from _value(path, form, own, percent="percent" in key)


def _value(
    path: Path, form: PolicyForm, own: Mapping[str, yaml.Node], *, percent: bool
) -> Iterator[Fault]:
    name = "credits" if "credits" in own else "value"
    node, place = own[name], (*path, name)
    if form.is_credits != (name == "credits"):
        wanted = "credits" if form.is_credits else "value"
        yield _fault(
            place, "R3", node, f"这一项应写在 {wanted} 下。", f"Give this one under {wanted}."
        )
    elif form.is_credits:
        if not _is_credits(node):
            yield _fault(
                place, "R3", node, '学分应写成文字,不小于0,最多两位小数,如 "1.5"。',
                'Write credits as text with at most two decimals, such as "1.5".',
            )  # fmt: skip
    elif _kind(node) != form.kind:
        kind = _KINDS[form.kind]
        yield _fault(place, "R3", node, f"应为{kind.zh}。", f"This is {kind.en}.")
    elif form.kind == "int" and not 0 <= int(node.value) <= (_PERCENT_MAX if percent else 10**6):
        zh, en = ("0到100", "from 0 to 100") if percent else ("不小于0的整数", "0 or more")
        yield _fault(place, "R3", node, f"应为{zh}。", f"This is {en}.")


def _unknown(path: Path, node: yaml.MappingNode, allowed: frozenset[str]) -> Iterator[Fault]:
    for key, _ in _items(node):
        if key.value not in allowed:
            listed = "、".join(sorted(allowed))
            yield _fault(
                (*path, key.value), "R1", key, f"没有字段 {key.value};可用 {listed}。",
                f"There is no field {key.value}: use {', '.join(sorted(allowed))}.",
            )  # fmt: skip


def _unknown_key(path: Path, key: yaml.Node) -> Fault:
    near = difflib.get_close_matches(key.value, known_forms(), n=1)
    zh, en = (f";是否为 {near[0]}?", f"; is it {near[0]}?") if near else ("。", ".")
    return _fault(
        path,
        "R2",
        key,
        f"系统没有政策键 {key.value}{zh}",
        f"There is no policy key {key.value}{en}",
    )


def _named(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    return ((str(key.value), value) for key, value in _items(node))


def _items(node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def _kind(node: yaml.Node) -> str:
    return str(node.tag).removeprefix(_TAG)


def _text(node: yaml.Node | None) -> str:
    return str(node.value).strip() if isinstance(node, yaml.ScalarNode) and node.value else ""


def _is_day(node: yaml.Node | None) -> bool:
    try:
        return date.fromisoformat(_text(node)) is not None
    except ValueError:
        return False


def _is_credits(node: yaml.Node) -> bool:
    try:
        return _kind(node) == "str" and units_from_text(_text(node)) >= 0
    except ValueError:
        return False


def _fault(path: Path, code: str, node: yaml.Node | None, zh: str, en: str) -> Fault:
    line, column = (node.start_mark.line, node.start_mark.column) if node else (0, 0)
    return Fault(path, code, Message(zh, en), line=line + 1, column=column + 1)
