"""Credentials are signed from the books, stay as they were, and end when those say otherwise."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from creditbank.credentials.data_integrity import canonical
from creditbank.credentials.verifying import CheckName, CheckResult
from creditbank.domain.courses import ExamKind
from creditbank.domain.credentials import CredentialKind, CredentialState
from creditbank.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from creditbank.domain.permissions import Role
from creditbank.domain.signing_keys import KeyPurpose
from creditbank.services.credits import post_credit
from creditbank.services.signing_keys import revoke_key, rotate_key
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database
from tests.factories.credential_desk import (
    JUNE,
    LATER,
    NOW,
    SECRET,
    CredentialDesk,
    let_graduate,
    make_credential_desk,
)
from tests.factories.graduates import course
from tests.factories.school import make_school


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> CredentialDesk:
    return make_credential_desk(owner_engine, engine)


@pytest.fixture
def graduate(desk: CredentialDesk, owner_engine: Engine, engine: Engine) -> CredentialDesk:
    return let_graduate(desk, owner_engine, engine)


def test_what_is_signed_is_believed_and_holds_no_number(desk: CredentialDesk):
    (learner,) = desk.changes.rows(
        "SELECT * FROM learners WHERE learner_id = :id", id=desk.changes.learner_id
    )
    for kind in (
        CredentialKind.TRANSCRIPT, CredentialKind.CREDIT_STATEMENT,
        CredentialKind.ARTICULATION_STATUS, CredentialKind.ACHIEVEMENT,
        CredentialKind.LEARNER_RECORD,
    ):  # fmt: skip
        number = desk.issue(kind, **({"ledger_seq": 2} if kind == "achievement" else {}))
        assert desk.verify(number).is_accepted, kind
        kept = desk.kept(number)
        assert kept.document == canonical(desk.document(number)).decode()
        assert learner.name in kept.document
        for secret in (learner.citizen_id, str(learner.born_on), learner.account_no):
            assert str(secret) not in kept.document
        state = desk.document(number)["evidence"][0]
        assert (state["ledgerSeq"], state["asOf"]) == (2, "2026-03-02")
        assert {"plan", "planVersion", "policyVersion", "engineVersion", "inputHash"} <= set(state)
    with pytest.raises(InvalidInputError) as error:
        desk.issue(CredentialKind.GRADUATION_ELIGIBILITY)
    assert error.value.problems[0].code == "not_eligible"  # only who is eligible is said to be
    # Who asks for the same again gets the same, until something has changed.
    first = desk.issue(CredentialKind.TRANSCRIPT, key="once")
    assert desk.issue(CredentialKind.TRANSCRIPT, key="once") == first
    assert desk.issue(CredentialKind.TRANSCRIPT) == first
    desk.take_back(2)
    later = desk.issue(CredentialKind.TRANSCRIPT, now=LATER)
    assert later != first
    said = desk.document(later)["credentialSubject"]  # and it says what stands
    assert [(record["ledgerSeq"], record["mark"]) for record in said["records"]] == [(1, "85")]
    entries = desk.changes.rows("SELECT encode(entry_hash, 'hex') AS hash FROM ledger_entries")
    assert said["records"][0]["entryHash"] in {row.hash for row in entries}


def test_a_resit_says_the_mark_that_the_transcript_says(desk: CredentialDesk):
    learner_id, school = desk.changes.learner_id, desk.changes.school
    failed = replace(course(learner_id, "GG01"), mark="50")
    resit = replace(failed, mark="92", exam_kind=ExamKind.FIRST_RESIT, earned_on=date(2026, 2, 20))
    with UnitOfWork(desk.changes.engine, str(desk.school_id)) as uow:
        for key, command in (("failed", failed), ("resit", resit)):
            post_credit(uow, school.registrar, command, idempotency_key=key, now=NOW)
    number = desk.issue(CredentialKind.TRANSCRIPT)
    records = desk.document(number)["credentialSubject"]["records"]
    said = [(r["mark"], r["examKind"]) for r in records if r.get("courseCode") == "GG01"]
    assert said == [("50", "01"), ("60", "11")]


def test_a_reversal_corrects_what_named_the_entry(desk: CredentialDesk):
    named = [
        desk.issue(CredentialKind.TRANSCRIPT),
        desk.issue(CredentialKind.ACHIEVEMENT, ledger_seq=2),
    ]
    record = desk.issue(CredentialKind.LEARNER_RECORD)
    status = desk.issue(CredentialKind.ARTICULATION_STATUS)
    before = {number: desk.kept(number).document for number in (*named, record)}
    desk.take_back(2)
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


def test_an_eligibility_ends_with_the_verdict(graduate: CredentialDesk):
    number = graduate.issue(CredentialKind.GRADUATION_ELIGIBILITY, now=JUNE)
    assert graduate.verify(number, JUNE).is_accepted
    assert graduate.document(number)["credentialSubject"]["outcome"] == "eligible"
    assert graduate.state(number, JUNE + timedelta(days=31)) is CredentialState.EXPIRED
    assert not graduate.verify(number, JUNE + timedelta(days=31)).is_accepted
    hour = JUNE + timedelta(hours=1)
    graduate.take_back(1, hour)
    assert graduate.state(number, hour) is CredentialState.CORRECTED  # before any worker came
    graduate.changes.drain(hour)
    assert graduate.round(hour).ended == [number]


def test_lists_are_signed_anew_and_a_revoked_key_takes_back_what_it_signed(desk: CredentialDesk):
    old = desk.issue(CredentialKind.TRANSCRIPT)
    first = desk.status_list()
    late = desk.verify(old, NOW + timedelta(days=20))  # a list that is out of date is none
    assert not late.is_accepted
    desk.round(NOW + timedelta(hours=1))
    assert desk.status_list() == first
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
    desk.round(NOW + timedelta(days=5))  # before it runs out
    assert desk.status_list()["validFrom"] == "2026-03-07T02:00:00Z"
    assert desk.verify(new, NOW + timedelta(days=10)).is_accepted


def test_a_family_has_its_own_and_a_college_what_it_may_ask_for(desk: CredentialDesk):
    student = desk.changes.actor(Role.STUDENT)
    assert desk.verify(desk.issue(CredentialKind.LEARNER_RECORD, actor=student)).is_accepted
    with pytest.raises(NotFoundError):
        desk.issue(
            CredentialKind.TRANSCRIPT, actor=student,
            learner_id=desk.changes.school.pupils[1].learner_id,
        )  # fmt: skip
    asking = desk.college()
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
    # A person takes one back, and the list says so at once.
    number = desk.issue(CredentialKind.TRANSCRIPT)
    desk.revoke(number, key="gone")
    desk.revoke(number, key="gone")
    assert desk.state(number) is CredentialState.REVOKED
    assert not desk.verify(number).is_accepted
    assert desk.verify(statement).is_accepted
    with pytest.raises(InvalidInputError):
        desk.revoke(number)
    with pytest.raises(InvalidInputError):
        desk.revoke(statement, reason=" ")


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
    # The database takes a credential of its own school alone.
    (row,) = desk.changes.rows(
        "SELECT * FROM issued_credentials WHERE issued_credential_id = :id", id=number
    )
    copied = (
        "INSERT INTO issued_credentials (institution_id, learner_id, enrolment_id, kind, token,"
        " site, list_no, list_index, key_id, ledger_seq, entry_seqs, outcome, subject_id, stage,"
        " attempt, part_ids,"
        " document, issued_by, issued_at) SELECT :school, :learner, enrolment_id, kind, 'x', site,"
        " list_no, 7, key_id, ledger_seq, entry_seqs, outcome, subject_id, stage, attempt,"
        " part_ids, document,"
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
