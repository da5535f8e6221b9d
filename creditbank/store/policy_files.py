"""The policy values that ship as files: creditbank/policies/<authority>/<topic>.yaml.

A file is refused whole when a value lacks its date or reference, or has a field nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from creditbank.domain.credits import units_from_text
from creditbank.domain.policies import Authority, PolicyScalar, PolicyValue

FOLDER = Path(__file__).parent.parent / "policies"
_FILE_FIELDS = frozenset({"title", "reference", "effective_from", "values"})
_VALUE_FIELDS = frozenset({"credits", "value", "reference", "effective_from", "note"})


class PolicyFileError(ValueError):
    """A policy file cannot be used; the message names the file, the key and what to do."""


@cache
def load_policy_files() -> tuple[PolicyValue, ...]:
    """All values of all files, in the order of authority, file and key."""
    return tuple(
        value
        for authority in Authority
        for path in sorted((FOLDER / authority.name.lower()).glob("*.yaml"))
        for value in read_policy_file(path, authority)
    )


def read_policy_file(path: Path, authority: Authority) -> Iterator[PolicyValue]:
    """The values of one file. Raises PolicyFileError."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict) or set(document) - _FILE_FIELDS:
        raise _error(path, "", f"the top level takes {', '.join(sorted(_FILE_FIELDS))} only")
    values = document.get("values")
    if not isinstance(values, dict) or not values:
        raise _error(path, "values", "give at least one value")
    for key, entries in values.items():
        for entry in entries if isinstance(entries, list) else [entries]:
            yield _policy_value(path, authority, key, entry, document)


def _policy_value(
    path: Path,
    authority: Authority,
    key: str,
    entry: object,
    document: dict[str, Any],
) -> PolicyValue:
    fields: dict[str, Any] = entry if isinstance(entry, dict) else {"value": entry}
    unknown = set(fields) - _VALUE_FIELDS
    if unknown:
        raise _error(path, key, f"unknown field {', '.join(sorted(map(str, unknown)))}")
    if ("credits" in fields) == ("value" in fields):
        raise _error(path, key, "give either credits or value")
    effective_from = fields.get("effective_from", document.get("effective_from"))
    reference = fields.get("reference", document.get("reference"))
    if not isinstance(effective_from, date):
        raise _error(path, key, "effective_from is missing or no date")
    if not isinstance(reference, str) or not reference.strip():
        raise _error(path, key, "reference (文号 or clause) is missing")
    return PolicyValue(
        key=key,
        value=_scalar(path, key, fields),
        authority=authority,
        effective_from=effective_from,
        reference=reference,
    )


def _scalar(path: Path, key: str, entry: dict[str, Any]) -> PolicyScalar:
    if "credits" in entry:
        if not isinstance(entry["credits"], str):
            raise _error(path, key, 'write credits as text, such as "1.5"')
        try:
            return units_from_text(entry["credits"])
        except ValueError as error:
            raise _error(path, key, str(error)) from error
    value = entry["value"]
    if not isinstance(value, int | str | bool):
        raise _error(path, key, "a value is a whole number, a text, true or false")
    return value


def _error(path: Path, key: str, what: str) -> PolicyFileError:
    where = f"{path.parent.name}/{path.name}" + (f", {key}" if key else "")
    return PolicyFileError(f"{where}: {what}")
