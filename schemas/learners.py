"""Finding learners, and who a learner is. No identity number is ever part of it."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.enrolments import EnrolmentStatus
from schemas.base import Contract, Reply
from schemas.fields import Code, Text, Whole
from schemas.pages import CURSOR_MAX, LIMIT_MAX, LIMIT_USUAL


class LearnerSearchSchema(Contract):
    """text: part of the name, its pinyin or initials, or the start of the student number.

    Sent in the body, since names do not belong in addresses.
    """

    text = Text(max_length=50, required=True)
    limit = Whole(low=1, high=LIMIT_MAX, load_default=LIMIT_USUAL)
    cursor = Text(min_length=0, max_length=CURSOR_MAX, load_default="")


class FoundLearnerSchema(Reply):
    """One enrolment of a learner who was found."""

    learner_id = fields.Integer()
    enrolment_id = fields.Integer()
    name = fields.String()
    student_no = fields.String()
    class_name = fields.String()
    institution_name = fields.String()
    status = Code(EnrolmentStatus)


class FoundLearnersSchema(Reply):
    """One page in pinyin order; next_cursor is "" on the last one."""

    items = fields.List(fields.Nested(FoundLearnerSchema()))
    next_cursor = fields.String()


class EnrolmentSchema(Reply):
    """One enrolment at one school in one major."""

    enrolment_id = fields.Integer()
    institution_id = fields.Integer()
    institution_name = fields.String()
    institution_name_en = fields.String()
    student_no = fields.String()
    plan_id = fields.Integer()
    plan_name = fields.String()
    major_code = fields.String()
    major_name = fields.String()
    class_name = fields.String()
    entry_year = fields.Integer()
    status = Code(EnrolmentStatus)
    is_open = fields.Boolean()


class LearnerSchema(Reply):
    """One learner with all enrolments that the reader may see. sex: GB/T 2261.1."""

    learner_id = fields.Integer()
    account_no = fields.String()
    name = fields.String()
    sex = fields.String()
    ledger_seq = fields.Integer()
    facts_seq = fields.Integer()
    enrolments = fields.List(fields.Nested(EnrolmentSchema()))
