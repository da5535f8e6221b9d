"""Plans written in the service: saved, put in force, and a running cohort moved deliberately."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from threading import Thread

import pytest
import yaml
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.access import Actor, Role
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import (
    ForbiddenError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    NotFoundError,
    SignedOutError,
)
from creditbank.services.commands import (
    AssignPlan,
    MigrateCohort,
    PostCourseCredit,
    SavePlan,
)
from creditbank.services.credits import post_credit
from creditbank.services.evaluations import drain, evaluate_and_store
from creditbank.services.fresh_verdicts import fresh_verdicts
from creditbank.services.plan_cohorts import assign_plan, migrate_cohort
from creditbank.services.plans import check_plan_text, save_plan
from creditbank.store.ledger import lock_head
from creditbank.store.plan_documents import write_plan
from creditbank.store.plan_versions import revision_of
from creditbank.store.plans import load_plan
from creditbank.store.reviews import head_verdict_id, insert_decision
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.policies import SchoolPolicyValue
from tests.factories.school import School, make_school

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
_keys = count()


@pytest.fixture
def school(clean_database, owner_engine: Engine, engine: Engine) -> School:
    """Three pupils who follow version 1 since 2025; the second school has one."""
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        made = make_school(uow.connection, pupils=3)
        make_school(uow.connection, number=2, pupils=1)
        uow.connection.execute(  # its electives have no courses: awards alone can fill them
            insert(SchoolPolicyValue).values(
                institution_id=made.institution_id,
                key="substitution.share_percent",
                value={"value": 100},
                effective_from=date(2025, 9, 1),
                reference="测教〔2025〕1号",
            )
        )
    drained(engine)
    return made


def approver(school: School) -> Actor:
    return Actor(account_id=91, role=Role.APPROVER, institution_id=school.institution_id)


def drained(engine: Engine) -> None:
    while drain(lambda: UnitOfWork(engine, EVERYWHERE), now=NOW).claimed:
        pass


def rows(engine: Engine, statement: str, **values) -> list:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        return list(uow.connection.execute(text(statement), values))


def use(engine: Engine, service, actor: Actor, command, *, key: str = ""):
    with UnitOfWork(engine, str(actor.institution_id)) as uow:
        return service(uow, actor, command, idempotency_key=key or f"k{next(_keys)}", now=NOW)


def document(engine: Engine, plan_id: int) -> dict:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        found: dict = yaml.safe_load(write_plan(load_plan(uow.connection, plan_id)))
    return found


def changed(engine: Engine, school: School, **changes) -> str:
    """Version 1 as text, with something different: two more credits of electives, say."""
    return yaml.safe_dump(document(engine, school.plan_id) | changes, allow_unicode=True)


def save(engine: Engine, school: School, written: str, **how):
    key = how.pop("key", "")
    return use(engine, save_plan, school.registrar, SavePlan(text=written, **how), key=key)


def second_version(engine: Engine, school: School):
    """The elective block asks nothing any more: who passed all courses can graduate."""
    plan = document(engine, school.plan_id)
    blocks = [item for item in plan["blocks"] if item["code"] == "GG"]
    return save(engine, school, changed(engine, school, blocks=blocks, credits_min="55"))


def revision(engine: Engine, plan_id: int) -> str:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        return revision_of(load_plan(uow.connection, plan_id))


def assign(engine: Engine, school: School, plan_id: int, year: int = 2026, **how):
    command = AssignPlan(
        plan_id=plan_id,
        entry_year=year,
        document_no="测教〔2026〕1号",
        revision=how.pop("revision", None) or revision(engine, plan_id),
    )
    return use(engine, assign_plan, how.pop("actor", approver(school)), command, **how)


def migrate(engine: Engine, school: School, plan_id: int, **how):
    command = MigrateCohort(
        plan_id=plan_id,
        entry_year=how.pop("year", 2025),
        reason=how.pop("reason", "新方案更合理"),
        document_no="测教〔2026〕2号",
        revision=revision(engine, plan_id),
    )
    return use(engine, migrate_cohort, how.pop("actor", school.registrar), command, **how)


def problem(refused) -> str:
    return refused.value.problems[0].code


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


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"caps": [{"code": "c", "selector": {"tags": ["x"]}, "credits": "1"}]},
         "caps.0.selector.tags"),
        ({"hours_floors": [{"code": "h", "name": "h", "name_en": "", "selector": {},
                            "hours_min": 10}]}, "hours_floors.0"),
    ],
)  # fmt: skip
def test_rules_on_what_the_ledger_does_not_hold_are_refused(school, engine, rule, field):
    with pytest.raises(InvalidInputError) as refused:
        save(engine, school, changed(engine, school, **rule))
    assert [(item.code, item.field) for item in refused.value.problems] == [("P12", field)]


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
