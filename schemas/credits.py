"""Posting credits: one of three kinds, alone or in a batch, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from marshmallow import fields

from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.domain.ledger import NUMBER_MAX, QUANTITY_MAX, TAGS_MAX, TITLE_MAX
from schemas.base import Contract, OneOf, Reply
from schemas.fields import Code, Constant, Credits, Day, Rows, TermCode, Text, Whole

BATCH_MAX = 1_000
WARNINGS = [
    "already_earned", "not_passed", "worth_nothing", "surplus", "over_cap", "same_event",
    "expired", "disputed", "not_in_plan", "excluded",
]  # fmt: skip


class CourseCreditSchema(Contract):
    """One attempt at a course. mark as written on its scale; empty for a deferred exam.

    proof_no: of an exemption (14), the number of the certificate or document it rests on. tags: the
    school's own marks with commas between them, which rules of a plan may name.
    """

    kind = Constant("course")
    learner_id = Whole(low=1, required=True)
    course_code = Text(max_length=20, required=True)
    term = TermCode(required=True)
    exam_kind = Code(ExamKind, load_default=ExamKind.NORMAL)
    scale = Code(GradingScale, load_default=GradingScale.PERCENT)
    mark = Text(min_length=0, max_length=10, load_default="")
    proof_no = Text(min_length=0, max_length=NUMBER_MAX, load_default="")
    tags = Text(min_length=0, max_length=TAGS_MAX, load_default="")
    earned_on = Day(required=True)


class CompetitionCreditSchema(Contract):
    """One award. event: the contest's name and year; entries with the same event are one."""

    kind = Constant("competition")
    learner_id = Whole(low=1, required=True)
    event = Text(max_length=TITLE_MAX, required=True)
    level = Code(AwardLevel, required=True)
    rank = Code(AwardRank, required=True)
    team_role = Code(TeamRole, load_default=TeamRole.INDIVIDUAL)
    certificate_no = Text(min_length=0, max_length=NUMBER_MAX, load_default="")
    document_no = Text(min_length=0, max_length=NUMBER_MAX, load_default="")
    issuer = Text(min_length=0, max_length=NUMBER_MAX, load_default="")
    tags = Text(min_length=0, max_length=TAGS_MAX, load_default="")
    earned_on = Day(required=True)


class InnovationCreditSchema(Contract):
    """One achievement. quantity: days of practice, hours of volunteering, else 1."""

    kind = Constant("innovation")
    learner_id = Whole(low=1, required=True)
    category = Code(InnovationCategory, required=True)
    title = Text(max_length=TITLE_MAX, required=True)
    quantity = Whole(low=1, high=QUANTITY_MAX, load_default=1)
    certificate_level = Code(CertificateLevel, load_default=CertificateLevel.NONE)
    certificate_no = Text(min_length=0, max_length=NUMBER_MAX, load_default="")
    valid_until = Day(allow_none=True, load_default=None)
    issuer = Text(min_length=0, max_length=NUMBER_MAX, load_default="")
    tags = Text(min_length=0, max_length=TAGS_MAX, load_default="")
    earned_on = Day(required=True)


class CreditSchema(OneOf):
    """One credit of any of the three kinds."""

    variants: ClassVar[Mapping[str, Contract]] = {
        "course": CourseCreditSchema(),
        "competition": CompetitionCreditSchema(),
        "innovation": InnovationCreditSchema(),
    }


class CreditBatchSchema(Contract):
    """Up to 1,000 credits, all or nothing."""

    rows = Rows(CreditSchema(), most=BATCH_MAX)


class MessageSchema(Reply):
    """One sentence in both languages."""

    zh = fields.String()
    en = fields.String()


class WarningSchema(Reply):
    """Why an entry earns nothing, or not all that it is worth."""

    code = fields.String(metadata={"enum": WARNINGS})
    message = fields.Nested(MessageSchema())


class PostedEntrySchema(Reply):
    """The ledger entry that was made. earns_nothing: it stands but brings no credit.

    warnings: what the verdict of this moment says against it; empty in batches and reversals.
    """

    learner_id = fields.Integer()
    ledger_seq = fields.Integer()
    credits = Credits(attribute="units", is_sent=True)
    mark = fields.String()
    passed = fields.Boolean(allow_none=True)
    earns_nothing = fields.Boolean()
    warnings = fields.List(fields.Nested(WarningSchema()))
    entry_hash = fields.String(metadata={"pattern": "^[0-9a-f]{64}$"})


class BatchReportSchema(Reply):
    """The entries of a batch, in the order of its rows."""

    batch_id = fields.String(metadata={"format": "uuid"})
    entries = fields.List(fields.Nested(PostedEntrySchema()))
