"""Registering learners and opening enrolments. Identity numbers come in; none ever goes out."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.enrolments import StudyMode
from schemas.base import Contract, Reply
from schemas.credits import MessageSchema
from schemas.fields import Code, Day, Text, Whole

YEAR_LOW, YEAR_HIGH = 1990, 2100


class NewEnrolmentSchema(Contract):
    """An enrolment at the caller's school. plan_code: where a cohort of the major has several."""

    student_no = Text(max_length=20, required=True)
    national_student_no = Text(min_length=0, max_length=24, load_default="")
    class_name = Text(max_length=40, required=True)
    major_code = Text(max_length=7, required=True)
    catalogue_year = Whole(low=YEAR_LOW, high=YEAR_HIGH, required=True)
    plan_code = Text(min_length=0, max_length=30, load_default="")
    entry_year = Whole(low=YEAR_LOW, high=YEAR_HIGH, required=True)
    entered_on = Day(required=True)
    study_mode = Code(StudyMode, load_default=StudyMode.FULL_TIME)
    agreement_id = Whole(low=1, allow_none=True, load_default=None)


class RegistrationSchema(Contract):
    """A person. sex (GB/T 2261.1) and born_on are read off the identity number if left out."""

    name = Text(max_length=50, required=True)
    citizen_id = Text(min_length=0, max_length=24, load_default="")
    sex = Text(min_length=0, max_length=1, load_default="")
    born_on = Day(allow_none=True, load_default=None)
    enrolment = fields.Nested(NewEnrolmentSchema(), load_default=None, allow_none=True)


class EnrolmentOpeningSchema(Contract):
    """An enrolment for who has an account; name, account and identity number as on record."""

    name = Text(max_length=50, required=True)
    account_no = Text(max_length=20, required=True)
    citizen_id = Text(min_length=0, max_length=24, load_default="")
    enrolment = fields.Nested(NewEnrolmentSchema(), required=True)


class RegistrationWarningSchema(Reply):
    """What is to be thought of: after_cutoff, the registration of the intake is over."""

    code = fields.String(metadata={"enum": ["after_cutoff"]})
    message = fields.Nested(MessageSchema())


class RegisteredLearnerSchema(Reply):
    """The account, and the enrolment if one was opened. warnings: it stands nevertheless."""

    learner_id = fields.Integer()
    account_no = fields.String()
    enrolment_id = fields.Integer(allow_none=True)
    warnings = fields.List(fields.Nested(RegistrationWarningSchema()))
