"""办理消息: what an account is told: of changes, the advance, marks entered, warnings."""

from __future__ import annotations

from enum import Enum, StrEnum


class MessageKind(StrEnum):
    """What has happened. Of TURN, AGREED, REFUSED and DEADLINE a message names the office."""

    APPLIED = "applied"
    TURN = "turn"
    """It is the turn of the reader's office."""
    AGREED = "agreed"
    PLANNED = "planned"
    """The receiving school has put down what it found and would recognise."""
    NOTICE = "notice"
    """The receiving school has agreed, and the public notice runs."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXECUTED = "executed"
    DEADLINE = "deadline"
    """The reader's office has little time left, or none."""
    ADVANCE = "advance"
    """转段: a step was made; which one is read where it is shown."""
    WARNING = "warning"
    """学业预警: a level was newly reached."""
    SUBMITTED = "submitted"
    """Of marks that are entered: they wait for a second person."""
    RETURNED = "returned"
    POSTED = "posted"
    AGEING = "ageing"
    """Nobody has touched the sheet for long: it will be discarded."""
    EXPIRED = "expired"
    CLAIM = "claim"
    """学分认定申报: a step was made; for an office, claims wait."""


class MessageFilter(StrEnum):
    """Which messages a list holds."""

    ALL = "all"
    UNREAD = "unread"


OF_OFFICE = frozenset(
    {MessageKind.TURN, MessageKind.AGREED, MessageKind.REFUSED, MessageKind.DEADLINE}
)
FOR_REGISTRARS = frozenset({MessageKind.REFUSED, MessageKind.WITHDRAWN, MessageKind.EXECUTED})
"""How a change ends: the registrars of both schools are told."""


class Handed(Enum):
    """What a mail server said of a mail."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """This address, and for good."""
    LATER = "later"
