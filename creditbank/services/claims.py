"""学分认定申报 by the learner: a draft, its evidence, handing in, taking back.

Nothing of it touches the ledger. Reviews are in services.claim_reviews, the booking in
services.claim_postings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.claim_clashes import Clash, ClashKind
from creditbank.domain.claim_files import FILES_MAX, EvidenceFile
from creditbank.domain.claims import OPEN, ClaimContent, ClaimMoveKind
from creditbank.domain.errors import InvalidInputError, Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action
from creditbank.services.claim_checks import check_claim
from creditbank.services.claim_commands import (
    AddEvidence,
    ClaimReceipt,
    MoveClaim,
    OpenClaim,
    RemoveEvidence,
    RestateClaim,
)
from creditbank.services.claim_desk import ClaimDesk, answered, open_desk
from creditbank.store.claim_files import add_file, delete_file, read_files
from creditbank.store.claims import (
    add_claim,
    add_statement,
    delete_draft,
    delete_old_drafts,
    read_claim,
    statement_row,
)
from creditbank.store.facts import own_enrolment
from creditbank.store.learner_keys import learner_key
from creditbank.store.unit_of_work import UnitOfWork

DRAFT_DAYS = 60
"""How long a draft is kept that nobody touches; it holds pictures of a minor's papers."""
_ACTION = Action.HAND_IN_CLAIM


def open_claim(
    uow: UnitOfWork, actor: Actor, command: OpenClaim, *, idempotency_key: str, now: datetime
) -> ClaimReceipt:
    """Begin a draft at the school where the learner is enrolled.

    Raises NotFoundError, ForbiddenError, BusyError, or InvalidInputError without an enrolment.
    """
    decide(actor, _ACTION)
    key = learner_key(uow.connection, command.learner_id, as_of=local_date(now))
    decide(actor, _ACTION, key)

    def work() -> ClaimReceipt:
        found = [
            (school, enrolment)
            for school in sorted(key.institution_ids)
            if (enrolment := own_enrolment(uow.connection, command.learner_id, school))
            and enrolment.is_open
        ]
        if not found:
            raise refused(_NOT_ENROLLED)
        school, enrolment = found[0]
        claim_id = add_claim(
            uow.connection,
            {
                "institution_id": school,
                "learner_id": command.learner_id,
                "enrolment_id": enrolment.enrolment_id,
                "opened_by": actor.account_id,
                "opened_at": now,
            },
        )
        place = {"claim_id": claim_id, "institution_id": school, "revision": 1, "files": []}
        _state(uow, actor, command.content, place, now=now)
        desk = open_desk(uow, actor, _ACTION, claim_id, now=now)
        return desk.receipt()

    return answered(uow, actor, command, work, idempotency_key=idempotency_key, now=now)


def restate_claim(
    uow: UnitOfWork, actor: Actor, command: RestateClaim, *, idempotency_key: str, now: datetime
) -> ClaimReceipt:
    """Another statement in place of the latest. Raises as open_claim, or where it is in review."""

    def work() -> ClaimReceipt:
        desk = _changing(uow, actor, command.claim_id, now=now)
        if command.content != desk.claim.content:
            _restate(desk, command.content, desk.claim.file_ids)
        return desk.receipt()

    return answered(uow, actor, command, work, idempotency_key=idempotency_key, now=now)


def add_evidence(
    uow: UnitOfWork,
    actor: Actor,
    command: AddEvidence,
    evidence: EvidenceFile,
    *,
    idempotency_key: str,
    now: datetime,
) -> ClaimReceipt:
    """Add a file that was drawn anew (exchange.evidence_files); the same one twice is one.

    Raises as restate_claim, and InvalidInputError for more files than a claim may have.
    """

    def work() -> ClaimReceipt:
        desk = _changing(uow, actor, command.claim_id, now=now)
        claim = desk.claim
        for known in read_files(uow.connection, claim.file_ids):
            if known.file_hash == evidence.file_hash:
                return desk.receipt(known.claim_file_id)
        if len(claim.file_ids) >= FILES_MAX:
            raise refused(_TOO_MANY)
        number = add_file(
            uow.connection,
            claim.claim_id,
            claim.institution_id,
            evidence,
            by=actor.account_id,
            now=now,
        )
        _restate(desk, claim.content, (*claim.file_ids, number))
        return desk.receipt(number)

    return answered(uow, actor, command, work, idempotency_key=idempotency_key, now=now)


def remove_evidence(
    uow: UnitOfWork, actor: Actor, command: RemoveEvidence, *, idempotency_key: str, now: datetime
) -> ClaimReceipt:
    """Take a file out: of a draft for good. Raises as restate_claim."""

    def work() -> ClaimReceipt:
        desk = _changing(uow, actor, command.claim_id, now=now)
        if command.claim_file_id not in desk.claim.file_ids:
            raise NotFoundError
        kept = tuple(item for item in desk.claim.file_ids if item != command.claim_file_id)
        _restate(desk, desk.claim.content, kept)
        delete_file(uow.connection, command.claim_file_id)
        return desk.receipt()

    return answered(uow, actor, command, work, idempotency_key=idempotency_key, now=now)


