"""Papers: whom they are issued for, what is known of each, and taking one back."""

from __future__ import annotations

from marshmallow import fields, validate

from creditbank.domain.papers import BATCH_MAX, FILE_MAX, PaperKind, PaperState
from schemas.base import Contract, Reply
from schemas.fields import Code, Day, Text, Wholes


class PapersToIssueSchema(Contract):
    """A paper for each of these learners of the caller's school; a 学籍证明 without a kind."""

    kind = Code(PaperKind, load_default=PaperKind.STATUS_CERTIFICATE)
    learner_ids = Wholes(most=BATCH_MAX)


class ClassAuditSchema(Contract):
    """A class of the caller's school."""

    class_name = Text(max_length=40, required=True)
    entry_year = fields.Integer(
        strict=True, required=True, validate=validate.Range(min=1900, max=2100)
    )


class ChangeFormSchema(Contract):
    """Nothing more is to be said: the form says what the application says."""


class ChangeFormsSchema(Contract):
    """The form of each of these changes of the caller's school."""

    status_change_ids = Wholes(most=BATCH_MAX)


class AdvanceFormsToIssueSchema(Contract):
    """The 转段资格审核表 of each of these learners, by enrolment, of the caller's school."""

    enrolment_ids = Wholes(most=BATCH_MAX)


class RevocationSchema(Contract):
    """Why a paper is taken back."""

    reason = Text(max_length=200, required=True)


class PaperFilesSchema(Contract):
    """The papers of one file, in this order."""

    issued_paper_ids = Wholes(most=FILE_MAX)


class PaperLineSchema(Reply):
    """One paper. valid_until: of a certificate; content_hash: SHA-256 over what stands on it.

    learner_id: null, and class_name not empty, of a paper about a class.
    """

    issued_paper_id = fields.Integer()
    learner_id = fields.Integer(allow_none=True)
    class_name = fields.String()
    kind = Code(PaperKind)
    number = fields.String()
    status_change_id = fields.Integer(allow_none=True)
    issued_on = Day()
    valid_until = Day(allow_none=True)
    state = Code(PaperState)
    content_hash = fields.String()


class PapersSchema(Reply):
    """Some papers."""

    papers = fields.List(fields.Nested(PaperLineSchema()))
