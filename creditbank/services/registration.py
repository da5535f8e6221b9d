"""Registering learners and opening enrolments: one person, one account, one full-time enrolment.

When to use: every road a learner comes by (API, form, class list) ends here. Duplicates are looked
for over the whole county; what is found of another school is used for the check and not shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from creditbank.domain.access import Actor, LearnerKey, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import (
    AlreadyRegisteredError,
    CreditbankError,
    ForbiddenError,
    InvalidInputError,
    Message,
    NotFoundError,
    Problem,
)
from creditbank.domain.identifiers import clean_identifier
from creditbank.domain.permissions import Action
from creditbank.services import registration_words as words
from creditbank.services.enrolment_checks import ReadEnrolment, read_enrolment
from creditbank.services.intakes import late_warnings
from creditbank.services.named_learners import folded
from creditbank.services.person_checks import ReadPerson, read_person
from creditbank.services.registration_commands import (
    NewEnrolment,
    OpenEnrolment,
    RegisteredLearner,
    RegisterLearner,
)
from creditbank.services.sharing_consents import consent_by_joining
from creditbank.store import registration as rows
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.ledger import lock_head
from creditbank.store.unit_of_work import UnitOfWork

_Fresh = RegisteredLearner | tuple[Problem, ...]
_STUDYING = "01"
_CONSTRAINTS = {
    "uq_learners_citizen_id": words.KNOWN_NUMBER,
    "uq_learners_national_student_no": words.NATIONAL_NO_TAKEN,
    "uq_enrolments_institution_id_student_no": words.STUDENT_NO_TAKEN,
    "uq_enrolments_one_open_full_time": words.ENROLLED_ALREADY,
}


def register_learner(
    uow: UnitOfWork,
    actor: Actor,
    command: RegisterLearner,
    *,
    idempotency_key: str,
    now: datetime,
) -> RegisteredLearner:
    """Give a person an account and, if asked, an enrolment at the actor's school.

    Raises ForbiddenError, InvalidInputError with every field that is wrong, or
    AlreadyRegisteredError where person, number or enrolment are known; then nothing was written.
    """
    decide(actor, Action.REGISTER_LEARNER)
    with _refusing_duplicates():
        hashed = request_hash(command)
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return RegisteredLearner.kept(answer)
        made = _register(uow, actor, command, now=now)
        if not isinstance(made, RegisteredLearner):
            raise _refusal(made)
        keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(made), now)
        return made


def open_enrolment(
    uow: UnitOfWork, actor: Actor, command: OpenEnrolment, *, idempotency_key: str, now: datetime
) -> RegisteredLearner:
    """Enrol somebody who has an account at the actor's school.

    Raises as register_learner does, and NotFoundError unless name, account and identity number are
    those on record: a wrong guess is answered like nobody.
    """
    institution_id = _school_of(actor)
    with _refusing_duplicates():
        hashed = request_hash(command)
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return RegisteredLearner.kept(answer)
        with uow.everywhere():
            known = _named(uow, command)
        if known is None or not _proves(command, known):
            raise NotFoundError
        key = LearnerKey(known.learner_id, frozenset({institution_id}))
        decide(actor, Action.OPEN_ENROLMENT, key)
        found = _checked(uow, institution_id, command.enrolment, known, now=now)
        if not isinstance(found, ReadEnrolment):
            raise _refusal(found)
        made = _enrol(uow, actor, institution_id, known, found, now=now)
        keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(made), now)
        return made


def register_many(
    uow: UnitOfWork, actor: Actor, commands: Sequence[RegisterLearner], *, now: datetime
) -> tuple[list[RegisteredLearner], list[Problem]]:
    """Register the rows of one list. With problems (rows from 1) nothing of it may be kept.

    The caller raises then, so that the unit of work takes back what was written before.
    """
    decide(actor, Action.REGISTER_LEARNER)
    made: list[RegisteredLearner] = []
    problems: list[Problem] = []
    with _refusing_duplicates():
        for number, command in enumerate(commands, start=1):
            found = _register(uow, actor, command, now=now)
            if isinstance(found, RegisteredLearner):
                made.append(found)
            else:
                problems += [replace(problem, row=number) for problem in found]
    return made, problems


def _register(uow: UnitOfWork, actor: Actor, command: RegisterLearner, *, now: datetime) -> _Fresh:
    institution_id = _school_of(actor)
    read = read_person(command, local_date(now))
    problems = () if isinstance(read, ReadPerson) else read
    known = _as_known(read) if isinstance(read, ReadPerson) else None
    found = None
    if command.enrolment is not None:
        checked = _checked(uow, institution_id, command.enrolment, known, now=now)
        if isinstance(checked, ReadEnrolment):
            found = checked
        else:
            problems += checked
    if isinstance(read, ReadPerson):
        problems += _known_already(uow, read)
    if problems or not isinstance(read, ReadPerson):
        return problems
    person = rows.add_learner(
        uow.connection, rows.area_of(uow.connection, institution_id), asdict(read)
    )
    if found is None:
        return RegisteredLearner(person.learner_id, person.account_no)
    return _enrol(uow, actor, institution_id, person, found, now=now)


def _checked(
    uow: UnitOfWork,
    institution_id: int,
    enrolment: NewEnrolment,
    person: rows.KnownPerson | None,
    *,
    now: datetime,
) -> ReadEnrolment | tuple[Problem, ...]:
    """The enrolment as it may be opened, against the school's own books and the county's."""
    found = read_enrolment(uow.connection, institution_id, enrolment, person, now=now)
    with uow.everywhere():
        problems = () if isinstance(found, ReadEnrolment) else found
        number = clean_identifier(enrolment.national_student_no)
        holder = rows.person_by_national_no(uow.connection, number) if number else None
        learner_id = person.learner_id if person else 0
        if holder is not None and holder.learner_id != learner_id:
            problems += (words.NATIONAL_NO_TAKEN,)
        is_full_time = enrolment.study_mode == "full_time"
        if learner_id and is_full_time and rows.has_open_full_time(uow.connection, learner_id):
            problems += (words.ENROLLED_ALREADY,)
        if learner_id and rows.has_died(uow.connection, learner_id):
            problems += (words.DIED,)
    return problems if problems or not isinstance(found, ReadEnrolment) else found


def _known_already(uow: UnitOfWork, read: ReadPerson) -> tuple[Problem, ...]:
    """Whether the county knows this person. Whose the number is is told to who knows the name."""
    with uow.everywhere():
        if read.citizen_id is None:
            if read.born_on is None:
                return ()
            alike = rows.people_without_number(uow.connection, read.name, read.born_on)
            return tuple(words.same_person(account_no) for _, account_no in alike[:1])
        rows.lock_person(uow.connection, read.citizen_id)
        known = rows.person_by_citizen_id(uow.connection, read.citizen_id)
    if known is None:
        return ()
    if folded(known.name) == folded(read.name):
        return (words.known_person(known.account_no, known.learner_id),)
    return (words.KNOWN_NUMBER,)


def _as_known(read: ReadPerson) -> rows.KnownPerson:
    """A person to be registered, for the checks of the enrolment; nobody has the number 0."""
    return rows.KnownPerson(0, "", read.name, read.sex, read.born_on, read.citizen_id, None)


def _enrol(
    uow: UnitOfWork,
    actor: Actor,
    institution_id: int,
    person: rows.KnownPerson,
    found: ReadEnrolment,
    *,
    now: datetime,
) -> RegisteredLearner:
    lock_head(uow.connection, person.learner_id)
    enrolment_id = rows.add_enrolment(
        uow.connection,
        {
            "institution_id": institution_id,
            "learner_id": person.learner_id,
            "status": _STUDYING,
            "is_open": True,
            "suspended_semesters": 0,
            **found.row,
        },
    )
    if found.national_student_no and not person.national_student_no:
        rows.give_national_no(uow.connection, person.learner_id, found.national_student_no)
    if found.agreement_id is not None:
        rows.add_member(
            uow.connection,
            {
                "agreement_id": found.agreement_id,
                "enrolment_id": enrolment_id,
                "joined_on": found.row["entered_on"],
                "left_reason": "",
                "recorded_by": actor.account_id,
                "recorded_at": now,
            },
            consent=consent_by_joining(uow, institution_id, on=local_date(now)),
        )
    warnings = late_warnings(
        uow.connection, institution_id, found.row["entered_on"], on=local_date(now)
    )
    return RegisteredLearner(person.learner_id, person.account_no, enrolment_id, warnings)


def _named(uow: UnitOfWork, command: OpenEnrolment) -> rows.KnownPerson | None:
    if command.learner_id is None:
        number = clean_identifier(command.account_no)
        return rows.person_by_account(uow.connection, number)
    return rows.person(uow.connection, command.learner_id)


def _proves(command: OpenEnrolment, known: rows.KnownPerson) -> bool:
    return (
        folded(command.name) == folded(known.name)
        and clean_identifier(command.account_no) == known.account_no
        and clean_identifier(command.citizen_id) == (known.citizen_id or "")
    )


def _school_of(actor: Actor) -> int:
    decide(actor, Action.OPEN_ENROLMENT)
    if actor.institution_id is None:
        raise ForbiddenError
    return actor.institution_id


def _refusal(problems: tuple[Problem, ...]) -> CreditbankError:
    message = problems[0].message if len(problems) == 1 else _SEVERAL
    kind: Any = (
        AlreadyRegisteredError
        if all(problem.code in words.DUPLICATES for problem in problems)
        else InvalidInputError
    )
    error: CreditbankError = kind(message, problems=problems)
    return error


@contextmanager
def _refusing_duplicates() -> Iterator[None]:
    """What the database refuses when two registrations meet, in the words of the field."""
    try:
        yield
    except IntegrityError as error:
        diagnosis = getattr(error.orig, "diag", None)
        problem = _CONSTRAINTS.get(getattr(diagnosis, "constraint_name", None) or "")
        if problem is None:
            raise
        raise AlreadyRegisteredError(problem.message, problems=(problem,)) from error


_SEVERAL = Message(
    "有几处需要修改,没有登记;请按所列字段修改后重新提交。",
    "Some fields need mending, nothing was registered; mend them and send it again.",
)
