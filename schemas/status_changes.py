"""Status changes: what is applied for, what offices say, where each stands; what runs out."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.permissions import Role
from creditbank.domain.status_changes import (
    ChangeKind,
    ChangeReason,
    ChangeState,
    DeadlineKind,
    MajorChangeGround,
    Office,
    Proof,
)
from schemas.base import Contract, Reply
from schemas.fields import Code, Day, Moment, Rows, Text, Truth, Whole, Wholes
from schemas.problems import FaultSchema

_ABSENT_MAX = 2_000


class GivenProofSchema(Contract):
    """A document beside an application."""

    kind = Code(Proof, required=True)
    issued_on = Day(required=True)
    document_no = Text(min_length=0, max_length=60, load_default="")
    issuer = Text(min_length=0, max_length=60, load_default="")


class ApplicationSchema(Contract):
    """What is applied for. until: the last day of a suspension.

    by_school, absent_hours, absent_days: of a withdrawal that the school decides. ground, plan_id:
    of a change of major. to_institution_id, plan_id: of a transfer. class_name: where the learner
    wants to be, "" for where they are.
    """

    kind = Code(ChangeKind, required=True)
    takes_effect_on = Day(required=True)
    reason = Code(ChangeReason, load_default=ChangeReason.OTHER)
    until = Day(allow_none=True, load_default=None)
    by_school = Truth(load_default=False)
    absent_hours = Whole(high=_ABSENT_MAX, load_default=0)
    absent_days = Whole(high=_ABSENT_MAX, load_default=0)
    ground = Code(MajorChangeGround, allow_none=True, load_default=None)
    to_institution_id = Whole(low=1, allow_none=True, load_default=None)
    plan_id = Whole(low=1, allow_none=True, load_default=None)
    class_name = Text(min_length=0, max_length=40, load_default="")
    note = Text(min_length=0, max_length=200, load_default="")
    proofs = Rows(GivenProofSchema(), most=len(Proof), low=0)


class OpinionSchema(Contract):
    """What the caller's office says. opinion: why not; document_no: of the last one's decision."""

    agrees = Truth(required=True)
    opinion = Text(min_length=0, max_length=200, load_default="")
    document_no = Text(min_length=0, max_length=60, load_default="")


class OpinionsSchema(Contract):
    """Agree to several applications at once; document_no: of the last office's decision."""

    status_change_ids = Wholes(most=100)
    opinion = Text(min_length=0, max_length=200, load_default="")
    document_no = Text(min_length=0, max_length=60, load_default="")


class AgreedChangeSchema(Reply):
    """What became of one. state: "" where problems say why nothing was said."""

    status_change_id = fields.Integer()
    state = fields.String(metadata={"enum": ["", *ChangeState]})
    problems = fields.List(fields.Nested(FaultSchema()))


class AgreedChangesSchema(Reply):
    """Each application once, in the order they were named; agreed: to how many."""

    agreed = fields.Integer()
    items = fields.List(fields.Nested(AgreedChangeSchema()))


class TakingBackSchema(Contract):
    """Nothing more is to be said."""


class RecordedChangeSchema(Reply):
    """Where the application stands now; facts_seq: the state of the learner's facts with it."""

    status_change_id = fields.Integer()
    learner_id = fields.Integer()
    enrolment_id = fields.Integer()
    state = Code(ChangeState)
    facts_seq = fields.Integer()


class ProofLineSchema(Reply):
    """A document beside an application."""

    kind = Code(Proof)
    issued_on = Day()
    document_no = fields.String()
    issuer = fields.String()


class OpinionLineSchema(Reply):
    """What an office said."""

    office = Code(Office)
    agrees = fields.Boolean()
    opinion = fields.String()
    document_no = fields.String()
    given_at = Moment()


class StatusChangeSchema(Reply):
    """One application with its opinions.

    office: whose turn it is, "" where nobody's; due_on: the last day of its answer; days_left:
    working days until then, negative when overdue. executed_at, status_*: once it is carried out.
    decision_id: the approval that a graduation carried out.
    """

    status_change_id = fields.Integer()
    learner_id = fields.Integer()
    enrolment_id = fields.Integer()
    institution_id = fields.Integer()
    kind = Code(ChangeKind)
    reason = Code(ChangeReason)
    applied_on = Day()
    takes_effect_on = Day()
    until = Day(allow_none=True)
    by_school = fields.Boolean()
    absent_hours = fields.Integer()
    absent_days = fields.Integer()
    ground = fields.String(metadata={"enum": ["", *MajorChangeGround]})
    note = fields.String()
    to_institution_id = fields.Integer(allow_none=True)
    to_institution_name = fields.String()
    plan_id = fields.Integer(allow_none=True)
    plan_name = fields.String()
    class_name = fields.String()
    offices = fields.List(Code(Office))
    applied_as = Code(Role)
    applied_at = Moment()
    state = Code(ChangeState)
    office = fields.String(metadata={"enum": ["", *Office]})
    notice_ends_on = Day(allow_none=True)
    due_on = Day(allow_none=True)
    days_left = fields.Integer(allow_none=True)
    executed_at = Moment(allow_none=True)
    status_before = fields.String(metadata={"enum": ["", *EnrolmentStatus]})
    status_after = fields.String(metadata={"enum": ["", *EnrolmentStatus]})
    decision_id = fields.Integer(allow_none=True)
    proofs = fields.List(fields.Nested(ProofLineSchema()))
    opinions = fields.List(fields.Nested(OpinionLineSchema()))


class StatusChangesSchema(Reply):
    """All that were applied for, the latest first."""

    status_changes = fields.List(fields.Nested(StatusChangeSchema()))


class WaitingChangeSchema(Reply):
    """One that waits for the caller's office, since when, and until when it has to answer."""

    status_change_id = fields.Integer()
    learner_id = fields.Integer()
    name = fields.String()
    student_no = fields.String()
    class_name = fields.String()
    institution_name = fields.String()
    to_institution_name = fields.String()
    kind = Code(ChangeKind)
    applied_on = Day()
    takes_effect_on = Day()
    since = Day()
    due_on = Day()
    days_left = fields.Integer()


class WaitingChangesSchema(Reply):
    """One page, the oldest first; next_cursor is "" on the last one."""

    items = fields.List(fields.Nested(WaitingChangeSchema()))
    next_cursor = fields.String()


class DeadlineSchema(Reply):
    """Something that runs out on a day, or has; and whose it is."""

    kind = Code(DeadlineKind)
    on = Day()
    is_over = fields.Boolean()
    learner_id = fields.Integer()
    enrolment_id = fields.Integer()
    name = fields.String()
    student_no = fields.String()
    class_name = fields.String()
    institution_name = fields.String()


class IntakeSchema(Reply):
    """How many of a class who entered on a day have no national number; until when, or since."""

    kind = Code(DeadlineKind)
    on = Day()
    is_over = fields.Boolean()
    count = fields.Integer()
    entered_on = Day()
    class_name = fields.String()
    institution_id = fields.Integer()
    institution_name = fields.String()


class DeadlinesSchema(Reply):
    """One page, the earliest first; next_cursor is "" on the last one. intakes: on the first."""

    items = fields.List(fields.Nested(DeadlineSchema()))
    intakes = fields.List(fields.Nested(IntakeSchema()))
    next_cursor = fields.String()
