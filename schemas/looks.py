"""谁看过: what staff saw of a record, for whose record it is."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.permissions import FieldMask, Role
from schemas.base import Reply
from schemas.fields import Code, Moment


class LookSchema(Reply):
    """What one person did on one day. name, institution_name: as they are today.

    action: as the permissions name it. mask: how much was seen. times: how often, from first_at to
    last_at. in_list: only ever in a list with others. by_computer: a college's computer asked.
    """

    day = fields.Date()
    role = Code(Role)
    name = fields.String()
    institution_name = fields.String()
    institution_name_en = fields.String()
    action = fields.String()
    mask = Code(FieldMask)
    by_computer = fields.Boolean()
    in_list = fields.Boolean()
    times = fields.Integer()
    first_at = Moment()
    last_at = Moment()


class LooksSchema(Reply):
    """One page, the latest first; next_cursor is "" on the last one."""

    items = fields.List(fields.Nested(LookSchema()))
    next_cursor = fields.String()
