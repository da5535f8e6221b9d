"""What a claim clashes with, and whether it could be booked now.

Nothing here writes. The same questions are asked when a claim is handed in, at both reviews and
once more when it is booked, as the books go on meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from creditbank.domain.access import Actor
from creditbank.domain.claim_clashes import Clash, ClashKind
from creditbank.domain.claims import ClaimContent, ClaimKind
from creditbank.domain.errors import InvalidInputError, Message, Problem
from creditbank.domain.permissions import Role
from creditbank.services.books import read_books
from creditbank.services.commands import PostCompetitionCredit, PostInnovationCredit
from creditbank.services.entries import row_of
from creditbank.store.claim_clashes import Claimed, read_clashes
from creditbank.store.claim_files import read_files
from creditbank.store.claims import KeptClaim
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ClaimCheck:
    """problem: why it could not be booked now, None where it could. clashes: all of them."""

    problem: Problem | None
    clashes: tuple[Clash, ...]


def credit_of(
    content: ClaimContent, learner_id: int
) -> PostCompetitionCredit | PostInnovationCredit:
    """The credit that a complete claim stands for."""
    assert content.earned_on is not None  # noqa: S101 (nothing is missing)
    if content.kind is ClaimKind.AWARD:
        assert content.level and content.rank  # noqa: S101, PT018 (as above)
        return PostCompetitionCredit(
            learner_id=learner_id,
            event=content.title,
            level=content.level,
            rank=content.rank,
            team_role=content.team_role,
            certificate_no=content.certificate_no,
            document_no=content.document_no,
            issuer=content.issuer,
            earned_on=content.earned_on,
        )
    assert content.category is not None  # noqa: S101 (as above)
    return PostInnovationCredit(
        learner_id=learner_id,
        category=content.category,
        title=content.title,
        quantity=content.quantity,
        certificate_level=content.certificate_level,
        certificate_no=content.certificate_no,
        valid_until=content.valid_until,
        issuer=content.issuer,
        earned_on=content.earned_on,
    )


def registrar_at(institution_id: int, account_id: int = 0) -> Actor:
    """In whose name a claim is booked: the first reviewer's, an office of the school."""
    return Actor(account_id=account_id, role=Role.REGISTRAR, institution_id=institution_id)


def check_claim(uow: UnitOfWork, claim: KeptClaim, *, now: datetime) -> ClaimCheck:
    """Whether its latest statement could be booked now. The caller has decided on the learner.

    Looks at all schools; of what it finds only what domain.claim_clashes allows is shown.
    """
    clashes = find_clashes(uow, claim)
    with uow.everywhere():
        booked = _ledger_refusal(uow, claim, now=now)
    barred = next((clash for clash in clashes if clash.bars_booking), None)
    if booked is None and barred is not None:
        booked = BOOKED_ELSEWHERE[barred.kind]
    return ClaimCheck(booked, clashes)


def find_clashes(uow: UnitOfWork, claim: KeptClaim) -> tuple[Clash, ...]:
    """What its latest statement has in common with others, in the whole county."""
    with uow.everywhere():
        hashes = [item.file_hash for item in read_files(uow.connection, claim.file_ids)]
        claimed = Claimed(claim.claim_id, claim.learner_id, claim.content, hashes)
        return read_clashes(uow.connection, claimed)


def _ledger_refusal(uow: UnitOfWork, claim: KeptClaim, *, now: datetime) -> Problem | None:
    if claim.content.missing:
        return None
    try:
        books = read_books(uow, registrar_at(claim.institution_id), claim.learner_id, now=now)
    except InvalidInputError as error:
        return error.problems[0]
    found = row_of(credit_of(claim.content, claim.learner_id), books)
    return found if isinstance(found, Problem) else None


BOOKED_ELSEWHERE = {
    ClashKind.NUMBER: Problem(
        "number_booked",
        Message(
            "这个证书编号已经入账,一份证书在全县只能认定一次;如编号有误请更正。",
            "This certificate number is booked already, and counts once in the county; correct it"
            " if it is wrong.",
        ),
        field="certificate_no",
    ),
    ClashKind.FILE: Problem(
        "file_booked",
        Message(
            "上传的文件已经用于另一份已入账的申报,请上传本次成果自己的证明。",
            "This file proved another claim that is booked; send the proof of this one.",
        ),
        field="files",
    ),
}
"""What is said when another claim's evidence is booked: by what the two have in common."""
