"""A verdict is served as it stands only while it speaks of today's books, facts, rules, engine."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.calendar import local_date
from creditbank.domain.verdicts import Outcome
from creditbank.services import days, evaluations, fresh_verdicts
from creditbank.services.evaluations import drain
from creditbank.services.verdict_checks import check_standing
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.store.verdicts import write_verdicts
from tests.databases import Database
from tests.factories.school import School, make_school

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
FACTS = {
    "conduct_evaluations": "(enrolment_id, term_code, result, grade, recorded_at)"
    " VALUES (:id, '2025-2026-2', 'passed', '优秀', now())",
    "internship_appraisals": "(enrolment_id, organisation, started_on, result, recorded_at)"
    " VALUES (:id, '测试工厂', '2026-03-01', 'passed', now())",
    "sanctions": "(enrolment_id, level, decided_on, document_no)"
    " VALUES (:id, '4', '2026-05-01', '测1号')",
    "attestations": "(enrolment_id, kind, subject, result, attested_on, document_no)"
    " VALUES (:id, 'medical_check', '', 'passed', '2026-05-01', '')",
}


class Desk:
    """A school whose verdicts have been computed once."""

    def __init__(self, engine: Engine, owner: Engine, school: School) -> None:
        self.engine, self.owner = engine, owner
        self.school = school
        self.pupil = school.pupils[0]
        self.drain()

    def drain(self, now: datetime = NOW) -> None:
        drain(lambda: UnitOfWork(self.engine, EVERYWHERE), now=now)

    def verdict(self, now: datetime = NOW):
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            found = fresh_verdicts.fresh_verdicts(
                uow, self.pupil.learner_id, as_of=local_date(now), now=now
            )
        return found[0]

    def execute(self, statement: str, **values) -> None:
        with UnitOfWork(self.engine, str(self.school.institution_id)) as uow:
            uow.connection.execute(text(statement), {"id": self.pupil.enrolment_id, **values})

    def change(self, statement: str, **values) -> None:
        """What only the owner may do: a fact changed in place."""
        with self.owner.begin() as connection:
            connection.execute(text(statement), {"id": self.pupil.enrolment_id, **values})

    def round(self, now: datetime) -> int:
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            return days.mark_for_new_day(uow, now=now)


@pytest.fixture
def desk(clean_database: Database, engine: Engine, owner_engine: Engine) -> Desk:
    with owner_engine.begin() as connection:
        school = make_school(connection, pupils=2)
    return Desk(engine, owner_engine, school)


@pytest.mark.parametrize("table", sorted(FACTS))
def test_a_new_fact_is_in_the_next_answer_and_soon_in_the_stored_one(desk, table):
    before = desk.verdict()
    assert before.stored
    desk.execute(f"INSERT INTO {table} {FACTS[table]}")
    computed = desk.verdict()
    assert (computed.stored, computed.verdict.facts_seq) == (False, before.verdict.facts_seq + 1)
    desk.drain()
    stored = desk.verdict()
    assert stored.stored
    assert stored.verdict.conditions == computed.verdict.conditions


def test_a_passed_appraisal_changes_the_condition_and_a_correction_changes_it_back(desk):
    desk.execute(f"INSERT INTO conduct_evaluations {FACTS['conduct_evaluations']}")
    conduct = {item.code: item.met for item in desk.verdict().verdict.conditions}["conduct"]
    assert conduct is True
    later = FACTS["conduct_evaluations"].replace("'passed'", "'failed'")
    assert "failed" in later
    desk.execute(f"INSERT INTO conduct_evaluations {later}")
    conduct = {item.code: item.met for item in desk.verdict().verdict.conditions}["conduct"]
    assert conduct is False


def test_a_change_of_status_reaches_the_verdict(desk):
    assert desk.verdict().verdict.outcome is Outcome.NOT_YET
    desk.change("UPDATE enrolments SET status = '14', is_open = false WHERE enrolment_id = :id")
    changed = desk.verdict()
    assert not changed.stored
    assert changed.verdict.outcome is Outcome.CLOSED


def test_one_change_marks_one_learner(desk):
    desk.change("UPDATE enrolments SET class_name = '26数控1班' WHERE enrolment_id = :id")
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        marks = uow.connection.execute(
            text("SELECT learner_id, cause FROM pending_evaluations")
        ).all()
    assert [tuple(mark) for mark in marks] == [(desk.pupil.learner_id, "fact:enrolments")]


def test_a_policy_put_in_force_today_is_in_todays_answer(desk):
    assert desk.verdict().stored
    desk.execute(
        "INSERT INTO school_policy_values (institution_id, key, effective_from, value, reference)"
        " VALUES (:school, 'substitution.share_percent', '2026-07-01',"
        " '{\"value\": 100}', '测试学校规定')",
        school=desk.school.institution_id,
    )
    assert not desk.verdict().stored
    assert desk.round(NOW) == 2
    assert desk.round(NOW) == 0
    desk.drain()
    assert desk.verdict().stored


def test_another_engine_asks_for_another_verdict(desk, monkeypatch):
    assert desk.round(NOW) == 0
    monkeypatch.setattr(fresh_verdicts, "ENGINE_VERSION", "99")
    monkeypatch.setattr(days, "ENGINE_VERSION", "99")
    assert not desk.verdict().stored
    assert desk.round(NOW) == 2


def test_a_closed_enrolment_has_no_next_day(desk):
    tomorrow = NOW + timedelta(days=1)
    assert not desk.verdict(tomorrow).stored
    desk.change("UPDATE enrolments SET status = '10', is_open = false WHERE enrolment_id = :id")
    desk.drain()
    settled = desk.verdict(tomorrow)
    assert settled.stored
    assert settled.verdict.as_of == date(2026, 7, 1)
    assert desk.round(tomorrow) == 1  # the classmate


@pytest.mark.parametrize("is_posted", [False, True])
def test_a_clock_that_went_ahead_holds_nothing_up_once_it_is_right(desk, is_posted):
    ahead = NOW + timedelta(days=400)
    desk.round(ahead)
    desk.drain(ahead)
    assert desk.verdict(ahead).stored
    assert not desk.verdict().stored
    if is_posted:
        desk.execute(f"INSERT INTO conduct_evaluations {FACTS['conduct_evaluations']}")
    assert desk.round(NOW) == (1 if is_posted else 2)  # who is marked already is not marked again
    desk.drain()
    settled = desk.verdict()
    assert settled.stored
    assert settled.verdict.as_of == local_date(NOW)
    assert desk.round(NOW) == 0
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        assert check_standing(uow) == []


def test_an_evaluation_of_yesterday_does_not_replace_one_of_today(desk):
    tomorrow = NOW + timedelta(days=1)
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        late = evaluations._findings(uow, [desk.pupil.learner_id], [], as_of=local_date(NOW))
    desk.round(tomorrow)
    desk.drain(tomorrow)
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        assert write_verdicts(uow.connection, late, apart=uow.apart, now=tomorrow) == []
    assert desk.verdict(tomorrow).stored


@pytest.mark.parametrize("table", sorted(FACTS))
def test_facts_of_another_school_are_neither_seen_nor_written(desk, owner_engine, table):
    with owner_engine.begin() as connection:
        other = make_school(connection, number=2, pupils=1)
    desk.execute(f"INSERT INTO {table} {FACTS[table]}")
    with UnitOfWork(desk.engine, str(other.institution_id)) as uow:
        count = text(f"SELECT count(*) FROM {table}")
        assert uow.connection.execute(count).scalar_one() == 0
        names = text("SELECT name FROM learners")
        assert uow.connection.execute(names).scalars().all() == [other.pupils[0].name]
        with pytest.raises(DBAPIError, match="row-level security"), uow.connection.begin_nested():
            uow.connection.execute(
                text(f"INSERT INTO {table} {FACTS[table]}"), {"id": desk.pupil.enrolment_id}
            )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE program_plans SET name = '改名' WHERE plan_id = :plan",
        "UPDATE cohort_plans SET entry_year = 2024 WHERE plan_id = :plan",
    ],
)
def test_a_plan_that_enrolments_follow_is_frozen(desk, statement):
    with pytest.raises(DBAPIError, match=r"new version|stays on it"):
        desk.change(statement, plan=desk.school.plan_id)


@pytest.mark.parametrize(
    "values",
    [
        {"citizen_id": "370124201001010012"},
        {"citizen_id": "370124201013010019"},
        {"national_student_no": "G370124201001010012"},
        {"national_student_no": "X37012420100101001X"},
        {"national_student_no": "J370124201002300017"},
        {"national_student_no": "L990124201001011234"},
    ],
)
def test_the_database_refuses_an_identifier_whose_check_fails(desk, values):
    ((column, value),) = values.items()
    with pytest.raises(DBAPIError, match=f"ck_learners_{column}"):
        desk.change(
            f"UPDATE learners SET {column} = :value WHERE learner_id = :learner",
            value=value,
            learner=desk.pupil.learner_id,
        )


def test_an_upload_that_was_left_is_forgotten_after_thirty_days(desk):
    for name, days_ago, posted in (("old", 31, False), ("posted", 31, True), ("new", 29, False)):
        desk.execute(
            "INSERT INTO grade_imports (import_id, institution_id, account_id, file_name,"
            " file_hash, rows, problems, posted_at, created_at) VALUES (:name, :school, :account,"
            " '', '', '[]', '[]', :posted_at, :created_at)",
            name=name,
            school=desk.school.institution_id,
            account=desk.school.registrar.account_id,
            posted_at=NOW if posted else None,
            created_at=NOW - timedelta(days=days_ago),
        )
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        assert days.forget_old_previews(uow, now=NOW) == 1
        left = uow.connection.execute(text("SELECT import_id FROM grade_imports ORDER BY 1"))
        assert left.scalars().all() == ["new", "posted"]
