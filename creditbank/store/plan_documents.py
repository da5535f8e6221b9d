"""A plan as the YAML or JSON that a school writes (docs/plans.md), and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from creditbank.domain.errors import Fault, Message
from creditbank.domain.plan_checks import check_plan
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.eligibility import check_reach
from creditbank.store.documents import DocumentError, json_schema, read_document, write_document
from creditbank.store.written_documents import Written, read_written

PLAN_FORMAT = "creditbank-plan/1"
SCHEMA_ID = "urn:creditbank:schema:plan:1"
GIVEN_BY_SYSTEM = {"plan_id": 0, "institution_id": 0, "version": 1}


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """A plan that was read, with what its check found; usable unless a fault is no warning."""

    plan: Plan
    faults: tuple[Fault, ...]
    written: Written

    @property
    def is_usable(self) -> bool:
        """Whether it may be saved and evaluated."""
        return all(fault.is_warning for fault in self.faults)


def read_plan(text: str, policy: Policy) -> PlanDocument:
    """Read and check a plan. Raises DocumentError when it cannot be read at all."""
    written = read_written(text)
    value = written.value
    if not isinstance(value, dict) or value.get("format") != PLAN_FORMAT:
        raise DocumentError([no_format(PLAN_FORMAT)])
    fields = {name: item for name, item in value.items() if name != "format"}
    try:
        plan = read_document(Plan, GIVEN_BY_SYSTEM | fields)
    except DocumentError as error:
        raise placed(error, written) from None
    found = check_plan(plan, policy)
    if all(fault.is_warning or fault.code == "P7" for fault in found):
        found = (*found, *check_reach(plan, policy))
    return PlanDocument(plan, in_order(placed_fault(item, written) for item in found), written)


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Faults as they stand in the text, what is wrong before what is only to be thought about."""
    return tuple(sorted(faults, key=lambda item: (item.is_warning, item.line, item.column)))


def write_plan(plan: Plan) -> str:
    """The YAML of a plan, without what the system gives it."""
    return write_text(write_document(plan, without=frozenset(GIVEN_BY_SYSTEM)))


def write_text(document: Mapping[str, Any]) -> str:
    """Plain values as a plan is written: one line for each block, course and rule."""
    document = {"format": PLAN_FORMAT} | dict(document)
    text: str = yaml.dump(
        {
            name: [_Line(item) if isinstance(item, dict) else item for item in value]
            if isinstance(value, list)
            else value
            for name, value in document.items()
        },
        Dumper=_Writer,
        allow_unicode=True,
        sort_keys=False,
        width=100_000,
    )
    return text


class _Line(dict[str, Any]):
    """What is written on one line: a block, a course, a rule."""


class _Writer(yaml.SafeDumper):
    """Lists of codes and lines in flow style, the rest in block style."""


_Writer.add_representer(
    _Line,
    lambda writer, item: writer.represent_mapping(
        "tag:yaml.org,2002:map", item.items(), flow_style=True
    ),
)
_Writer.add_representer(
    list,
    lambda writer, items: writer.represent_sequence(
        "tag:yaml.org,2002:seq", items, flow_style=not any(isinstance(i, _Line) for i in items)
    ),
)


def plan_schema() -> dict[str, Any]:
    """The published JSON Schema of a plan."""
    schema = json_schema(Plan, title="creditbank plan", identifier=SCHEMA_ID)
    return with_format(schema, PLAN_FORMAT, without=frozenset(GIVEN_BY_SYSTEM))


def with_format(
    schema: dict[str, Any], written_format: str, *, without: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """A schema whose documents begin with their format, and lack what the system gives."""
    properties = {name: item for name, item in schema["properties"].items() if name not in without}
    required = [name for name in schema.get("required", ()) if name not in without]
    return schema | {
        "properties": {"format": {"const": written_format}, **properties},
        "required": ["format", *required],
    }


def placed(error: DocumentError, written: Written) -> DocumentError:
    """The same faults, each with its line and column."""
    return DocumentError([placed_fault(fault, written) for fault in error.faults])


def placed_fault(fault: Fault, written: Written) -> Fault:
    """The fault with its line and column in the text."""
    line, column = written.place(fault.path)
    return replace(fault, line=line, column=column)


def no_format(written_format: str) -> Fault:
    """What is wrong with a document that does not say what it is."""
    return Fault(
        ("format",),
        "format",
        Message(
            f"应写明格式 format: {written_format}。",
            f"Name the format, format: {written_format}.",
        ),
        line=1,
        column=1,
    )
