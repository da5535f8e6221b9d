"""Layouts of papers that schools have put in place of the standard ones, as rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, text
from sqlmodel import col

from creditbank.domain.papers import PaperKind
from creditbank.tables.papers import PaperLayout, PaperLayoutStart

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:layout, 17))")
_NEXT = text("""
SELECT coalesce(max(version), 0) + 1 FROM paper_layouts
WHERE institution_id = :institution_id AND kind = :kind
""")
_CURRENT = text("""
SELECT paper_layout_id FROM paper_layout_starts
WHERE institution_id = :institution_id AND kind = :kind AND starts_on <= :as_of
ORDER BY starts_on DESC, paper_layout_start_id DESC LIMIT 1
""")
_LAYOUTS = """
SELECT y.paper_layout_id, y.institution_id, y.kind, y.version, y.source, y.note, y.uploaded_at,
  coalesce(a.display_name, '') AS uploaded_by
FROM paper_layouts y LEFT JOIN accounts a ON a.account_id = y.uploaded_by WHERE {}
ORDER BY y.kind, y.version DESC
"""
_OF_SCHOOL = text(_LAYOUTS.format("y.institution_id = :institution_id"))
_BY_IDS = text(_LAYOUTS.format("y.paper_layout_id = ANY (:ids)"))
_STARTS = text("""
SELECT s.kind, s.starts_on, s.started_at, coalesce(y.version, 0) AS version, s.paper_layout_id
FROM paper_layout_starts s LEFT JOIN paper_layouts y USING (paper_layout_id)
WHERE s.institution_id = :institution_id
ORDER BY s.starts_on DESC, s.paper_layout_start_id DESC LIMIT 500
""")


@dataclass(frozen=True, slots=True)
class KeptLayout:
    """One version; fields as in tables.papers.PaperLayout, uploaded_by as a name."""

    paper_layout_id: int
    institution_id: int
    kind: PaperKind
    version: int
    source: str
    note: str
    uploaded_at: datetime
    uploaded_by: str


@dataclass(frozen=True, slots=True)
class LayoutStart:
    """From a day on a version is used; version 0 and no id: the standard layout."""

    kind: PaperKind
    starts_on: date
    started_at: datetime
    version: int
    paper_layout_id: int | None


def current_layout(
    connection: Connection, institution_id: int, kind: PaperKind, *, as_of: date
) -> int | None:
    """The version that a school uses for a kind on a day; None for the standard one."""
    asked = {"institution_id": institution_id, "kind": kind.value, "as_of": as_of}
    found: int | None = connection.execute(_CURRENT, asked).scalar()
    return found


def layouts_by_id(connection: Connection, ids: Collection[int]) -> dict[int, KeptLayout]:
    """Those of these that are seen."""
    if not ids:
        return {}
    rows = connection.execute(_BY_IDS, {"ids": list(ids)}).mappings()
    return {row["paper_layout_id"]: _layout(row) for row in rows}


def layouts_of(connection: Connection, institution_id: int) -> list[KeptLayout]:
    """All versions of a school, the latest of each kind first."""
    rows = connection.execute(_OF_SCHOOL, {"institution_id": institution_id}).mappings()
    return [_layout(row) for row in rows]


def layout_starts(connection: Connection, institution_id: int) -> list[LayoutStart]:
    """What a school has put in force, the latest day first."""
    rows = connection.execute(_STARTS, {"institution_id": institution_id}).mappings()
    return [LayoutStart(**{**row, "kind": PaperKind(row["kind"])}) for row in rows]


def next_version(connection: Connection, institution_id: int, kind: PaperKind) -> int:
    """The next number of a school's layout, locked until the transaction ends."""
    connection.execute(_LOCK, {"layout": f"layout|{institution_id}|{kind}"})
    asked = {"institution_id": institution_id, "kind": kind.value}
    return int(connection.execute(_NEXT, asked).scalar_one())


def add_layout(connection: Connection, values: Mapping[str, Any]) -> int:
    """A new version; the number of its row."""
    made = connection.execute(
        insert(PaperLayout).values(**values).returning(col(PaperLayout.paper_layout_id))
    )
    return int(made.scalar_one())  # type: ignore[arg-type]


def add_start(connection: Connection, values: Mapping[str, Any]) -> None:
    """Put a version, or the standard layout, in force."""
    connection.execute(insert(PaperLayoutStart).values(**values))


def _layout(row: Mapping[Any, Any]) -> KeptLayout:
    return KeptLayout(**{**row, "kind": PaperKind(row["kind"])})
