"""Facts beside the credits: one contract for each kind, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from marshmallow import fields

from creditbank.domain.snapshots import Appraisal, AttestationKind, SanctionLevel
from schemas.base import Contract, OneOf, Reply
from schemas.fields import Code, Constant, Day, Moment, TermCode, Text, Whole

KINDS = ["conduct", "internship", "sanction", "lifting", "attestation", "membership"]


class ConductSchema(Contract):
    """思想品德评价 of a term; grade as the school writes it."""

    kind = Constant("conduct")
    term = TermCode(required=True)
    result = Code(Appraisal, required=True)
    grade = Text(min_length=0, max_length=10, load_default="")


class InternshipSchema(Contract):
    """岗位实习: pending while under way; with a result it has an end."""

    kind = Constant("internship")
    organisation = Text(min_length=0, max_length=100, load_default="")
    started_on = Day(required=True)
    ended_on = Day(allow_none=True, load_default=None)
    result = Code(Appraisal, load_default=Appraisal.PENDING)


class SanctionSchema(Contract):
    """处分; level 1 警告, 2 严重警告, 3 记过, 4 留校察看, 5 开除学籍."""

    kind = Constant("sanction")
    level = Code(SanctionLevel, required=True)
    decided_on = Day(required=True)
    document_no = Text(max_length=60, required=True)


class LiftingSchema(Contract):
    """解除处分."""

    kind = Constant("lifting")
    sanction_id = Whole(low=1, required=True)
    lifted_on = Day(required=True)
    document_no = Text(max_length=60, required=True)


class AttestationSchema(Contract):
    """合格考 of a subject, 综合素质评价, 报名, 体检. replaces_id: the one that was wrong."""

    kind = Constant("attestation")
    attestation = Code(AttestationKind, required=True)
    subject = Text(min_length=0, max_length=20, load_default="")
    result = Code(Appraisal, required=True)
    attested_on = Day(required=True)
    document_no = Text(min_length=0, max_length=60, load_default="")
    replaces_id = Whole(low=1, allow_none=True, load_default=None)


class MembershipSchema(Contract):
    """A place in the class of an agreement."""

    kind = Constant("membership")
    agreement_id = Whole(low=1, required=True)
    joined_on = Day(required=True)


class FactSchema(OneOf):
    """One fact of any of the kinds."""

    variants: ClassVar[Mapping[str, Contract]] = {
        "conduct": ConductSchema(),
        "internship": InternshipSchema(),
        "sanction": SanctionSchema(),
        "lifting": LiftingSchema(),
        "attestation": AttestationSchema(),
        "membership": MembershipSchema(),
    }


class RecordedFactSchema(Reply):
    """What was recorded; facts_seq: the state of the learner's facts with it."""

    learner_id = fields.Integer()
    enrolment_id = fields.Integer()
    kind = fields.String(metadata={"enum": KINDS})
    fact_id = fields.Integer()
    facts_seq = fields.Integer()


class FactLineSchema(Reply):
    """One fact on record. what: term, level or kind; text: grade, organisation or subject.

    stands: whether it still speaks.
    """

    kind = fields.String(metadata={"enum": KINDS})
    fact_id = fields.Integer()
    enrolment_id = fields.Integer()
    what = fields.String()
    text = fields.String()
    result = fields.String()
    happened_on = Day(allow_none=True)
    ended_on = Day(allow_none=True)
    document_no = fields.String()
    recorded_at = Moment(allow_none=True)
    stands = fields.Boolean()


class FactsSchema(Reply):
    """All facts on record about a learner."""

    facts = fields.List(fields.Nested(FactLineSchema()))
