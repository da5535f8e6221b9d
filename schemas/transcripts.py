"""The transcript and the balances."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.ledger import EntryKind
from schemas.base import Reply
from schemas.fields import Code, Credits, Day, Moment


class TranscriptEntrySchema(Reply):
    """One ledger entry; texts that do not apply to its kind are "".

    is_reversed: a later entry took it back. raw_mark: the mark as handed in, where another is
    recorded. grade_point: such as "3.5".
    """

    ledger_seq = fields.Integer()
    institution_id = fields.Integer()
    kind = Code(EntryKind)
    title = fields.String()
    credits = Credits(attribute="units", is_sent=True)
    hours = fields.Integer()
    earned_on = Day()
    course_code = fields.String()
    term_code = fields.String()
    exam_kind = fields.String()
    scale = fields.String()
    mark = fields.String()
    raw_mark = fields.String()
    passed = fields.Boolean(allow_none=True)
    grade_point = Credits(allow_none=True, is_sent=True)
    block_code = fields.String()
    source_seq = fields.Integer(allow_none=True)
    evidence_no = fields.String()
    category = fields.String()
    level = fields.String()
    rank = fields.String()
    team_role = fields.String()
    references = fields.String()
    reason = fields.String()
    is_reversed = fields.Boolean()
    recorded_at = Moment()
    entry_hash = fields.String()


class TranscriptTermSchema(Reply):
    """The entries of one term; awards stand under "" at the end."""

    term_code = fields.String()
    label_zh = fields.String()
    earned_credits = Credits(attribute="earned_units", is_sent=True)
    entries = fields.List(fields.Nested(TranscriptEntrySchema()))


class TranscriptSchema(Reply):
    """The whole ledger of a learner at one ledger_seq. gpa: 平均学分绩点, null without marks."""

    learner_id = fields.Integer()
    ledger_seq = fields.Integer()
    earned_credits = Credits(attribute="earned_units", is_sent=True)
    gpa = Credits(allow_none=True, is_sent=True)
    terms = fields.List(fields.Nested(TranscriptTermSchema()))


class BalanceSchema(Reply):
    """Credits of one kind: booked, counted towards graduation, and left over uncounted."""

    kind = Code(EntryKind)
    booked = Credits(is_sent=True)
    counted = Credits(is_sent=True)
    surplus = Credits(is_sent=True)


class BalancesSchema(Reply):
    """All balances at one ledger_seq."""

    learner_id = fields.Integer()
    ledger_seq = fields.Integer()
    balances = fields.List(fields.Nested(BalanceSchema()))
