"""`creditbank fsck` on what families see: claims, links to papers and warnings follow from rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, text

from creditbank.checking import Report, check_records
from creditbank.db import make_engine
from creditbank.domain.access import Actor
from creditbank.domain.awards import TeamRole
from creditbank.domain.claims import ClaimMoveKind
from creditbank.domain.damages import Damage
from creditbank.domain.permissions import Role
from creditbank.services.academic_warnings import note_progress
from creditbank.services.claim_record_checks import check_claims, check_evidence
from creditbank.services.commands import PostCourseCredit
from creditbank.services.credits import post_credit
from creditbank.services.evaluations import drain
from creditbank.services.paper_shares import SharePaper, WithdrawShare, share_paper, withdraw_share
from creditbank.services.record_checks import check_records as check_rows
from creditbank.services.warning_checks import check_warnings
from creditbank.store import family_dump as dump
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from creditbank.tables.paper_shares import PaperShareOpening
from tests.databases import Database
from tests.factories import change_desk
from tests.factories.claim_desk import AWARD, VOLUNTEERING, ClaimDesk, make_claim_desk, other
from tests.factories.paper_desk import PaperDesk
from tests.factories.tampering import disarm

TABLES = (
    "claims", "claim_statements", "claim_moves", "claim_files", "ledger_entries", "paper_shares",
    "paper_share_openings", "paper_share_withdrawals", "academic_warnings", "progress_counts",
    "verdicts", "policy_changes",
)  # fmt: skip
AFTER_TERM = datetime(2026, 3, 10, 2, tzinfo=UTC)
"""The first term of the pupils is over, and nearly nothing is earned."""
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
            found = [
                *check_claims(connection, dump.claim_ids(connection)),
                *check_evidence(connection),
                *check_rows(connection),
                *check_warnings(connection),
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


@pytest.fixture
def claimed(clean_database: Database, owner_engine: Engine, engine: Engine) -> ClaimDesk:
    """An award of a team of two, fewer hours than claimed, and claims at every other stage."""
    desk = make_claim_desk(owner_engine, engine)
    team = other(AWARD, title="2026年技能大赛团体赛", certificate_no="TEAM-1")
    desk.announced(AWARD)
    for number, role in enumerate((TeamRole.CAPTAIN, TeamRole.MEMBER)):
        desk.announced(other(team, team_role=role), of=number, proof="team")
    hours = desk.submitted(VOLUNTEERING)
    desk.review(hours, units=50, reason="只认定20小时")
    desk.confirm(hours)
    objected = desk.announced(other(AWARD, certificate_no="SD-2"), of=2)
    about = desk.object(objected, desk.student(3))
    desk.rule(objected, ClaimMoveKind.DISMISS, about)
    desk.post()
    upheld = desk.announced(other(AWARD, certificate_no="SD-3"), school=1)
    desk.object(upheld, desk.student(1, school=1))
    returned = desk.submitted(VOLUNTEERING, of=3)
    desk.review(returned, ClaimMoveKind.RETURN, reason="请补充证明")
    desk.draft(other(VOLUNTEERING, title="敬老院"), of=3)
    return desk


def test_a_claim_stands_where_its_moves_lead_and_is_booked_as_it_was_decided(
    claimed: ClaimDesk, clean_database: Database, owner_engine: Engine, attack: Attack
):
    assert findings(clean_database) == []
    moves = "claim_moves step"
    first = "WHERE claim_id = (SELECT min(claim_id) FROM claims)"
    for statement, expected in {
        f"DELETE FROM claim_moves {first} AND kind = 'confirm'": f"{moves} made_on",
        f"DELETE FROM claim_moves {first} AND kind = 'accept'": f"{moves} wrong_stage",
        "UPDATE claim_moves SET made_role = 'teacher' WHERE kind = 'accept'": f"{moves} wrong_role",
        "UPDATE claim_moves SET made_by = (SELECT min(a.made_by) FROM claim_moves a"
        " WHERE a.kind = 'accept') WHERE kind = 'confirm'": f"{moves} same_person",
        "UPDATE claim_moves SET made_on = ends_on + 1 WHERE kind = 'confirm'": f"{moves} starts_on",
        "UPDATE claim_moves SET made_on = '2026-06-16' WHERE kind = 'post'": f"{moves} made_on",
        "UPDATE claim_moves SET made_by = 0 WHERE kind = 'post'": f"{moves} made_by",
        "UPDATE claim_moves SET reason = ' ' WHERE kind = 'return'": f"{moves} reason_missing",
        "UPDATE claim_moves SET revision = revision + 1 WHERE kind = 'accept'": f"{moves} revision",
        "DELETE FROM claim_moves WHERE kind = 'object'": f"{moves} no_objection",
        "UPDATE claim_moves SET units = units + 1 WHERE kind = 'accept' AND units = 50": (
            "claims basis units"
        ),
        f"UPDATE claim_moves SET ledger_seq = 99 {first} AND kind = 'post'": (
            "claims basis ledger_seq"
        ),
        f"DELETE FROM claim_moves {first} AND kind = 'post'": (
            "ledger_entries basis detail.claim_id"
        ),
        "UPDATE ledger_entries SET units = 100 WHERE detail ? 'claim_id'": "claims basis units",
        "UPDATE ledger_entries SET earned_on = '2026-01-01' WHERE detail ? 'claim_id'": (
            "claims basis earned_on"
        ),
        'UPDATE ledger_entries SET detail = detail || \'{"rank": "first"}\''
        " WHERE detail ? 'claim_id'": "claims basis rank",
        "UPDATE claim_statements SET evidence_no = 'OTHER' WHERE evidence_no = 'SD2026-0001'": (
            "claim_statements document evidence_no"
        ),
        "UPDATE claim_statements SET event = '' WHERE event <> ''": (
            "claim_statements document event"
        ),
        "UPDATE claim_statements SET evidence_no = 'SD-2' WHERE evidence_no = 'SD2026-0001'": (
            "claims twice evidence_no"
        ),
        "UPDATE claim_files SET file_hash = repeat('0', 64)": "claims twice files",
        'UPDATE claim_statements SET detail = detail || \'{"team_role": "captain"}\''
        " WHERE evidence_no = 'TEAM-1'": "claims twice evidence_no",
    }.items():
        assert expected in attack(statement), statement
    assert findings(clean_database) == []
    # Queues are made of the view: it has each claim where its moves lead.
    with owner_engine.begin() as owner:
        owner.execute(
            text(
                "CREATE OR REPLACE VIEW claim_states WITH (security_invoker = true) AS"
                " SELECT c.claim_id, c.institution_id, c.learner_id, c.enrolment_id, c.opened_at,"
                " m.kind, m.revision, m.made_on, m.made_at, m.starts_on, m.ends_on, m.ledger_seq"
                " FROM claims c LEFT JOIN claim_moves m ON m.claim_id = c.claim_id"
                " AND m.kind = 'submit'"
            )
        )
    assert set(findings(clean_database)) == {"claim_states standing"}


@pytest.fixture
def warned(clean_database: Database, owner_engine: Engine, engine: Engine) -> PaperDesk:
    """Everybody far behind, and three links of a pupil: opened, withdrawn, never used."""
    made = PaperDesk(change_desk.make_change_desk(owner_engine, engine))
    now, later = change_desk.NOW, change_desk.NOW + timedelta(hours=1)
    (paper,) = made.certify()
    school = made.changes.school.institution_id
    family = Actor(1, Role.STUDENT, learner_ids=frozenset(made.learner_ids[:1]))
    command = SharePaper(learner_id=made.learner_ids[0], issued_paper_id=paper, days=7)
    with UnitOfWork(engine, str(school)) as uow:
        opened, withdrawn, _ = [
            share_paper(uow, family, command, idempotency_key=key, now=now).paper_share_id
            for key in "abc"
        ]
        for link, moment in ((opened, later), (withdrawn, now)):
            uow.connection.execute(
                insert(PaperShareOpening).values(
                    paper_share_id=link, institution_id=school, is_file=False, opened_at=moment
                )
            )
        withdraw_share(uow, family, WithdrawShare(paper_share_id=withdrawn), now=later)

        post_credit(
            uow,
            made.changes.school.registrar,
            PostCourseCredit(
                learner_id=made.learner_ids[0],
                course_code="GG01",
                term=made.changes.school.term,
                mark="80",
                earned_on=now.date(),
            ),
            idempotency_key="mark",
            now=now,
        )

    def unit() -> UnitOfWork:
        return UnitOfWork(engine, EVERYWHERE, EVERYBODY)

    while drain(unit, now=AFTER_TERM).claimed:
        pass
    with unit() as uow:
        assert note_progress(uow, now=AFTER_TERM)
    return made


def test_links_and_warnings_are_what_the_rules_of_their_day_say(
    warned: PaperDesk, clean_database: Database, attack: Attack
):
    assert findings(clean_database) == []
    rule = (
        "INSERT INTO policy_changes (institution_id, authority, key, value, effective_from,"
        " reference, reason, decided_by, decided_at) VALUES (NULL, 'county', '{}',"
        " '{{\"value\": {}}}', '2020-01-01', 'x', '', 1, '{}')"
    )
    links, warnings = "paper_shares", "academic_warnings"
    for statement, expected in {
        "UPDATE paper_shares SET expires_at = expires_at + interval '1 year'": (
            f"{links} rule expires_at"
        ),
        "UPDATE paper_shares SET learner_id = learner_id + 1": f"{links} basis",
        "UPDATE paper_share_openings SET opened_at = opened_at + interval '8 days'": (
            "paper_share_openings late opened_at"
        ),
        "UPDATE paper_share_withdrawals SET withdrawn_at = withdrawn_at - interval '2 hours'": (
            "paper_share_withdrawals late withdrawn_at"
        ),
        "UPDATE paper_share_openings SET paper_share_id = (SELECT paper_share_id FROM"
        " paper_share_withdrawals), opened_at = opened_at + interval '2 hours'": (
            "paper_share_openings late opened_at"
        ),
        rule.format("link.days_max", 3, "2020-01-01"): f"{links} rule expires_at",
        "UPDATE academic_warnings SET earned_units = earned_units + 1": (
            f"{warnings} basis earned_units"
        ),
        "UPDATE academic_warnings SET expected_units = expected_units - 1": (
            f"{warnings} basis expected_units"
        ),
        "UPDATE academic_warnings SET level = 'yellow'": f"{warnings} rule level",
        "UPDATE academic_warnings SET level = 'none'": f"{warnings} step level",
        "DELETE FROM academic_warnings": "progress_counts basis red",
        "UPDATE progress_counts SET yellow = 1": "progress_counts basis yellow",
        rule.format("progress.red_share", '"1/1000"', "2020-01-01"): f"{warnings} rule level",
    }.items():
        assert expected in attack(statement), statement
    # A rule that was decided since says nothing of what was done before.
    assert attack(rule.format("progress.red_share", '"1/1000"', "2029-01-01")) == []
    assert findings(clean_database) == []
