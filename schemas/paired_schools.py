"""互转结对学校: the pairs of a day and later, and naming one."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.recognition_rules import DOCUMENT_MAX
from schemas.base import Contract, Reply
from schemas.fields import Code, Day, Text, Whole


class PairedSchoolsQuerySchema(Contract):
    """The pairs of which day; today's if left out."""

    as_of = Day(load_default=None)


class PairableSchoolSchema(Reply):
    """A school of either kind."""

    institution_id = fields.Integer()
    name = fields.String()
    name_en = fields.String()
    kind = Code(InstitutionKind)


class PairSchema(Reply):
    """One pair. valid_until: its last day, null for no end."""

    vocational = fields.Nested(PairableSchoolSchema())
    general = fields.Nested(PairableSchoolSchema())
    valid_from = Day()
    valid_until = Day(allow_none=True)
    document_no = fields.String()


class PairedSchoolsSchema(Reply):
    """The pairs in force on a day, those named for later, and the schools that may be named."""

    as_of = Day()
    items = fields.List(fields.Nested(PairSchema()))
    to_come = fields.List(fields.Nested(PairSchema()))
    schools = fields.List(fields.Nested(PairableSchoolSchema()))


class NamePairedSchoolsSchema(Contract):
    """Name a pair from today or later on; to end one, send it with its first day and the last."""

    vocational_id = Whole(low=1, required=True)
    general_id = Whole(low=1, required=True)
    valid_from = Day(required=True)
    valid_until = Day(load_default=None, allow_none=True)
    document_no = Text(max_length=DOCUMENT_MAX, required=True)


class PairNamedSchema(Reply):
    """The row that says so."""

    paired_school_id = fields.Integer()
