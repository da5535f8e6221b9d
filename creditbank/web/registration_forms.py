"""The form of a registration: its fields, what it offers to choose from, its command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from creditbank.domain.enrolments import StudyMode
from creditbank.domain.errors import Message
from creditbank.queries.registration import Cohort
from creditbank.services.person_checks import ReadPerson, read_person
from creditbank.services.registration_commands import (
    NewEnrolment,
    OpenEnrolment,
    RegisterLearner,
)
from creditbank.web.forms import Form, Reading
from creditbank.web.languages import gettext as _

PERSON = ("name", "citizen_id", "sex", "born_on", "account_no")
ENROLMENT = (
    "cohort", "student_no", "national_student_no", "class_name", "entered_on", "study_mode",
    "agreement_id",
)  # fmt: skip
FIELDS = frozenset({*PERSON, *ENROLMENT})
NAMES = {
    "major_code": "cohort", "entry_year": "cohort", "plan_code": "cohort",
    "catalogue_year": "cohort",
}  # fmt: skip
"""Where a service's problem is shown when the form calls the field otherwise."""
_NUMBER_MAX = 24


def cohort_key(cohort: Cohort) -> str:
    """How a cohort is told in the form: year and plan."""
    return f"{cohort.entry_year}:{cohort.plan_code}"


def cohort_text(cohort: Cohort) -> str:
    """Such as "2025级 数控技术应用（660103）"."""
    return _(
        "%(year)s级 %(major)s（%(code)s）",
        year=cohort.entry_year,
        major=cohort.major_name,
        code=cohort.major_code,
    )


def registration_command(
    form: Form, cohorts: Sequence[Cohort], today: date
) -> RegisterLearner | OpenEnrolment:
    """What the form asks for. InvalidInputError names every field that is wrong."""
    reading = Reading(form)
    name = reading.text("name", length_max=50)
    citizen_id = reading.text("citizen_id", length_max=_NUMBER_MAX, required=False)
    account_no = reading.text("account_no", length_max=20, required=False)
    sex = reading.text("sex", length_max=1, required=False)
    born_on = reading.day_or_none("born_on")
    enrolment = _enrolment(reading, form, cohorts)
    if account_no and enrolment is None:
        reading.refuse("cohort", _NOTHING_TO_OPEN)
    command = RegisterLearner(
        name=name, citizen_id=citizen_id, sex=sex, born_on=born_on, enrolment=enrolment
    )
    if reading.has_problems:  # whoever mends the form should hear of the numbers, too
        read = read_person(command, today)
        for problem in () if isinstance(read, ReadPerson) else read:
            if form.value(problem.field):
                reading.refuse(problem.field, problem.message)
    reading.done()
    if account_no and enrolment is not None:
        return OpenEnrolment(
            name=name, account_no=account_no, citizen_id=citizen_id, enrolment=enrolment
        )
    return command


def shared_enrolment(reading: Reading, form: Form, cohorts: Sequence[Cohort]) -> NewEnrolment:
    """What all learners of a list have in common; without a cohort that is noted as wrong."""
    chosen = next((item for item in cohorts if cohort_key(item) == form.value("cohort")), None)
    if chosen is None:
        reading.refuse("cohort", _COHORT)
    agreement_id = reading.chosen_id("agreement_id") if form.value("agreement_id") else None
    return NewEnrolment(
        student_no="",
        class_name="",
        major_code=chosen.major_code if chosen else "",
        catalogue_year=chosen.catalogue_year if chosen else 0,
        plan_code=chosen.plan_code if chosen else "",
        entry_year=chosen.entry_year if chosen else 0,
        entered_on=reading.day("entered_on"),
        study_mode=reading.code("study_mode", StudyMode),
        agreement_id=agreement_id,
    )


def _enrolment(reading: Reading, form: Form, cohorts: Sequence[Cohort]) -> NewEnrolment | None:
    """None where no cohort is chosen, which is an account without an enrolment."""
    if not any(form.value(name) for name in ("cohort", "student_no", "class_name")):
        return None
    return replace(
        shared_enrolment(reading, form, cohorts),
        student_no=reading.text("student_no", length_max=20),
        national_student_no=reading.text(
            "national_student_no", length_max=_NUMBER_MAX, required=False
        ),
        class_name=reading.text("class_name", length_max=40),
    )


_COHORT = Message("请选择年级和专业。", "Choose cohort and major.")
_NOTHING_TO_OPEN = Message(
    "已有账户的人只需建立学籍,请选择年级和专业。",
    "Who has an account needs an enrolment only; choose cohort and major.",
)
