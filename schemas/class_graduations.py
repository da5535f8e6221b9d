"""A class graduates: who is meant, and what became of each."""

from __future__ import annotations

from marshmallow import fields

from creditbank.domain.status_changes import ChangeState
from schemas.base import Contract, Reply
from schemas.fields import Day, Text, Wholes
from schemas.problems import FaultSchema

CLASS_MAX = 100


class ClassGraduationSchema(Contract):
    """Let learners of the caller's school graduate on a day."""

    learner_ids = Wholes(most=CLASS_MAX)
    takes_effect_on = Day(required=True)
    document_no = Text(max_length=60, required=True)


class GraduatedLearnerSchema(Reply):
    """What became of one learner. state: of the change, "" where problems say why there is none."""

    learner_id = fields.Integer()
    status_change_id = fields.Integer(allow_none=True)
    state = fields.String(metadata={"enum": ["", *ChangeState]})
    problems = fields.List(fields.Nested(FaultSchema()))


class GraduatedClassSchema(Reply):
    """Each learner once, in the order they were named; executed: how many graduated."""

    executed = fields.Integer()
    items = fields.List(fields.Nested(GraduatedLearnerSchema()))
