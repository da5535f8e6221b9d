"""R17: what the application may not do to ledger, verdicts, access log, kept answers, plans."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection, Engine, create_engine, insert, text
from sqlalchemy.exc import DBAPIError

from creditbank.db import APPLICATION, make_engine
from creditbank.domain.ledger import GENESIS_HASH
from creditbank.store.ledger import chained
from creditbank.tables.ledger import LearnerHead, LedgerEntry
from tests.databases import Database

NOW = datetime(2026, 6, 30, 8, tzinfo=UTC)
INSERT_ONLY = (
    "ledger_entries", "verdicts", "access_log", "idempotency_keys", "pinned_documents",
    "decisions", "review_cases", "review_resolutions",
)  # fmt: skip
REFUSED = {
    "update": "UPDATE {table} SET {column} = {column}",
    "delete": "DELETE FROM {table}",
    "truncate": "TRUNCATE {table}",
    "disable_trigger": "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "drop_trigger": "DROP TRIGGER refuse_change ON {table}",
    "drop_table": "DROP TABLE {table}",
    "replica_role": "SET session_replication_role = replica; DELETE FROM {table}",
    "become_owner": "SET ROLE creditbank_owner; DELETE FROM {table}",
}
COLUMNS = {
    "ledger_entries": "units",
    "verdicts": "outcome",
    "access_log": "action",
    "idempotency_keys": "key",
    "pinned_documents": "kind",
    "decisions": "document_no",
    "review_cases": "findings_hash",
    "review_resolutions": "reason",
}


def ledger_row(seq: int = 1) -> dict:
    return chained(
        {
            "institution_id": 1, "learner_id": 1, "ledger_seq": seq, "kind": "course",
            "units": 400, "hours": 72, "earned_on": date(2026, 6, 20), "course_code": "GG01",
            "term_code": "2025-2026-2", "exam_kind": "01", "scale": "percent", "mark": "85",
            "passed": True, "grade_point": 350, "block_code": None, "source_seq": None,
            "evidence_key": f"course|GG01|2025-2026-2|01|r{seq}", "evidence_no": None,
            "detail": {"title": "语文"}, "policy_version": "0" * 16, "posted_by": 1,
            "batch_id": None, "recorded_at": NOW,
        },
        GENESIS_HASH,
    )  # fmt: skip


FILL = (
    (
        "INSERT INTO learners (learner_id, account_no, name, sort_key, initials, sex)"
        " VALUES (1, 'A1', '测试生', 'ce', 'CSS', '1')"
    ),
    (
        "INSERT INTO verdicts (institution_id, learner_id, enrolment_id, subject_kind, subject_id,"
        " ledger_seq, facts_seq, plan_id, policy_version, engine_version, as_of, outcome,"
        " shortfall_units, findings, findings_hash, input_hash, causes, decided_at)"
        " VALUES (1, 1, 1, 'graduation', 1, 1, 0, 1, '0', '1', '2026-06-30', 'not_yet',"
        " 0, '{}', '0', '0', '{}', now())"
    ),
    (
        "INSERT INTO access_log (account_id, role, action, mask, learner_ids, seen_at)"
        " VALUES (1, 'registrar', 'see_learner', 'record', '{1}', now())"
    ),
    (
        "INSERT INTO idempotency_keys (account_id, key, request_hash, response, created_at)"
        " VALUES (1, 'k', '0', '{}', now())"
    ),
    "INSERT INTO pinned_documents (sha256, kind, document) VALUES ('0', 'facts', '{}')",
    (
        "INSERT INTO decisions (institution_id, learner_id, enrolment_id, subject_kind,"
        " subject_id, verdict_id, decided_on, document_no, reason, decided_by, decided_at)"
        " VALUES (1, 1, 1, 'graduation', 1, 1, '2026-06-30', '测1号', '', 1, now())"
    ),
    (
        "INSERT INTO review_cases (institution_id, learner_id, enrolment_id, subject_kind,"
        " subject_id, decision_id, frozen_verdict_id, verdict_id, findings_hash, opened_at)"
        " VALUES (1, 1, 1, 'graduation', 1, 1, 1, 1, '0', now())"
    ),
    (
        "INSERT INTO review_resolutions (review_case_id, institution_id, resolution, reason,"
        " resolved_by, resolved_at) VALUES (1, 1, 'upheld', '核对', 1, now())"
    ),
)


@pytest.fixture
def filled(clean_database: Database, owner_engine: Engine) -> Database:
    with owner_engine.begin() as connection:
        for statement in FILL:
            connection.execute(text(statement))
        connection.execute(
            insert(LearnerHead).values(
                learner_id=1, ledger_seq=1, facts_seq=0, head_hash=GENESIS_HASH
            )
        )
        connection.execute(insert(LedgerEntry), [ledger_row()])
    return clean_database


def counts(connection: Connection) -> dict[str, int]:
    connection.execute(text("SELECT set_config('creditbank.reach', '*', true)"))
    return {
        table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
        for table in INSERT_ONLY
    }


def refusals(connection: Connection, *statements: str) -> set[str]:
    """The SQLSTATE of each statement that is refused."""
    found = set()
    for statement in statements:
        try:
            with connection.begin_nested():
                connection.execute(text(statement))
        except DBAPIError as error:
            found.add(getattr(error.orig, "sqlstate", ""))
    return found


@pytest.mark.parametrize("table", INSERT_ONLY)
@pytest.mark.parametrize("attempt", sorted(REFUSED))
def test_the_application_is_refused(filled, engine, table: str, attempt: str) -> None:
    statement = REFUSED[attempt].format(table=table, column=COLUMNS[table])
    with engine.connect() as connection:
        before = counts(connection)
        assert refusals(connection, *statement.split("; ")) <= {"42501", "42809"}
        assert refusals(connection, *statement.split("; "))
        connection.rollback()
        assert counts(connection) == before == dict.fromkeys(INSERT_ONLY, 1)


ADDED_TO = {
    "institutions": "name", "majors": "name", "courses": "name", "academic_terms": "starts_on",
    "cohort_plans": "entry_year", "learners": "name", "enrolments": "student_no",
    "conduct_evaluations": "result", "internship_appraisals": "result", "sanctions": "lifted_on",
    "attestations": "result", "articulation_agreements": "valid_to",
    "agreement_members": "joined_on", "accounts": "role", "account_learners": "learner_id",
    "api_keys": "expires_at", "school_policy_values": "value",
}  # fmt: skip


@pytest.mark.parametrize("table", ADDED_TO)
def test_records_are_added_to_and_never_altered_by_the_application(engine, table: str) -> None:
    column = ADDED_TO[table]
    with engine.connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
        connection.execute(text(f"UPDATE {table} SET {column} = {column}"))


@pytest.mark.parametrize("column", ["ledger_seq", "facts_seq", "learner_id"])
def test_a_head_never_moves_back(filled, engine, owner_engine, column: str) -> None:
    for made in (engine, owner_engine):
        with made.connect() as connection, pytest.raises(DBAPIError, match="never moves back"):
            connection.execute(text(f"UPDATE learner_heads SET {column} = {column} - 1"))


def test_an_owners_login_serves_people_as_the_application(filled) -> None:
    serving = make_engine(filled.owner_url, role=APPLICATION)
    with serving.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM ledger_entries")).scalar_one() == 0
        with pytest.raises(DBAPIError, match="permission denied"):
            connection.execute(text("DELETE FROM ledger_entries"))
    serving.dispose()


@pytest.mark.parametrize("action", ["DO NOTHING", "DO UPDATE SET units = 500"])
def test_a_second_entry_under_the_same_key_changes_nothing(filled, engine, action: str) -> None:
    row = ledger_row()
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    statement = text(
        f"INSERT INTO ledger_entries ({names}) VALUES ({values})"
        f" ON CONFLICT (learner_id, ledger_seq) {action}"
    )
    with engine.connect() as connection:
        counts(connection)
        row["detail"] = "{}"
        if action == "DO NOTHING":
            assert connection.execute(statement, row).rowcount == 0
        else:
            with pytest.raises(DBAPIError, match="permission denied"):
                connection.execute(statement, row)


@pytest.mark.parametrize("table", INSERT_ONLY)
def test_even_the_owner_is_stopped_by_the_trigger(filled, owner_engine, table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with owner_engine.connect() as connection, pytest.raises(DBAPIError, match="inserts only"):
            connection.execute(text(statement))


def test_without_the_trigger_and_the_grant_the_deletion_would_go_through(filled) -> None:
    """The negative control: it is the guard that refuses, not something else."""
    superuser = create_engine(filled.superuser_url)
    with superuser.begin() as connection:
        connection.execute(text("ALTER TABLE ledger_entries DISABLE TRIGGER refuse_change"))
        connection.execute(text("GRANT DELETE ON ledger_entries TO creditbank_app"))
    app = create_engine(filled.app_url)
    with app.begin() as connection:
        connection.execute(text("SELECT set_config('creditbank.reach', '*', true)"))
        assert connection.execute(text("DELETE FROM ledger_entries")).rowcount == 1
    superuser.dispose()
    app.dispose()


def test_without_a_reach_no_row_is_seen(filled, engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM ledger_entries")).scalar_one() == 0


@pytest.mark.parametrize(("reach", "seen"), [("*", 1), ("1", 1), ("2,1", 1), ("2", 0), ("", 0)])
def test_the_reach_decides_which_schools_are_seen(filled, engine, reach: str, seen: int) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT set_config('creditbank.reach', :r, true)"), {"r": reach})
        found = connection.execute(text("SELECT count(*) FROM ledger_entries")).scalar_one()
    assert found == seen


@pytest.mark.parametrize("table", ["verdicts", "decisions", "review_cases", "review_resolutions"])
@pytest.mark.parametrize(("reach", "seen"), [("*", 1), ("1", 1), ("2", 0), ("", 0)])
def test_the_reach_decides_about_decisions_too(filled, engine, table, reach, seen) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT set_config('creditbank.reach', :r, true)"), {"r": reach})
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == seen
        if table == "decisions":
            view = text("SELECT count(*) FROM standing_decisions")
            assert connection.execute(view).scalar_one() == seen


@pytest.mark.parametrize(("reach", "seen"), [("*", 1), ("1", 0), ("", 0)])
def test_pinned_facts_are_for_evaluation_and_replay_only(filled, engine, reach, seen) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT set_config('creditbank.reach', :r, true)"), {"r": reach})
        found = connection.execute(text("SELECT count(*) FROM pinned_documents")).scalar_one()
    assert found == seen


def test_the_auditor_reads_and_writes_nothing(filled) -> None:
    auditor = create_engine(filled.auditor_url)
    with auditor.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM ledger_entries")).scalar_one() == 1
        with pytest.raises(DBAPIError):
            connection.execute(text("INSERT INTO access_log DEFAULT VALUES"))
    with auditor.connect() as connection, pytest.raises(DBAPIError):
        connection.execute(text("SELECT password_hash FROM accounts"))
    auditor.dispose()


def test_a_plan_in_use_by_a_cohort_is_frozen(clean_database, owner_engine) -> None:
    with owner_engine.begin() as connection:
        for statement in (
            (
                "INSERT INTO institutions (institution_id, code, name, name_en, kind, area_code)"
                " VALUES (1, '3637012401', '测试学校', '', 'vocational_school', '370124')"
            ),
            (
                "INSERT INTO program_plans (plan_id, institution_id, code, version, name,"
                " major_code, catalogue_year, years, units_min, document) VALUES (1, 1, 'P', 1,"
                " '方案', '660103', 2021, 3, 17000, '{}')"
            ),
            "UPDATE program_plans SET name = '尚可修改'",
            (
                "INSERT INTO cohort_plans (institution_id, plan_code, entry_year, plan_id)"
                " VALUES (1, 'P', 2025, 1)"
            ),
        ):
            connection.execute(text(statement))
    with owner_engine.connect() as connection, pytest.raises(DBAPIError, match="new version"):
        connection.execute(text("UPDATE program_plans SET units_min = 16000"))
