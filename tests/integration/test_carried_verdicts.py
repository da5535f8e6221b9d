"""What stands on under other rules without an evaluation is what an evaluation would find."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from creditbank.db import make_engine
from creditbank.domain.awards import AwardLevel, AwardRank
from creditbank.domain.policies import PolicyScalar
from creditbank.eligibility import ENGINE_VERSION
from creditbank.embedded import ServerUrls
from creditbank.services import days, evaluations
from creditbank.services.commands import PostCompetitionCredit
from creditbank.services.credits import post_credit
from creditbank.services.evaluations import drain
from creditbank.services.fresh_verdicts import fresh_verdicts
from creditbank.services.policy_changes import change_policy
from creditbank.services.policy_commands import ChangePolicy
from creditbank.store.evaluations import claim
from creditbank.store.policies import policy_for
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import clone_county, clone_template, drop_database
from tests.factories.exception_desk import except_every
from tests.factories.ruled_county import (
    APPROVER,
    BUREAU,
    NOW,
    REGISTRAR,
    TODAY,
    VOCATIONAL,
    County,
    put_in_force,
)

CAP, CAREER, SHARE = (
    "substitution.cap_units",
    "innovation.career_cap_units",
    "substitution.share_percent",
)
_SCALE = 0.02
_NOT_PLAIN = """
INSERT INTO program_plans (institution_id, code, version, name, major_code, catalogue_year, years,
  units_min, document)
SELECT institution_id, code, 2, name, major_code, catalogue_year, years, units_min,
  jsonb_set(document, '{caps}',
    '[{"code": "A", "selector": {"kinds": ["competition"]}, "credits": "2"}]')
