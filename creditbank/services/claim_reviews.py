"""The reviews of a claim: 初审, 终审 by another person, 公示, and objections while that runs.

A review asks once more whether the evidence could be booked, as others may have booked it
meanwhile; what is booked after that is found when the claim itself is (services.claim_postings).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.claim_moves import RULINGS
from creditbank.domain.claims import CLAIMS_MAX, NOTICE_DAYS, ClaimMoveKind
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import (
    InvalidInputError,
    Message,
    NotFoundError,
    Problem,
    refused,
)
from creditbank.domain.permissions import Action, Role
from creditbank.services.claim_checks import check_claim
from creditbank.services.claim_commands import (
    ClaimReceipt,
    ConfirmClaims,
    ObjectToClaim,
    ReviewClaim,
    RuleOnObjection,
)
from creditbank.services.claim_desk import ClaimDesk, answered, open_desk
from creditbank.store.claim_values import table_value
from creditbank.store.claims import lock_claim, read_claim
from creditbank.store.learner_keys import schools_of_actor
from creditbank.store.policies import policy_for
from creditbank.store.terms import school_calendar
from creditbank.store.unit_of_work import UnitOfWork

REVIEWING = {Role.REGISTRAR: Action.REVIEW_CLAIM, Role.APPROVER: Action.CONFIRM_CLAIM}
"""By which action a role returns or rejects; only the first review accepts."""


def review_claim(
    uow: UnitOfWork, actor: Actor, command: ReviewClaim, *, idempotency_key: str, now: datetime
) -> ClaimReceipt:
    """Accept with credits, return for mending, or reject; the registrar first, then the approver.

    Raises NotFoundError, ForbiddenError, BusyError, or InvalidInputError (not the turn, no reason,
    more credits than the table has, evidence that is booked by now).
    """
    action = REVIEWING.get(actor.role, Action.REVIEW_CLAIM)
    decide(actor, action)

    def work() -> ClaimReceipt:
        desk = open_desk(uow, actor, action, command.claim_id, now=now)
        desk.check(command.kind, reason=command.reason)
        units = _granted(desk, command) if command.kind is ClaimMoveKind.ACCEPT else None
        desk.move(command.kind, reason=command.reason, units=units)
        return desk.receipt()

    return answered(uow, actor, command, work, idempotency_key=idempotency_key, now=now)


def confirm_claims(
    uow: UnitOfWork, actor: Actor, command: ConfirmClaims, *, idempotency_key: str, now: datetime
) -> ClaimReceipt:
    """终审 of several: their notice begins today. All of them, or none.

    The answer is the last one's. Raises NotFoundError, ForbiddenError, BusyError, or
    InvalidInputError with a row for each that cannot pass (the same person, not the turn, booked by
    now).
    """
    decide(actor, Action.CONFIRM_CLAIM)
    ids = sorted(set(command.claim_ids))
    if not 0 < len(ids) <= CLAIMS_MAX:
        raise refused(_HOW_MANY)

    def work() -> ClaimReceipt:
        desks = [open_desk(uow, actor, Action.CONFIRM_CLAIM, one, now=now) for one in ids]
        found = (_confirmation_problem(desk) for desk in desks)
        problems = [replace(item, row=row) for row, item in enumerate(found, start=1) if item]
        if problems:
            raise _together(problems)
        for desk in desks:
            starts_on, ends_on = _notice_days(desk)
            desk.move(
                ClaimMoveKind.CONFIRM,
                reason=command.document_no,
                starts_on=starts_on,
                ends_on=ends_on,
            )
        return desks[-1].receipt()

    return answered(uow, actor, command, work, idempotency_key=idempotency_key, now=now)


def object_to_claim(
    uow: UnitOfWork, actor: Actor, command: ObjectToClaim, *, idempotency_key: str, now: datetime
) -> ClaimReceipt:
    """异议 by anybody of the school, while the notice runs: nothing is booked until it is decided.

    Raises NotFoundError for a claim of another school, ForbiddenError, BusyError, or
    InvalidInputError (no notice, no reason, an objection of the same account still open).
    """
    decide(actor, Action.OBJECT_TO_CLAIM)

    def work() -> ClaimReceipt:
        lock_claim(uow.connection, command.claim_id)
        found = read_claim(uow.connection, command.claim_id)
        schools = schools_of_actor(uow.connection, actor, as_of=local_date(now))
        if found is None or found.institution_id not in schools:
            raise NotFoundError
        desk = ClaimDesk(uow, actor, found, now)
        if desk.claim.standing.starts_on is None:
            raise NotFoundError  # whether there is such a claim is nobody's business before
        desk.check(ClaimMoveKind.OBJECT, reason=command.reason)
        desk.move(ClaimMoveKind.OBJECT, reason=command.reason)
        return desk.receipt()

    return answered(uow, actor, command, work, idempotency_key=idempotency_key, now=now)


def rule_on_objection(
    uow: UnitOfWork, actor: Actor, command: RuleOnObjection, *, idempotency_key: str, now: datetime
) -> ClaimReceipt:
    """Dismiss an objection, or uphold it, which ends the claim; by another than who objected.

    Raises as review_claim.
    """
    decide(actor, Action.CONFIRM_CLAIM)
    if command.kind not in RULINGS:
        raise refused(_NO_RULING)

    def work() -> ClaimReceipt:
        desk = open_desk(uow, actor, Action.CONFIRM_CLAIM, command.claim_id, now=now)
        desk.check(command.kind, reason=command.reason, about=command.about)
        desk.move(command.kind, reason=command.reason, about_id=command.about)
        return desk.receipt()

    return answered(uow, actor, command, work, idempotency_key=idempotency_key, now=now)


def _granted(desk: ClaimDesk, command: ReviewClaim) -> int:
    """The credits of an acceptance: by the table, or fewer for a reason."""
    checked = check_claim(desk.uow, desk.claim, now=desk.now)
    if checked.problem is not None:
        raise refused(checked.problem)
    claim = desk.claim
    value = table_value(desk.uow.connection, claim.institution_id, claim.content, today=desk.today)
    most = value.units if value else 0
    units = most if command.units is None else command.units
    if not 0 <= units <= most:
        raise refused(_beyond(most))
    if units != most and not command.reason.strip():
        raise refused(_WHY_FEWER)
    return units


def _confirmation_problem(desk: ClaimDesk) -> Problem | None:
    found = desk.problem(ClaimMoveKind.CONFIRM)
    return found or check_claim(desk.uow, desk.claim, now=desk.now).problem


def _notice_days(desk: ClaimDesk) -> tuple[date, date]:
    """From today to the last of so many working days after it."""
    connection, today = desk.uow.connection, desk.today
    days = policy_for(connection, desk.claim.institution_id, today).integer(NOTICE_DAYS)
    return today, school_calendar(connection).due(today, days)


def _together(problems: list[Problem]) -> InvalidInputError:
    count = len(problems)
    message = Message(
        f"有{count}份申报不能通过终审,一份都没有办理;请逐份查看原因。",
        f"{count} claims cannot pass, so none did; see the reason of each.",
    )
    return InvalidInputError(message, problems=tuple(problems))


def _beyond(most: int) -> Problem:
    return Problem(
        "units_beyond_table",
        Message(
            f"按学分认定表,这项成果最多 {credits_text(most)} 学分;信息有误的请退回更正。",
            f"By the table it is worth {credits_text(most)} credits at most; return it if what it"
            " says is wrong.",
        ),
        field="units",
    )


_WHY_FEWER = Problem(
    "reason_missing",
    Message(
        "认定学分与认定表不同,请填写理由(1-200字)。",
        "The credits differ from the table; give the reason (1 to 200 characters).",
    ),
    field="reason",
)
_HOW_MANY = Problem(
    "claim_count",
    Message(f"请选择1至{CLAIMS_MAX}份申报。", f"Choose 1 to {CLAIMS_MAX} claims."),
    field="claim_ids",
)
_NO_RULING = Problem(
    "wrong_kind",
    Message("请选择异议成立或不成立。", "Say whether the objection is upheld or dismissed."),
    field="kind",
)
