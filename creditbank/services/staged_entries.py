"""Entries of many learners, made ready without a lock and written under one.

When to use: for what a whole file posts or takes back. What is to follow each learner's head is
looked for and staged; then the heads are locked, in the order of everywhere, for the last
statements alone, and whose books moved meanwhile is looked for anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from creditbank.domain.causes import CauseKind
from creditbank.store.course_batches import (
    append_staged,
    begin_staging,
    lock_heads,
    move_heads,
    read_heads,
    stage,
    staged_text,
    unstage,
)
from creditbank.store.ledger import COLUMNS, Head, entry_content

LEARNERS_AT_ONCE = 1_000
Tell = Callable[[int, int], None]
"""Told how many of how many marks are done; may raise to break off."""


def tell_nobody(_done: int, _total: int) -> None:
    """For whoever does not ask how far it is."""


_LINE_STARTS = ("institution_id", "learner_id", "ledger_seq")


class EntryForm:
    """An entry without learner, number and hashes: what is written and hashed around these."""

    __slots__ = ("after", "before", "line", "school")

    def __init__(self, row: Mapping[str, Any]) -> None:
        # Keys stand in order, and none lies between these two: see domain.ledger.canonical_text.
        # These are its bytes; the usual way to them takes ten times as long.
        content = entry_content({**row, "learner_id": 0, "ledger_seq": 0})
        canonical = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        before, self.after = canonical.split(b'"learner_id":0,"ledger_seq":0')
        self.before = before + b'"learner_id":'
        rest = [_line_value(row, name) for name in COLUMNS[len(_LINE_STARTS) : -2]]
        self.school = f"{row['institution_id']}\t"
        self.line = "\t" + "\t".join(rest) + "\t\\\\x"


def _line_value(row: Mapping[str, Any], name: str) -> str:
    value = row[name]
    return staged_text(orjson.dumps(value).decode() if name == "detail" else value)


Look = Callable[[list[int], Mapping[int, Head]], Mapping[int, Sequence[EntryForm]]]
"""What is to follow these heads, by learner; who gets nothing has nothing in it or is not there."""


def portions(learner_ids: Collection[int]) -> Iterator[list[int]]:
    """The learners in the order in which heads are locked, some at a time."""
    ordered = sorted(learner_ids)
    for first in range(0, len(ordered), LEARNERS_AT_ONCE):
        yield ordered[first : first + LEARNERS_AT_ONCE]


def write_staged(  # noqa: PLR0913 (what is written, who is asked, who is told)
    connection: Connection,
    counts: Mapping[int, int],
    look: Look,
    refuse: Callable[[], None],
    *,
    cause: CauseKind,
    now: datetime,
    tell: Tell = tell_nobody,
    others: Collection[int] = (),
) -> Mapping[int, Head]:
    """Write what look finds for the learners of counts; returns the heads that it follows.

    counts: how much there is of each learner, for tell. refuse: called before anything is written,
    to raise what look found against it. others: whose heads are locked with theirs.
    """
    begin_staging(connection)
    ready, done, total = _Ready(connection, look), 0, sum(counts.values())
    for learner_ids in portions(counts):
        ready.add(learner_ids, read_heads(connection, learner_ids))
        done += sum(counts[learner_id] for learner_id in learner_ids)
        tell(done // 2, total)
    refuse()
    locked: dict[int, Head] = {}
    for learner_ids in portions({*counts, *others}):
        locked |= lock_heads(connection, learner_ids)
    moved = [
        learner_id for learner_id in ready.before if locked[learner_id] != ready.before[learner_id]
    ]
    if moved:
        unstage(connection, moved)
        ready.add(moved, {learner_id: locked[learner_id] for learner_id in moved})
        refuse()
    for learner_ids in portions(counts):
        append_staged(connection, first=learner_ids[0], last=learner_ids[-1])
        done += sum(counts[learner_id] for learner_id in learner_ids)
        tell(done // 2, total)
    move_heads(connection, ready.after, cause=cause.value, now=now)
    return ready.before


class _Ready:
    """What is staged, and the heads before and after it."""

    def __init__(self, connection: Connection, look: Look) -> None:
        self._connection, self._look = connection, look
        self.before: dict[int, Head] = {}
        self.after: dict[int, Head] = {}

    def add(self, learner_ids: list[int], heads: Mapping[int, Head]) -> None:
        """Stage what follows these heads."""
        self.before.update(heads)
        for learner_id in learner_ids:
            self.after.pop(learner_id, None)
        stage(self._connection, self._chained(self._look(learner_ids, heads)))

    def _chained(self, found: Mapping[int, Sequence[EntryForm]]) -> Iterator[str]:
        """The lines to be staged, each entry with its number and the hash of the one before."""
        for learner_id, forms in found.items():
            if not forms:
                continue
            head = self.before[learner_id]
            seq, previous, hexed = head.ledger_seq, head.head_hash, head.head_hash.hex()
            for form in forms:
                seq += 1
                hashed = hashlib.sha256(
                    previous + form.before + b'%d,"ledger_seq":%d' % (learner_id, seq) + form.after
                )
                before, hexed, previous = hexed, hashed.hexdigest(), hashed.digest()
                yield f"{form.school}{learner_id}\t{seq}{form.line}{before}\t\\\\x{hexed}\n"
            self.after[learner_id] = Head(seq, head.facts_seq, previous)
