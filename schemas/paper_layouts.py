"""文件版式: which layout each kind of paper is set with at a school, and one version whole."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.papers import PaperKind
from schemas.base import Reply
from schemas.fields import Code, Day, Moment


class LayoutVersionSchema(Reply):
    """One version of a school's own layout. uploaded_by: a name, "" of an account that is gone."""

    paper_layout_id = fields.Integer()
    kind = Code(PaperKind)
    version = fields.Integer()
    note = fields.String()
    uploaded_at = Moment()
    uploaded_by = fields.String()


class LayoutSourceSchema(LayoutVersionSchema):
    """One version with its Typst source as it was uploaded."""

    source = fields.String()


class LayoutStartSchema(Reply):
    """From a day on a version is used; version 0 and no id: the standard layout."""

    starts_on = Day()
    version = fields.Integer()
    paper_layout_id = fields.Integer(allow_none=True)


class KindLayoutsSchema(Reply):
    """One kind of paper. current: null while it is set with the standard; coming: begins later."""

    kind = Code(PaperKind)
    current = fields.Nested(LayoutStartSchema(), allow_none=True)
    coming = fields.List(fields.Nested(LayoutStartSchema()))
    versions = fields.List(fields.Nested(LayoutVersionSchema()))


class PaperLayoutsSchema(Reply):
    """Each kind that a school may set by itself, in the order of the kinds."""

    kinds = fields.List(fields.Nested(KindLayoutsSchema()))
