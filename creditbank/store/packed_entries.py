"""The ledger as verdicts look at it: entries of many learners, packed, those of classmates shared.

When to use: for whatever evaluates. When not: pages and postings read whole rows (store.ledger).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, text


class PackedEntry(NamedTuple):
    """What a verdict looks at of one row of the ledger. earned_on, valid_until: ISO 8601.

    nature: of a course, what kind it is; of an award, its level.
    """

    ledger_seq: int
    units: int
    institution_id: int
    hours: int | None
    source_seq: int | None
    passed: bool | None
    kind: str
    earned_on: str
    course_code: str | None
    block_code: str | None
    evidence_no: str | None
    title: str | None
    event: str | None
    category: str | None
    certificate_level: str | None
    valid_until: str | None
    nature: str | None
    practice_hours: int | None
    issuer: str | None
    tags: str | None


# One text per learner with a line of JSON for each entry: a third of the time that rows would take.
# Put together as text, which takes half as long as arrays of JSON value by value.
_ENTRIES = text("""
SELECT learner_id, string_agg(concat_ws(',', ledger_seq, units, institution_id, hours,
    coalesce(cast(source_seq AS text), 'null'), coalesce(cast(passed AS text), 'null'),
    to_json(kind), to_json(earned_on), coalesce(cast(to_json(course_code) AS text), 'null'),
    coalesce(cast(to_json(block_code) AS text), 'null'),
    coalesce(cast(to_json(evidence_no) AS text), 'null'), detail), chr(10) ORDER BY ledger_seq)
FROM ledger_entries WHERE learner_id = ANY (:ids) GROUP BY learner_id
""")
_KNOWN_MAX = 50_000
_known: dict[str, PackedEntry] = {}
"""Entries by their lines: a class sheet gives all classmates the same one."""


def read_entries(
    connection: Connection, learner_ids: Sequence[int]
) -> dict[int, list[PackedEntry]]:
    """The ledger of these learners in order; those who have none are left out."""
    if not learner_ids:
        return {}
    known = _known.get
    return {
        learner_id: [known(line) or _entry(line) for line in packed.split("\n")]
        for learner_id, packed in connection.execute(_ENTRIES, {"ids": list(learner_ids)})
    }


def entries_up_to(entries: list[PackedEntry], ledger_seq: int) -> list[PackedEntry]:
    """The entries as they stood when this was the last one."""
    if not entries or entries[-1].ledger_seq <= ledger_seq:
        return entries
    return [entry for entry in entries if entry.ledger_seq <= ledger_seq]


def packed_entry(row: Mapping[str, Any]) -> PackedEntry:
    """A row of the ledger, also one that was never written, as read_entries gives it."""
    return _packed(
        row["ledger_seq"], row["units"], row["institution_id"], row.get("hours"),
        row["source_seq"], row["passed"], row["kind"], row["earned_on"].isoformat(),
        row["course_code"], row["block_code"], row["evidence_no"], row["detail"],
    )  # fmt: skip


def _entry(line: str) -> PackedEntry:
    if len(_known) >= _KNOWN_MAX:
        _known.clear()
    found = _known[line] = _packed(*orjson.loads(f"[{line}]"))
    return found


def _packed(*values: Any) -> PackedEntry:  # noqa: ANN401 (as the ledger has them; the last, detail)
    said = values[-1].get
    level = said("certificate_level")
    return PackedEntry._make((
        *values[:-1], said("title"), said("event"), said("category"), level, said("valid_until"),
        said("nature", said("level", level)), said("practice_hours"), said("issuer"),
        said("tags"),
    ))  # fmt: skip
