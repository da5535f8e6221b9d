"""A simulation says what happens when the rule is really changed, and touches nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, text

from creditbank.db import make_engine
from creditbank.domain.access import Actor
from creditbank.domain.errors import ForbiddenError, InvalidInputError
from creditbank.domain.permissions import Role
from creditbank.domain.simulations import Effect, Position, Simulation, effect_of
from creditbank.domain.verdicts import SubjectKind
from creditbank.embedded import ServerUrls
from creditbank.services.evaluations import drain
from creditbank.services.policy_changes import change_policy
from creditbank.services.policy_commands import (
    ChangePolicy,
    DraftValue,
    SimulatePlan,
    SimulateRuleChange,
    SimulateValues,
)
from creditbank.services.simulations import simulate_rule_change
from creditbank.store.plan_documents import write_plan
from creditbank.store.plans import load_plan
from creditbank.store.simulations import Subject, read_open_enrolments, read_standing_positions
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import clone_county, clone_template, drop_database
from tests.factories.exception_desk import except_every

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
BUREAU = Actor(account_id=9, role=Role.COUNTY)
VOCATIONAL = 1
APPROVER = Actor(account_id=7, role=Role.APPROVER, institution_id=VOCATIONAL)
_SCALE = 0.03


@dataclass(frozen=True)
class Demo:
    """A small demo county whose verdicts are computed; copies of it may be changed."""

    servers: ServerUrls
    name: str
    url: str

    @property
    def copy_name(self) -> str:
        return f"{self.name}_copy"


@pytest.fixture(scope="module")
def demo(servers: ServerUrls, worker_number: int) -> Iterator[Demo]:
    name = f"creditbank_simulation_{worker_number}"
    database = clone_county(servers, name, as_of=NOW.date(), scale=_SCALE)
    owner = make_engine(database.owner_url)
    with UnitOfWork(owner, EVERYWHERE) as uow:
        assert except_every(uow.connection, 7) > 20
    engine = make_engine(database.app_url)
    drained(engine)
    with UnitOfWork(owner, EVERYWHERE) as uow:  # of a class the verdicts are behind
        uow.connection.execute(
            text(
                "INSERT INTO sanctions (enrolment_id, level, decided_on, document_no)"
                " SELECT enrolment_id, '1', '2026-10-01', '测1号' FROM enrolments"
                " WHERE is_open AND enrolment_id % 9 = 0"
            )
        )
    owner.dispose()
    engine.dispose()
    yield Demo(servers, name, database.app_url)
    drop_database(servers, f"{name}_copy")
    drop_database(servers, name)


@pytest.fixture
def county(demo: Demo) -> Iterator[Engine]:
    engine = make_engine(demo.url)
    yield engine
    engine.dispose()


@pytest.fixture
def changed(demo: Demo) -> Iterator[Engine]:
    """A copy of the county, to be changed."""
    database = clone_template(demo.servers, demo.copy_name, template=demo.name)
    engine = make_engine(database.app_url)
    yield engine
    engine.dispose()


def drained(engine: Engine) -> None:
    while drain(lambda: UnitOfWork(engine, EVERYWHERE), now=NOW).claimed:
        pass


def positions(engine: Engine) -> dict[Subject, Position]:
    """Every verdict that stands on an open enrolment."""
    with UnitOfWork(engine, EVERYWHERE) as uow:
        enrolments = read_open_enrolments(uow.connection, None)
        found = read_standing_positions(uow.connection, [item.learner_id for item in enrolments])
    is_open = {item.enrolment_id for item in enrolments}
    return {subject: item.position for subject, item in found.items() if subject[0] in is_open}


def said(found: Simulation) -> dict[Subject, tuple[Position, Position]]:
    lines = {
        (item.enrolment_id, item.subject_kind, item.subject_id): (item.before, item.after)
        for item in found.affected
    }
    assert len(lines) == len(found.affected)
    return lines


def really(
    before: dict[Subject, Position], after: dict[Subject, Position]
) -> dict[Subject, tuple[Position, Position]]:
    assert before.keys() == after.keys()
    return {
        subject: (position, after[subject])
        for subject, position in before.items()
        if effect_of(position, after[subject]) is not Effect.SAME
    }


def simulated(engine: Engine, *values: tuple[str, int | bool], **how) -> Simulation:
    command = SimulateValues(values=tuple(DraftValue(key=key, value=to) for key, to in values))
    with UnitOfWork(engine, EVERYWHERE) as uow:
        return simulate_rule_change(uow, BUREAU, command, now=NOW, **how)


def put_in_force(engine: Engine, actor: Actor, drafted: DraftValue) -> None:
    key = drafted.key
    command = ChangePolicy(
        key=key, value=drafted.value, effective_from=NOW.date(), reference="平教字〔2026〕9号"
    )
    reach = EVERYWHERE if actor.institution_id is None else str(actor.institution_id)
    with UnitOfWork(engine, reach) as uow:
        change_policy(uow, actor, command, idempotency_key=key, now=NOW)


CHANGES = {
    "career cap falls": (("innovation.career_cap_units", 300),),
    "career cap rises": (("innovation.career_cap_units", 2000),),
    "no award counts": (("innovation.career_cap_units", 0),),
    "less is substituted": (("substitution.cap_units", 250),),
    "more is substituted": (("substitution.cap_units", 2000), ("substitution.share_percent", 100)),
    "a smaller share": (("substitution.share_percent", 15),),
    "a category is cut": (("innovation.category_cap.volunteering", 0),),
    "a category gets a cap": (("innovation.category_cap.skill_certificate", 150),),
    "one up and one down": (
        ("substitution.cap_units", 200),
        ("innovation.career_cap_units", 3000),
    ),
    "nobody early": (("duration.years_early_max", 0),),
    "nobody late": (("duration.years_late_max", 0),),
    "suspensions count": (("duration.suspension_counts", True),),
    "time and caps": (("duration.years_early_max", 2), ("substitution.share_percent", 25)),
    "what posting reads": (("competition.value.23.2", 1000), ("marks.pass_mark", 70)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_it_says_what_changing_the_rule_does(demo: Demo, name: str) -> None:
    engine = make_engine(demo.url)
    found = simulated(engine, *CHANGES[name])
    everybody = simulated(engine, *CHANGES[name], shortcuts=False)
    engine.dispose()
    assert everybody.evaluated == everybody.enrolments
    assert said(found) == said(everybody)
    assert found.affected == everybody.affected

    database = clone_template(demo.servers, demo.copy_name, template=demo.name)
    copy = make_engine(database.app_url)
    drained(copy)
    before = positions(copy)
    for key, value in CHANGES[name]:
        put_in_force(copy, BUREAU, DraftValue(key=key, value=value))
    drained(copy)
    assert said(found) == really(before, positions(copy))
    copy.dispose()


def test_the_changes_of_this_test_do_something(county: Engine) -> None:
    """The control: a comparison of nothing with nothing would say little."""
    gained = simulated(county, *CHANGES["time and caps"])
    lost = simulated(county, *CHANGES["no award counts"])
    nothing = simulated(county, *CHANGES["what posting reads"])
    assert gained.count(Effect.GAINS) > 20
    assert lost.count(Effect.LOSES) > 50
    assert lost.by_block()
    assert (nothing.affected, nothing.evaluated) == ((), 0)
    assert 0 < simulated(county, *CHANGES["less is substituted"]).evaluated < lost.enrolments / 2
    for found in (gained, lost, nothing):
        counts = [found.count(effect) for effect in Effect]
        assert sum(counts) == found.enrolments


def test_nothing_is_touched(county: Engine) -> None:
    tables = ("verdicts", "verdict_heads", "pending_evaluations", "policy_changes", "access_log")

    def counts() -> list[int]:
        with UnitOfWork(county, EVERYWHERE) as uow:
            return [
                uow.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
                for table in tables
            ]

    before, stood = counts(), positions(county)
    simulated(county, ("innovation.career_cap_units", 100))
    assert counts() == before
    assert positions(county) == stood


def test_a_school_tries_a_value_for_itself_and_no_other(demo: Demo, changed: Engine) -> None:
    drained(changed)
    before = positions(changed)
    drafted = DraftValue(key="substitution.cap_units", value=100)
    command = SimulateValues(values=(drafted,))
    with UnitOfWork(changed, str(VOCATIONAL)) as uow:
        found = simulate_rule_change(uow, APPROVER, command, now=NOW)
    assert {item.institution_id for item in found.affected} == {VOCATIONAL}
    put_in_force(changed, APPROVER, drafted)
    drained(changed)
    assert said(found) == really(before, positions(changed))

    # Now that the school has its own rule the county's does nothing there.
    of_county = simulated(changed, ("substitution.cap_units", 0))
    assert of_county.own_rules == (VOCATIONAL,)
    assert VOCATIONAL not in {item.institution_id for item in of_county.affected}
    assert of_county.affected


def test_the_county_asks_about_one_school(county: Engine) -> None:
    values = (DraftValue(key="substitution.cap_units", value=100),)
    with UnitOfWork(county, EVERYWHERE) as uow:
        command = SimulateValues(values=values, institution_id=2)
        found = simulate_rule_change(uow, BUREAU, command, now=NOW)
    everywhere = simulated(county, ("substitution.cap_units", 100))
    of_school = [item for item in everywhere.affected if item.institution_id == 2]
    assert found.affected == tuple(of_school)
    assert found.enrolments < everywhere.enrolments


@dataclass(frozen=True)
class Cohort:
    entry_year: int
    plan_id: int
    plan_code: str


@pytest.fixture
def cohort(county: Engine) -> Cohort:
    with UnitOfWork(county, EVERYWHERE) as uow:
        row = uow.connection.execute(
            text(
                "SELECT e.entry_year, e.plan_id, p.code FROM enrolments e"
                " JOIN program_plans p USING (plan_id)"
                " JOIN agreement_members m USING (enrolment_id)"
                " WHERE e.is_open AND e.institution_id = :school"
                " GROUP BY 1, 2, 3 ORDER BY count(*) DESC, 1 LIMIT 1"
            ),
            {"school": VOCATIONAL},
        ).one()
    return Cohort(*row)


def test_another_plan_does_what_moving_the_cohort_does(
    demo: Demo, county: Engine, cohort: Cohort
) -> None:
    with UnitOfWork(county, EVERYWHERE) as uow:
        plan = load_plan(uow.connection, cohort.plan_id)
        document = write_plan(plan).replace("credits_min: '8'", "credits_min: '3'")
        assert document != write_plan(plan)
        command = SimulatePlan(
            institution_id=VOCATIONAL,
            entry_year=cohort.entry_year,
            plan_code=cohort.plan_code,
            document=document,
        )
        found = simulate_rule_change(uow, BUREAU, command, now=NOW)
        assert found.affected == simulate_rule_change(
            uow, BUREAU, command, now=NOW, shortcuts=False
        ).affected  # fmt: skip
    county.dispose()
    assert found.count(Effect.GAINS) > 0
    assert SubjectKind.GRADUATION in {item.subject_kind for item in found.affected}

    database = clone_template(demo.servers, demo.copy_name, template=demo.name)
    copy, owner = make_engine(database.app_url), make_engine(database.owner_url)
    drained(copy)
    before = positions(copy)
    with UnitOfWork(owner, EVERYWHERE) as uow:
        new = uow.connection.execute(
            text(
                "INSERT INTO program_plans (institution_id, code, version, name, major_code,"
                " catalogue_year, years, units_min, document) SELECT institution_id, code, 2, name,"
                " major_code, catalogue_year, years, units_min,"
                " cast(replace(cast(document AS text),"
                ' \'"credits_min": "8"\', \'"credits_min": "3"\') AS jsonb)'
                " FROM program_plans WHERE plan_id = :plan RETURNING plan_id"
            ),
            {"plan": cohort.plan_id},
        ).scalar_one()
        uow.connection.execute(
            text(
                "UPDATE enrolments SET plan_id = :new WHERE plan_id = :old AND is_open"
                " AND institution_id = :school AND entry_year = :year"
            ),
            {
                "new": new, "old": cohort.plan_id, "school": VOCATIONAL, "year": cohort.entry_year,
            },
        )  # fmt: skip
    drained(copy)
    with UnitOfWork(copy, EVERYWHERE) as uow:
        moved = {
            item.enrolment_id
            for item in read_open_enrolments(uow.connection, VOCATIONAL)
            if item.plan_id == new
        }
    after = {
        subject: position for subject, position in positions(copy).items() if subject[0] in moved
    }
    before = {subject: before[subject] for subject in after}
    assert said(found) == really(before, after)
    copy.dispose()
    owner.dispose()


REFUSED: dict[str, SimulateRuleChange] = {
    "no such key": SimulateValues(values=(DraftValue(key="innovation.cap", value=1),)),
    "no number": SimulateValues(values=(DraftValue(key="substitution.cap_units", value="viel"),)),
    "too many per cent": SimulateValues(
        values=(DraftValue(key="substitution.share_percent", value=101),)
    ),
    "a flag for a number": SimulateValues(
        values=(DraftValue(key="substitution.cap_units", value=True),)
    ),
    "nothing": SimulateValues(values=()),
    "one key twice": SimulateValues(
        values=(DraftValue(key="substitution.cap_units", value=100),) * 2
    ),
    "no plan": SimulatePlan(institution_id=1, entry_year=2025, plan_code="660103-2021"),
    "another school's plan": SimulatePlan(
        institution_id=1, entry_year=2025, plan_code="660103-2021", plan_id=14
    ),
    "nobody there": SimulatePlan(
        institution_id=1, entry_year=1999, plan_code="660103-2021", plan_id=1
    ),
    "no plan document": SimulatePlan(
        institution_id=1, entry_year=2025, plan_code="660103-2021", document="[1, 2"
    ),
    "a plan with faults": SimulatePlan(
        institution_id=1,
        entry_year=2025,
        plan_code="660103-2021",
        document="format: creditbank-plan/1\ncode: X\n",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_with_its_reason(county: Engine, name: str) -> None:
    with UnitOfWork(county, EVERYWHERE) as uow, pytest.raises(InvalidInputError) as refused:
        simulate_rule_change(uow, BUREAU, REFUSED[name], now=NOW)
    assert refused.value.problems
    assert all(item.message.zh and item.field for item in refused.value.problems)


@pytest.mark.parametrize("role", [Role.TEACHER, Role.STUDENT, Role.COLLEGE, Role.SYSADMIN])
def test_others_may_not_ask(county: Engine, role: Role) -> None:
    actor = Actor(account_id=5, role=role, institution_id=VOCATIONAL)
    command = SimulateValues(values=(DraftValue(key="substitution.cap_units", value=100),))
    with UnitOfWork(county, EVERYWHERE) as uow, pytest.raises(ForbiddenError):
        simulate_rule_change(uow, actor, command, now=NOW)


def test_a_verdict_behind_the_books_is_not_taken_for_what_stands(county: Engine) -> None:
    """The county of this test has some: both sides are evaluated for them."""
    with UnitOfWork(county, EVERYWHERE) as uow:
        waiting = uow.connection.execute(
            text("SELECT count(DISTINCT learner_id) FROM pending_evaluations")
        ).scalar_one()
    assert waiting > 5
    a_day_later = datetime(2026, 11, 24, 8, tzinfo=UTC)
    command = SimulateValues(values=(DraftValue(key="substitution.cap_units", value=250),))
    with UnitOfWork(county, EVERYWHERE) as uow:
        found = simulate_rule_change(uow, BUREAU, command, now=a_day_later)
        reference = simulate_rule_change(uow, BUREAU, command, now=a_day_later, shortcuts=False)
    assert found.affected == reference.affected
    assert found.as_of == date(2026, 11, 24)
