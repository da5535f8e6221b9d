"""`creditbank fsck` beside the ledger: what was signed or decided follows from its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from creditbank.checking import Report, check_records
from creditbank.db import make_engine
from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.credentials import CredentialKind
from creditbank.domain.damages import Damage
from creditbank.domain.permissions import Role
from creditbank.services.advance_checks import check_advances
from creditbank.services.credential_checks import check_credentials, check_status_lists
from creditbank.services.record_checks import check_records as check_rows
from creditbank.store import record_dump as dump
from tests.databases import Database
from tests.factories.advance_desk import (
    AFTER_NOTICE,
    AdvanceDesk,
    make_advance_desk,
)
from tests.factories.credential_desk import LATER, CredentialDesk, make_credential_desk
from tests.factories.paper_desk import PaperDesk
from tests.factories.tampering import disarm

TABLES = (
    "issued_credentials", "credential_endings", "status_lists", "issued_papers", "advance_moves",
    "advance_scores", "advance_admissions", "process_assessments", "decisions", "verdicts",
    "agreement_terms",
)  # fmt: skip
LONG_AFTER = datetime(2030, 1, 1, tzinfo=UTC)
Attack = Callable[[str], list[str]]


@pytest.fixture
def attack(clean_database: Database) -> Iterator[Attack]:
    """Do what a superuser may, look, undo it: what was found, as "table kind field"."""
    superuser = make_engine(clean_database.superuser_url)
    with superuser.connect() as connection:

        def tampered(statement: str) -> list[str]:
            disarm(connection, TABLES)
            assert connection.execute(text(statement)).rowcount, statement
            if "UPDATE issued_credentials" in statement:
                found = check_credentials(connection, dump.credential_ids(connection))
            else:
                lists = dump.status_list_ids(connection)
                found = [
                    *check_rows(connection),
                    *check_advances(connection),
                    *check_status_lists(connection, lists, now=LONG_AFTER),
                ]
            connection.rollback()
            return said(found)

        yield tampered
    superuser.dispose()


def said(damages: list[Damage]) -> list[str]:
    return [f"{item.table} {item.kind} {item.field}".strip() for item in damages]


def findings(database: Database) -> list[str]:
    report = Report()
    check_records(database.owner_url, report, now=LONG_AFTER)
    return said(report.damages)


def test_what_was_signed_is_what_the_rows_say(
    clean_database: Database, owner_engine: Engine, engine: Engine, attack: Attack
):
    desk: CredentialDesk = make_credential_desk(owner_engine, engine)
    desk.issue(CredentialKind.ACHIEVEMENT, ledger_seq=2)
    ended = desk.issue(CredentialKind.TRANSCRIPT)
    record = desk.issue(CredentialKind.LEARNER_RECORD)
    desk.revoke(ended, now=LATER)
    papers = PaperDesk(desk.changes)
    papers.certify(*papers.learner_ids)
    assert findings(clean_database) == []
    of_record = f"WHERE issued_credential_id = {record}"
    signed, named = "issued_credentials", "issued_credentials named_entry"
    for change, expected in {
        "document = replace(document, '成绩单', '毕业证')": f"{signed} signature document",
        "document = document || ' '": f"{signed} signature document",
        "institution_id = 2": f"{signed} key key_id",
        "key_id = 'gone'": f"{signed} key key_id",
        "kind = 'transcript'": f"{signed} document kind",
        "token = 'x'": f"{signed} document site, token",
        "list_index = (list_index + 1) % 131072": f"{signed} document list_no, list_index",
        "ledger_seq = 1": f"{signed} document ledger_seq",
        "outcome = 'qualified'": f"{signed} document outcome",
        "issued_at = issued_at + interval '1 day'": f"{signed} document issued_at",
        "valid_until = now()": f"{signed} document valid_until",
        "part_ids = part_ids[2:]": f"{signed} document part_ids",
    }.items():
        assert expected in attack(f"UPDATE issued_credentials SET {change} {of_record}"), change
    of_award = "WHERE kind = 'achievement'"
    for change in ("learner_id = learner_id + 1", "entry_seqs = '{}'", "entry_seqs = '{2,9}'"):
        assert named in attack(f"UPDATE issued_credentials SET {change} {of_award}"), change
    lists, last = "status_lists", "(SELECT max(status_list_id) FROM status_lists)"
    for statement, expected in {
        "DELETE FROM credential_endings": f"{lists} status",
        f"UPDATE credential_endings SET issued_credential_id = {record}": f"{lists} status",
        f"DELETE FROM status_lists WHERE status_list_id = {last}": f"{lists} status",
        "UPDATE status_lists SET endings = 7": f"{lists} document endings",
        "UPDATE status_lists SET valid_until = now()": f"{lists} document valid_until",
        "UPDATE status_lists SET document = replace(document, 'u', 'v')": (
            f"{lists} signature document"
        ),
        'UPDATE issued_papers SET document = document || \'{"name": "x"}\'': (
            "issued_papers content"
        ),
        "DELETE FROM issued_papers WHERE serial = 2": "issued_papers gap serial",
    }.items():
        assert expected in attack(statement), statement
    assert findings(clean_database) == []


@pytest.fixture
def road(clean_database: Database, owner_engine: Engine, engine: Engine) -> AdvanceDesk:
    """Five learners: one gives up, a sheet and a score are corrected, three are admitted."""
    desk = make_advance_desk(owner_engine, engine)
    desk.one(MoveKind.GIVE_UP, Role.STUDENT, 4)
    desk.one(MoveKind.GIVE_UP, Role.GUARDIAN, 4)
    first, *_ = desk.ids
    desk.many(MoveKind.QUALIFY, *desk.ids[:4])
    taken = desk.assess(*desk.ids[:4], failed=[first])
    desk.take_back(taken.steps[0].advance_move_id, Role.REGISTRAR)
    desk.assess(first)
    desk.many(MoveKind.ANNOUNCE, *desk.ids[:4])
    desk.many(MoveKind.FILE, *desk.ids[:4], now=AFTER_NOTICE)
    desk.score({number: (80, 60 + at, 90) for at, number in enumerate(desk.ids[:4])})
    desk.score({first: (80, 99, 90)})
    desk.propose()
    admitted = [
        number
        for number, stage in zip(desk.ids, desk.stages(AFTER_NOTICE), strict=True)
        if stage == Stage.PROPOSED.value
    ]
    assert len(admitted) == 3
    desk.admit(*admitted)
    desk.hand_back(*admitted)
    return desk


def test_every_step_follows_on_those_before(
    road: AdvanceDesk, clean_database: Database, owner_engine: Engine, attack: Attack
):
    assert findings(clean_database) == []
    moves, inputs = "advance_moves step", "advance_moves step detail.inputs"
    scores = "advance_moves step detail.scores"
    last_score = "(SELECT max(advance_move_id) FROM advance_scores)"
    for statement, expected in {
        "UPDATE advance_scores SET units = units + 1 WHERE part = 'quality'": scores,
        f"DELETE FROM advance_scores WHERE advance_move_id = {last_score}": scores,
        'UPDATE advance_moves SET detail = detail || \'{"inputs": "x"}\''
        " WHERE kind = 'propose'": inputs,
        "DELETE FROM advance_moves WHERE kind = 'file'": f"{moves} wrong_stage",
        "DELETE FROM advance_moves WHERE kind = 'withdraw'": f"{moves} wrong_stage",
        "UPDATE advance_moves SET kind = 'refuse' WHERE kind = 'admit'": f"{moves} reason_missing",
        "UPDATE advance_moves SET decided_role = 'teacher' WHERE kind = 'admit'": (
            f"{moves} wrong_role"
        ),
        "UPDATE advance_moves SET document_no = ' ' WHERE kind = 'file'": (
            f"{moves} document_missing"
        ),
        "UPDATE advance_moves SET appeal_until = '2028-04-01' WHERE kind = 'announce'": (
            f"{moves} notice_runs"
        ),
        "UPDATE advance_moves SET attempt = 2 WHERE kind = 'admit'": f"{moves} attempt",
        "UPDATE advance_moves SET withdraws_id = 1 WHERE kind = 'withdraw'": (
            f"{moves} withdraws_id"
        ),
        "DELETE FROM advance_admissions": f"{moves} detail",
        "UPDATE process_assessments SET institution_id = 99": "process_assessments step",
        "DELETE FROM decisions": f"{moves} wrong_stage",
        "UPDATE decisions SET verdict_id = verdict_id + 1": "decisions basis verdict_id",
        "UPDATE verdicts SET findings = jsonb_set(findings, '{outcome}', '\"behind\"')": (
            "decisions basis"
        ),
    }.items():
        assert expected in attack(statement), statement
    for statement, expected in {
        "UPDATE agreement_terms SET version_no = 2": "agreement_terms gap version_no",
        "UPDATE agreement_terms SET scores = scores - 0": "agreement_terms sum scores",
    }.items():
        assert expected in attack(statement), statement
    assert findings(clean_database) == []
    # Colleges are shown whom the consents name.
    with owner_engine.begin() as owner:
        owner.execute(
            text(
                "CREATE OR REPLACE VIEW shared_members AS SELECT m.agreement_id, m.enrolment_id,"
                " e.learner_id, a.school_id, a.college_id FROM agreement_members m"
                " JOIN enrolments e USING (enrolment_id) JOIN articulation_agreements a"
                f" USING (agreement_id) WHERE m.enrolment_id <> {road.ids[0]}"
            )
        )
    assert findings(clean_database) == ["shared_members shown"]
