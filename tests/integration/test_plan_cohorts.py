"""Versions put in force, and a running cohort moved: deliberately, whole, and on record."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.enrolments import Term
from creditbank.domain.errors import (
    ForbiddenError,
    InvalidInputError,
)
from creditbank.services.commands import (
    PostCourseCredit,
)
from creditbank.services.credits import post_credit
from creditbank.services.evaluations import evaluate_and_store
from creditbank.services.fresh_verdicts import fresh_verdicts
from creditbank.store.ledger import lock_head
from creditbank.store.reviews import head_verdict_id, insert_decision
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.plan_desk import (
    NOW,
    approver,
    assign,
    changed,
    document,
    drained,
    make_plan_school,
    migrate,
    problem,
    rows,
    save,
    second_version,
    use,
)
from tests.factories.school import School


@pytest.fixture
def school(clean_database, owner_engine: Engine, engine: Engine) -> School:
    return make_plan_school(owner_engine, engine)


def test_a_version_is_put_in_force_by_the_approver_and_frozen(school, engine):
    draft = second_version(engine, school)
    placed = assign(engine, school, draft.plan_id)
    assert (placed.entry_year, placed.from_plan_id, placed.learner_count) == (2026, None, 0)
    with pytest.raises(InvalidInputError) as refused:
        save(engine, school, changed(engine, school, name="x"), plan_id=draft.plan_id,
             revision=draft.revision)  # fmt: skip
    assert problem(refused) == "plan_followed"
    with pytest.raises(ForbiddenError):
        assign(engine, school, draft.plan_id, actor=school.registrar)
    with pytest.raises(InvalidInputError) as refused:
        assign(engine, school, draft.plan_id)
    assert problem(refused) == "followed_already"


def test_courses_that_the_school_lacks_come_with_the_plan_in_force(school, engine):
    plan = document(engine, school.plan_id)
    new = {**plan["courses"][0], "course_code": "GG99", "name": "劳动教育"}
    saved = save(engine, school, changed(engine, school, courses=[*plan["courses"], new]))
    known = "SELECT name, units FROM courses WHERE code = 'GG99'"
    assert rows(engine, known) == []
    assign(engine, school, saved.plan_id)
    assert [tuple(row) for row in rows(engine, known)] == [("劳动教育", 800)]


def test_an_assignment_before_anybody_came_may_be_replaced(school, engine):
    draft = second_version(engine, school)
    assign(engine, school, school.plan_id)
    placed = assign(engine, school, draft.plan_id)
    assert placed.from_plan_id == school.plan_id
    kinds = rows(engine, "SELECT kind FROM plan_events ORDER BY plan_event_id")
    assert [row.kind for row in kinds] == ["saved", "assigned", "assigned"]


def test_a_cohort_with_learners_is_not_assigned_but_migrated(school, engine):
    draft = second_version(engine, school)
    with pytest.raises(InvalidInputError) as refused:
        assign(engine, school, draft.plan_id, year=2025)
    assert problem(refused) == "cohort_running"


def test_what_was_changed_since_it_was_seen_is_not_put_in_force(school, engine):
    draft = second_version(engine, school)
    seen = draft.revision
    save(engine, school, changed(engine, school, name="改了"), plan_id=draft.plan_id, revision=seen)
    with pytest.raises(InvalidInputError) as refused:
        assign(engine, school, draft.plan_id, revision=seen)
    assert problem(refused) == "changed_meanwhile"


def test_the_registrar_migrates_only_to_a_version_in_force(school, engine):
    draft = second_version(engine, school)
    with pytest.raises(InvalidInputError) as refused:
        migrate(engine, school, draft.plan_id)
    assert problem(refused) == "not_in_force"
    assign(engine, school, draft.plan_id)
    assert migrate(engine, school, draft.plan_id).learner_count == 3


def test_the_approver_may_migrate_to_a_version_of_this_cohort_alone(school, engine):
    draft = second_version(engine, school)
    assert migrate(engine, school, draft.plan_id, actor=approver(school)).learner_count == 3


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"reason": " "}, "reason_missing"),
        ({"year": 2019}, "nobody_to_move"),
        ({"year": 1}, "year_invalid"),
    ],
)
def test_a_migration_that_says_too_little_moves_nobody(school, engine, how, expected):
    draft = second_version(engine, school)
    with pytest.raises(InvalidInputError) as refused:
        migrate(engine, school, draft.plan_id, actor=approver(school), **how)
    assert problem(refused) == expected
    assert [row.kind for row in rows(engine, "SELECT kind FROM plan_events")] == ["saved"]


def all_courses(engine: Engine, school: School, learner_id: int) -> None:
    for code, _ in school.courses:
        command = PostCourseCredit(
            learner_id=learner_id, course_code=code, term=Term(2025, 1), mark="85",
            earned_on=date(2026, 1, 20),
        )  # fmt: skip
        use(engine, post_credit, school.registrar, command)
    drained(engine)


def test_learners_stay_on_their_entry_version_until_the_cohort_is_moved(school, engine):
    """Acceptance case 17. The verdict follows, with the plan change as its one cause."""
    learner_id = school.pupils[0].learner_id
    all_courses(engine, school, learner_id)
    before = "SELECT plan_id, shortfall_units FROM verdict_heads WHERE learner_id = :id"
    draft = second_version(engine, school)
    assign(engine, school, draft.plan_id)
    drained(engine)
    assert [tuple(row) for row in rows(engine, before, id=learner_id)] == [(school.plan_id, 200)]

    placed = migrate(engine, school, draft.plan_id)
    marks = rows(engine, "SELECT learner_id, cause FROM pending_evaluations ORDER BY learner_id")
    cause = f"plan:{draft.plan_id}"
    assert [tuple(row) for row in marks] == [(item.learner_id, cause) for item in school.pupils]
    with UnitOfWork(engine, str(school.institution_id)) as uow:
        (fresh,) = fresh_verdicts(uow, learner_id, as_of=date(2026, 7, 1), now=NOW)
    assert (fresh.stored, fresh.verdict.plan_id) == (False, draft.plan_id)
    drained(engine)
    assert [tuple(row) for row in rows(engine, before, id=learner_id)] == [(draft.plan_id, 0)]
    (last,) = rows(engine, "SELECT causes FROM verdicts WHERE learner_id = :id"
                   " ORDER BY verdict_id DESC LIMIT 1", id=learner_id)  # fmt: skip
    assert last.causes == [cause]
    assert (placed.from_plan_id, placed.kept_count) == (school.plan_id, 0)
    (event,) = rows(engine, "SELECT * FROM plan_events WHERE kind = 'migrated'")
    assert (event.reason, event.document_no, event.learner_count) == (
        "新方案更合理", "测教〔2026〕2号", 3,
    )  # fmt: skip
    assert [tuple(row) for row in rows(
        engine, "SELECT plan_id FROM cohort_plans WHERE institution_id = :id ORDER BY entry_year",
        id=school.institution_id,
    )] == [(draft.plan_id,), (draft.plan_id,)]  # fmt: skip


def test_a_cohort_may_be_moved_back_and_keeps_one_verdict_per_learner(school, engine):
    draft = second_version(engine, school)
    migrate(engine, school, draft.plan_id, actor=approver(school))
    drained(engine)
    assert migrate(engine, school, school.plan_id, actor=approver(school)).learner_count == 3
    drained(engine)
    heads = rows(engine, "SELECT subject_id FROM verdict_heads WHERE institution_id = :id",
                 id=school.institution_id)  # fmt: skip
    assert [row.subject_id for row in heads] == [school.plan_id] * 3


def test_a_key_moves_a_cohort_once(school, engine):
    draft = second_version(engine, school)
    first = migrate(engine, school, draft.plan_id, actor=approver(school), key="m")
    again = migrate(engine, school, draft.plan_id, actor=approver(school), key="m")
    assert again.replayed
    assert again.learner_count == first.learner_count == 3
    assert len(rows(engine, "SELECT * FROM plan_events WHERE kind = 'migrated'")) == 1


def decided(engine: Engine, school: School, at: int) -> None:
    """A graduation approved for a pupil, whatever the verdict was."""
    pupil = school.pupils[at]
    with UnitOfWork(engine, EVERYWHERE) as uow:
        lock_head(uow.connection, pupil.learner_id)
        (finding,) = evaluate_and_store(uow, pupil.learner_id, now=NOW)
        insert_decision(
            uow.connection,
            {
                "institution_id": school.institution_id,
                "learner_id": pupil.learner_id,
                "enrolment_id": pupil.enrolment_id,
                "subject_kind": "graduation",
                "subject_id": school.plan_id,
                "verdict_id": head_verdict_id(uow.connection, finding),
                "decided_on": date(2026, 6, 1),
                "document_no": "测1号",
                "decided_by": 91,
                "decided_at": NOW,
            },
        )


def test_whose_graduation_is_approved_stays_on_the_version_of_the_decision(school, engine):
    decided(engine, school, 0)
    draft = second_version(engine, school)
    placed = migrate(engine, school, draft.plan_id, actor=approver(school))
    assert (placed.learner_count, placed.kept_count) == (2, 1)
    followed = rows(engine, "SELECT plan_id FROM enrolments WHERE institution_id = :id"
                    " ORDER BY learner_id", id=school.institution_id)  # fmt: skip
    assert [row.plan_id for row in followed] == [school.plan_id, draft.plan_id, draft.plan_id]


def test_the_database_moves_no_cohort_without_the_row_that_says_who(school, engine, owner_engine):
    draft = second_version(engine, school)
    for one in (engine, owner_engine):
        with pytest.raises(DBAPIError, match="stays on it"), UnitOfWork(one, EVERYWHERE) as uow:
            uow.connection.execute(
                text("UPDATE cohort_plans SET plan_id = :to WHERE plan_id = :from"),
                {"to": draft.plan_id, "from": school.plan_id},
            )


@pytest.mark.parametrize("change", ["UPDATE plan_events SET reason = 'x'",
                                    "DELETE FROM plan_events", "TRUNCATE plan_events"])  # fmt: skip
def test_the_history_of_plans_is_never_changed(school, engine, owner_engine, change):
    second_version(engine, school)
    for one in (engine, owner_engine):
        with pytest.raises(DBAPIError), UnitOfWork(one, EVERYWHERE) as uow:
            uow.connection.execute(text(change))


def test_a_migration_that_fails_leaves_everything_as_it_was(school, engine, monkeypatch):
    draft = second_version(engine, school)

    def break_down(*_args, **_more):
        message = "the machine stopped"
        raise RuntimeError(message)

    monkeypatch.setattr("creditbank.services.plan_cohorts.keep_answer", break_down)
    with pytest.raises(RuntimeError):
        migrate(engine, school, draft.plan_id, actor=approver(school))
    found = rows(engine, "SELECT DISTINCT plan_id FROM enrolments WHERE institution_id = :id",
                 id=school.institution_id)  # fmt: skip
    assert [row.plan_id for row in found] == [school.plan_id]
    assert rows(engine, "SELECT * FROM pending_evaluations") == []
