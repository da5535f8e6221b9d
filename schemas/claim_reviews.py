"""初审, 终审, 公示 and 异议 of claims: the queues, and what offices and objectors say."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.claims import CLAIMS_MAX, ClaimKind, ClaimMoveKind, QueueState
from creditbank.domain.ledger import NUMBER_MAX
from schemas.base import Contract, Reply
from schemas.claims import ClaimLineSchema
from schemas.fields import Code, Credits, Text, Whole, Wholes

_REASON_MAX = 200
_ACCEPT, _RETURN, _REJECT = ClaimMoveKind.ACCEPT, ClaimMoveKind.RETURN, ClaimMoveKind.REJECT


class _Reasoned(Contract):
    reason = Text(min_length=0, max_length=_REASON_MAX, load_default="")


class ClaimReviewSchema(_Reasoned):
    """初审. credits: of an acceptance; left out for what the table has. reason: of all others."""

    kind = Code((_ACCEPT, _RETURN, _REJECT), required=True)
    credits = Credits(allow_none=True, load_default=None)


class ClaimReturnSchema(_Reasoned):
    """The final review sends one back to be mended, or rejects it; both for a reason."""

    kind = Code((_RETURN, _REJECT), required=True)


class ClaimConfirmationSchema(Contract):
    """终审 of several: all of them or none. document_no: of the meeting, or ""."""

    claim_ids = Wholes(most=CLAIMS_MAX)
    document_no = Text(min_length=0, max_length=NUMBER_MAX, load_default="")


class ClaimObjectionSchema(_Reasoned):
    """异议: what speaks against it."""


class ClaimRulingSchema(_Reasoned):
    """On one objection. about: its number; uphold ends the claim."""

    kind = Code((ClaimMoveKind.DISMISS, ClaimMoveKind.UPHOLD), required=True)
    about = Whole(low=1, required=True)


class ClaimQueueQuerySchema(Contract):
    """Which claims of the first review: of one kind, of one class."""

    state = Code(QueueState, load_default=QueueState.WAITING)
    kind = Code(ClaimKind)
    class_name = Text(min_length=0, max_length=40, load_default="")


class _Whose(Reply):
    name = fields.String(attribute="who.name")
    student_no = fields.String(attribute="who.student_no")
    class_name = fields.String(attribute="who.class_name")
    claim = fields.Nested(ClaimLineSchema(), attribute="line")


class QueueLineSchema(_Whose):
    """One that waits. waiting_days: working days since it came. is_bounced: the ledger refused."""

    waiting_days = fields.Integer(attribute="days")
    is_bounced = fields.Boolean(attribute="line.standing.is_bounced")


class QueueSchema(Reply):
    """The oldest first, at most 100; count: all that there are."""

    count = fields.Integer()
    items = fields.List(fields.Nested(QueueLineSchema()), attribute="lines")


class FirstQueueSchema(QueueSchema):
    """by_state: how many are in each. classes: of everybody who waits in this state."""

    by_state = fields.Dict(keys=Code(QueueState), values=fields.Integer())
    classes = fields.List(fields.String())


class OpenObjectionSchema(_Whose):
    """An objection that nobody has answered. about: its number."""

    about = fields.Integer(attribute="move.move.number")
    made_on = fields.Date(attribute="move.move.made_on")
    reason = fields.String(attribute="move.move.reason")


class OpenObjectionsSchema(Reply):
    """The oldest first."""

    items = fields.List(fields.Nested(OpenObjectionSchema()))


class ClaimNoticeSchema(Reply):
    """One claim as it hangs: a masked name, no number. is_own: of the caller's own learner."""

    claim_id = fields.Integer()
    name = fields.String()
    class_name = fields.String()
    school = fields.String()
    school_en = fields.String()
    title = fields.String(attribute="claim.content.title")
    kind = Code(ClaimKind, attribute="claim.content.kind")
    credits = Credits(attribute="units", is_sent=True)
    starts_on = fields.Date()
    ends_on = fields.Date()
    has_objected = fields.Boolean()
    is_own = fields.Boolean()


class ClaimNoticesSchema(Reply):
    """One page; next_cursor is "" on the last one."""

    items = fields.List(fields.Nested(ClaimNoticeSchema()))
    next_cursor = fields.String()


class ConfirmedClaimsSchema(Reply):
    """Those that passed, and the last day of their notice."""

    claim_ids = fields.List(fields.Integer())
    ends_on = fields.Date()