def move_claim(
    uow: UnitOfWork, actor: Actor, command: MoveClaim, *, idempotency_key: str, now: datetime
) -> ClaimReceipt:
    """Hand in, or take back what is not booked yet.

    Raises NotFoundError, ForbiddenError, BusyError, or InvalidInputError with every field that is
    missing, and where the evidence is booked already or claimed by the same learner.
    """

    def work() -> ClaimReceipt:
        desk = open_desk(uow, actor, _ACTION, command.claim_id, now=now)
        desk.check(command.kind, reason=command.reason)
        if command.kind is ClaimMoveKind.SUBMIT:
            _check_complete(desk)
        desk.move(command.kind, reason=command.reason)
        return desk.receipt()

    return answered(uow, actor, command, work, idempotency_key=idempotency_key, now=now)


def discard_draft(uow: UnitOfWork, actor: Actor, claim_id: int, *, now: datetime) -> int:
    """Delete a claim that was never handed in, with its files; whose it was.

    Raises NotFoundError, ForbiddenError, or InvalidInputError where it was handed in.
    """
    desk = open_desk(uow, actor, _ACTION, claim_id, now=now)
    if not delete_draft(uow.connection, claim_id):
        raise refused(_NOT_A_DRAFT)
    return desk.claim.learner_id


def forget_old_drafts(uow: UnitOfWork, *, now: datetime) -> int:
    """Delete drafts that were left; returns how many. The reach is everywhere."""
    return delete_old_drafts(uow.connection, before=now - timedelta(days=DRAFT_DAYS))


def _changing(uow: UnitOfWork, actor: Actor, claim_id: int, *, now: datetime) -> ClaimDesk:
    desk = open_desk(uow, actor, _ACTION, claim_id, now=now)
    if not desk.claim.standing.may_change:
        raise refused(_IN_REVIEW)
    return desk


def _restate(desk: ClaimDesk, content: ClaimContent, files: tuple[int, ...]) -> None:
    claim = desk.claim
    place = {
        "claim_id": claim.claim_id,
        "institution_id": claim.institution_id,
        "revision": claim.revision + 1,
        "files": list(files),
    }
    _state(desk.uow, desk.actor, content, place, now=desk.now)


def _state(
    uow: UnitOfWork,
    actor: Actor,
    content: ClaimContent,
    place: Mapping[str, object],
    *,
    now: datetime,
) -> None:
    said = {**statement_row(content), "stated_by": actor.account_id, "stated_at": now}
    add_statement(uow.connection, {**place, **said})


def _check_complete(desk: ClaimDesk) -> None:
    claim = desk.claim
    problems = [replace(_MISSING, field=name) for name in claim.content.missing]
    if not claim.file_ids:
        problems.append(_NO_EVIDENCE)
    if not problems:
        found = check_claim(desk.uow, claim, now=desk.now)
        problems += [found.problem] if found.problem else []
        problems += [_CLAIMED_TWICE for clash in found.clashes if _is_same_claim(clash)][:1]
    if problems:
        raise InvalidInputError(problems[0].message, problems=tuple(problems))


def _is_same_claim(clash: Clash) -> bool:
    """Whether the learner has claimed this very certificate, and that is not decided yet."""
    return clash.is_own and clash.kind is ClashKind.NUMBER and clash.stage in OPEN


def whose_claim(uow: UnitOfWork, claim_id: int) -> int:
    """The learner of a claim, as far as the reach shows. Raises NotFoundError."""
    found = read_claim(uow.connection, claim_id)
    if found is None:
        raise NotFoundError
    return found.learner_id


_MISSING = Problem("missing", Message("请填写此项。", "This must be filled in."))
_NO_EVIDENCE = Problem(
    "evidence_missing",
    Message(
        "请至少上传一份证明材料(照片或 PDF)。", "Add at least one photo or PDF that proves it."
    ),
    field="files",
)
_TOO_MANY = Problem(
    "too_many_files",
    Message(
        f"一份申报最多{FILES_MAX}个文件,请先删去一个。",
        f"A claim has at most {FILES_MAX} files; take one out first.",
    ),
    field="files",
)
_CLAIMED_TWICE = Problem(
    "claimed_already",
    Message(
        "您已经用这个证书编号申报过,正在办理;不必再报,可在申报记录中查看进度。",
        "You have claimed this certificate already and it is being looked at; see your claims.",
    ),
    field="certificate_no",
)
_IN_REVIEW = Problem(
    "in_review",
    Message(
        "申报已经提交,不能再修改;需要更正的,请先撤回再重新申报,或等老师退回。",
        "The claim is handed in and cannot be changed; take it back, or wait until it is returned.",
    ),
    field="claim_id",
)
_NOT_A_DRAFT = Problem(
    "not_a_draft",
    Message(
        "已经提交过的申报不能删除,可以撤回。",
        "What was handed in cannot be deleted; it can be taken back.",
    ),
    field="claim_id",
)
_NOT_ENROLLED = Problem(
    "no_enrolment",
    Message(
        "没有在读的学籍,不能申报学分;请联系学校教务科。",
        "There is no open enrolment, so no credits can be claimed; ask the school's office.",
    ),
    field="learner_id",
)
