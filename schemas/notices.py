"""公示 of transfers."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import Reply
from schemas.fields import Day


class NoticeSchema(Reply):
    """One transfer that is shown for objections. grade_year: when the learner's grade entered."""

    name = fields.String()
    institution_name = fields.String()
    institution_name_en = fields.String()
    to_institution_name = fields.String()
    to_institution_name_en = fields.String()
    grade_year = fields.Integer()
    to_plan_name = fields.String()
    starts_on = Day()
    ends_on = Day()


class NoticesSchema(Reply):
    """One page, the oldest application first; next_cursor is "" on the last one."""

    items = fields.List(fields.Nested(NoticeSchema()))
    next_cursor = fields.String()
