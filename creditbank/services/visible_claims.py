"""One claim as an actor may see it: what is stated, the evidence, where it stands, its clashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.award_values import AwardValue
from creditbank.domain.calendar import local_date
from creditbank.domain.claim_clashes import Clash
from creditbank.domain.claims import FINAL, ClaimStanding
from creditbank.domain.errors import NotFoundError, Problem
from creditbank.domain.permissions import Action, Role
from creditbank.services.claim_checks import check_claim, find_clashes
from creditbank.store.access_log import record_access
from creditbank.store.claim_files import KeptFile, read_files, read_original, read_page
from creditbank.store.claim_values import table_value
from creditbank.store.claimants import Claimant, claimants, learner_names, school_names
from creditbank.store.claims import KeptClaim, read_claim
from creditbank.store.learner_keys import learner_key
from creditbank.store.unit_of_work import UnitOfWork

_FAMILY = frozenset({Role.STUDENT, Role.GUARDIAN})


@dataclass(frozen=True, slots=True)
class ShownClash:
    """What a claim clashes with, as the actor may see it.

    name: of a learner of the actor's own school, else "". school, school_en: where the other one
    is. claim_id: to look at, None where the actor may not.
    """

    clash: Clash
    school: str
    school_en: str
    name: str = ""
    claim_id: int | None = None


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim with all that belongs to it. value: by the table. problem: why not booked now."""

    claim: KeptClaim
    standing: ClaimStanding
    who: Claimant
    files: tuple[KeptFile, ...]
    value: AwardValue | None
    problem: Problem | None
    clashes: tuple[ShownClash, ...]

    @property
    def units(self) -> int | None:
        """What was granted, else what the table has."""
        granted = self.standing.units
        return granted if granted is not None else self.value.units if self.value else None


def view_claim(
    uow: UnitOfWork,
    actor: Actor,
    claim_id: int,
    *,
    now: datetime,
    action: Action = Action.SEE_CLAIMS,
) -> ClaimView:
    """One claim; one line in the access log. action: what it is looked at for.

    Raises NotFoundError or ForbiddenError.
    """
    claim = _seen(uow, actor, claim_id, action, now=now)
    is_open = claim.standing.stage not in FINAL
    checked = check_claim(uow, claim, now=now) if is_open else None
    return ClaimView(
        claim=claim,
        standing=claim.standing,
        who=claimants(uow.connection, [claim_id])[claim_id],
        files=tuple(read_files(uow.connection, claim.file_ids)),
        value=table_value(
            uow.connection, claim.institution_id, claim.content, today=local_date(now)
        ),
        problem=checked.problem if checked else None,
        clashes=_shown(uow, actor, checked.clashes) if checked else (),
    )


def may_add_evidence(uow: UnitOfWork, actor: Actor, claim_id: int, *, now: datetime) -> None:
    """Whether a file for this claim is opened at all. Raises NotFoundError, ForbiddenError."""
    _seen(uow, actor, claim_id, Action.HAND_IN_CLAIM, now=now)


def clashes_of(uow: UnitOfWork, actor: Actor, claim: KeptClaim) -> tuple[ShownClash, ...]:
    """The clashes of a claim that the actor has been shown already."""
    return _shown(uow, actor, find_clashes(uow, claim))


def open_page(
    uow: UnitOfWork,
    actor: Actor,
    place: tuple[int, int, int],
    *,
    now: datetime,
) -> bytes:
    """The picture of a page; place: claim, file and page. Who sees the claim sees it.

    Raises NotFoundError, ForbiddenError.
    """
    claim_id, claim_file_id, page_no = place
    _check_file(uow, actor, claim_id, claim_file_id, now=now)
    return _found(read_page(uow.connection, claim_file_id, page_no))


def open_original(
    uow: UnitOfWork, actor: Actor, claim_id: int, claim_file_id: int, *, now: datetime
) -> bytes:
    """The PDF as it was sent. Raises NotFoundError (of a picture, too) or ForbiddenError."""
    _check_file(uow, actor, claim_id, claim_file_id, now=now)
    return _found(read_original(uow.connection, claim_file_id))


def _seen(
    uow: UnitOfWork, actor: Actor, claim_id: int, action: Action, *, now: datetime
) -> KeptClaim:
    """What was never handed in is the family's own."""
    decide(actor, action)
    claim = read_claim(uow.connection, claim_id)
    if claim is None:
        raise NotFoundError
    key = learner_key(uow.connection, claim.learner_id, as_of=local_date(now))
    grant = decide(actor, action, key)
    if not claim.moves and actor.role not in _FAMILY:
        raise NotFoundError
    record_access(uow.connection, actor, action, grant.mask, [claim.learner_id], now)
    return claim


def _check_file(
    uow: UnitOfWork, actor: Actor, claim_id: int, claim_file_id: int, *, now: datetime
) -> None:
    _seen(uow, actor, claim_id, Action.SEE_CLAIMS, now=now)
    found = read_files(uow.connection, [claim_file_id])
    if not found or found[0].claim_id != claim_id:
        raise NotFoundError


def _found(content: bytes | None) -> bytes:
    if content is None:
        raise NotFoundError
    return content


def _shown(uow: UnitOfWork, actor: Actor, clashes: Sequence[Clash]) -> tuple[ShownClash, ...]:
    """School, kind and day of each; name and claim only within the actor's own reach."""
    if not clashes:
        return ()
    schools = school_names(uow.connection, (clash.institution_id for clash in clashes))
    near = {clash for clash in clashes if _is_near(actor, clash)}
    names = learner_names(uow.connection, (clash.learner_id for clash in near))
    return tuple(
        ShownClash(
            clash=clash,
            school=schools[clash.institution_id][0],
            school_en=schools[clash.institution_id][1],
            name=names.get(clash.learner_id, ""),
            claim_id=clash.claim_id if clash in near else None,
        )
        for clash in clashes
    )


def _is_near(actor: Actor, clash: Clash) -> bool:
    if actor.role in _FAMILY:
        return clash.learner_id in actor.learner_ids
    return actor.role is Role.COUNTY or clash.institution_id == actor.institution_id
