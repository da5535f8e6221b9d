"""The cheapest ways to fill a gap."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.ledger import EntryKind
from schemas.base import Reply
from schemas.fields import Code, Credits, Day
from schemas.verdicts import ConditionResultSchema, SentencesSchema


class OfferSchema(Reply):
    """One thing to earn. code: of the course, or of the award such as competition.33.2.

    hours: class hours, those of an award by policy effort.hours.*. quantity: days or hours.
    """

    code = fields.String()
    kind = Code(EntryKind, attribute="record.kind")
    title = fields.String(attribute="record.title")
    credits = Credits(attribute="record.units", is_sent=True)
    hours = fields.Integer()
    semester_no = fields.Integer()
    quantity = fields.Integer()


class ChoiceSchema(Reply):
    """Things to earn, and others that would do instead of any of them."""

    offers = fields.List(fields.Nested(OfferSchema()))
    instead = fields.List(fields.Nested(OfferSchema()))


class ProposalSchema(Reply):
    """One way to fill the gap."""

    credits = Credits(attribute="units", is_sent=True)
    hours = fields.Integer()
    choices = fields.List(fields.Nested(ChoiceSchema()))


class GapSchema(Reply):
    """proposals: the cheapest first, at most 3, none part of another.

    is_closed: nothing is missing that credits could bring. is_bounded: the search was ended by its
    bound. out_of_reach: blocks that all offers together do not fill. conditions: what is not met
    and no credit replaces.
    """

    shortfall_credits = Credits(attribute="gap.shortfall_units", is_sent=True)
    is_closed = fields.Boolean(attribute="gap.is_closed")
    is_bounded = fields.Boolean(attribute="gap.is_bounded")
    proposals = fields.List(fields.Nested(ProposalSchema()), attribute="gap.proposals")
    out_of_reach = fields.List(fields.String(), attribute="gap.out_of_reach")
    conditions = fields.List(fields.Nested(ConditionResultSchema()), attribute="gap.conditions")
    sentences = fields.Nested(SentencesSchema())


class EnrolmentGapSchema(GapSchema):
    """The gap of one enrolment under its plan, as of one state of the ledger."""

    enrolment_id = fields.Integer(attribute="of.enrolment_id")
    plan_id = fields.Integer(attribute="of.plan.plan_id")
    ledger_seq = fields.Integer(attribute="of.ledger_seq")
    as_of = Day(attribute="of.as_of")


class GapsSchema(Reply):
    """One for each open enrolment that the reader may see."""

    learner_id = fields.Integer()
    gaps = fields.List(fields.Nested(EnrolmentGapSchema()))
