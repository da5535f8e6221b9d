"""Learners as files describe them: one YAML or JSON document, or one JSON object per line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from creditbank.domain.errors import Fault, Message
from creditbank.domain.learner_files import LearnerFile
from creditbank.store.documents import DocumentError, json_schema, read_document
from creditbank.store.plan_documents import no_format, placed, with_format
from creditbank.store.written_documents import read_written

RECORDS_FORMAT = "creditbank-records/1"


def read_learner(text: str) -> LearnerFile:
    """One learner. Raises DocumentError with line and column."""
    written = read_written(text)
    try:
        return _learner(written.value)
    except DocumentError as error:
        raise placed(error, written) from None


def read_learner_lines(lines: Iterable[str]) -> Iterator[LearnerFile | DocumentError]:
    """Each line's learner, or what is wrong with that line; the others go on. Empty lines too."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _learner(orjson.loads(line))
        except orjson.JSONDecodeError:
            yield DocumentError([Fault((number,), "not_json", _not_json(number))])
        except DocumentError as error:
            yield DocumentError([_at_line(fault, number) for fault in error.faults])


def records_schema() -> dict[str, Any]:
    """The published JSON Schema of a learner's records."""
    schema = json_schema(
        LearnerFile, title="creditbank records", identifier="urn:creditbank:schema:records:1"
    )
    return with_format(schema, RECORDS_FORMAT)


def _learner(value: object) -> LearnerFile:
    if not isinstance(value, dict) or value.get("format") != RECORDS_FORMAT:
        raise DocumentError([no_format(RECORDS_FORMAT)])
    fields = {name: item for name, item in value.items() if name != "format"}
    found = read_document(LearnerFile, fields)
    try:
        found.snapshot()
    except ValueError:
        message = Message("两条记录的序号相同,请改正。", "Two records have one number; mend it.")
        raise DocumentError([Fault(("records",), "repeated", message)]) from None
    return found


def _at_line(fault: Fault, number: int) -> Fault:
    at = ".".join(map(str, fault.path))
    message = Message(
        f"第{number}行 {at}:{fault.message.zh}", f"Line {number}, {at}: {fault.message.en}"
    )
    return Fault((number, *fault.path), fault.code, message)


def _not_json(number: int) -> Message:
    return Message(
        f"第{number}行不是一个JSON对象,请检查括号和引号。",
        f"Line {number} is not a JSON object; check braces and quotes.",
    )
