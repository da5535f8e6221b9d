"""Plans saved in the service: checked whole, versioned, never changed once followed."""

from __future__ import annotations

from threading import Thread

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.access import Actor
from creditbank.domain.errors import (
    ForbiddenError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    NotFoundError,
    SignedOutError,
)
from creditbank.domain.permissions import Role
from creditbank.services.commands import (
    SavePlan,
)
from creditbank.services.plans import check_plan_text, save_plan
from creditbank.store.unit_of_work import UnitOfWork
from tests.factories.plan_desk import (
    NOW,
    assign,
    changed,
    document,
    make_plan_school,
    migrate,
    problem,
    revision,
    rows,
    save,
    second_version,
    use,
)
from tests.factories.school import School


@pytest.fixture
def school(clean_database, owner_engine: Engine, engine: Engine) -> School:
    return make_plan_school(owner_engine, engine)


def test_a_new_version_is_saved_beside_the_one_in_force(school, engine):
    saved = second_version(engine, school)
    assert (saved.code, saved.version) == ("SK", 2)
    found = rows(
        engine,
        "SELECT version, units_min FROM program_plans WHERE institution_id = :id ORDER BY version",
        id=school.institution_id,
    )
    assert [tuple(row) for row in found] == [(1, 5700), (2, 5500)]
    (event,) = rows(engine, "SELECT * FROM plan_events")
    assert (event.kind, event.acted_by) == ("saved", school.registrar.account_id)
    assert event.document["units_min"] == 5500
    assert rows(engine, "SELECT * FROM pending_evaluations") == []


def test_a_version_that_nobody_follows_is_changed_in_place(school, engine):
    first = second_version(engine, school)
    written = changed(engine, school, name="新名称")
    again = save(engine, school, written, plan_id=first.plan_id, revision=first.revision)
    assert (again.plan_id, again.version) == (first.plan_id, 2)
    assert document(engine, first.plan_id)["name"] == "新名称"
    renamed = changed(engine, school, name="再改名称")
    third = save(engine, school, renamed, plan_id=first.plan_id, revision=again.revision)
    assert document(engine, first.plan_id)["name"] == "再改名称"  # and no kept copy of before
    assert third.revision == revision(engine, first.plan_id)
    assert len(rows(engine, "SELECT * FROM plan_events")) == 3
    with pytest.raises(InvalidInputError) as refused:
        save(engine, school, changed(engine, school, name="又一"), plan_id=first.plan_id,
             revision=first.revision)  # fmt: skip
    assert problem(refused) == "changed_meanwhile"


def test_a_version_that_is_followed_stays_as_it_is(school, engine):
    with pytest.raises(InvalidInputError) as refused:
        save(engine, school, changed(engine, school, name="换名"), plan_id=school.plan_id,
             revision=revision(engine, school.plan_id))  # fmt: skip
    assert problem(refused) == "plan_followed"


def test_what_is_saved_already_is_not_saved_again(school, engine):
    with pytest.raises(InvalidInputError) as refused:
        save(engine, school, changed(engine, school))
    assert problem(refused) == "unchanged"


def test_faults_refuse_the_save_with_clause_line_and_column(school, engine):
    written = changed(engine, school, credits_min="50")
    with pytest.raises(InvalidInputError) as refused:
        save(engine, school, written)
    (found,) = refused.value.problems
    line = written.splitlines()[(found.row or 0) - 1]
    assert (found.code, found.field, found.column) == ("P7", "credits_min", 1)
    assert line.startswith("credits_min")
    assert rows(engine, "SELECT * FROM plan_events") == []


def test_warnings_come_with_what_was_saved(school, engine):
    plan = document(engine, school.plan_id)
    more = {**plan["courses"][0], "course_code": "GG99", "name": "劳动教育"}
    other = {**plan["courses"][1], "credits": "10"}
    courses = [plan["courses"][0], other, *plan["courses"][2:], more]
    written = changed(engine, school, courses=courses, credits_min="57", major_code="999999")
    saved = save(engine, school, written)
    fields = [item.field for item in saved.warnings if item.code == "P12"]
    assert sorted(fields) == ["courses", "courses.1.credits", "major_code"]


def test_a_check_says_the_same_and_saves_nothing(school, engine):
    with UnitOfWork(engine, str(school.institution_id)) as uow:
        bad = check_plan_text(uow, school.registrar, "blocks: [", now=NOW)
        good = check_plan_text(uow, school.registrar, changed(engine, school, name="x"), now=NOW)
    assert (bad.plan, bad.errors[0].code) == (None, "not_yaml")
    assert good.is_usable
    assert len(rows(engine, "SELECT * FROM program_plans")) == 2


def test_a_key_saves_once_and_never_other_content(school, engine):
    written = changed(engine, school, name="一次")
    first = save(engine, school, written, key="once")
    again = save(engine, school, written, key="once")
    assert again.replayed
    assert (again.plan_id, again.warnings) == (first.plan_id, first.warnings)
    with pytest.raises(IdempotencyKeyReusedError):
        save(engine, school, changed(engine, school, name="别的"), key="once")


def test_two_who_save_at_once_get_two_versions(school, engine):
    texts = [changed(engine, school, name=f"并行{at}") for at in range(4)]
    threads = [Thread(target=save, args=(engine, school, item)) for item in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = rows(engine, "SELECT version FROM program_plans WHERE institution_id = :id"
                 " ORDER BY version", id=school.institution_id)  # fmt: skip
    assert [row.version for row in found] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.REGISTRAR])
def test_only_the_registrar_writes(school, engine, role):
    actor = Actor(account_id=7, role=role, institution_id=school.institution_id)
    with pytest.raises((ForbiddenError, SignedOutError)):
        use(engine, save_plan, actor, SavePlan(text=""))


def test_another_school_is_out_of_reach(school, engine):
    draft = second_version(engine, school)
    other = rows(engine, "SELECT institution_id FROM institutions WHERE institution_id <> :id",
                 id=school.institution_id)[0].institution_id  # fmt: skip
    theirs = Actor(account_id=8, role=Role.REGISTRAR, institution_id=other)
    command = SavePlan(text=changed(engine, school, name="x"), plan_id=draft.plan_id,
                       revision=draft.revision)  # fmt: skip
    with pytest.raises(NotFoundError):
        use(engine, save_plan, theirs, command)
    with pytest.raises(NotFoundError):
        assign(engine, school, draft.plan_id,
               actor=Actor(account_id=9, role=Role.APPROVER, institution_id=other))  # fmt: skip
    with pytest.raises(NotFoundError):
        migrate(engine, school, draft.plan_id, actor=theirs)


def test_the_second_wall_keeps_plans_of_others_from_being_written(school, engine):
    other = rows(engine, "SELECT plan_id FROM program_plans WHERE institution_id <> :id",
                 id=school.institution_id)[0].plan_id  # fmt: skip
    with UnitOfWork(engine, str(school.institution_id)) as uow:
        touched = uow.connection.execute(
            text("UPDATE program_plans SET name = 'x' WHERE plan_id = :id"), {"id": other}
        )
        assert touched.rowcount == 0
        seen = uow.connection.execute(text("SELECT count(*) FROM program_plans")).scalar_one()
        assert seen == 2
