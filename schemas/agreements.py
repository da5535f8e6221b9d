"""Articulation agreements and their cohorts."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.agreements import EducationLevel, HardConditionKind
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.staged_modes import STAGED_MODES
from creditbank.domain.verdicts import Outcome
from schemas.base import Reply
from schemas.fields import Code, Credits, Day
from schemas.verdicts import ConditionResultSchema

_UNKNOWN_YET = {"enum": [*(outcome.value for outcome in Outcome), ""]}


class HardConditionSchema(Reply):
    """One condition; what threshold says depends on the kind."""

    kind = Code(HardConditionKind)
    threshold = fields.String()


class AgreementSchema(Reply):
    """One agreement for one cohort as it speaks today; years in tenths (25 is 2.5 years).

    staged_mode: 分段培养方式 of the national system, "" where it has no label for these stages.
    """

    agreement_id = fields.Integer(attribute="agreement.agreement_id")
    school_id = fields.Integer(attribute="agreement.school_id")
    school_name = fields.String()
    college_id = fields.Integer(attribute="agreement.college_id")
    college_name = fields.String()
    name = fields.String(attribute="agreement.name")
    document_no = fields.String(attribute="agreement.document_no")
    entry_year = fields.Integer(attribute="agreement.entry_year")
    pre_level = Code(EducationLevel, attribute="agreement.pre_level")
    pre_years_tenths = fields.Integer(attribute="agreement.pre_years_tenths")
    pre_major_code = fields.String(attribute="agreement.pre_major_code")
    post_level = Code(EducationLevel, attribute="agreement.post_level")
    post_years_tenths = fields.Integer(attribute="agreement.post_years_tenths")
    post_major_code = fields.String(attribute="agreement.post_major_code")
    quota = fields.Integer(attribute="agreement.quota")
    valid_from = Day(attribute="agreement.valid_from")
    valid_to = Day(attribute="agreement.valid_to")
    is_valid = fields.Boolean()
    staged_mode = fields.String(metadata={"enum": ["", *STAGED_MODES]})
    pre_catalogue_year = fields.Integer(attribute="agreement.pre_catalogue_year")
    post_catalogue_year = fields.Integer(attribute="agreement.post_catalogue_year")
    hard_conditions = fields.List(
        fields.Nested(HardConditionSchema()), attribute="agreement.hard_conditions"
    )


class AgreementsSchema(Reply):
    """One page; next_cursor is "" on the last one."""

    items = fields.List(fields.Nested(AgreementSchema()))
    next_cursor = fields.String()


class CohortMemberSchema(Reply):
    """One learner of the class; outcome is "" before the first evaluation."""

    learner_id = fields.Integer()
    enrolment_id = fields.Integer()
    name = fields.String()
    student_no = fields.String()
    class_name = fields.String()
    status = Code(EnrolmentStatus)
    joined_on = Day()
    left_on = Day(allow_none=True)
    outcome = fields.String(metadata=_UNKNOWN_YET)
    shortfall_credits = Credits(attribute="shortfall_units", is_sent=True)
    conditions = fields.List(fields.Nested(ConditionResultSchema()))
    graduation_outcome = fields.String(metadata=_UNKNOWN_YET)
    graduation_shortfall_credits = Credits(attribute="graduation_shortfall_units", is_sent=True)
    ledger_seq = fields.Integer()
    as_of = Day(allow_none=True)
    is_fresh = fields.Boolean()


class CohortSchema(Reply):
    """An agreement, a page of its learners, and counts by outcome over all of them.

    Verdicts are at the head of the ledger. is_fresh is false for a learner who cannot be evaluated
    at present: do not decide on such a line. counts are of the verdicts as workers wrote them last.
    """

    agreement = fields.Nested(AgreementSchema(), attribute="line")
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    items = fields.List(fields.Nested(CohortMemberSchema()), attribute="members.items")
    next_cursor = fields.String(attribute="members.next_cursor")
