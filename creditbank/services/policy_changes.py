"""Putting a policy value in force from a day on: by the county, or by a school for itself.

A change is never edited. What it should not have been is put right by a further one from the same
day: of two the one decided later holds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.causes import Cause, CauseKind
from creditbank.domain.errors import ForbiddenError, InvalidInputError, Message, Problem
from creditbank.domain.permissions import Action, Scope
from creditbank.domain.policies import Authority, PolicyScalar, PolicyValue
from creditbank.services.carried_verdicts import carry_over
from creditbank.services.policy_commands import ChangePolicy, DraftValue
from creditbank.services.simulations import check_values
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.policy_changes import insert_change, mark_behind
from creditbank.store.unit_of_work import UnitOfWork

REFERENCE_MAX, REASON_MAX = 100, 200
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class PolicyChanged:
    """What was put in force. institution_id: None for the county's value.

    marked: learners whose verdicts are being computed anew because the value holds already.
    """

    policy_change_id: int
    key: str
    value: PolicyScalar
    institution_id: int | None
    effective_from: str
    reference: str
    marked: int
    replayed: bool = False


def change_policy(
    uow: UnitOfWork, actor: Actor, command: ChangePolicy, *, idempotency_key: str, now: datetime
) -> PolicyChanged:
    """Keep the value with its date and document; from that day on everybody is judged by it.

    One that holds today already marks everybody whose verdict it can touch, with the key as the
    cause; the other verdicts stand on under the new rules at once. One that is to come waits for
    its day, on which everybody is marked (services.days). Raises ForbiddenError or
    InvalidInputError (no such key, a value that cannot be or that the county alone sets, no
    document number, no such day).
    """
    grant = decide(actor, Action.CHANGE_POLICY)
    school = actor.institution_id if grant.scope is Scope.SCHOOL else None
    if grant.scope is Scope.SCHOOL and school is None:
        raise ForbiddenError
    hashed = request_hash(command)
    answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
    if answer is not None:
        return replace(PolicyChanged(**answer), replayed=True)
    _check(command, for_school=school is not None)
    _carry_over(uow, command, school, now=now)
    change_id = insert_change(
        uow.connection,
        {
            "institution_id": school,
            "authority": "county" if school is None else "school",
            "key": command.key,
            "value": {"value": command.value},
            "effective_from": command.effective_from,
            "reference": command.reference.strip(),
            "reason": command.reason.strip(),
            "decided_by": actor.account_id,
            "decided_at": now,
        },
    )
    changed = PolicyChanged(
        policy_change_id=change_id,
        key=command.key,
        value=command.value,
        institution_id=school,
        effective_from=command.effective_from.isoformat(),
        reference=command.reference.strip(),
        marked=_mark(uow, command, school, now=now),
    )
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(changed), now)
    return changed


def _carry_over(
    uow: UnitOfWork, command: ChangePolicy, school: int | None, *, now: datetime
) -> None:
    """Before the change is in the books: what stands under the rules until then may stand on."""
    if command.effective_from > local_date(now):
        return
    draft = PolicyValue(
        key=command.key,
        value=command.value,
        authority=Authority.COUNTY if school is None else Authority.SCHOOL,
        effective_from=command.effective_from,
        reference=command.reference,
        institution_id=school,
    )
    carry_over(uow, school, [draft], day=local_date(now))


def _mark(uow: UnitOfWork, command: ChangePolicy, school: int | None, *, now: datetime) -> int:
    if command.effective_from > local_date(now):
        return 0
    return mark_behind(
        uow.connection,
        school=school,
        since=command.effective_from,
        cause=str(Cause(CauseKind.POLICY, command.key)),
        day=local_date(now),
        now=now,
    )


def _check(command: ChangePolicy, *, for_school: bool) -> None:
    problems: list[Problem] = []
    try:
        check_values([DraftValue(key=command.key, value=command.value)], for_school=for_school)
    except InvalidInputError as error:
        problems += error.problems
    if not 0 < len(command.reference.strip()) <= REFERENCE_MAX:
        problems.append(Problem("reference_missing", _REFERENCE, field="reference"))
    if len(command.reason.strip()) > REASON_MAX:
        problems.append(Problem("reason_too_long", _REASON, field="reason"))
    if not date(FIRST_YEAR, 1, 1) <= command.effective_from <= date(LAST_YEAR, 12, 31):
        problems.append(Problem("day_invalid", _DAY, field="effective_from"))
    if problems:
        raise InvalidInputError(problems[0].message, problems=tuple(problems))


_REFERENCE = Message(
    f"请填写文号(1-{REFERENCE_MAX}字)。", f"Give the document number (1 to {REFERENCE_MAX})."
)
_REASON = Message(f"说明不超过{REASON_MAX}字。", f"A reason has at most {REASON_MAX} characters.")
_DAY = Message(
    f"施行日期应在{FIRST_YEAR}年至{LAST_YEAR}年之间。",
    f"The day must be between {FIRST_YEAR} and {LAST_YEAR}.",
)
