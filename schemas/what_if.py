"""Suppositions about a learner, and the verdicts they would lead to. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from marshmallow import fields

from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.courses import GradingScale
from creditbank.domain.ledger import QUANTITY_MAX, TITLE_MAX, EntryKind
from creditbank.domain.verdicts import Outcome, SubjectKind
from schemas.base import Contract, OneOf, Reply
from schemas.credits import MessageSchema
from schemas.fields import Code, Constant, Credits, Day, Rows, Text, Whole
from schemas.gaps import GapSchema
from schemas.verdicts import (
    BlockResultSchema,
    ConditionResultSchema,
    PlacementSchema,
    SentencesSchema,
)

SUPPOSED_MAX = 50


class SupposedCourseSchema(Contract):
    """A course of the school, passed; mark: the pass mark where it is empty."""

    kind = Constant("course")
    course_code = Text(max_length=20, required=True)
    mark = Text(min_length=0, max_length=10, load_default="")
    scale = Code(GradingScale, load_default=GradingScale.PERCENT)


class SupposedCompetitionSchema(Contract):
    """An award; event: one of its own where it is empty."""

    kind = Constant("competition")
    level = Code(AwardLevel, required=True)
    rank = Code(AwardRank, required=True)
    team_role = Code(TeamRole, load_default=TeamRole.INDIVIDUAL)
    event = Text(min_length=0, max_length=TITLE_MAX, load_default="")


class SupposedInnovationSchema(Contract):
    """An achievement; certificates and patents are supposed to be granted."""

    kind = Constant("innovation")
    category = Code(InnovationCategory, required=True)
    title = Text(min_length=0, max_length=TITLE_MAX, load_default="")
    quantity = Whole(low=1, high=QUANTITY_MAX, load_default=1)
    certificate_level = Code(CertificateLevel, load_default=CertificateLevel.NONE)
    valid_until = Day(allow_none=True, load_default=None)


class SupposedSchema(OneOf):
    """One supposed record of any of the three kinds."""

    variants: ClassVar[Mapping[str, Contract]] = {
        "course": SupposedCourseSchema(),
        "competition": SupposedCompetitionSchema(),
        "innovation": SupposedInnovationSchema(),
    }


class TakenBackSchema(Contract):
    """An entry that is supposed to have been taken back."""

    ledger_seq = Whole(low=1, required=True)


class HypothesisSchema(Contract):
    """What is supposed, all at once.

    plan_id: another major of the school, or a plan of the other kind of school in the county.
    as_of: today, or a day to come.
    """

    records = Rows(SupposedSchema(), most=SUPPOSED_MAX, low=0)
    without = Rows(TakenBackSchema(), most=SUPPOSED_MAX, low=0)
    plan_id = Whole(low=1, allow_none=True, load_default=None)
    as_of = Day(allow_none=True, load_default=None)


class SupposedVerdictSchema(Reply):
    """A verdict that is not stored anywhere."""

    outcome = Code(Outcome, attribute="verdict.outcome")
    plan_id = fields.Integer(attribute="verdict.plan_id")
    as_of = Day(attribute="verdict.as_of")
    required_credits = Credits(attribute="verdict.required_units", is_sent=True)
    counted_credits = Credits(attribute="verdict.counted_units", is_sent=True)
    shortfall_credits = Credits(attribute="verdict.shortfall_units", is_sent=True)
    blocks = fields.List(fields.Nested(BlockResultSchema()), attribute="verdict.blocks")
    conditions = fields.List(fields.Nested(ConditionResultSchema()), attribute="verdict.conditions")
    sentences = fields.Nested(SentencesSchema())


class ComparedSchema(Reply):
    """One subject now and as supposed; after is null where nothing would be left to decide."""

    subject_kind = Code(SubjectKind)
    subject_id = fields.Integer()
    name = fields.String()
    before = fields.Nested(SupposedVerdictSchema())
    after = fields.Nested(SupposedVerdictSchema(), allow_none=True)


class RecordChangeSchema(Reply):
    """One entry that would count elsewhere, or not at all; supposed ones are always here."""

    ledger_seq = fields.Integer()
    title = fields.String()
    kind = Code(EntryKind)
    credits = Credits(attribute="units", is_sent=True)
    is_supposed = fields.Boolean()
    before = fields.List(fields.Nested(PlacementSchema()))
    after = fields.List(fields.Nested(PlacementSchema()))


class RecognitionSchema(Reply):
    """What a transfer would bring along: courses here, credits there, and by which rule."""

    sources = fields.List(fields.String())
    source_credits = Credits(attribute="source_units", is_sent=True)
    credits = Credits(attribute="units", is_sent=True)
    targets = fields.List(fields.String())
    reference = fields.String()


class WhatIfSchema(Reply):
    """The answer. is_stored is always false: nothing of it is kept."""

    learner_id = fields.Integer()
    enrolment_id = fields.Integer()
    ledger_seq = fields.Integer()
    today = Day()
    as_of = Day()
    is_stored = fields.Boolean(dump_default=False)
    compared = fields.List(fields.Nested(ComparedSchema()))
    changes = fields.List(fields.Nested(RecordChangeSchema()))
    recognised = fields.List(fields.Nested(RecognitionSchema()))
    gap = fields.Nested(GapSchema())
    notes = fields.List(fields.Nested(MessageSchema()))
