"""Claims (R18): many at once with certificates and files in common, each booked exactly once.

Learners of one school hand in, two offices review and the worker's round books, in several threads;
every fourth certificate is claimed by four learners, every fifth file proves two claims, and one
award is a team's, whose members are all booked.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import text

from creditbank.domain.access import Actor
from creditbank.domain.awards import AwardLevel, AwardRank, TeamRole
from creditbank.domain.claim_files import EvidenceFile, EvidencePage, MediaType
from creditbank.domain.claims import ClaimContent, ClaimKind, ClaimMoveKind
from creditbank.domain.errors import BusyError, CreditbankError
from creditbank.domain.permissions import Role
from creditbank.services.claim_commands import (
    AddEvidence,
    ConfirmClaims,
    MoveClaim,
    OpenClaim,
    ReviewClaim,
)
from creditbank.services.claim_postings import post_claim
from creditbank.services.claim_reviews import confirm_claims, review_claim
from creditbank.services.claims import add_evidence, move_claim, open_claim
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from tests.chaos.arena import REGISTRAR, SCHOOL, Arena, arena

APPROVER = Actor(account_id=7, role=Role.APPROVER, institution_id=1)
THREADS = 8
SHARED_BY = 4
FILE_EVERY = 5
TEAM = 3
NOW = datetime(2026, 6, 15, 2, tzinfo=UTC)
AFTER = NOW + timedelta(days=30)


@dataclass(frozen=True)
class Planned:
    """One claim that is to be made: certificate and file may be those of others."""

    learner_id: int
    content: ClaimContent
    file: str


def run(*, small: bool) -> dict:
    found = _attack(40 if small else 200, guard=nullcontext())
    wrong = found["booked_twice"] + found["not_booked"] + found["unexplained"]
    return {**found, "passed": not wrong and not found["errors"]}


def control(*, small: bool) -> dict:
    """Where nobody waits for another over a piece of evidence, some must be booked twice."""
    guard = patch("creditbank.services.claim_postings.lock_evidence", lambda *_: None)
    held = patch("creditbank.services.holders.lock_evidence", lambda *_: None)
    with held:
        found = _attack(40 if small else 200, guard=guard)
    return {**found, "went_red": found["booked_twice"] > 0}


def _attack(claims: int, *, guard: AbstractContextManager[Any]) -> dict:
    with arena([]) as made, guard:
        planned = plan(made.learner_ids, claims)
        with ThreadPoolExecutor(THREADS) as pool:
            handed_in = list(pool.map(lambda item: _hand_in(made, item), planned))
            accepted = list(pool.map(lambda number: _review(made, number), handed_in))
            confirmed = list(pool.map(lambda number: _confirm(made, number), accepted))
            waiting = [number for number in confirmed if number]
            # Each claim by two threads at once, those that share evidence side by side.
            twice = [number for number in waiting for _ in range(2)]
            results = Counter(pool.map(lambda number: _book(made, number), twice))
        return {
            "claims": len(planned),
            "confirmed": len(waiting),
            "booked": results["post"],
            "sent_back": results["bounce"],
            "errors": results["error"],
            **_figures(made, planned, handed_in),
        }


def plan(learner_ids: list[int], claims: int) -> list[Planned]:
    """Different contests, so that nothing but certificate and file is in the way."""
    made = []
    for number in range(claims):
        group = number // SHARED_BY
        is_shared = group % 4 == 0
        certificate = f"CHAOS-{group}" if is_shared else f"CHAOS-{group}-{number}"
        file = f"file {number - 1 if number % FILE_EVERY == 1 else number}"
        content = ClaimContent(
            kind=ClaimKind.AWARD,
            title=f"2026 chaos {number}",
            level=AwardLevel.CITY,
            rank=AwardRank.FIRST,
            certificate_no=certificate,
            earned_on=date(2026, 6, 1),
        )
        made.append(Planned(learner_ids[number % len(learner_ids)], content, file))
    roles = (TeamRole.CAPTAIN, *[TeamRole.MEMBER] * (TEAM - 1))
    for learner_id, role in zip(learner_ids[-TEAM:], roles, strict=True):
        award = replace(
            made[0].content, title="2026 chaos team", certificate_no="CHAOS-TEAM", team_role=role
        )
        made.append(Planned(learner_id, award, "team file"))
    return made


def _hand_in(made: Arena, item: Planned) -> int:
    student = Actor(
        1_000_000 + item.learner_id, Role.STUDENT, learner_ids=frozenset({item.learner_id})
    )
    content = item.file.encode()
    proof = EvidenceFile(
        hashlib.sha256(content).hexdigest(), MediaType.JPEG, len(content),
        (EvidencePage(1, 1, content),),
    )  # fmt: skip
    opening = OpenClaim(learner_id=item.learner_id, content=item.content)
    with UnitOfWork(made.engine, SCHOOL) as uow:
        claim_id = open_claim(uow, student, opening, idempotency_key=_key(), now=NOW).claim_id
        adding = AddEvidence(claim_id=claim_id, file_hash=proof.file_hash)
        add_evidence(uow, student, adding, proof, idempotency_key=_key(), now=NOW)
    submitting = MoveClaim(claim_id=claim_id, kind=ClaimMoveKind.SUBMIT)
    _patiently(made, lambda uow: move_claim(
        uow, student, submitting, idempotency_key=_key(), now=NOW
    ))  # fmt: skip
    return claim_id


def _review(made: Arena, claim_id: int) -> int:
    command = ReviewClaim(claim_id=claim_id, kind=ClaimMoveKind.ACCEPT)
    done = _patiently(made, lambda uow: review_claim(
        uow, REGISTRAR, command, idempotency_key=_key(), now=NOW
    ))  # fmt: skip
    return claim_id if done else 0


def _confirm(made: Arena, claim_id: int) -> int:
    if not claim_id:
        return 0
    command = ConfirmClaims(claim_ids=(claim_id,))
    done = _patiently(made, lambda uow: confirm_claims(
        uow, APPROVER, command, idempotency_key=_key(), now=NOW
    ))  # fmt: skip
    return claim_id if done else 0


def _patiently(made: Arena, work: Callable[[UnitOfWork], object]) -> bool:
    """Once more where somebody else was at it; whether it was done."""
    for _ in range(20):
        try:
            with UnitOfWork(made.engine, SCHOOL) as uow:
                work(uow)
        except BusyError:
            continue
        except CreditbankError:
            return False
        return True
    return False


def _book(made: Arena, claim_id: int) -> str:
    for _ in range(20):
        try:
            with UnitOfWork(made.engine, EVERYWHERE, EVERYBODY) as uow:
                kind = post_claim(uow, claim_id, now=AFTER)
        except BusyError:
            continue
        except Exception:  # noqa: BLE001 (an error is a figure of the scenario)
            return "error"
        return kind.value if kind else "nothing"
    return "error"


def _key() -> str:
    return uuid.uuid4().hex


def _figures(made: Arena, planned: list[Planned], claim_ids: list[int]) -> dict[str, int]:
    """Pieces of evidence (a number or a file, joined where claims share either) and their entries.

    booked_twice: pieces with more than one booking, but for the team's. not_booked: pieces of which
    nothing was booked. unexplained: claims that are neither booked nor sent back with a reason.
    """
    with UnitOfWork(made.engine, EVERYWHERE) as uow:
        booked = set(
            uow.connection.execute(
                text(
                    "SELECT (detail->>'claim_id')::int FROM ledger_entries"
                    " WHERE detail ? 'claim_id'"
                )
            ).scalars()
        )
        ended = set(
            uow.connection.execute(
                text(
                    "SELECT claim_id FROM claim_moves WHERE kind = 'post'"
                    " OR kind = 'bounce' AND detail->>'zh' <> ''"
                )
            ).scalars()
        )
    twice = missing = 0
    by_number: dict[str, list[int]] = {}
    by_file: dict[str, list[int]] = {}
    for item, claim_id in zip(planned, claim_ids, strict=True):
        by_number.setdefault(item.content.certificate_no, []).append(claim_id)
        by_file.setdefault(item.file, []).append(claim_id)
    for pieces in (by_number, by_file):
        for name, numbers in pieces.items():
            count = len(booked.intersection(numbers))
            if name in {"CHAOS-TEAM", "team file"}:
                missing += TEAM - count
            elif count > 1:
                twice += 1
    missing += sum(not booked.intersection(_sharing(item, planned, claim_ids)) for item in planned)
    return {
        "pieces": len(by_number),
        "booked_twice": twice,
        "not_booked": missing,
        "unexplained": len(set(claim_ids) - ended),
    }


def _sharing(item: Planned, planned: list[Planned], claim_ids: list[int]) -> set[int]:
    """Claims that have the certificate or the file in common with one, itself among them."""
    return {
        claim_id
        for other, claim_id in zip(planned, claim_ids, strict=True)
        if other.file == item.file or other.content.certificate_no == item.content.certificate_no
    }
