"""转学: the file of a transfer, and what the receiving school found and would recognise."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.permissions import Role
from creditbank.domain.recognition_rules import CODE_MAX, LINES_MAX, Relation
from creditbank.domain.snapshots import SanctionLevel
from creditbank.domain.status_changes import ChangeState, Office
from schemas.base import Contract, Reply
from schemas.credits import MessageSchema
from schemas.fields import Code, Credits, Day, Rows, Text, Truth, Wholes

_COURSES_MAX, _BLOCKS_MAX = 200, 40


class CourseThereSchema(Contract):
    """A whole course of the new plan."""

    course_code = Text(max_length=20, required=True)


class BlockThereSchema(Contract):
    """Credits of a block of the new plan."""

    block_code = Text(max_length=10, required=True)
    credits = Credits(required=True, attribute="units")


class DecidedLineSchema(Contract):
    """A line of the recognition table as it is used.

    sources: ledger_seq of courses passed at the school that is left.
    """

    code = Text(max_length=CODE_MAX, required=True)
    sources = Wholes(most=_COURSES_MAX)
    courses = Rows(CourseThereSchema(), most=_COURSES_MAX, low=0)
    blocks = Rows(BlockThereSchema(), most=_BLOCKS_MAX, low=0)


class LineReasonSchema(Contract):
    """Why a line is used otherwise than proposed, or not at all."""

    code = Text(max_length=CODE_MAX, required=True)
    reason = Text(max_length=200, required=True)


class TestedLineSchema(Contract):
    """A line that needs a test, which the learner has passed."""

    code = Text(max_length=CODE_MAX, required=True)


class RecognitionPlanSchema(Contract):
    """Assessment and recognition plan; decided is left out where all is as_proposed.

    passed: of the assessment; class_name and student_no are needed then, opinion otherwise.
    """

    passed = Truth(required=True)
    assessed_on = Day(required=True)
    document_no = Text(min_length=0, max_length=60, load_default="")
    opinion = Text(min_length=0, max_length=200, load_default="")
    class_name = Text(min_length=0, max_length=40, load_default="")
    student_no = Text(min_length=0, max_length=20, load_default="")
    as_proposed = Truth(load_default=True)
    decided = Rows(DecidedLineSchema(), most=LINES_MAX, low=0)
    tested = Rows(TestedLineSchema(), most=LINES_MAX, low=0)
    reasons = Rows(LineReasonSchema(), most=LINES_MAX, low=0)


class PlanRenewalSchema(Contract):
    """Another class or student number. replans: the recognition too, as proposed today."""

    class_name = Text(max_length=40, required=True)
    student_no = Text(max_length=20, required=True)
    replans = Truth(load_default=False)


class SourceSchema(Reply):
    """A course passed at the school that is left."""

    ledger_seq = fields.Integer()
    title = fields.String()
    credits = Credits(attribute="units", is_sent=True)


class GivenSchema(Reply):
    """A whole course there, or credits of a block: course_code "" then."""

    course_code = fields.String()
    block_code = fields.String()
    name = fields.String()
    credits = Credits(attribute="units", is_sent=True)


class RecognisedSchema(Reply):
    """What a line of the table gives for its sources, and the document it rests on."""

    code = fields.String()
    relation = Code(Relation)
    reference = fields.String()
    sources = fields.List(fields.Nested(SourceSchema()))
    gives = fields.List(fields.Nested(GivenSchema()))


class NotRecognisedSchema(Reply):
    """A course that is not recognised, and why."""

    source = fields.Nested(SourceSchema())
    reason = fields.String()
    code = fields.String()
    message = fields.Nested(MessageSchema())


class RecognitionProposalSchema(Reply):
    """A recognition and the graduation gap it leaves in the new plan."""

    items = fields.List(fields.Nested(RecognisedSchema()))
    not_recognised = fields.List(fields.Nested(NotRecognisedSchema()))
    credits = Credits(attribute="units", is_sent=True)
    shortfall_credits = Credits(attribute="shortfall", is_sent=True)
    shortfall_without_credits = Credits(attribute="shortfall_without", is_sent=True)


class KeptPlanSchema(Reply):
    """The receiving school's plan as it was put down; shortfalls and rules as_of that day.

    is_renewed: after the receiving registrar had signed.
    """

    recognition_plan_id = fields.Integer()
    passed = fields.Boolean()
    assessed_on = Day()
    document_no = fields.String()
    opinion = fields.String()
    class_name = fields.String()
    student_no = fields.String()
    items = fields.List(fields.Nested(RecognisedSchema()))
    not_recognised = fields.List(fields.Nested(NotRecognisedSchema()), attribute="declined")
    shortfall_credits = Credits(attribute="shortfall", is_sent=True)
    best_shortfall_credits = Credits(attribute="best_shortfall", is_sent=True)
    as_of = Day()
    is_renewed = fields.Boolean()


class ApplicantSchema(Reply):
    """Who applies, from where to where."""

    name = fields.String()
    student_no = fields.String()
    class_name = fields.String()
    entry_year = fields.Integer()
    institution_name = fields.String()
    plan_name = fields.String()
    to_institution_name = fields.String()
    to_plan_name = fields.String()


class PresentedCourseSchema(Reply):
    """A course passed at the school that is left, with its mark."""

    ledger_seq = fields.Integer()
    course_code = fields.String()
    title = fields.String()
    credits = Credits(attribute="units", is_sent=True)
    hours = fields.Integer()
    mark = fields.String()
    term = fields.String(attribute="term_code")


class PersonsSanctionSchema(Reply):
    """处分 that the person has or had."""

    level = Code(SanctionLevel)
    decided_on = Day()
    lifted_on = Day(allow_none=True)


class MakeupSchema(Reply):
    """补修: a course to make up until a day."""

    course_code = fields.String()
    name = fields.String()
    credits = Credits(attribute="units", is_sent=True)
    due_on = Day()
    is_done = fields.Boolean()


class RecognisedPairSchema(Reply):
    """Credits that stand in the books of the receiving school.

    source_seq: ledger_seq of the course; title: of what they count as; line: of the table.
    """

    source_seq = fields.Integer()
    title = fields.String()
    credits = Credits(attribute="units", is_sent=True)
    relation = Code(Relation)
    line = fields.String()
    document_no = fields.String()


class ArrivalSchema(Reply):
    """What came of it: presented = recognised + what was not."""

    enrolment_id = fields.Integer()
    presented_credits = Credits(attribute="presented", is_sent=True)
    recognised_credits = Credits(attribute="recognised", is_sent=True)
    not_looked_at = fields.List(fields.Nested(NotRecognisedSchema()), attribute="left")
    makeups = fields.List(fields.Nested(MakeupSchema()))


class TransferSchema(Reply):
    """The file of a transfer. office: whose turn it is, "" where nobody's.

    best: what is proposed today; planned: what the plan leads to, null where it no longer fits;
    both null once decided. later: passed after the plan. recognised: in the books after the
    arrival. message: why nothing can be recognised.
    """

    status_change_id = fields.Integer(attribute="change.status_change_id")
    learner_id = fields.Integer(attribute="change.learner_id")
    state = Code(ChangeState, attribute="change.state")
    office = Code(Office, attribute="change.office", allow_none=True)
    applied_as = Code(Role, attribute="change.applied_as")
    applied_on = Day(attribute="change.applied_on")
    takes_effect_on = Day(attribute="change.what.takes_effect_on")
    notice_ends_on = Day(attribute="change.notice_ends_on", allow_none=True)
    applicant = fields.Nested(ApplicantSchema())
    courses = fields.List(fields.Nested(PresentedCourseSchema()))
    sanctions = fields.List(fields.Nested(PersonsSanctionSchema()))
    plan = fields.Nested(KeptPlanSchema(), allow_none=True)
    best = fields.Nested(RecognitionProposalSchema(), allow_none=True)
    planned = fields.Nested(RecognitionProposalSchema(), allow_none=True)
    later = fields.List(fields.Nested(PresentedCourseSchema()))
    arrival = fields.Nested(ArrivalSchema(), allow_none=True)
    recognised = fields.List(fields.Nested(RecognisedPairSchema()))
    message = fields.Nested(MessageSchema(), allow_none=True)
