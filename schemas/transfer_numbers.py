"""普职互转 in numbers. They name nobody."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.institutions import InstitutionKind
from schemas.base import Contract, Reply
from schemas.fields import Code, Credits, Day, WholeInQuery

_YEAR_MIN, _YEAR_MAX = 1990, 2100


class TransferNumbersQuerySchema(Contract):
    """Which school year, by its first calendar year; the present one if left out."""

    school_year = WholeInQuery(low=_YEAR_MIN, high=_YEAR_MAX, load_default=None)


class CohortWindowSchema(Reply):
    """First and last day on which a grade may apply at the end of its semester."""

    into = Code(InstitutionKind)
    entry_year = fields.Integer()
    semester = fields.Integer()
    opens = Day()
    closes = Day()
    is_open = fields.Boolean()


class SchoolNumbersSchema(Reply):
    """Transfers of one school; all but moved_in are of learners who leave it, or wanted to."""

    institution_id = fields.Integer()
    name = fields.String()
    name_en = fields.String()
    kind = Code(InstitutionKind)
    moved_in = fields.Integer()
    moved_out = fields.Integer()
    under_way = fields.Integer()
    refused = fields.Integer()
    withdrawn = fields.Integer()


class RecognisedCoursesSchema(Reply):
    """学分互认笔数: how many courses were recognised, by relation."""

    same = fields.Integer()
    similar = fields.Integer()
    elective = fields.Integer()


class RecognisedCreditsSchema(Reply):
    """What came along in one direction: presented, and what of it stands recognised."""

    into = Code(InstitutionKind)
    transfers = fields.Integer()
    presented_credits = Credits(attribute="presented", is_sent=True)
    recognised_credits = Credits(attribute="recognised", is_sent=True)
    courses = fields.Nested(RecognisedCoursesSchema())


class TransferNumbersSchema(Reply):
    """The numbers of a school year. years: those that have transfers, and the present one."""

    school_year = fields.Integer()
    years = fields.List(fields.Integer())
    windows = fields.List(fields.Nested(CohortWindowSchema()))
    schools = fields.List(fields.Nested(SchoolNumbersSchema()))
    recognised = fields.List(fields.Nested(RecognisedCreditsSchema()))
