"""Who asks for the tree's checkpoints and proofs needs no account, so calls are counted by address.

In the rows that tries to sign in are counted in. A proof costs a handful of rows; thousands a
minute from one place would cost the school's own people their answers.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from creditbank.domain.access import Actor, decide
from creditbank.domain.errors import Message, TooManyCallsError
from creditbank.domain.permissions import Action
from creditbank.store.accounts import count_tries, forget_tries_before, lock_subject, tries
from creditbank.store.unit_of_work import UnitOfWork

CALL_WINDOW = timedelta(minutes=10)
CALLS_MAX = 600
"""From one address in the window: a mirror that follows every checkpoint needs half of it."""
_TOO_MANY = Message(
    "来自您网络的请求过多,请稍后再试。", "Too many calls from your network; try again later."
)


def count_call(uow: UnitOfWork, actor: Actor, *, address: str, now: datetime) -> None:
    """Count one call, whatever it will find. Commit it by itself: what raises later must not undo.

    Raises TooManyCallsError, which says for how long.
    """
    decide(actor, Action.SEE_LOG)
    subject = hashlib.sha256(f"log|{address}".encode()).hexdigest()
    lock_subject(uow.connection, subject)
    earlier = tries(uow.connection, subject, since=now - CALL_WINDOW)
    if len(earlier) >= CALLS_MAX:
        wait = earlier[-CALLS_MAX] + CALL_WINDOW - now
        raise TooManyCallsError(_TOO_MANY, retry_after=max(1, int(wait.total_seconds()) + 1))
    forget_tries_before(uow.connection, subject, moment=now - CALL_WINDOW)
    count_tries(uow.connection, [subject], now=now)
