"""A county as the YAML or JSON that a bureau writes (docs/first-steps.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from creditbank.domain.county_files import CountyFile
from creditbank.store.documents import DocumentError, json_schema, read_document
from creditbank.store.plan_documents import no_format, placed, with_format
from creditbank.store.written_documents import Written, read_written

COUNTY_FORMAT = "creditbank-county/1"


@dataclass(frozen=True, slots=True)
class CountyDocument:
    """A county that was read, and where each of its lines stands."""

    county: CountyFile
    written: Written

    def placed(self, error: DocumentError) -> DocumentError:
        """The same faults, each beginning with its line and column."""
        return placed(error, self.written)


def read_county(text: str) -> CountyDocument:
    """Read a county. Raises DocumentError with line and column."""
    written = read_written(text)
    value = written.value
    if not isinstance(value, dict) or value.get("format") != COUNTY_FORMAT:
        raise DocumentError([no_format(COUNTY_FORMAT)])
    fields = {name: item for name, item in value.items() if name != "format"}
    try:
        return CountyDocument(read_document(CountyFile, fields), written)
    except DocumentError as error:
        raise placed(error, written) from None


def county_schema() -> dict[str, Any]:
    """The published JSON Schema of a county."""
    schema = json_schema(
        CountyFile, title="creditbank county", identifier="urn:creditbank:schema:county:1"
    )
    return with_format(schema, COUNTY_FORMAT)
