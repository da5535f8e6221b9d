"""Every stored verdict comes out again from the ledger and its pins; what was spoiled does not."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, create_engine, text

from creditbank.cli import cli
from creditbank.domain.awards import AwardLevel, AwardRank
from creditbank.domain.enrolments import Term
from creditbank.replaying import recompute, replay
from creditbank.services.commands import PostCompetitionCredit, PostCourseCredit, ReverseEntry
from creditbank.services.credits import post_credit
from creditbank.services.evaluations import drain, evaluate_and_store
from creditbank.services.replays import ReplayReport
from creditbank.services.reversals import reverse_entry
from creditbank.store.evaluations import mark
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import clone_county
from tests.factories.school import School, make_school

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
_keys = count()


def drained(engine: Engine, now: datetime = NOW) -> None:
    while drain(lambda: UnitOfWork(engine, EVERYWHERE), now=now).claimed:
        pass


def replayed(database, **how) -> ReplayReport:
    return replay(database.owner_url, progress=lambda *_: None, **how)


def history(engine: Engine, learner_id: int) -> list:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        statement = "SELECT * FROM verdicts WHERE learner_id = :id ORDER BY verdict_id"
        return list(uow.connection.execute(text(statement), {"id": learner_id}))


def course(learner_id: int, code: str) -> PostCourseCredit:
    return PostCourseCredit(
        learner_id=learner_id,
        course_code=code,
        term=Term(2025, 1),
        mark="85",
        earned_on=date(2026, 1, 20),
    )


def award(learner_id: int, number: str) -> PostCompetitionCredit:
    return PostCompetitionCredit(
        learner_id=learner_id,
        event="2026年县技能大赛",
        level=AwardLevel.COUNTY,
        rank=AwardRank.FIRST,
        certificate_no=number,
        earned_on=date(2026, 5, 20),
    )


def post(engine: Engine, school: School, *commands) -> list[int]:
    posted = []
    for command in commands:
        with UnitOfWork(engine, EVERYWHERE) as uow:
            entry = post_credit(
                uow, school.registrar, command, idempotency_key=f"p{next(_keys)}", now=NOW
            )
        posted.append(entry.ledger_seq)
    return posted


def change_fact(engine: Engine, learner_id: int, statement: str, **values) -> None:
    """Change a fact as it is changed today: the row, the head, a mark."""
    with UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(text(statement), values)
        uow.connection.execute(
            text("UPDATE learner_heads SET facts_seq = facts_seq + 1 WHERE learner_id = :id"),
            {"id": learner_id},
        )
        mark(uow.connection, [learner_id], due_seq=0, cause="fact:sanctions", now=NOW)


@pytest.fixture
def school(clean_database, owner_engine: Engine) -> School:
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        made = make_school(uow.connection, pupils=3)
        # Enrolling marks the learners; here the first verdict is to answer the first posting.
        uow.connection.execute(text("DELETE FROM pending_evaluations"))
        return made


@pytest.fixture
def spoil(clean_database):
    """Run a statement as somebody whom no trigger stops."""
    superuser = create_engine(clean_database.superuser_url)

    def run(statement: str, **values) -> None:
        with superuser.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for table in ("verdicts", "pinned_documents", "ledger_entries"):
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
            assert connection.execute(text(statement), values).rowcount
            for table in ("verdicts", "pinned_documents", "ledger_entries"):
                connection.execute(text(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_change"))

    yield run
    superuser.dispose()


@pytest.fixture
def told(school: School, engine: Engine, owner_engine: Engine) -> School:
    """Verdicts at several states of the books: entries, facts changed in place, a dispute.

    Only the owner can still change a fact in place; the pins hold what it was.
    """
    first, second, _third = school.pupils
    post(engine, school, course(first.learner_id, "GG01"))
    drained(engine)
    enrolment = {"e": first.enrolment_id}
    change_fact(
        engine,
        first.learner_id,
        "INSERT INTO sanctions (enrolment_id, level, decided_on, document_no)"
        " VALUES (:e, '3', '2026-03-01', '测1号')",
        **enrolment,
    )
    change_fact(
        engine,
        first.learner_id,
        "INSERT INTO conduct_evaluations (enrolment_id, term_code, result, grade, recorded_at)"
        " VALUES (:e, '2025-2026-1', 'failed', '', '2026-01-20T00:00Z')",
        **enrolment,
    )
    drained(engine)
    change_fact(
        owner_engine,
        first.learner_id,
        "UPDATE conduct_evaluations SET result = 'passed' WHERE enrolment_id = :e",
        **enrolment,
    )
    drained(engine)
    post(engine, school, award(first.learner_id, "ZS-1"))
    drained(engine)
    (seq,) = post(engine, school, award(second.learner_id, "ZS-1"))
    drained(engine)
    with UnitOfWork(engine, EVERYWHERE) as uow:
        taken_back = ReverseEntry(learner_id=second.learner_id, ledger_seq=seq, reason="证号有误")
        reverse_entry(uow, school.registrar, taken_back, idempotency_key=f"r{seq}", now=NOW)
    drained(engine)
    post(engine, school, course(first.learner_id, "GG02"), course(first.learner_id, "GG03"))
    drained(engine, NOW + timedelta(days=1))
    return school


def test_two_evaluations_that_pin_the_same_do_not_wait_for_each_other(
    school, clean_database, engine
) -> None:
    """The first one is given up in the end; the verdicts of the second can be replayed."""
    first, second, _third = school.pupils
    with UnitOfWork(engine, EVERYWHERE) as slow, slow.undone():
        evaluate_and_store(slow, first.learner_id, now=NOW)
        with UnitOfWork(engine, EVERYWHERE) as quick:
            evaluate_and_store(quick, second.learner_id, now=NOW)
    assert not history(engine, first.learner_id)
    assert [row.facts_hash is not None for row in history(engine, second.learner_id)] == [True]
    report = replayed(clean_database)
    assert (report.same, report.differences) == (1, [])


def test_verdicts_of_all_states_of_the_books_come_out_again(told, clean_database, engine) -> None:
    rows = history(engine, told.pupils[0].learner_id)
    assert len(rows) >= 6
    assert len({row.facts_hash for row in rows}) >= 4
    report = replayed(clean_database)
    assert report.differences == []
    assert (
        report.same == report.count == len(rows) + len(history(engine, told.pupils[1].learner_id))
    )


def test_a_dispute_is_pinned_though_it_has_ended_since(told, clean_database, engine) -> None:
    """The control: that moment's verdict did not count what counts today."""
    first = told.pupils[0].learner_id
    with UnitOfWork(engine, EVERYWHERE) as uow:
        pinned = uow.connection.execute(
            text(
                "SELECT document->'disputed' FROM verdicts JOIN pinned_documents"
                " ON sha256 = facts_hash WHERE learner_id = :id ORDER BY verdict_id"
            ),
            {"id": first},
        )
        disputed = list(pinned.scalars())
    assert [2] in disputed
    assert disputed[-1] == []
    uses = [
        {seq: use for seq, _, _, use in row.findings["placements"]}.get(2)
        for row in history(engine, first)
    ]
    assert "disputed" in uses
    assert uses[-1] != "disputed"