FROM program_plans WHERE plan_id = :plan RETURNING plan_id
"""
_MANY = """
SELECT plan_id FROM enrolments WHERE is_open AND institution_id = 1
GROUP BY plan_id ORDER BY count(*) DESC LIMIT 1
"""


@dataclass(frozen=True)
class Demo:
    servers: ServerUrls
    name: str


@pytest.fixture(scope="module")
def demo(servers: ServerUrls, worker_number: int) -> Iterator[Demo]:
    name = f"creditbank_carried_{worker_number}"
    database = clone_county(servers, name, as_of=TODAY, scale=_SCALE)
    owner = make_engine(database.owner_url)
    with UnitOfWork(owner, EVERYWHERE) as uow:
        plan = uow.connection.execute(text(_MANY)).scalar_one()
        new = uow.connection.execute(text(_NOT_PLAIN), {"plan": plan}).scalar_one()
        uow.connection.execute(
            text("UPDATE enrolments SET plan_id = :new WHERE plan_id = :old AND is_open"),
            {"new": new, "old": plan},
        )
        # Nobody has been evaluated yet but those whom the demo has led through the advance.
        uow.connection.execute(text("DELETE FROM verdict_heads WHERE subject_kind = 'graduation'"))
        assert except_every(uow.connection, 7) > 20
    engine = make_engine(database.app_url)
    while drain(lambda: UnitOfWork(engine, EVERYWHERE), now=NOW).claimed:
        pass
    with UnitOfWork(owner, EVERYWHERE) as uow:
        uow.connection.execute(
            text(
                "INSERT INTO sanctions (enrolment_id, level, decided_on, document_no)"
                " SELECT enrolment_id, '1', '2026-10-01', '测1号' FROM enrolments"
                " WHERE is_open AND enrolment_id % 9 = 0"
            )
        )
    owner.dispose()
    engine.dispose()
    yield Demo(servers, name)
    drop_database(servers, f"{name}_copy")
    drop_database(servers, name)


@pytest.fixture
def county(demo: Demo) -> Iterator[County]:
    database = clone_template(demo.servers, f"{demo.name}_copy", template=demo.name)
    made = County(database.app_url, database.owner_url)
    yield made
    made.engine.dispose()


Change = tuple[str, PolicyScalar]
CHANGES: dict[str, Sequence[Change]] = {
    "career cap falls": [(CAREER, 300)],
    "career cap rises": [(CAREER, 2000)],
    "no award counts": [(CAP, 0)],
    "less is substituted": [(CAP, 250)],
    "a smaller share": [(SHARE, 15)],
    "a category is cut": [("innovation.category_cap.volunteering", 0)],
    "a category gets a cap": [("innovation.category_cap.skill_certificate", 150)],
    "nobody early": [("duration.years_early_max", 0)],
    "nobody late": [("duration.years_late_max", 0)],
    "suspensions count": [("duration.suspension_counts", True)],
    "what posting reads": [("marks.pass_mark", 70)],
    "two in a row": [(CAP, 300), (CAREER, 400)],
    "there and back": [(CAP, 100), (CAP, 800)],
    "three in a row": [(CAP, 300), ("duration.years_late_max", 0), (SHARE, 20)],
}


@pytest.mark.parametrize("name", CHANGES)
def test_no_head_says_what_an_evaluation_would_not_find(county: County, name: str) -> None:
    before = county.heads(closed=True)
    rows = county.scalars("SELECT max(verdict_id) FROM verdicts")[0]
    for key, value in CHANGES[name]:
        county.change(key, value)
        county.check_what_claims_to_hold()
    county.check_all_is_done()
    after = county.heads(closed=True)
    written = county.scalars("SELECT verdict_id FROM verdicts WHERE verdict_id > :id", id=rows)
    differing = {at for at in after if after[at].findings_hash != before[at].findings_hash}
    assert {head.verdict_id for head in after.values()} & set(written) == {
        after[at].verdict_id for at in differing
    }
    assert len(written) == len(differing), "history says only what is new"
    county.check_replay()


def test_who_stands_under_an_exception_is_evaluated_and_never_carried(county: County) -> None:
    standing = "SELECT enrolment_id FROM standing_exceptions"
    excepted = set(county.scalars(standing))
    assert excepted & {enrolment_id for enrolment_id, _, _ in county.current()}
    county.change("marks.pass_mark", 70)
    carried = {enrolment_id for enrolment_id, _, _ in county.current()}
    assert carried
    assert not carried & excepted
    county.check_all_is_done()
    assert excepted <= {enrolment_id for enrolment_id, _, _ in county.current()}


def test_the_changes_of_this_test_carry_some_and_evaluate_some(county: County) -> None:
    """The control: of nobody carried over, or nobody evaluated, little would be shown."""
    standing = county.current()
    assert {kind for _, kind, _ in standing} == {"graduation", "articulation"}
    assert len(county.heads()) > len(standing) + 20, "some are behind"
    assert county.change(CAP, 250).marked > 30
    carried = county.current()
    assert carried.keys() < standing.keys()
    assert {kind for _, kind, _ in carried} == {"graduation", "articulation"}
    assert len(carried) > len(standing) / 2
    other = "SELECT enrolment_id FROM enrolments JOIN program_plans USING (plan_id)"
    moved = set(county.scalars(f"{other} WHERE version = 2"))
    assert any(enrolment_id in moved for enrolment_id, _, _ in carried)
    assert any(enrolment_id in moved for enrolment_id, _, _ in standing.keys() - carried.keys())


def test_a_schools_rule_carries_its_own_and_no_others(county: County) -> None:
    before = county.heads()
    county.change(CAP, 250, APPROVER)
    after = county.heads()
    moved = {at for at in after if after[at].policy_version != before[at].policy_version}
    assert {after[at].institution_id for at in moved} == {VOCATIONAL}
    county.check_what_claims_to_hold()
    county.change(CAP, 100)
    county.check_what_claims_to_hold()
    county.check_all_is_done()


def test_a_rule_comes_into_force_on_its_day_for_everybody(county: County) -> None:
    county.drain()
    day, morning = TODAY + timedelta(days=1), NOW + timedelta(days=1)
    assert county.change(CAP, 250, day=day).marked == 0
    assert county.current().keys() == county.heads().keys(), "not before its day"
    with county.unit() as uow:
        days.mark_for_new_day(uow, now=morning)
    county.check_what_claims_to_hold(day)
    assert not county.current(day)
    county.check_all_is_done(morning)
    # A further one on the same day finds heads of that day under the rules just before.
    with county.unit() as uow:
        command = ChangePolicy(key=CAREER, value=400, effective_from=day, reference="x")
        change_policy(uow, BUREAU, command, idempotency_key="on the day", now=morning)
    county.check_what_claims_to_hold(day)
    assert county.current(day)
    county.check_all_is_done(morning)


def test_heads_of_another_day_or_engine_are_not_carried(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = NOW + timedelta(days=1)
    before = county.heads()
    with county.unit() as uow:
        command = ChangePolicy(key=CAREER, value=400, effective_from=TODAY, reference="x")
        change_policy(uow, BUREAU, command, idempotency_key="late", now=tomorrow)
    assert county.heads() == before
    monkeypatch.setattr("creditbank.store.rule_reach.ENGINE_VERSION", ENGINE_VERSION + "x")
    county.change(CAP, 250)
    assert county.heads() == before


def carried_learner(county: County) -> int:
    """A learner of the school without awards whom the change of a cap carries over."""
    return county.scalars(
        "SELECT min(h.learner_id) FROM verdict_heads h JOIN learner_heads b USING (learner_id)"
        " JOIN enrolments e USING (enrolment_id) JOIN program_plans p ON p.plan_id = e.plan_id"
        " WHERE e.institution_id = 1 AND e.is_open AND p.version = 1 AND e.entry_year = 2025"
        " AND h.facts_seq = b.facts_seq AND NOT EXISTS (SELECT FROM ledger_entries l"
        " WHERE l.learner_id = h.learner_id AND kind <> 'course')"
    )[0]


def award(uow: UnitOfWork, learner_id: int) -> None:
    command = PostCompetitionCredit(
        learner_id=learner_id,
        event="全国职业院校技能大赛",
        level=AwardLevel.NATIONAL,
        rank=AwardRank.FIRST,
        earned_on=date(2026, 11, 1),
    )
    post_credit(uow, REGISTRAR, command, idempotency_key="award", now=NOW)


def test_a_reader_is_shown_the_rules_that_the_verdict_stands_under(county: County) -> None:
    learner_id = carried_learner(county)
    before = county.heads()
    county.change(CAP, 100)
    with county.unit() as uow:
        shown = fresh_verdicts(uow, learner_id, as_of=TODAY, now=NOW)
    assert all(item.stored for item in shown)
    (version,) = {item.verdict.policy_version for item in shown}
    assert version == county.versions()[VOCATIONAL]
    rows = county.scalars(
        "SELECT policy_version FROM verdicts WHERE learner_id = :id", id=learner_id
    )
    assert version not in rows, "history names the rules it was computed under"
    assert {before[at].verdict_id for at in before if before[at].learner_id == learner_id} == {
        item.verdict_id for item in shown
    }


def test_a_posting_that_commits_first_is_evaluated(county: County) -> None:
    learner_id = carried_learner(county)
    with county.unit() as deciding:
        policy_for(deciding.connection, VOCATIONAL, TODAY)
        with county.unit(str(VOCATIONAL)) as posting:
            award(posting, learner_id)
        put_in_force(deciding, CAP, 100, "k")
    county.check_what_claims_to_hold()
    county.check_all_is_done()


def test_a_posting_that_commits_last_leaves_the_head_behind(county: County) -> None:
    learner_id = carried_learner(county)
    with county.unit() as deciding:
        put_in_force(deciding, CAP, 100, "k")
        with county.unit(str(VOCATIONAL)) as posting:
            award(posting, learner_id)
    county.check_what_claims_to_hold()
    county.check_all_is_done()


def test_an_evaluation_on_its_way_is_neither_waited_for_nor_carried(county: County) -> None:
    """One by a worker, who holds a mark, and one that a decision asks for, without any."""
    county.drain()
    learner_id = carried_learner(county)
    with county.unit() as working:
        evaluations.evaluate_and_store(working, learner_id, now=NOW)
        county.change(CAP, 100)  # a lock that was waited for would never come
        assert learner_id in county.scalars("SELECT learner_id FROM pending_evaluations")
    with county.unit() as working:
        marks = claim(working.connection, limit=500, now=NOW)
        assert learner_id in {mark.learner_id for mark in marks}
        evaluations._evaluate_marks(working, marks, now=NOW)
        county.change(CAP, 200)
    county.check_what_claims_to_hold()
    county.check_all_is_done()


def test_an_evaluation_that_was_overtaken_by_a_rule_keeps_its_marks(county: County) -> None:
    """It read the old rules, waited for the head that was being carried, and moved it back."""
    county.drain()
    learner_id = carried_learner(county)
    with ThreadPoolExecutor(1) as pool:
        with county.unit() as deciding:
            put_in_force(deciding, CAP, 100, "k")
            with county.unit(str(VOCATIONAL)) as posting:
                award(posting, learner_id)
            working = pool.submit(drain, county.unit, now=NOW)  # type: ignore[arg-type]
            waits = (  # here: other workers of pytest share the server
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND datname = current_database()"
            )
            while not county.scalars(waits)[0]:
                assert not working.done()
        assert working.result(timeout=60).claimed == 1
    assert county.scalars("SELECT learner_id FROM pending_evaluations").count(learner_id) == 1
    county.check_what_claims_to_hold()
    county.check_all_is_done()
