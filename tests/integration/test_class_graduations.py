"""A class graduates at once: each by a decision of its own; whoever cannot is told why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from creditbank.domain.access import Actor
from creditbank.domain.courses import ExamKind
from creditbank.domain.errors import (
    ForbiddenError,
    IdempotencyKeyMissingError,
    InvalidInputError,
    NotFoundError,
)
from creditbank.domain.permissions import Role
from creditbank.domain.status_changes import ChangeKind, GivenProof, Proof
from creditbank.queries.class_graduations import graduating_classes, graduating_learners
from creditbank.services.class_graduations import GraduatedLearner, graduate_class
from creditbank.services.credits import post_credit
from creditbank.services.graduations import approve_graduation
from creditbank.services.status_change_commands import GraduateClass
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database
from tests.factories.change_desk import ChangeDesk, make_change_desk, of_kind, suspension
from tests.factories.graduates import course, fulfil, let_awards_fill
from tests.factories.message_desk import listen, told
from tests.factories.school import make_school

JUNE = datetime(2028, 6, 20, 2, tzinfo=UTC)
SIGNED = GivenProof(Proof.APPLICATION, date(2026, 9, 2))


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> ChangeDesk:
    """The first and the third have all that graduation asks, the second lacks a course."""
    made = make_change_desk(owner_engine, engine)
    let_awards_fill(owner_engine, made.school)
    for pupil, failed in zip(made.school.pupils, ("", "GG08", ""), strict=True):
        fulfil(owner_engine, engine, made.school, pupil, now=JUNE, failed=failed)
    made.drain(JUNE)
    return made


def everybody(desk: ChangeDesk) -> tuple[int, ...]:
    return tuple(pupil.learner_id for pupil in desk.school.pupils)


def graduate(
    desk: ChangeDesk,
    *learner_ids: int,
    key: str = "class",
    actor: Actor | None = None,
    now: datetime = JUNE,
    document_no: str = "测毕1号",
) -> tuple[GraduatedLearner, ...]:
    command = GraduateClass(
        learner_ids=learner_ids or everybody(desk),
        takes_effect_on=now.date(),
        document_no=document_no,
    )
    return graduate_class(
        lambda: UnitOfWork(desk.engine, str(desk.school.institution_id)),
        actor or desk.actor(Role.APPROVER),
        command,
        idempotency_key=key,
        now=now,
    )


def statuses(desk: ChangeDesk) -> list[str]:
    found = desk.rows("SELECT status FROM enrolments ORDER BY enrolment_id")
    return [row.status for row in found]


def said(found: tuple[GraduatedLearner, ...]) -> list[tuple[str, list[str]]]:
    return [(item.state, [problem.code for problem in item.problems]) for item in found]


def test_who_is_refused_stands_in_nobodys_way(desk: ChangeDesk) -> None:
    found = graduate(desk)
    assert said(found) == [("executed", []), ("", ["not_eligible"]), ("executed", [])]
    assert statuses(desk) == ["07", "01", "07"]
    assert len(desk.rows("SELECT DISTINCT decision_id FROM status_change_executions")) == 2
    assert len(desk.rows("SELECT 1 FROM decisions")) == 2
    desk.drain(JUNE)
    assert desk.rows("SELECT 1 FROM review_cases") == []


def test_the_same_key_goes_on_where_it_was_interrupted(
    desk: ChangeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:

    def dies(uow, actor, command, **how):
        if command.learner_id == everybody(desk)[1]:
            raise RuntimeError
        return approve_graduation(uow, actor, command, **how)

    monkeypatch.setattr("creditbank.services.class_graduations.approve_graduation", dies)
    with pytest.raises(RuntimeError):
        graduate(desk)
    assert statuses(desk) == ["07", "01", "01"]
    monkeypatch.undo()
    first = graduate(desk)
    assert said(first) == [("executed", []), ("", ["not_eligible"]), ("executed", [])]
    assert graduate(desk) == first
    assert len(desk.rows("SELECT 1 FROM status_changes")) == 2


def test_who_graduated_already_is_told_under_another_key(desk: ChangeDesk) -> None:
    first, *_ = everybody(desk)
    graduate(desk, first)
    assert said(graduate(desk, first, key="again")) == [("", ["ST1"])]


def test_a_refused_change_leaves_no_decision(desk: ChangeDesk) -> None:
    first, *_ = everybody(desk)
    desk.apply(of_kind(ChangeKind.DEATH, proofs=(GivenProof(Proof.DEATH, date(2025, 10, 1)),)))
    assert said(graduate(desk, first)) == [("", ["under_way"])]
    assert desk.rows("SELECT 1 FROM decisions") == []


def test_who_waits_for_another_change_is_not_counted_ready(desk: ChangeDesk) -> None:
    approver = desk.actor(Role.APPROVER)

    def listed() -> tuple[int, set[int]]:
        with UnitOfWork(desk.engine, str(desk.school.institution_id)) as uow:
            classes = graduating_classes(uow, approver)
            waiting = {
                item.learner_id
                for one in classes
                for item in graduating_learners(
                    uow, approver, one.class_name, one.entry_year, now=JUNE
                )
                if item.is_under_way
            }
        return sum(item.ready for item in classes), waiting

    assert listed() == (2, set())
    made = desk.apply(suspension())
    assert listed() == (1, {desk.learner_id})
    desk.take_back(made.status_change_id)
    assert listed() == (2, set())


def test_who_completed_exchanges_and_the_registrar_answers_first(desk: ChangeDesk) -> None:
    second = desk.school.pupils[1]
    august, march = JUNE + timedelta(days=61), JUNE + timedelta(days=260)
    what = of_kind(ChangeKind.COMPLETION, takes_effect_on=august.date(), proofs=(SIGNED,))
    made = desk.apply(what, learner_id=second.learner_id, now=august)
    desk.agree(made.status_change_id, Role.REGISTRAR, Role.APPROVER, now=august)
    resit = replace(
        course(second.learner_id, "GG08", "70"),
        exam_kind=ExamKind.RESIT_AFTER_COMPLETION,
        earned_on=march.date(),
    )
    desk.use(post_credit, desk.registrar, resit, now=march)
    (found,) = graduate(desk, second.learner_id, now=march)
    assert (found.state, found.problems) == ("waiting", ())
    assert found.status_change_id is not None
    desk.agree(found.status_change_id, Role.REGISTRAR, Role.APPROVER, now=march)
    assert statuses(desk)[1] == "07"


def test_nobody_of_another_school_is_among_them(desk: ChangeDesk, owner_engine: Engine) -> None:
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
    with pytest.raises(NotFoundError):
        graduate(desk, *everybody(desk), other.pupils[0].learner_id)
    assert statuses(desk)[:3] == ["01", "01", "01"]


@pytest.mark.parametrize("role", [Role.REGISTRAR, Role.ADVISOR, Role.TEACHER, Role.COUNTY])
def test_only_the_approver_lets_a_class_graduate(desk: ChangeDesk, role: Role) -> None:
    with pytest.raises(ForbiddenError):
        graduate(desk, actor=desk.actor(role))


def test_it_needs_a_document_and_a_key(desk: ChangeDesk) -> None:
    with pytest.raises(InvalidInputError):
        graduate(desk, document_no=" ")
    with pytest.raises(IdempotencyKeyMissingError):
        graduate(desk, key="")
    assert statuses(desk) == ["01", "01", "01"]


def test_who_graduates_at_once_is_told_once(desk: ChangeDesk, owner_engine: Engine) -> None:
    people = {role.value: desk.actor(role) for role in (Role.STUDENT, Role.APPROVER)}
    people |= {"approver2": desk.actor(Role.APPROVER, 950), "registrar": desk.registrar}
    ears = listen(owner_engine, desk.engine, people)
    graduate(desk, desk.learner_id)
    assert ears.news() == told("executed", "", "student", "registrar")
