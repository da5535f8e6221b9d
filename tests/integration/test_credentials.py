"""Credentials are signed from the books, stay as they were, and end when those say otherwise."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from creditbank.credentials.data_integrity import canonical
from creditbank.credentials.verifying import CheckName, CheckResult
from creditbank.domain.access import Actor
from creditbank.domain.awards import AwardLevel, AwardRank
from creditbank.domain.credentials import CredentialKind, CredentialState
from creditbank.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from creditbank.domain.permissions import Role
from creditbank.domain.signing_keys import KeyPurpose
from creditbank.services.commands import PostCompetitionCredit, ReverseEntry
from creditbank.services.credits import post_credit
from creditbank.services.reversals import reverse_entry
from creditbank.services.signing_keys import revoke_key, rotate_key
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database
from tests.factories.change_desk import make_change_desk
from tests.factories.credential_desk import NOW, SECRET, CredentialDesk
from tests.factories.graduates import course, fulfil, let_awards_fill
from tests.factories.school import make_school

JUNE = datetime(2028, 6, 20, 2, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> CredentialDesk:
    made = CredentialDesk(make_change_desk(owner_engine, engine))
    school = made.changes.school
    award = PostCompetitionCredit(
        learner_id=made.changes.learner_id, event="2025年山东省职业院校技能大赛",
        level=AwardLevel.PROVINCE, rank=AwardRank.SECOND, certificate_no="SD2025-0001",
        earned_on=date(2025, 10, 1),
    )  # fmt: skip
    first = course(made.changes.learner_id, "GG02")
    with UnitOfWork(engine, str(school.institution_id)) as uow:
        post_credit(uow, school.registrar, first, idempotency_key="b1", now=NOW)
        post_credit(uow, school.registrar, award, idempotency_key="b2", now=NOW)
    made.changes.drain(NOW)
    return made


@pytest.fixture
def graduate(desk: CredentialDesk, owner_engine: Engine, engine: Engine) -> CredentialDesk:
    """The first pupil has all that graduation asks, in June."""
    school = desk.changes.school
    let_awards_fill(owner_engine, school)
    fulfil(owner_engine, engine, school, school.pupils[0], now=JUNE, posted="GG02")
    desk.changes.drain(JUNE)
    return desk


def take_back(desk: CredentialDesk, ledger_seq: int, now: datetime = LATER) -> None:
    command = ReverseEntry(
        learner_id=desk.changes.learner_id, ledger_seq=ledger_seq, reason="登记有误"
    )
    with UnitOfWork(desk.changes.engine, str(desk.school_id)) as uow:
        reverse_entry(
            uow, desk.changes.registrar, command, idempotency_key=f"r{ledger_seq}", now=now
        )


def college(desk: CredentialDesk) -> Actor:
    (row,) = desk.changes.rows("SELECT agreement_id FROM articulation_agreements")
    return Actor(
        account_id=77, role=Role.COLLEGE, institution_id=desk.school_id,
        agreement_ids=frozenset({row.agreement_id}),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        (CredentialKind.TRANSCRIPT, {}),
        (CredentialKind.CREDIT_STATEMENT, {}),
        (CredentialKind.ARTICULATION_STATUS, {}),
        (CredentialKind.ACHIEVEMENT, {"ledger_seq": 2}),
        (CredentialKind.LEARNER_RECORD, {}),
    ],
)
def test_what_is_signed_is_believed_and_holds_no_number(
    desk: CredentialDesk, kind: CredentialKind, how: dict[str, int]
):
    number = desk.issue(kind, **how)
    assert desk.verify(number).is_accepted
    kept = desk.kept(number)
    assert kept.document == canonical(desk.document(number)).decode()
    (learner,) = desk.changes.rows(
        "SELECT * FROM learners WHERE learner_id = :id", id=kept.learner_id
    )
    assert learner.name in kept.document
    for secret in (learner.citizen_id, str(learner.born_on), learner.account_no):
        assert str(secret) not in kept.document
    state = desk.document(number)["evidence"][0]
    assert (state["ledgerSeq"], state["asOf"]) == (2, "2026-03-02")
    assert {"plan", "planVersion", "policyVersion", "engineVersion", "inputHash"} <= set(state)


def test_a_transcript_says_what_stands(desk: CredentialDesk):
    take_back(desk, 2)
    said = desk.document(desk.issue(CredentialKind.TRANSCRIPT, now=LATER))["credentialSubject"]
    assert [(record["ledgerSeq"], record["mark"]) for record in said["records"]] == [(1, "85")]
    entries = desk.changes.rows("SELECT encode(entry_hash, 'hex') AS hash FROM ledger_entries")
    assert said["records"][0]["entryHash"] in {row.hash for row in entries}


def test_who_asks_for_the_same_again_gets_the_same(desk: CredentialDesk):
    first = desk.issue(CredentialKind.TRANSCRIPT, key="once")
    assert desk.issue(CredentialKind.TRANSCRIPT, key="once") == first
    assert desk.issue(CredentialKind.TRANSCRIPT) == first
    take_back(desk, 2)
    assert desk.issue(CredentialKind.TRANSCRIPT, now=LATER) != first


def test_a_reversal_corrects_what_named_the_entry(desk: CredentialDesk):
    named = [
        desk.issue(CredentialKind.TRANSCRIPT),
        desk.issue(CredentialKind.ACHIEVEMENT, ledger_seq=2),
    ]
    record = desk.issue(CredentialKind.LEARNER_RECORD)
    status = desk.issue(CredentialKind.ARTICULATION_STATUS)
    before = {number: desk.kept(number).document for number in (*named, record)}
    take_back(desk, 2)
    desk.changes.drain(LATER)
    assert {desk.state(number, LATER) for number in named} == {CredentialState.CORRECTED}
    report = desk.round(LATER)
    assert {*named, record} <= {*report.ended}
    assert status not in report.ended
    assert desk.state(status, LATER) is CredentialState.VALID
    assert desk.verify(status, LATER).is_accepted
    for number in (*named, record):
        assert desk.state(number, LATER) is CredentialState.CORRECTED
        found = desk.verify(number, LATER)
        failed = {check.name for check in found.checks if check.result is CheckResult.FAILED}
        assert CheckName.STATUS in failed
        assert desk.kept(number).document == before[number]
    assert desk.round(LATER).ended == []


def test_only_who_is_eligible_is_said_to_be(desk: CredentialDesk):
    with pytest.raises(InvalidInputError) as error:
        desk.issue(CredentialKind.GRADUATION_ELIGIBILITY)
    assert error.value.problems[0].code == "not_eligible"


def test_an_eligibility_ends_with_the_verdict(graduate: CredentialDesk):
    number = graduate.issue(CredentialKind.GRADUATION_ELIGIBILITY, now=JUNE)
    assert graduate.verify(number, JUNE).is_accepted
    assert graduate.document(number)["credentialSubject"]["outcome"] == "eligible"
    assert graduate.state(number, JUNE + timedelta(days=31)) is CredentialState.EXPIRED
    assert not graduate.verify(number, JUNE + timedelta(days=31)).is_accepted
    hour = JUNE + timedelta(hours=1)
    take_back(graduate, 1, hour)
    assert graduate.state(number, hour) is CredentialState.CORRECTED  # before any worker came
    graduate.changes.drain(hour)
    assert graduate.round(hour).ended == [number]


def test_a_person_takes_one_back_and_the_list_says_so_at_once(desk: CredentialDesk):
    number, other = (
        desk.issue(CredentialKind.TRANSCRIPT), desk.issue(CredentialKind.CREDIT_STATEMENT),
    )  # fmt: skip
    desk.revoke(number, key="gone")
    desk.revoke(number, key="gone")
    assert desk.state(number) is CredentialState.REVOKED
    assert not desk.verify(number).is_accepted
    assert desk.verify(other).is_accepted
    with pytest.raises(InvalidInputError):
        desk.revoke(number)
    with pytest.raises(InvalidInputError):
        desk.revoke(other, reason=" ")


def test_a_rotated_key_keeps_what_it_signed_and_a_revoked_one_does_not(desk: CredentialDesk):
    old = desk.issue(CredentialKind.TRANSCRIPT)
    with UnitOfWork(desk.changes.engine, EVERYWHERE) as uow:
        purpose = KeyPurpose.CREDENTIAL
        rotate_key(uow, purpose, desk.school_id, secret_key=SECRET, now=LATER)
    desk.round(LATER)  # the list is signed anew with the new key
    new = desk.issue(CredentialKind.CREDIT_STATEMENT, now=LATER)
    assert desk.kept(old).key_id != desk.kept(new).key_id
    assert desk.verify(old, LATER).is_accepted
    assert desk.verify(new, LATER).is_accepted
    with UnitOfWork(desk.changes.engine, EVERYWHERE) as uow:
        revoke_key(uow, desk.kept(old).key_id, now=LATER)
    assert not desk.verify(old, LATER).is_accepted
    assert desk.verify(new, LATER).is_accepted
    assert desk.state(old, LATER) is CredentialState.REVOKED


def test_a_list_is_signed_anew_before_it_runs_out(desk: CredentialDesk):
    number = desk.issue(CredentialKind.TRANSCRIPT)
    first = desk.status_list()
    desk.round(NOW + timedelta(days=1))
    assert desk.status_list() == first
    desk.round(NOW + timedelta(days=4))
    assert desk.status_list()["validFrom"] == "2026-03-06T02:00:00Z"
    assert desk.verify(number, NOW + timedelta(days=10)).is_accepted
    late = desk.verify(number, NOW + timedelta(days=20))  # a list that is out of date is none
    assert not late.is_accepted


def test_a_family_has_its_own_and_a_college_what_it_may_ask_for(desk: CredentialDesk):
    student = desk.changes.actor(Role.STUDENT)
    assert desk.verify(desk.issue(CredentialKind.LEARNER_RECORD, actor=student)).is_accepted
    with pytest.raises(NotFoundError):
        desk.issue(
            CredentialKind.TRANSCRIPT, actor=student,
            learner_id=desk.changes.school.pupils[1].learner_id,
        )  # fmt: skip
    asking = college(desk)
    status = desk.issue(CredentialKind.ARTICULATION_STATUS, actor=asking)
    assert desk.verify(status).is_accepted
    assert desk.issue(CredentialKind.TRANSCRIPT, actor=asking)
    with pytest.raises(InvalidInputError):
        desk.issue(CredentialKind.CREDIT_STATEMENT, actor=asking)
    with pytest.raises(NotFoundError):
        desk.issue(
            CredentialKind.TRANSCRIPT, actor=asking,
            learner_id=desk.changes.school.pupils[1].learner_id,
        )  # fmt: skip
    statement = desk.issue(CredentialKind.CREDIT_STATEMENT)
    with pytest.raises(NotFoundError):
        desk.kept(statement, asking)
    for role in (Role.TEACHER, Role.ADVISOR, Role.APPROVER, Role.AUDITOR, Role.COUNTY):
        with pytest.raises(ForbiddenError):
            desk.issue(CredentialKind.TRANSCRIPT, actor=desk.changes.actor(role))
    with pytest.raises(ForbiddenError):
        desk.revoke(statement, actor=student)


def test_nobody_changes_what_was_signed(desk: CredentialDesk, owner_engine: Engine, engine: Engine):
    number = desk.issue(CredentialKind.TRANSCRIPT)
    desk.revoke(number)
    tables = {
        "issued_credentials": "document", "credential_endings": "reason",
        "status_lists": "document",
    }  # fmt: skip
    for table, column in tables.items():
        for said in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            for made, why in ((engine, "permission denied"), (owner_engine, "inserts only")):
                with pytest.raises(DBAPIError, match=why), UnitOfWork(made, EVERYWHERE) as uow:
                    uow.connection.execute(text(said))
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
    for table in tables:
        for reach in ("", str(other.institution_id)):
            with UnitOfWork(engine, reach) as uow:
                assert uow.connection.execute(text(f"SELECT * FROM {table}")).all() == []


def test_the_database_takes_a_credential_of_its_school_alone(
    desk: CredentialDesk, engine: Engine, owner_engine: Engine
):
    number = desk.issue(CredentialKind.TRANSCRIPT)
    (row,) = desk.changes.rows(
        "SELECT * FROM issued_credentials WHERE issued_credential_id = :id", id=number
    )
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
    copied = (
        "INSERT INTO issued_credentials (institution_id, learner_id, enrolment_id, kind, token,"
        " site, list_no, list_index, key_id, ledger_seq, entry_seqs, outcome, subject_id, part_ids,"
        " document, issued_by, issued_at) SELECT :school, :learner, enrolment_id, kind, 'x', site,"
        " list_no, 7, key_id, ledger_seq, entry_seqs, outcome, subject_id, part_ids, document,"
        " issued_by, issued_at FROM issued_credentials"
    )
    for school, learner in (
        (other.institution_id, row.learner_id),
        (row.institution_id, other.pupils[0].learner_id),
    ):
        with (
            pytest.raises(DBAPIError, match="enrolment of the learner"),
            UnitOfWork(engine, EVERYWHERE) as uow,
        ):
            uow.connection.execute(text(copied), {"school": school, "learner": learner})
    with UnitOfWork(engine, EVERYWHERE) as uow:  # the control: the same for the right one is taken
        asked = {"school": row.institution_id, "learner": row.learner_id}
        assert uow.connection.execute(text(copied), asked).rowcount == 1
    assert json.loads(row.document)["id"].endswith(row.token)
