"""学期注册: what is recorded for a term, and who stands where."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.term_registrations import RegistrationState, TermStanding
from schemas.base import Contract, Reply
from schemas.fields import Code, Day, Moment, Rows, TermCode, Text, Truth, Whole, WholeInQuery
from schemas.problems import FaultSchema

LINES_MAX = 500


class TermLineSchema(Contract):
    """One enrolment. state: ZCZKM 1 registered, 2 reported, 9 absent, which needs a reason."""

    enrolment_id = Whole(low=1, required=True)
    state = Code(RegistrationState, required=True)
    reason = Text(min_length=0, max_length=200, load_default="")
    on_leave = Truth(load_default=False)


class TermRegistrationSchema(Contract):
    """Register enrolments of the caller's school for a term, on a day."""

    term = TermCode(required=True)
    day = Day(required=True)
    lines = Rows(TermLineSchema(), most=LINES_MAX)


class RegisteredLineSchema(Reply):
    """What became of one. state: as recorded, "" where problems say why nothing is."""

    enrolment_id = fields.Integer()
    learner_id = fields.Integer()
    state = fields.String(metadata={"enum": ["", *RegistrationState]})
    problems = fields.List(fields.Nested(FaultSchema()))


class RegisteredTermSchema(Reply):
    """Each line once, in their order; recorded: how many of them stand now."""

    recorded = fields.Integer()
    items = fields.List(fields.Nested(RegisteredLineSchema()))


class TermQuerySchema(Contract):
    """term: the present one if left out; institution_id: for the bureau, by class of one school."""

    term = TermCode(load_default=None)
    institution_id = WholeInQuery(low=1, load_default=None)


class TermNumbersSchema(Reply):
    """How many stand where. class_name: "" where the line is about the whole school."""

    institution_id = fields.Integer()
    institution_name = fields.String()
    class_name = fields.String()
    entry_year = fields.Integer()
    registered = fields.Integer()
    reported = fields.Integer()
    absent = fields.Integer()
    away = fields.Integer()
    not_yet = fields.Integer()


class TermNumbersPageSchema(Reply):
    """By class of a school, or by school for the bureau."""

    term = fields.String()
    items = fields.List(fields.Nested(TermNumbersSchema()))


class TermLearnersQuerySchema(Contract):
    """Of a class or a year, or of the whole school. missing: 1 for who is not registered alone."""

    term = TermCode(load_default=None)
    class_name = Text(max_length=40, load_default=None)
    entry_year = WholeInQuery(low=1990, high=2100, load_default=None)
    missing = WholeInQuery(low=0, high=1, load_default=0)


class TermLearnerSchema(Reply):
    """One enrolment in a term. day: null where nothing is recorded."""

    enrolment_id = fields.Integer()
    learner_id = fields.Integer()
    name = fields.String()
    student_no = fields.String()
    class_name = fields.String()
    entry_year = fields.Integer()
    is_open = fields.Boolean()
    standing = Code(TermStanding)
    day = Day(allow_none=True)
    reason = fields.String()
    on_leave = fields.Boolean()


class TermLearnersSchema(Reply):
    """By class and pinyin, at most 2000."""

    term = fields.String()
    items = fields.List(fields.Nested(TermLearnerSchema()))


class BatchQuerySchema(Contract):
    """term: the present one if left out."""

    term = TermCode(load_default=None)


class TermBatchSchema(Reply):
    """What was recorded together. lines: how many, of which so many were withdrawn since."""

    term_registration_id = fields.Integer(attribute="number")
    recorded_by = fields.String(attribute="by")
    recorded_at = Moment(attribute="at")
    class_names = fields.List(fields.String())
    lines = fields.Integer()
    withdrawn = fields.Integer()


class TermBatchesSchema(Reply):
    """The last first, at most 20."""

    term = fields.String()
    items = fields.List(fields.Nested(TermBatchSchema()))


class TermUndoingSchema(Contract):
    """Why what was recorded together is taken back."""

    reason = Text(max_length=200, required=True)


class UndoneTermSchema(Reply):
    """How many records were withdrawn."""

    withdrawn = fields.Integer(attribute="count")
