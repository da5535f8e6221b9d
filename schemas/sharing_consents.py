"""Consent to be shown to a college."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.sharing_consents import ConsentBasis
from schemas.base import Contract, Reply
from schemas.fields import Code, Day, Moment, Whole


class ConsentLineSchema(Reply):
    """What stands under one agreement. basis: who said so; null where nothing was said."""

    agreement_id = fields.Integer()
    name = fields.String()
    college_name = fields.String()
    is_member = fields.Boolean()
    valid_from = Day()
    valid_to = Day()
    is_given = fields.Boolean()
    basis = Code(ConsentBasis, allow_none=True)
    recorded_at = Moment(allow_none=True)


class ConsentsSchema(Reply):
    """One for each agreement whose class the learner is or was in."""

    items = fields.List(fields.Nested(ConsentLineSchema()))


class GiveConsentSchema(Contract):
    """Consent under one agreement, or withdraw it."""

    agreement_id = Whole(low=1, required=True)
    is_given = fields.Boolean(required=True, truthy={True}, falsy={False})


class ConsentGivenSchema(Reply):
    """What stands now."""

    learner_id = fields.Integer()
    agreement_id = fields.Integer()
    is_given = fields.Boolean()
