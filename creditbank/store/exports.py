"""Details of learners as the national sheet has them, and the note of every file taken out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, text
from sqlmodel import col

from creditbank.tables.exports import EnrolmentDetail, FileExport


class KeptDetails(NamedTuple):
    """What was kept last for an enrolment."""

    version: str
    details: Mapping[str, str]


class NewDetails(NamedTuple):
    """What is to be kept for an enrolment."""

    enrolment_id: int
    details: Mapping[str, str]


_LATEST = text("""
SELECT DISTINCT ON (enrolment_id) enrolment_id, version, details FROM enrolment_details
WHERE enrolment_id = ANY(:enrolment_ids) ORDER BY enrolment_id, enrolment_detail_id DESC
""")


def latest_details(
    connection: Connection, enrolment_ids: Collection[int]
) -> dict[int, KeptDetails]:
    """What speaks for these enrolments; those of which nothing is kept are left out."""
    rows = connection.execute(_LATEST, {"enrolment_ids": sorted(enrolment_ids)})
    return {row.enrolment_id: KeptDetails(row.version, row.details) for row in rows}


def add_details(
    connection: Connection,
    found: Sequence[NewDetails],
    *,
    institution_id: int,
    version: str,
    recorded_by: int,
    now: datetime,
) -> None:
    """Keep details of a school's enrolments."""
    if found:
        connection.execute(
            insert(EnrolmentDetail),
            [
                {
                    "enrolment_id": item.enrolment_id,
                    "institution_id": institution_id,
                    "version": version,
                    "details": dict(item.details),
                    "recorded_by": recorded_by,
                    "recorded_at": now,
                }
                for item in found
            ],
        )


def note_export(  # noqa: PLR0913 (the columns of one row)
    connection: Connection,
    *,
    institution_id: int | None,
    account_id: int,
    name: str,
    filtered_by: Mapping[str, Any],
    reason: str = "",
    row_count: int,
    now: datetime,
) -> None:
    """Note that a file was taken out, in the transaction that reads it."""
    connection.execute(
        insert(FileExport).values(
            {
                col(FileExport.institution_id): institution_id,
                col(FileExport.account_id): account_id,
                col(FileExport.name): name,
                col(FileExport.filter): dict(filtered_by),
                col(FileExport.reason): reason,
                col(FileExport.row_count): row_count,
                col(FileExport.exported_at): now,
            }
        )
    )
