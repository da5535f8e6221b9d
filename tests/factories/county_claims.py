"""One claim that waits for the first review at each school, and one that hangs on notice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from creditbank.domain.access import Actor
from creditbank.domain.claims import ClaimContent, ClaimMoveKind
from creditbank.domain.permissions import Role
from creditbank.services.claim_commands import (
    AddEvidence,
    ConfirmClaims,
    MoveClaim,
    OpenClaim,
    ReviewClaim,
)
from creditbank.services.claim_reviews import confirm_claims, review_claim
from creditbank.services.claims import add_evidence, move_claim, open_claim
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.claim_desk import VOLUNTEERING, evidence
from tests.factories.county_changes import NOBODY, NOW
from tests.factories.school import School

_NOBODY_ELSE = 9_000


@dataclass(frozen=True, slots=True)
class CountyClaims:
    """Numbers by relation. waiting: for the first review; hanging: on notice; files: of waiting."""

    waiting: Mapping[str, int]
    hanging: Mapping[str, int]
    files: Mapping[str, int]


def add_claims(
    owner: Engine, schools: Mapping[str, tuple[School, int]], absent: str
) -> CountyClaims:
    """By relation a school and the place of the pupil who claims."""
    waiting: dict[str, int] = {absent: NOBODY}
    hanging: dict[str, int] = {absent: NOBODY}
    files: dict[str, int] = {absent: NOBODY}
    for relation, (school, at) in schools.items():
        waiting[relation], files[relation] = _hand_in(owner, school, at, VOLUNTEERING)
        other = replace(VOLUNTEERING, title="敬老院志愿服务")
        hanging[relation], _file = _hand_in(owner, school, at, other)
        _announce(owner, school, hanging[relation])
    return CountyClaims(waiting, hanging, files)


def _hand_in(owner: Engine, school: School, at: int, content: ClaimContent) -> tuple[int, int]:
    learner_id = school.pupils[at].learner_id
    actor = Actor(_NOBODY_ELSE + learner_id, Role.STUDENT, learner_ids=frozenset({learner_id}))
    key = f"{school.institution_id}-{content.title}"
    proof = evidence(key)
    with UnitOfWork(owner, EVERYWHERE) as uow:
        command = OpenClaim(learner_id=learner_id, content=content)
        made = open_claim(uow, actor, command, idempotency_key=f"{key}-1", now=NOW)
        adding = AddEvidence(claim_id=made.claim_id, file_hash=proof.file_hash)
        added = add_evidence(uow, actor, adding, proof, idempotency_key=f"{key}-2", now=NOW)
        submitting = MoveClaim(claim_id=made.claim_id, kind=ClaimMoveKind.SUBMIT)
        move_claim(uow, actor, submitting, idempotency_key=f"{key}-3", now=NOW)
    return made.claim_id, added.claim_file_id or 0


def _announce(owner: Engine, school: School, claim_id: int) -> None:
    approver = Actor(_NOBODY_ELSE, Role.APPROVER, school.institution_id)
    with UnitOfWork(owner, EVERYWHERE) as uow:
        accepting = ReviewClaim(claim_id=claim_id, kind=ClaimMoveKind.ACCEPT)
        key = f"claim-{claim_id}"
        review_claim(uow, school.registrar, accepting, idempotency_key=f"{key}-1", now=NOW)
        confirming = ConfirmClaims(claim_ids=(claim_id,))
        confirm_claims(uow, approver, confirming, idempotency_key=f"{key}-2", now=NOW)
