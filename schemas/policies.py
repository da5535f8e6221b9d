"""Rules: policy values in force, their history, and putting one in force.

A value is text on the wire, as its measure says: credits and points with up to two decimals
("1.5"), whole numbers ("50"), "true" or "false", or a word.
"""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.policy_kinds import Applies, Measure, Topic
from schemas.base import Contract, Reply
from schemas.fields import Code, Day, Moment, Text, WholeInQuery

KEY_MAX, VALUE_MAX = 50, 100
AUTHORITIES = ["national", "province", "city", "county", "school"]


class PolicyQuerySchema(Contract):
    """Whose rules. institution_id: a school's; left out: the county's, or the caller's school's."""

    institution_id = WholeInQuery(low=1, load_default=None)


class PolicyValueSchema(Reply):
    """One value with what it rests on."""

    value = fields.String()
    authority = fields.String(metadata={"enum": AUTHORITIES})
    effective_from = Day()
    reference = fields.String()


class PolicyLineSchema(Reply):
    """One key. in_force: null where none is set; to_come: the next other one, if decided."""

    key = fields.String()
    topic = Code(Topic)
    measure = Code(Measure)
    applies = Code(Applies)
    in_force = fields.Nested(PolicyValueSchema(), allow_none=True)
    to_come = fields.Nested(PolicyValueSchema(), allow_none=True)
    own_schools = fields.Integer()


class PolicyListSchema(Reply):
    """All keys. institution_id: null for the county's rules."""

    institution_id = fields.Integer(allow_none=True)
    as_of = Day()
    items = fields.List(fields.Nested(PolicyLineSchema()))


class PolicyRecordSchema(PolicyValueSchema):
    """One value that is, was or will be in force."""

    institution_id = fields.Integer(allow_none=True)
    institution_name = fields.String()
    reason = fields.String()
    decided_by = fields.String()
    decided_at = Moment(allow_none=True)
    state = fields.String(metadata={"enum": ["to_come", "in_force", "stands_back"]})


class PolicyHistorySchema(Reply):
    """A key and all its values, the latest day first."""

    line = fields.Nested(PolicyLineSchema())
    records = fields.List(fields.Nested(PolicyRecordSchema()))


class PolicyChangeSchema(Contract):
    """Put a value in force from a day on, with its document number."""

    key = Text(max_length=KEY_MAX, required=True)
    value = Text(max_length=VALUE_MAX, required=True)
    effective_from = Day(required=True)
    reference = Text(max_length=100, required=True)
    reason = Text(min_length=0, max_length=200, load_default="")


class PolicyChangedSchema(Reply):
    """What was put in force. marked: learners whose verdicts are being computed anew."""

    policy_change_id = fields.Integer()
    key = fields.String()
    value = fields.String()
    institution_id = fields.Integer(allow_none=True)
    effective_from = fields.String(metadata={"format": "date"})
    reference = fields.String()
    marked = fields.Integer()


class DraftValueSchema(Contract):
    """One drafted value."""

    key = Text(max_length=KEY_MAX, required=True)
    value = Text(max_length=VALUE_MAX, required=True)
