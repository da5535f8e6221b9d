"""分享链接: making a link to one paper or credential, and what has become of those there are."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.credentials import CredentialKind
from creditbank.domain.paper_shares import DAYS_MAX, ShareState
from creditbank.domain.papers import PaperKind
from schemas.base import Contract, Reply
from schemas.fields import Code, Moment, Truth, Whole


class PaperShareSchema(Contract):
    """A link to one certificate of enrolment, or to one credential, for so many days.

    shows_numbers: identity and student registry number in full, of a certificate alone.
    """

    issued_paper_id = Whole(low=1, allow_none=True, load_default=None)
    issued_credential_id = Whole(low=1, allow_none=True, load_default=None)
    days = Whole(low=1, high=DAYS_MAX, required=True)
    shows_numbers = Truth(load_default=False)


class ShareWithdrawalSchema(Contract):
    """Nothing more is to be said: the link closes at once."""


class MadeShareSchema(Reply):
    """The link. It is in the first answer alone: "" where the key had been answered before."""

    paper_share_id = fields.Integer()
    learner_id = fields.Integer()
    link = fields.String()


class WithdrawnShareSchema(Reply):
    """The link that is closed."""

    paper_share_id = fields.Integer()
    learner_id = fields.Integer()


class PaperShareLineSchema(Reply):
    """One link. looks: how often its page was opened, files: how often the paper itself."""

    paper_share_id = fields.Integer()
    kind = fields.String(metadata={"enum": [*PaperKind, *CredentialKind]})
    number = fields.String()
    shows_numbers = fields.Boolean()
    shared_at = Moment()
    expires_at = Moment()
    state = Code(ShareState)
    looks = fields.Integer()
    files = fields.Integer()
    opened_at = Moment(allow_none=True)


class PaperSharesSchema(Reply):
    """One page, the latest first; next_cursor is "" on the last one."""

    items = fields.List(fields.Nested(PaperShareLineSchema()))
    next_cursor = fields.String()
