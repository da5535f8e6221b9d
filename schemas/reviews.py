"""Reviews: decisions that a later verdict contradicts."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.decisions import ReviewState
from creditbank.domain.verdicts import Outcome, SubjectKind
from schemas.base import Contract, Reply
from schemas.fields import Code, Credits, Day, Moment, Text
from schemas.pages import PageQuerySchema


class ReviewQuerySchema(PageQuerySchema):
    """The part of the list that is wanted; state: open ones unless all are asked for."""

    state = Code(ReviewState, load_default=ReviewState.OPEN)


class ReviewCaseSchema(Reply):
    """One case. resolution and reason are "" while it is open."""

    review_case_id = fields.Integer()
    learner_id = fields.Integer()
    enrolment_id = fields.Integer()
    name = fields.String()
    student_no = fields.String()
    class_name = fields.String()
    subject_kind = Code(SubjectKind)
    subject_id = fields.Integer()
    decision_id = fields.Integer()
    decided_on = Day()
    document_no = fields.String()
    frozen_verdict_id = fields.Integer()
    frozen_outcome = Code(Outcome)
    verdict_id = fields.Integer()
    outcome = Code(Outcome)
    shortfall_credits = Credits(attribute="shortfall_units", is_sent=True)
    opened_at = Moment()
    resolution = fields.String(metadata={"enum": ["", "upheld", "withdrawn"]})
    reason = fields.String()
    resolved_at = Moment(allow_none=True)


class ReviewCasesSchema(Reply):
    """One page, newest first; next_cursor is "" on the last one."""

    items = fields.List(fields.Nested(ReviewCaseSchema()))
    next_cursor = fields.String()


class ResolutionSchema(Contract):
    """Close a case: the decision stands, for this reason."""

    reason = Text(max_length=200, required=True)


class ResolvedReviewSchema(Reply):
    """A case that was closed."""

    review_case_id = fields.Integer()
    resolution = fields.String()
    reason = fields.String()
