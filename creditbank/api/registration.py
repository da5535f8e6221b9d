"""Registering learners, and enrolling who has an account."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.services.registration import open_enrolment, register_learner
from creditbank.services.registration_commands import (
    NewEnrolment,
    OpenEnrolment,
    RegisteredLearner,
    RegisterLearner,
)
from schemas.registration import (
    EnrolmentOpeningSchema,
    RegisteredLearnerSchema,
    RegistrationSchema,
)

blueprint = Blueprint("registration", "登记学生 Registration")


@blueprint.writes(
    "/learners", Action.REGISTER_LEARNER, RegistrationSchema(), RegisteredLearnerSchema()
)
def post_learner(loaded: dict[str, Any]) -> RegisteredLearner:
    """登记学生,可同时建立学籍 Register a person, with an enrolment or without one."""
    enrolment = loaded.pop("enrolment")
    command = RegisterLearner(
        **loaded, enrolment=None if enrolment is None else NewEnrolment(**enrolment)
    )
    with unit_of_work() as uow:
        return register_learner(uow, actor(), command, idempotency_key=idempotency_key(), now=now())


@blueprint.writes(
    f"/learners/<{ID}:learner_id>/enrolments",
    Action.OPEN_ENROLMENT,
    EnrolmentOpeningSchema(),
    RegisteredLearnerSchema(),
)
def post_enrolment(loaded: dict[str, Any], learner_id: int) -> RegisteredLearner:
    """为已有账户的人建立学籍 Enrol somebody who has an account."""
    enrolment = NewEnrolment(**loaded.pop("enrolment"))
    command = OpenEnrolment(learner_id=learner_id, enrolment=enrolment, **loaded)
    with unit_of_work() as uow:
        return open_enrolment(uow, actor(), command, idempotency_key=idempotency_key(), now=now())
