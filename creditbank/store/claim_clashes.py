"""What a claim clashes with, anywhere in the county: needs a reach of all institutions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from creditbank.domain.claim_clashes import Clash, ClashKind, holding_of, is_team_of
from creditbank.domain.claims import STAGES, ClaimContent, ClaimKind, ClaimMoveKind
from creditbank.domain.disputes import Holding
from creditbank.domain.ledger import EntryKind
from creditbank.store.claims import content_of, statement_row

# Of a claim that was handed in, what it stated then; of whatever ended otherwise than by booking,
# nothing. What was booked counts by its entry, while that stands.
_CLAIMED = """
FROM claim_states s JOIN claim_statements t ON (t.claim_id, t.revision) = (s.claim_id, s.revision)
WHERE s.claim_id <> :claim_id AND s.kind NOT IN ('withdraw', 'reject', 'uphold')
  AND (s.ledger_seq IS NULL OR NOT EXISTS (SELECT FROM ledger_entries r
    WHERE r.learner_id = s.learner_id AND r.source_seq = s.ledger_seq AND r.kind = 'reversal'))
"""
_COLUMNS = """
SELECT s.claim_id, s.learner_id, s.institution_id, s.kind AS move, s.ledger_seq, t.kind, t.title,
  t.earned_on, t.detail
"""
_BY_NUMBER = text(f"{_COLUMNS} {_CLAIMED} AND t.evidence_no = :number")
_BY_EVENT = text(f"{_COLUMNS} {_CLAIMED} AND s.learner_id = :learner_id AND t.event = :event")
_BY_FILE = text(f"""
{_COLUMNS} {_CLAIMED} AND EXISTS (SELECT FROM claim_files f
  WHERE f.claim_id = s.claim_id AND f.claim_file_id = ANY (t.files) AND f.file_hash = ANY (:hashes))
""")
_ENTRIES = text("""
SELECT e.learner_id, e.ledger_seq, e.institution_id, e.kind, e.earned_on,
  coalesce(e.detail->>'event', '') AS event, coalesce(e.detail->>'level', '') AS level,
  coalesce(e.detail->>'rank', '') AS rank, coalesce(e.detail->>'team_role', '') AS team_role
FROM evidence_holders(:number) h JOIN ledger_entries e USING (learner_id, ledger_seq)
ORDER BY e.learner_id, e.ledger_seq
""")


@dataclass(frozen=True, slots=True)
class Claimed:
    """What is looked for: a claim's own numbers. file_hashes: of its evidence."""

    claim_id: int
    learner_id: int
    content: ClaimContent
    file_hashes: Sequence[str]

    @property
    def number(self) -> str:
        """The certificate number in its one written form; "" without one."""
        found: str = statement_row(self.content)["evidence_no"]
        return found


def read_clashes(connection: Connection, claimed: Claimed) -> tuple[Clash, ...]:
    """All that the claim has in common with others, what is booked first; each thing once."""
    found: dict[tuple[ClashKind, int, int], Clash] = {}
    for clash in _clashes(connection, claimed):
        key = clash.kind, clash.learner_id, clash.ledger_seq or -(clash.claim_id or 0)
        found.setdefault(key, clash)
    return tuple(sorted(found.values(), key=lambda item: (not item.bars_booking, item.kind)))


def _clashes(connection: Connection, claimed: Claimed) -> Iterator[Clash]:
    mine = holding_of(claimed.learner_id, claimed.content)
    row = statement_row(claimed.content)
    if claimed.number:
        asked = {"claim_id": claimed.claim_id, "number": claimed.number}
        for other in connection.execute(_BY_NUMBER, asked):
            yield _of_claim(ClashKind.NUMBER, other, mine)
        for entry in connection.execute(_ENTRIES, {"number": claimed.number}):
            yield _of_entry(entry, mine)
    if claimed.file_hashes:
        asked = {"claim_id": claimed.claim_id, "hashes": list(claimed.file_hashes)}
        for other in connection.execute(_BY_FILE, asked):
            yield _of_claim(ClashKind.FILE, other, mine)
    if claimed.content.kind is ClaimKind.AWARD and row["event"]:
        asked = {
            "claim_id": claimed.claim_id, "learner_id": claimed.learner_id, "event": row["event"],
        }  # fmt: skip
        for other in connection.execute(_BY_EVENT, asked):
            yield _of_claim(ClashKind.EVENT, other, mine)


def _of_claim(kind: ClashKind, row: Any, mine: Holding) -> Clash:  # noqa: ANN401 (a row)
    content = content_of(row.kind, row.title, row.earned_on, row.detail)
    is_award = content.kind is ClaimKind.AWARD
    return Clash(
        kind=kind,
        learner_id=row.learner_id,
        institution_id=row.institution_id,
        entry_kind=EntryKind.COMPETITION.value if is_award else EntryKind.INNOVATION.value,
        earned_on=row.earned_on,
        is_own=row.learner_id == mine.learner_id,
        claim_id=row.claim_id,
        stage=STAGES[ClaimMoveKind(row.move)],
        ledger_seq=row.ledger_seq,
        is_team=is_team_of(mine, holding_of(row.learner_id, content)),
    )


def _of_entry(row: Any, mine: Holding) -> Clash:  # noqa: ANN401 (a row of the ledger)
    other = Holding(
        row.learner_id, row.kind, row.earned_on, row.event, row.level, row.rank, row.team_role
    )
    return Clash(
        kind=ClashKind.NUMBER,
        learner_id=row.learner_id,
        institution_id=row.institution_id,
        entry_kind=row.kind,
        earned_on=row.earned_on,
        is_own=row.learner_id == mine.learner_id,
        ledger_seq=row.ledger_seq,
        is_team=is_team_of(mine, other),
    )
