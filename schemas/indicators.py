"""Counts for the county. They name nobody."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.verdicts import Outcome, SubjectKind
from schemas.base import Reply
from schemas.fields import Code


class OutcomeCountSchema(Reply):
    """How many enrolments of one school, major and cohort have one outcome."""

    institution_id = fields.Integer()
    institution_name = fields.String()
    institution_name_en = fields.String()
    institution_kind = Code(InstitutionKind)
    major_code = fields.String()
    major_name = fields.String()
    entry_year = fields.Integer()
    subject_kind = Code(SubjectKind)
    outcome = fields.String(metadata={"enum": [*(outcome.value for outcome in Outcome), ""]})
    enrolments = fields.Integer()


class IndicatorsSchema(Reply):
    """All counts."""

    counts = fields.List(fields.Nested(OutcomeCountSchema()))
