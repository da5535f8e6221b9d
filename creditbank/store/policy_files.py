"""The policy values that ship as files: creditbank/policies/<authority>/<topic>.yaml.

A file is refused whole when anything in it is in doubt: a value without its date or reference, a
field nobody knows, a key given twice. What a file may hold:

    title, authority    what it regulates and who does; for the reader
    reference           文号 or clause that all values rest on, unless a value names its own
    effective_from      first day, unless a value names its own
    values              key: {credits: "1.5"} or {value: 16}, and note, reference, effective_from;
                        a list of such entries where a value changed over time

Credits are written as text and read as hundredths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from creditbank.domain.credits import units_from_text
from creditbank.domain.policies import Authority, PolicyScalar, PolicyValue

FOLDER = Path(__file__).parent.parent / "policies"
FILE_FIELDS = frozenset({"title", "authority", "reference", "effective_from", "values"})
VALUE_FIELDS = frozenset({"credits", "value", "reference", "effective_from", "note"})
_WITH_FILES = tuple(authority for authority in Authority if authority is not Authority.SCHOOL)
_KEY = re.compile(r"[a-z_]+(\.[a-z0-9_]+)+")


class PolicyFileError(ValueError):
    """A policy file cannot be used; the message names file and line, and says what to do."""


@cache
def load_policy_files() -> tuple[PolicyValue, ...]:
    """All values of all files, in the order of authority, file and key. Raises PolicyFileError."""
    return read_policy_folder(FOLDER)


def read_policy_folder(folder: Path) -> tuple[PolicyValue, ...]:
    """All values below a folder; within one authority a key has one value per date.

    Schools have no files: their own values are rows, read by creditbank.store.policies.
    """
    values: dict[tuple[Authority, str, date], PolicyValue] = {}
    for authority in _WITH_FILES:
        for path in sorted((folder / authority.name.lower()).glob("*.yaml")):
            for value in read_policy_file(path, authority):
                place = (authority, value.key, value.effective_from)
                if place in values:
                    raise _error(path, 1, f"{value.key} has another value from the same day")
                values[place] = value
    return tuple(values.values())


def read_policy_file(path: Path, authority: Authority) -> Iterator[PolicyValue]:
    """The values of one file. Raises PolicyFileError."""
    top = _fields(path, _root(path), FILE_FIELDS)
    for name in ("title", "authority"):
        if name not in top or not isinstance(top[name].value, str) or not top[name].value:
            raise _error(path, 1, f"{name} is missing: give it as text")
    if "values" not in top or not isinstance(top["values"].node, yaml.MappingNode):
        raise _error(path, 1, "values are missing: give at least one as key: {value: ...}")
    for key, given in _fields(path, top["values"].node, None).items():
        if not _KEY.fullmatch(key):
            raise _error(path, given.line, f"{key!r} is no key: write topic.name in small letters")
        entries = given.node.value if isinstance(given.node, yaml.SequenceNode) else [given.node]
        for entry in entries:
            yield _policy_value(path, authority, key, entry, top)


@dataclass(frozen=True, slots=True)
class _Given:
    """One field: its node, its plain value, and the line it stands in."""

    node: yaml.Node
    value: Any
    line: int


def _root(path: Path) -> yaml.Node:
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _error(path, line, f"not YAML: {error.problem}") from error
    if root is None:
        raise _error(path, 1, "the file is empty")
    return root


def _fields(path: Path, node: yaml.Node, allowed: frozenset[str] | None) -> dict[str, _Given]:
    """The fields of a mapping by name; refuses what is unknown or given twice."""
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise _error(path, line, "expected fields, such as {value: 16}")
    found: dict[str, _Given] = {}
    for key_node, value_node in node.value:
        name, line = str(key_node.value), key_node.start_mark.line + 1
        if allowed is not None and name not in allowed:
            raise _error(path, line, f"unknown field {name}: use {', '.join(sorted(allowed))}")
        if name in found:
            raise _error(path, line, f"{name} is given twice")
        found[name] = _Given(value_node, _plain(value_node), line)
    return found


def _plain(node: yaml.Node) -> Any:  # noqa: ANN401 (whatever a YAML scalar holds)
    """The value of a scalar; None for anything else."""
    if not isinstance(node, yaml.ScalarNode):
        return None
    return yaml.SafeLoader("").construct_object(node)


def _policy_value(
    path: Path, authority: Authority, key: str, node: yaml.Node, top: Mapping[str, _Given]
) -> PolicyValue:
    fields = {**_defaults(top), **_fields(path, node, VALUE_FIELDS)}
    line = node.start_mark.line + 1
    effective_from = fields["effective_from"].value if "effective_from" in fields else None
    if not isinstance(effective_from, date) or isinstance(effective_from, datetime):
        raise _error(path, line, f"{key}: effective_from is missing or no date such as 2020-09-01")
    reference = fields["reference"].value if "reference" in fields else None
    if not isinstance(reference, str) or not reference.strip():
        raise _error(path, line, f"{key}: reference (文号 or clause) is missing")
    return PolicyValue(
        key=key,
        value=_scalar(path, key, line, fields),
        authority=authority,
        effective_from=effective_from,
        reference=reference.strip(),
    )


def _defaults(top: Mapping[str, _Given]) -> dict[str, _Given]:
    return {name: top[name] for name in ("effective_from", "reference") if name in top}


def _scalar(path: Path, key: str, line: int, fields: Mapping[str, _Given]) -> PolicyScalar:
    if ("credits" in fields) == ("value" in fields):
        raise _error(path, line, f"{key}: give either credits or value")
    if "value" in fields:
        value = fields["value"].value
        if not isinstance(value, int | str):
            raise _error(path, line, f"{key}: a value is a whole number, a text, true or false")
        return value
    written = fields["credits"].value
    if not isinstance(written, str):
        raise _error(path, line, f'{key}: write credits as text, such as "1.5"')
    try:
        units = units_from_text(written)
    except ValueError as error:
        raise _error(path, line, f"{key}: {error}") from error
    if units < 0:
        raise _error(path, line, f"{key}: credits are not negative")
    return units


def _error(path: Path, line: int, what: str) -> PolicyFileError:
    return PolicyFileError(f"{_name(path)}:{line}: {what}")


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
