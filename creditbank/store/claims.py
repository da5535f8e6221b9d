"""学分认定申报 as rows: claims, statements and moves, inserted and never changed.

A claim that was handed in stays; a draft may be deleted, which the database holds to. The files of
a claim are in store.claim_files, what it clashes with in store.claim_clashes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, insert, text
from sqlmodel import col

from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.claims import (
    ClaimContent,
    ClaimKind,
    ClaimMove,
    ClaimMoveKind,
    ClaimStanding,
    standing_of,
)
from creditbank.domain.evidence import event_of
from creditbank.domain.identifiers import clean_identifier
from creditbank.domain.permissions import Role
from creditbank.tables.claims import ClaimMoveRow, ClaimRow, ClaimStatement

_CLAIMS = text("""
SELECT c.*, s.revision, s.kind, s.title, s.earned_on, s.detail, s.files, s.stated_at
FROM claims c LEFT JOIN LATERAL (SELECT * FROM claim_statements t WHERE t.claim_id = c.claim_id
  ORDER BY t.revision DESC LIMIT 1) s ON true
WHERE c.claim_id = ANY (:ids) ORDER BY c.claim_id
""")
_MOVES = text("""
SELECT * FROM claim_moves WHERE claim_id = ANY (:ids) ORDER BY claim_move_id
""")
_STATEMENT = text("""
SELECT kind, title, earned_on, detail, files FROM claim_statements
WHERE claim_id = :claim_id AND revision = :revision
""")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('claim|' || :claim_id, 17))")
_DUE = text("""
SELECT s.claim_id FROM claim_states s
WHERE s.kind = 'confirm' AND s.ends_on < :today
  AND (cast(:school AS int) IS NULL OR s.institution_id = :school)
  AND (cast(:learners AS int[]) IS NULL OR s.learner_id = ANY (:learners))
  AND NOT EXISTS (SELECT FROM claim_moves o WHERE o.claim_id = s.claim_id AND o.kind = 'object'
    AND NOT EXISTS (SELECT FROM claim_moves r WHERE r.about_id = o.claim_move_id))
ORDER BY s.claim_id LIMIT :limit
""")
_OLD_DRAFTS = text("""
DELETE FROM claims c WHERE c.opened_at < :before
  AND NOT EXISTS (SELECT FROM claim_moves m WHERE m.claim_id = c.claim_id)
  AND NOT EXISTS (SELECT FROM claim_statements s WHERE s.claim_id = c.claim_id
    AND s.stated_at >= :before)
""")
_TELL = text("SELECT tell_of_claim(:move, cast(:offices AS text[]), :by, :now)")
_CODES: Mapping[str, type[StrEnum]] = {
    "category": InnovationCategory,
    "level": AwardLevel,
    "rank": AwardRank,
    "team_role": TeamRole,
    "certificate_level": CertificateLevel,
}
_COLUMNS = frozenset({"kind", "title", "earned_on"})


@dataclass(frozen=True, slots=True)
class KeptMove:
    """A move with the moment and, of a BOUNCE, what the ledger said in both languages."""

    move: ClaimMove
    made_at: datetime
    said: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class KeptClaim:
    """A claim as it is. content, file_ids: of the latest statement, whose number is revision."""

    claim_id: int
    institution_id: int
    learner_id: int
    enrolment_id: int
    opened_by: int
    opened_at: datetime
    revision: int
    content: ClaimContent
    file_ids: tuple[int, ...]
    stated_at: datetime
    moves: tuple[KeptMove, ...]

    @property
    def plain_moves(self) -> tuple[ClaimMove, ...]:
        """What domain.claims folds."""
        return tuple(item.move for item in self.moves)

    @property
    def standing(self) -> ClaimStanding:
        """Where it stands."""
        return standing_of(self.plain_moves)


def lock_claim(connection: Connection, claim_id: int) -> None:
    """Whoever moves one claim waits here; claims before evidence, evidence before heads."""
    connection.execute(_LOCK, {"claim_id": str(claim_id)})


def read_claim(connection: Connection, claim_id: int) -> KeptClaim | None:
    """One, as far as the reach shows."""
    found = read_claims(connection, [claim_id])
    return found[0] if found else None


def read_claims(connection: Connection, claim_ids: Sequence[int]) -> list[KeptClaim]:
    """These, in the order in which they were opened."""
    if not claim_ids:
        return []
    asked = {"ids": list(claim_ids)}
    moves: dict[int, list[KeptMove]] = {}
    for row in connection.execute(_MOVES, asked):
        moves.setdefault(row.claim_id, []).append(KeptMove(_move(row), row.made_at, row.detail))
    return [
        KeptClaim(
            claim_id=row.claim_id,
            institution_id=row.institution_id,
            learner_id=row.learner_id,
            enrolment_id=row.enrolment_id,
            opened_by=row.opened_by,
            opened_at=row.opened_at,
            revision=row.revision,
            content=content_of(row.kind, row.title, row.earned_on, row.detail),
            file_ids=tuple(row.files),
            stated_at=row.stated_at,
            moves=tuple(moves.get(row.claim_id, ())),
        )
        for row in connection.execute(_CLAIMS, asked)
    ]


def statement_of(connection: Connection, claim_id: int, revision: int) -> ClaimContent | None:
    """What was stated in a revision."""
    row = connection.execute(_STATEMENT, {"claim_id": claim_id, "revision": revision}).first()
    return None if row is None else content_of(row.kind, row.title, row.earned_on, row.detail)


def _move(row: Any) -> ClaimMove:  # noqa: ANN401 (a row of claim_moves)
    return ClaimMove(
        kind=ClaimMoveKind(row.kind),
        made_on=row.made_on,
        number=row.claim_move_id,
        revision=row.revision,
        reason=row.reason,
        units=row.units,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        about=row.about_id,
        ledger_seq=row.ledger_seq,
        made_by=row.made_by,
        made_as=Role(row.made_role) if row.made_role else None,
    )


def content_of(
    kind: str, title: str, earned_on: date | None, detail: Mapping[str, Any]
) -> ClaimContent:
    """What a statement's columns say. Codes of the detail come back as their enums."""
    found: dict[str, Any] = dict(detail)
    for name, codes in _CODES.items():
        if name in found:
            found[name] = codes(found[name])
    if "valid_until" in found:
        found["valid_until"] = date.fromisoformat(found["valid_until"])
    return ClaimContent(kind=ClaimKind(kind), title=title, earned_on=earned_on, **found)


