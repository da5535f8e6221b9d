"""Simulations of rules: what is asked, and who would gain and lose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import fields

from creditbank.domain.errors import Message
from creditbank.domain.policy_kinds import Applies
from creditbank.domain.simulations import Effect
from creditbank.domain.verdicts import Outcome, SubjectKind
from schemas.base import NULL, Contract, OneOf, Reply, fault
from schemas.fields import Code, Constant, Credits, Day, Rows, Text, Whole
from schemas.pages import LIMIT_MAX, LIMIT_USUAL
from schemas.policies import DraftValueSchema

DOCUMENT_MAX = 200_000
VALUES_MAX = 50


class Document(fields.String):
    """A document of several lines, as it was written; "" for none."""

    def __init__(self) -> None:
        super().__init__(
            load_default="",
            metadata={"maxLength": DOCUMENT_MAX, "description": "creditbank-plan/1, YAML or JSON"},
            error_messages={"null": NULL},  # type: ignore[dict-item]
        )

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:  # noqa: ANN401
        if not isinstance(value, str):
            raise fault(Message("应为文本。", "This must be text."))
        if len(value) > DOCUMENT_MAX:
            raise fault(
                Message(f"不超过{DOCUMENT_MAX}字。", f"No more than {DOCUMENT_MAX} characters.")
            )
        return value


class _Part(Contract):
    """The part of the list of learners that is wanted, what changes most first."""

    limit = Whole(low=0, high=LIMIT_MAX, load_default=LIMIT_USUAL)
    offset = Whole(load_default=0)


class SimulatedValuesSchema(_Part):
    """Policy values. institution_id: at one school only."""

    kind = Constant("values")
    values = Rows(DraftValueSchema(), most=VALUES_MAX)
    institution_id = Whole(low=1, load_default=None)


class SimulatedPlanSchema(_Part):
    """Another plan for a cohort: a version by plan_id, or a document in the published form."""

    kind = Constant("plan")
    institution_id = Whole(low=1, required=True)
    entry_year = Whole(low=1950, high=2200, required=True)
    plan_code = Text(max_length=30, required=True)
    plan_id = Whole(low=1, load_default=None)
    document = Document()


class SimulationRequestSchema(OneOf):
    """What is to be simulated, told apart by kind."""

    variants: ClassVar[Mapping[str, Contract]] = {
        "values": SimulatedValuesSchema(),
        "plan": SimulatedPlanSchema(),
    }


class PositionSchema(Reply):
    """Where a learner stands. unmet: codes of conditions."""

    outcome = Code(Outcome)
    shortfall_credits = Credits(attribute="shortfall_units", is_sent=True)
    unmet = fields.List(fields.String())


class BlockChangeSchema(Reply):
    """How much more (or, negative, less) is missing in a block."""

    code = fields.String()
    name = fields.String()
    missing_credits = Credits(attribute="missing_units", is_sent=True)


class AffectedLearnerSchema(Reply):
    """One verdict that would change. subject_id: the agreement; 0 for graduation."""

    learner_id = fields.Integer()
    enrolment_id = fields.Integer()
    institution_id = fields.Integer()
    name = fields.String()
    student_no = fields.String()
    class_name = fields.String()
    subject_kind = Code(SubjectKind)
    subject_id = fields.Integer()
    effect = Code(Effect)
    before = fields.Nested(PositionSchema())
    after = fields.Nested(PositionSchema())
    blocks = fields.List(fields.Nested(BlockChangeSchema()))


class SplitSchema(Reply):
    """Enrolments of one school, major or block that gain and that lose."""

    code = fields.String()
    name = fields.String()
    gains = fields.Integer()
    loses = fields.Integer()


class SimulatedChangeSchema(Reply):
    """One value: as it is ("" where none is), as drafted, and where it is read."""

    key = fields.String()
    before = fields.String()
    after = fields.String()
    applies = Code(Applies)


class SimulationSchema(Reply):
    """What the change would do on this day. Entries in the books keep what they earned.

    enrolments: all that were asked about; gains, loses, unchanged: of them. own_rules: schools
    whose own value stands above. items: a part of the verdicts that change (item_count of them).
    """

    as_of = Day()
    changes = fields.List(fields.Nested(SimulatedChangeSchema()))
    enrolments = fields.Integer()
    evaluated = fields.Integer()
    gains = fields.Integer()
    loses = fields.Integer()
    unchanged = fields.Integer()
    newly_eligible = fields.Integer()
    no_longer_eligible = fields.Integer()
    own_rules = fields.List(fields.Integer())
    schools = fields.List(fields.Nested(SplitSchema()))
    majors = fields.List(fields.Nested(SplitSchema()))
    blocks = fields.List(fields.Nested(SplitSchema()))
    items = fields.List(fields.Nested(AffectedLearnerSchema()))
    item_count = fields.Integer()
