"""Signed credentials: what is asked for, and what is known of each."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.credentials import CredentialKind, CredentialState
from schemas.base import Contract, Reply
from schemas.fields import Code, Moment, Text, Whole


class CredentialRequestSchema(Contract):
    """agreement_id: of an articulation status; ledger_seq: the award of an achievement."""

    kind = Code(CredentialKind, required=True)
    agreement_id = Whole(low=1, load_default=None)
    ledger_seq = Whole(low=1, load_default=None)


class CredentialRevocationSchema(Contract):
    """Why a credential is taken back."""

    reason = Text(max_length=200, required=True)


class CredentialLineSchema(Reply):
    """One credential. token: the end of its public address /verify/…; ledger_seq: of the books."""

    issued_credential_id = fields.Integer()
    learner_id = fields.Integer()
    kind = Code(CredentialKind)
    token = fields.String()
    ledger_seq = fields.Integer()
    issued_at = Moment()
    valid_until = Moment(allow_none=True)
    state = Code(CredentialState)


class CredentialsSchema(Reply):
    """Some credentials."""

    credentials = fields.List(fields.Nested(CredentialLineSchema()))
