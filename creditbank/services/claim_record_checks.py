"""学分认定申报 walked again, and what was booked beside what was decided. Writes nothing.

Derived again is what follows from the rows: whether a move may follow at that stage by that person,
where it leaves the claim, what a statement is found by, and what an entry says. Which clashes a
review was shown, and how many working days the calendar had for the notice, is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from creditbank.domain.claim_clashes import holding_of
from creditbank.domain.claim_moves import RULES, ClaimProposal, claim_obstacle
from creditbank.domain.claims import (
    STAGES,
    ClaimContent,
    ClaimKind,
    ClaimMove,
    ClaimMoveKind,
    ClaimStage,
    ClaimStanding,
    standing_of,
)
from creditbank.domain.damages import Damage, DamageKind
from creditbank.domain.disputes import is_one_team
from creditbank.domain.ledger import EntryKind
from creditbank.domain.permissions import Role
from creditbank.store import family_dump as dump
from creditbank.store.claim_values import table_value
from creditbank.store.claims import KeptClaim, content_of, read_claims, statement_row

_COLUMNS = ("evidence_no", "event")
_AWARD = ("level", "rank", "team_role", "document_no")
_OTHER = ("category", "quantity", "certificate_level")


def check_claims(connection: Connection, ids: Sequence[int]) -> list[Damage]:
    """These claims, as one moment saw them."""
    stated: dict[tuple[int, int], ClaimContent] = {}
    damages = []
    for row in dump.statements(connection, ids):
        content = content_of(row.kind, row.title, row.earned_on, row.detail)
        stated[row.claim_id, row.revision] = content
        found_by = statement_row(content)
        damages += [
            Damage(
                "claim_statements",
                f"claim_id={row.claim_id} revision={row.revision}",
                DamageKind.DOCUMENT,
                name,
            )
            for name in _COLUMNS
            if getattr(row, name) != found_by[name]
        ]
    states = dump.claim_states(connection, ids)
    entries = dump.claimed_entries(connection, ids)
    for claim in read_claims(connection, ids):
        damages += _walked(claim)
        if not _is_stated(claim.standing, states.get(claim.claim_id)):
            key = f"claim_id={claim.claim_id}"
            damages.append(Damage("claim_states", key, DamageKind.STANDING))
        if claim.standing.stage is ClaimStage.POSTED:
            handed_in = stated.get((claim.claim_id, claim.standing.revision))
            damages += _booked(connection, claim, handed_in, entries.get(claim.claim_id))
    return damages


def check_evidence(connection: Connection) -> Iterator[Damage]:
    """Each piece of evidence stands in the ledger once, and nothing there is claimed by nobody."""
    for learner_id, ledger_seq in dump.unclaimed_entries(connection):
        key = f"learner_id={learner_id} ledger_seq={ledger_seq}"
        yield Damage("ledger_entries", key, DamageKind.BASIS, "detail.claim_id")
    pieces = groupby(dump.shared_evidence(connection), key=lambda row: (row.field, row.piece))
    for (field, _), rows in pieces:
        claims = [*rows]
        holdings = [
            holding_of(row.learner_id, content_of(row.kind, row.title, row.earned_on, row.detail))
            for row in claims
        ]
        learners = {holding.learner_id for holding in holdings}
        if len(learners) < len(claims) or not is_one_team(holdings):
            key = " ".join(f"claim_id={row.claim_id}" for row in claims)
            yield Damage("claims", key, DamageKind.TWICE, field)


def _walked(claim: KeptClaim) -> Iterator[Damage]:
    """Each move from where those before it led."""
    moves = claim.plain_moves
    for at, move in enumerate(moves):
        before = standing_of(moves[:at])
        for what in _amiss(before, move):
            yield Damage("claim_moves", f"claim_move_id={move.number}", DamageKind.STEP, what)


def _amiss(before: ClaimStanding, move: ClaimMove) -> Iterator[str]:
    role = move.made_as or Role.ANONYMOUS
    if move.kind in RULES:
        asked = ClaimProposal(
            kind=move.kind,
            role=role,
            account_id=move.made_by,
            today=move.made_on,
            reason=move.reason,
            about=move.about,
        )
        found = claim_obstacle(before, asked)
        if found is not None:
            yield found.value
    elif not before.is_due(move.made_on):
        yield "made_on"
    elif (move.made_by, role) != (before.accepted_by, Role.REGISTRAR):
        yield "made_by"
    if move.kind is ClaimMoveKind.CONFIRM and move.starts_on != move.made_on:
        yield "starts_on"
    # A learner who is asked to mend a claim may state it again and then withdraw it.
    if move.revision < before.revision or (
        not before.may_change and move.revision != before.revision
    ):
        yield "revision"


def _is_stated(standing: ClaimStanding, row: Any) -> bool:  # noqa: ANN401 (a row)
    """Whether the view, of which queues are made, has the claim where its moves lead."""
    if row is None:
        return False
    stage = STAGES[ClaimMoveKind(row.kind)] if row.kind else ClaimStage.DRAFT
    ends_on = standing.ends_on if stage is ClaimStage.NOTICE else None
    return (stage, row.ends_on, row.ledger_seq) == (standing.stage, ends_on, standing.ledger_seq)


def _booked(
    connection: Connection,
    claim: KeptClaim,
    content: ClaimContent | None,
    entry: Any,  # noqa: ANN401 (a row)
) -> Iterator[Damage]:
    """The entry of a claim says what was stated and granted."""
    key = f"claim_id={claim.claim_id}"
    if content is None or entry is None or content.missing:
        yield Damage("claims", key, DamageKind.BASIS, "ledger_seq")
        return
    said = _said(claim, content)
    found = {"institution_id": entry.institution_id, "kind": entry.kind, **entry.detail} | {
        "earned_on": entry.earned_on,
        "evidence_no": entry.evidence_no or "",
    }
    for name, value in said.items():
        if found.get(name) != value:
            yield Damage("claims", key, DamageKind.BASIS, name)
    if entry.units != _units(connection, claim, content):
        yield Damage("claims", key, DamageKind.BASIS, "units")


def _said(claim: KeptClaim, content: ClaimContent) -> Mapping[str, Any]:
    is_award = content.kind is ClaimKind.AWARD
    return {
        "institution_id": claim.institution_id,
        "kind": (EntryKind.COMPETITION if is_award else EntryKind.INNOVATION).value,
        "claim_id": claim.claim_id,
        "title": content.title,
        "earned_on": content.earned_on,
        "evidence_no": statement_row(content)["evidence_no"],
        **{name: getattr(content, name) for name in (_AWARD if is_award else _OTHER)},
    }


def _units(connection: Connection, claim: KeptClaim, content: ClaimContent) -> int:
    """What was granted; where the table had less by the day it was booked, that."""
    granted = claim.standing.units or 0
    posted = [item for item in claim.moves if item.move.kind is ClaimMoveKind.POST][-1]
    value = table_value(
        connection,
        claim.institution_id,
        content,
        today=posted.move.made_on,
        known_at=posted.made_at,
    )
    return granted if value is None else min(granted, value.units)