def detail_of(content: ClaimContent) -> dict[str, Any]:
    """The part of a statement that has no column: what differs from saying nothing."""
    empty = ClaimContent(kind=content.kind)
    said = {
        item.name: getattr(content, item.name)
        for item in fields(content)
        if item.name not in _COLUMNS and getattr(content, item.name) != getattr(empty, item.name)
    }
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in said.items()
    }


def statement_row(content: ClaimContent) -> dict[str, Any]:
    """The columns of a statement that come from its content."""
    is_event = content.kind is ClaimKind.AWARD and content.title and content.earned_on
    event = event_of(content.title, content.earned_on) if is_event and content.earned_on else None
    return {
        "kind": content.kind.value,
        "title": content.title,
        "earned_on": content.earned_on,
        "evidence_no": clean_identifier(content.certificate_no),
        "event": f"{event.name}|{event.year}"[:120] if event else "",
        "detail": detail_of(content),
    }


def add_claim(connection: Connection, values: Mapping[str, Any]) -> int:
    """A new claim; the number it got."""
    made = connection.execute(insert(ClaimRow).values(**values).returning(col(ClaimRow.claim_id)))
    return int(made.scalar_one())  # type: ignore[arg-type]


def add_statement(connection: Connection, values: Mapping[str, Any]) -> None:
    """The next statement of a claim."""
    connection.execute(insert(ClaimStatement).values(**values))


def add_move(connection: Connection, values: Mapping[str, Any]) -> int:
    """A move; the number it got."""
    made = connection.execute(
        insert(ClaimMoveRow).values(**values).returning(col(ClaimMoveRow.claim_move_id))
    )
    return int(made.scalar_one())  # type: ignore[arg-type]


def delete_draft(connection: Connection, claim_id: int) -> bool:
    """Delete a claim that was never handed in, with all that is in it; whether it was one."""
    gone = connection.execute(delete(ClaimRow).where(col(ClaimRow.claim_id) == claim_id))
    return gone.rowcount > 0


def delete_old_drafts(connection: Connection, *, before: datetime) -> int:
    """Drafts that nobody has touched since; how many."""
    return connection.execute(_OLD_DRAFTS, {"before": before}).rowcount


def due_claims(
    connection: Connection,
    *,
    today: date,
    school: int | None = None,
    learner_ids: Sequence[int] | None = None,
    limit: int,
) -> list[int]:
    """Claims whose notice has passed without an objection that is open, not booked yet."""
    learners = None if learner_ids is None else list(learner_ids)
    asked = {"today": today, "school": school, "learners": learners, "limit": limit}
    return list(connection.execute(_DUE, asked).scalars())


def tell_of_claim(
    connection: Connection, move: int, offices: Sequence[Role], *, by: int | None, now: datetime
) -> None:
    """Tell the family, and these offices of the school unless claims wait for them unread."""
    asked = {"move": move, "offices": [role.value for role in offices], "by": by, "now": now}
    connection.execute(_TELL, asked)
