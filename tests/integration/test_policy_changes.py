"""A value put in force by date is what everybody is judged by from that day on, and says why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.access import Actor
from creditbank.domain.awards import AwardLevel, AwardRank
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import ForbiddenError, IdempotencyKeyReusedError, InvalidInputError
from creditbank.domain.permissions import Role
from creditbank.queries.policies import RecordState, list_policies, policy_history
from creditbank.services import days
from creditbank.services.commands import PostCompetitionCredit
from creditbank.services.credits import post_credit
from creditbank.services.evaluations import drain
from creditbank.services.fresh_verdicts import fresh_verdicts
from creditbank.services.policy_changes import PolicyChanged, change_policy
from creditbank.services.policy_commands import ChangePolicy, DraftValue, SimulateValues
from creditbank.services.simulations import simulate_rule_change
from creditbank.store.policies import COUNTY_ALONE, policy_for
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.policies import SchoolPolicyValue
from tests.databases import Database
from tests.factories.school import School, make_school

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
TODAY = local_date(NOW)
BUREAU = Actor(account_id=1, role=Role.COUNTY)
CAP, VALUE = "substitution.cap_units", "competition.value.23.2"


class Office:
    """Two schools, a bureau; every verdict has been computed once."""

    def __init__(self, engine: Engine, schools: tuple[School, School]) -> None:
        self.engine = engine
        self.schools = schools
        self.count = 0
        for school in schools:
            self.award(school, TODAY - timedelta(days=30))
        self.drain()

    @property
    def approver(self) -> Actor:
        return Actor(
            account_id=1, role=Role.APPROVER, institution_id=self.schools[0].institution_id
        )

    def award(self, school: School, earned_on: date, now: datetime = NOW) -> int:
        self.count += 1
        command = PostCompetitionCredit(
            learner_id=school.pupils[0].learner_id,
            event=f"技能大赛{self.count}",
            level=AwardLevel.PROVINCE,
            rank=AwardRank.FIRST,
            earned_on=earned_on,
        )
        with UnitOfWork(self.engine, str(school.institution_id)) as uow:
            return post_credit(
                uow, school.registrar, command, idempotency_key=f"award{self.count}", now=now
            ).units

    def drain(self, now: datetime = NOW) -> None:
        while drain(lambda: UnitOfWork(self.engine, EVERYWHERE), now=now).claimed:
            pass

    def change(self, actor: Actor = BUREAU, *, under: str = "", **more) -> PolicyChanged:
        self.count += 1
        values: dict[str, Any] = {
            "key": CAP, "value": 100, "effective_from": TODAY, "reference": "平教字〔2026〕1号",
        } | more  # fmt: skip
        reach = EVERYWHERE if actor.institution_id is None else str(actor.institution_id)
        with UnitOfWork(self.engine, reach) as uow:
            return change_policy(
                uow,
                actor,
                ChangePolicy(**values),
                idempotency_key=under or f"change{self.count}",
                now=NOW,
            )

    def value(self, school: School | None, day: date = TODAY, key: str = CAP) -> object:
        with UnitOfWork(self.engine, "") as uow:
            at = COUNTY_ALONE if school is None else school.institution_id
            return policy_for(uow.connection, at, day).values[key].value

    def verdict(self, school: School, now: datetime = NOW):
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            found = fresh_verdicts(uow, school.pupils[0].learner_id, as_of=local_date(now), now=now)
        return found[0]

    def substituted(self, school: School, now: datetime = NOW) -> int:
        return sum(block.substituted for block in self.verdict(school, now).verdict.blocks)

    def causes(self, school: School) -> list[str]:
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            return uow.connection.execute(
                text(
                    "SELECT causes FROM verdicts WHERE learner_id = :id"
                    " ORDER BY verdict_id DESC LIMIT 1"
                ),
                {"id": school.pupils[0].learner_id},
            ).scalar_one()

    def scalar(self, query: str) -> int:
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            return uow.connection.execute(text(query)).scalar_one()


@pytest.fixture
def office(clean_database: Database, engine: Engine, owner_engine: Engine) -> Office:
    with owner_engine.begin() as connection:
        schools = (
            make_school(connection, number=1, pupils=2),
            make_school(connection, number=2, pupils=2),
        )
    return Office(engine, schools)


def test_the_countys_value_holds_at_once_in_every_school(office: Office) -> None:
    first, second = office.schools
    assert [office.substituted(school) for school in office.schools] == [100, 100]
    changed = office.change(value=50)
    assert changed.marked == 2, "the classmates have no award"
    assert not office.verdict(first).stored
    assert [office.substituted(school) for school in office.schools] == [50, 50]
    office.drain()
    assert office.verdict(second).stored
    assert [office.substituted(school) for school in office.schools] == [50, 50]
    assert office.causes(first) == [f"policy:{CAP}"]


def test_a_schools_own_value_stands_above_the_countys(office: Office) -> None:
    first, second = office.schools
    changed = office.change(office.approver, value=70)
    assert (changed.institution_id, changed.marked) == (first.institution_id, 1)
    assert [office.value(first), office.value(second), office.value(None)] == [70, 800, 800]
    office.drain()
    assert office.change(value=30).marked == 1
    office.drain()
    assert [office.substituted(school) for school in office.schools] == [70, 30]
    assert office.causes(second) == [f"policy:{CAP}"]


def test_what_is_to_come_changes_nothing_before_its_day(office: Office) -> None:
    first, _ = office.schools
    day = TODAY + timedelta(days=3)
    changed = office.change(value=40, effective_from=day)
    assert changed.marked == 0
    assert office.verdict(first).stored
    assert [office.value(first), office.value(first, day)] == [800, 40]
    # On the day the answer is right before anybody has come round, and then the stored one.
    morning = NOW + timedelta(days=3)
    assert not office.verdict(first, morning).stored
    assert office.substituted(first, morning) == 40
    with UnitOfWork(office.engine, EVERYWHERE) as uow:
        assert days.mark_for_new_day(uow, now=morning) == 4
        assert days.mark_for_new_day(uow, now=morning) == 0
    office.drain(morning)
    found = office.verdict(first, morning)
    assert (found.stored, office.substituted(first, morning)) == (True, 40)
    assert office.causes(first) == [f"policy:{CAP}"]


def test_a_day_on_which_two_values_come_into_force_names_both(office: Office) -> None:
    first, second = office.schools
    tomorrow, morning = TODAY + timedelta(days=1), NOW + timedelta(days=1)
    share, career = "substitution.share_percent", "innovation.career_cap_units"
    office.change(key=share, value=10, effective_from=tomorrow)
    office.change(office.approver, key=career, value=90, effective_from=tomorrow)
    office.change(value=10, effective_from=TODAY + timedelta(days=9))
    with UnitOfWork(office.engine, EVERYWHERE) as uow:
        days.mark_for_new_day(uow, now=morning)
    office.drain(morning)
    assert office.substituted(second, morning) == 20
    assert office.causes(first) == sorted([f"policy:{share}", f"policy:{career}"])
    assert office.causes(second) == [f"policy:{share}"]


def test_of_two_from_one_day_the_later_decision_holds(office: Office) -> None:
    first, _ = office.schools
    office.change(value=40)
    office.change(value=60)
    assert office.value(first) == 60
    office.change(value=20, effective_from=TODAY - timedelta(days=5))
    assert office.value(first) == 60, "a later day stands above a later decision"


def test_entries_keep_what_they_earned(office: Office) -> None:
    first, _ = office.schools
    before = office.scalar("SELECT sum(units) FROM ledger_entries")
    office.change(key=VALUE, value=600)
    office.drain()
    assert office.scalar("SELECT sum(units) FROM ledger_entries") == before
    assert office.award(first, TODAY - timedelta(days=1)) == 400
    assert office.award(first, TODAY) == 600


def test_a_value_that_is_no_other_marks_nobody(office: Office) -> None:
    assert office.change(value=800).marked == 0
    assert office.verdict(office.schools[0]).stored


def test_one_key_changes_one_value_once(office: Office) -> None:
    first = office.change(under="once", value=40)
    again = office.change(under="once", value=40)
    assert (again.policy_change_id, again.replayed) == (first.policy_change_id, True)
    with pytest.raises(IdempotencyKeyReusedError):
        office.change(under="once", value=50)
    assert office.scalar("SELECT count(*) FROM policy_changes") == 1


REFUSED: dict[str, dict[str, Any]] = {
    "value": {"value": -1},
    "reference": {"reference": "  "},
    "effective_from": {"effective_from": date(1900, 1, 1)},
    "reason": {"reason": "x" * 201},
}


@pytest.mark.parametrize("field", REFUSED)
def test_what_cannot_be_decided_is_refused_and_nothing_is_kept(office: Office, field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        office.change(**REFUSED[field])
    assert {item.field for item in refused.value.problems} == {field}
    assert office.scalar("SELECT count(*) FROM policy_changes") == 0


OF_TWO_SCHOOLS: dict[str, Any] = {
    "change.offices.transfer_across": "receiving_registrar receiving_principal county",
    "change.offices.transfer_out": "receiving_registrar receiving_principal county",
    "transfer.pairs_only": False,
    "transfer.notice_days": 0,
    "transfer.window_days_before": 180,
    "transfer.semesters_studied_min": 0,
    "recognition.same_name": True,
}


@pytest.mark.parametrize("key", OF_TWO_SCHOOLS)
def test_what_binds_two_schools_is_the_countys_alone(
    office: Office, owner_engine: Engine, key: str
) -> None:
    first, value = office.schools[0], OF_TWO_SCHOOLS[key]
    shipped = office.value(first, key=key)
    with pytest.raises(InvalidInputError) as refused:
        office.change(office.approver, key=key, value=value)
    assert [item.field for item in refused.value.problems] == ["value"]
    simulated = SimulateValues(values=(DraftValue(key=key, value=value),))
    with UnitOfWork(office.engine, EVERYWHERE) as uow, pytest.raises(InvalidInputError):
        simulate_rule_change(uow, office.approver, simulated, now=NOW)
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:  # what a school brought with it
        uow.connection.execute(
            insert(SchoolPolicyValue).values(
                institution_id=first.institution_id, key=key, value={"value": value},
                effective_from=date(2025, 9, 1), reference="校〔2025〕1号",
            )
        )  # fmt: skip
    assert office.value(first, key=key) == shipped
    office.change(key=key, value=value)
    assert office.value(first, key=key) == value


@pytest.mark.parametrize("role", [Role.REGISTRAR, Role.TEACHER, Role.COLLEGE, Role.AUDITOR])
def test_others_do_not_decide(office: Office, role: Role) -> None:
    school = office.schools[0].institution_id
    with pytest.raises(ForbiddenError):
        office.change(Actor(account_id=1, role=role, institution_id=school))


@pytest.mark.parametrize("statement", [
    "UPDATE policy_changes SET value = '{\"value\": 1}'",
    "DELETE FROM policy_changes",
    "TRUNCATE policy_changes",
])  # fmt: skip
def test_a_change_is_never_edited_not_even_by_the_owner(
    office: Office, owner_engine: Engine, statement: str
) -> None:
    office.change()
    with UnitOfWork(owner_engine, EVERYWHERE) as uow, pytest.raises(DBAPIError):
        uow.connection.execute(text(statement))


@pytest.mark.parametrize("row", ["NULL, 'county'", "2, 'school'"])
def test_a_schools_reach_inserts_for_itself_alone(office: Office, row: str) -> None:
    """The second wall, with the first one taken away."""
    assert office.schools[1].institution_id == 2
    insert = (
        "INSERT INTO policy_changes (institution_id, authority, key, value, effective_from,"
        f" reference, reason, decided_by, decided_at) VALUES ({row}, 'substitution.cap_units',"
        " '{\"value\": 1}', '2026-07-01', 'x', '', 1, now())"
    )
    with UnitOfWork(office.engine, "1") as uow, pytest.raises(DBAPIError):
        uow.connection.execute(text(insert))


def test_the_list_says_what_holds_why_and_what_comes(office: Office) -> None:
    first, _ = office.schools
    office.change(value=300, reference="平教字〔2026〕7号")
    office.change(value=200, effective_from=TODAY + timedelta(days=10))
    office.change(office.approver, value=500, reference="校字〔2026〕1号")
    with UnitOfWork(office.engine, EVERYWHERE) as uow:
        county = {line.key.key: line for line in list_policies(uow, BUREAU, now=NOW).items}[CAP]
        history = policy_history(uow, BUREAU, CAP, now=NOW)
    with UnitOfWork(office.engine, str(first.institution_id)) as uow:
        own = {
            line.key.key: line for line in list_policies(uow, office.approver, now=NOW).items
        }[CAP]  # fmt: skip
        of_school = policy_history(uow, office.approver, CAP, now=NOW)
    assert county.value is not None
    assert (county.value.value, county.value.reference) == (300, "平教字〔2026〕7号")
    assert county.to_come is not None
    assert (county.to_come.value, county.own_schools) == (200, 1)
    assert own.value is not None
    assert (own.value.value, own.to_come) == (500, None)
    states = [(record.value, record.state) for record in history.records]
    assert states == [
        (200, RecordState.TO_COME),
        (500, RecordState.STANDS_BACK),
        (300, RecordState.IN_FORCE),
        (800, RecordState.STANDS_BACK),
    ]
    assert [record.value for record in of_school.records if record.state == "in_force"] == [500]
    assert history.records[2].decided_by
