"""课程互认与学分换算对照表: its lines on a day, the versions of one, and putting lines in force."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.courses import CourseNature
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.recognition_rules import (
    CODE_MAX,
    DOCUMENT_MAX,
    LINES_MAX,
    NAME_MAX,
    RATIO_WHOLE,
    REASON_MAX,
    Relation,
)
from schemas.base import Contract, Reply
from schemas.fields import Code, Credits, Day, Moment, Rows, Text, Truth, Whole


class RecognitionQuerySchema(Contract):
    """The table of which day; today's if left out."""

    as_of = Day(load_default=None)


class RecognitionRuleSchema(Reply):
    """One line. sources and targets: beginnings of course names; credits_max: null for no limit."""

    code = fields.String()
    into = Code(InstitutionKind)
    relation = Code(Relation)
    sources = fields.List(fields.String())
    targets = fields.List(fields.String())
    target_nature = Code(CourseNature, allow_none=True)
    ratio_percent = fields.Integer()
    credits_max = Credits(is_sent=True, attribute="units_max", allow_none=True)
    needs_test = fields.Boolean()
    document_no = fields.String()
    valid_from = Day()
    valid_until = Day(allow_none=True)


class RecognitionTableSchema(Reply):
    """The lines in force on a day. to_come: first days of lines that are not yet in force today."""

    as_of = Day()
    items = fields.List(fields.Nested(RecognitionRuleSchema()))
    to_come = fields.List(Day())


class RecognitionVersionSchema(RecognitionRuleSchema):
    """One version of a line. decided_at: null for what ships with the service."""

    reason = fields.String()
    decided_at = Moment(allow_none=True)
    is_in_force = fields.Boolean()


class RecognitionVersionsSchema(Reply):
    """All versions of a line, the latest day first."""

    code = fields.String()
    versions = fields.List(fields.Nested(RecognitionVersionSchema()))


class RecognitionLineSchema(Contract):
    """One line to put in force; which fields belong to which relation is checked by the service."""

    code = Text(max_length=CODE_MAX, required=True)
    into = Code(InstitutionKind, required=True)
    relation = Code(Relation, required=True)
    sources = fields.List(Text(max_length=NAME_MAX), load_default=list)
    targets = fields.List(Text(max_length=NAME_MAX), load_default=list)
    target_nature = Code(CourseNature, load_default=None, allow_none=True)
    ratio_percent = Whole(low=1, high=RATIO_WHOLE, load_default=RATIO_WHOLE)
    credits_max = Credits(low=1, attribute="units_max", load_default=None, allow_none=True)
    needs_test = Truth(load_default=False)
    document_no = Text(max_length=DOCUMENT_MAX, required=True)
    valid_from = Day(required=True)
    valid_until = Day(load_default=None, allow_none=True)


class RecognitionChangeSchema(Contract):
    """Put lines in force, all or none; lines that stand as given are left alone."""

    lines = Rows(RecognitionLineSchema(), most=LINES_MAX)
    reason = Text(min_length=0, max_length=REASON_MAX, load_default="")


class RecognitionChangedSchema(Reply):
    """changed: codes of the lines put in force; unchanged: how many stood as they were given."""

    changed = fields.List(fields.String())
    unchanged = fields.Integer()