def test_a_verdict_names_all_that_its_evaluation_answered(told, engine) -> None:
    causes = [row.causes for row in history(engine, told.pupils[0].learner_id)]
    assert causes[0] == ["credit:1"]
    assert ["evidence"] in causes
    assert causes[-1] == ["credit:3", "credit:4"]
    assert any("fact:sanctions" in found for found in causes)


def test_learners_in_the_same_situation_share_one_document(school, clean_database, engine) -> None:
    for pupil in school.pupils:
        post(engine, school, course(pupil.learner_id, "GG01"))
    drained(engine)
    with UnitOfWork(engine, EVERYWHERE) as uow:
        found = uow.connection.execute(text("SELECT kind, document::text FROM pinned_documents"))
        documents = [(row.kind, json.loads(row.document)) for row in found]
    assert sorted(kind for kind, _ in documents) == ["facts", "plan", "policy"]
    facts = dict(documents)["facts"]
    assert not {"learner_id", "enrolment_id", "name"} & set(facts)


SPOILT = {
    "findings_hash": ("UPDATE verdicts SET findings_hash = repeat('0', 64)", "findings_hash"),
    "findings": (
        "UPDATE verdicts SET findings = jsonb_set(findings, '{counted_units}', '17000')",
        "findings",
    ),
    "outcome": ("UPDATE verdicts SET outcome = 'eligible'", "outcome"),
    "shortfall": ("UPDATE verdicts SET shortfall_units = 0", "outcome"),
    "day": ("UPDATE verdicts SET as_of = as_of + 400", "input"),
    "ledger": ("UPDATE ledger_entries SET units = units + 100 WHERE ledger_seq = 1", "input"),
    "facts": (
        """UPDATE pinned_documents SET document = jsonb_set(document, '{conduct}', '"passed"')
        WHERE kind = 'facts'""",
        "pins",
    ),
    "plan": (
        """UPDATE pinned_documents SET document = jsonb_set(document, '{units_min}', '100')
        WHERE kind = 'plan'""",
        "pins",
    ),
    "pin gone": ("DELETE FROM pinned_documents WHERE kind = 'policy'", "pins"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_was_spoiled_is_found(school, clean_database, engine, spoil, name: str) -> None:
    post(engine, school, course(school.pupils[0].learner_id, "GG01"))
    drained(engine)
    assert replayed(clean_database).differences == []
    statement, part = SPOILT[name]
    spoil(statement)
    (difference,) = replayed(clean_database).differences
    assert part in difference.what


def test_verdicts_without_pins_or_of_another_engine_are_counted_apart(
    school, clean_database, engine, spoil
) -> None:
    post(engine, school, *(course(pupil.learner_id, "GG01") for pupil in school.pupils))
    drained(engine)
    first, second, _ = (pupil.learner_id for pupil in school.pupils)
    spoil("UPDATE verdicts SET facts_hash = NULL WHERE learner_id = :id", id=first)
    spoil("UPDATE verdicts SET engine_version = '0.1' WHERE learner_id = :id", id=second)
    report = replayed(clean_database)
    assert (report.same, report.unpinned, report.other_engine) == (1, 1, 1)


@pytest.fixture
def run(monkeypatch, settings):
    variables = settings.as_environment() | {"DATABASE_OWNER_URL": settings.database_owner_url}
    return lambda *words: CliRunner(env=variables).invoke(cli, ["replay", *words])


def test_the_command_counts_and_names_each_difference(told, engine, spoil, run) -> None:
    fine = run("--all")
    assert fine.exit_code == 0, fine.output
    assert "different 0" in fine.stdout
    assert "/" in fine.stderr
    first = told.pupils[0].learner_id
    spoilt = history(engine, first)[-1].verdict_id
    spoil("UPDATE verdicts SET findings_hash = 'x' WHERE verdict_id = :id", id=spoilt)
    found = run("--learner", str(first))
    assert found.exit_code == 1
    assert f"verdict {spoilt}: findings_hash" in found.stdout
    assert run("--learner", str(told.pupils[1].learner_id)).exit_code == 0
    assert "same 0 · 不一致 different 1" in run("--all", "--limit", "1").stdout
    assert run().exit_code == run("--all", "--learner", "1").exit_code == 2


@pytest.mark.timeout(300)
def test_a_seeded_county_comes_out_again(clean_database, engine, servers) -> None:
    engine.dispose()
    clone_county(servers, clean_database.name, as_of=date(2026, 11, 23))
    drained(engine, datetime(2026, 11, 23, 8, tzinfo=UTC))
    report = replayed(clean_database, workers=2)
    assert report.differences == []
    assert report.same == report.count > 100
    again = recompute(
        clean_database.owner_url, as_of=date(2026, 11, 23), workers=2, progress=lambda *_: None
    )
    assert again.differences == []
    assert again.same == heads(engine) > 100


def heads(engine: Engine) -> int:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        return int(uow.connection.execute(text("SELECT count(*) FROM verdict_heads")).scalar_one())


HEADS_SPOILT = {
    "another verdict": "UPDATE verdict_heads SET findings_hash = 'x' WHERE learner_id = :id",
    "no verdict": "DELETE FROM verdict_heads WHERE learner_id = :id",
    "one too many": "INSERT INTO verdict_heads SELECT enrolment_id, subject_kind, 99,"
    " institution_id, learner_id, ledger_seq, facts_seq, plan_id, policy_version, engine_version,"
    " as_of, verdict_id, outcome, shortfall_units, findings_hash, evaluated_at"
    " FROM verdict_heads WHERE learner_id = :id",
}


@pytest.mark.parametrize("name", HEADS_SPOILT)
def test_a_standing_verdict_that_is_not_what_the_books_say_is_named(
    school, engine, spoil, recomputed, name: str
) -> None:
    post(engine, school, *(course(pupil.learner_id, "GG01") for pupil in school.pupils))
    drained(engine)
    assert "different 0" in recomputed(0)
    pupil = school.pupils[0]
    spoil(HEADS_SPOILT[name], id=pupil.learner_id)
    said = recomputed(1)
    assert "different 1" in said
    assert f"enrolment {pupil.enrolment_id}: graduation" in said


@pytest.fixture
def recomputed(settings):
    """`recomputed(exit_code)`: what the command says."""
    variables = settings.as_environment() | {"DATABASE_OWNER_URL": settings.database_owner_url}

    def run_once(exit_code: int) -> str:
        answer = CliRunner(env=variables).invoke(cli, ["recompute"])
        assert answer.exit_code == exit_code, answer.output
        return answer.stdout

    return run_once
