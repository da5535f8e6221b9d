"""Recording conduct, internship, sanctions, attestations: verdicts move, nothing is overwritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.enrolments import Term
from creditbank.domain.errors import (
    AlreadyBookedError,
    CreditbankError,
    ForbiddenError,
    NotFoundError,
)
from creditbank.domain.permissions import Role
from creditbank.domain.snapshots import Appraisal, AttestationKind, SanctionLevel
from creditbank.queries.facts import read_facts
from creditbank.services.facts import record_fact
from creditbank.services.fresh_verdicts import fresh_verdicts
from creditbank.services.registration_commands import (
    JoinClass,
    LiftSanction,
    RecordAttestation,
    RecordConduct,
    RecordedFact,
    RecordInternship,
    RecordSanction,
)
from creditbank.store.snapshots import read_evaluands
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database
from tests.factories.school import School, make_school
from tests.integration.test_registration import agreement

NOW = datetime(2026, 6, 30, 8, tzinfo=UTC)
TERM = Term(2025, 1)
PASSED, FAILED = Appraisal.PASSED, Appraisal.FAILED
EXAM = AttestationKind.ACADEMIC_PASS_EXAM


class Desk:
    """A registrar with one pupil, another school beside."""

    def __init__(self, engine: Engine, schools: tuple[School, School]) -> None:
        self.engine, (self.school, self.other) = engine, schools
        self.learner_id = self.school.pupils[0].learner_id

    def record(self, kind: type[Any], *, key: str = "", **values: Any) -> RecordedFact:
        command = kind(**{"learner_id": self.learner_id} | values)
        with UnitOfWork(self.engine, str(self.school.institution_id)) as uow:
            return record_fact(
                uow, self.school.registrar, command, idempotency_key=key or str(uuid4()), now=NOW
            )

    def refused(self, kind: type[Any], **values: Any) -> list[tuple[str, str]]:
        with pytest.raises(CreditbankError) as caught:
            self.record(kind, **values)
        return [(problem.field, problem.code) for problem in caught.value.problems]

    def conditions(self) -> dict[str, bool]:
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            found = fresh_verdicts(uow, self.learner_id, as_of=NOW.date(), now=NOW)
        met = {item.code: item.met for item in found[0].verdict.conditions}
        return {code: met[code] for code in ("conduct", "internship")}

    def snapshot(self) -> Any:
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            return read_evaluands(uow.connection, [self.learner_id])[0].snapshot

    def causes(self) -> list[str]:
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            found = uow.connection.execute(
                text(
                    "SELECT cause FROM pending_evaluations WHERE learner_id = :id"
                    " ORDER BY pending_evaluation_id"
                ),
                {"id": self.learner_id},
            )
            return list(found.scalars())


@pytest.fixture
def desk(clean_database: Database, engine: Engine, owner_engine: Engine) -> Desk:
    with owner_engine.begin() as connection:
        schools = (
            make_school(connection, number=1, pupils=2),
            make_school(connection, number=2, pupils=1),
        )
        connection.execute(text("DELETE FROM pending_evaluations"))
    return Desk(engine, schools)


def sanctioned(desk: Desk) -> RecordedFact:
    return desk.record(
        RecordSanction, level=SanctionLevel.DEMERIT, decided_on=date(2026, 3, 1),
        document_no="测〔2026〕3号",
    )  # fmt: skip


def test_conduct_and_internship_change_the_verdict_and_say_who_recorded_them(desk):
    assert desk.conditions() == {"conduct": False, "internship": False}
    desk.record(RecordConduct, term=TERM, result=PASSED, grade="优秀")
    done = desk.record(
        RecordInternship, organisation="平阴机床厂", started_on=date(2026, 1, 5),
        ended_on=date(2026, 6, 5), result=PASSED,
    )  # fmt: skip
    assert desk.conditions() == {"conduct": True, "internship": True}
    assert desk.causes() == ["fact:conduct_evaluations", "fact:internship_appraisals"]
    assert done.facts_seq == desk.snapshot().facts_seq
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        by = uow.connection.execute(text("SELECT recorded_by FROM conduct_evaluations")).scalar()
    assert by == desk.school.registrar.account_id


def test_a_correction_is_a_new_row_and_the_latest_speaks(desk):
    desk.record(RecordConduct, term=TERM, result=PASSED)
    desk.record(RecordConduct, term=TERM, result=FAILED)
    assert desk.conditions()["conduct"] is False
    with UnitOfWork(desk.engine, str(desk.school.institution_id)) as uow:
        found = read_facts(uow, desk.school.registrar, desk.learner_id, now=NOW)
    assert [(item.result, item.stands) for item in found] == [("failed", True), ("passed", False)]


def test_an_internship_that_has_started_is_under_way(desk):
    assert not desk.snapshot().internship_started
    desk.record(RecordInternship, organisation="", started_on=date(2026, 6, 1))
    snapshot = desk.snapshot()
    assert (snapshot.internship_started, snapshot.internship) == (True, Appraisal.PENDING)


def test_a_sanction_is_in_force_until_it_is_lifted(desk):
    fact = sanctioned(desk)
    assert [item.lifted_on for item in desk.snapshot().sanctions] == [None]
    desk.record(
        LiftSanction, sanction_id=fact.fact_id, lifted_on=date(2026, 6, 1), document_no="测4号"
    )
    assert [item.lifted_on for item in desk.snapshot().sanctions] == [date(2026, 6, 1)]
    assert desk.causes() == ["fact:sanctions", "fact:sanction_liftings"]
    with pytest.raises(AlreadyBookedError):
        desk.record(
            LiftSanction, sanction_id=fact.fact_id, lifted_on=date(2026, 6, 2), document_no="测5号"
        )


def test_the_same_sanction_is_recorded_once(desk):
    sanctioned(desk)
    with pytest.raises(AlreadyBookedError):
        sanctioned(desk)


def test_a_wrong_attestation_is_replaced_and_counts_no_more(desk):
    wrong = desk.record(
        RecordAttestation, attestation=EXAM, subject="语文", result=PASSED,
        attested_on=date(2026, 1, 10),
    )  # fmt: skip
    desk.record(
        RecordAttestation, attestation=EXAM, subject="语文", result=FAILED,
        attested_on=date(2026, 1, 10), replaces_id=wrong.fact_id,
    )  # fmt: skip
    assert [item.result for item in desk.snapshot().attestations] == [FAILED]
    assert desk.refused(
        RecordAttestation, attestation=EXAM, subject="语文", result=PASSED,
        attested_on=date(2026, 1, 10), replaces_id=wrong.fact_id,
    ) == [("replaces_id", "unknown_attestation")]  # fmt: skip


def test_a_learner_joins_the_class_of_an_agreement_once(desk, owner_engine):
    agreement_id = agreement(owner_engine, desk.school)
    desk.record(JoinClass, agreement_id=agreement_id, joined_on=date(2025, 9, 1))
    assert [item.agreement_id for item in desk.snapshot().memberships] == [agreement_id]
    assert desk.refused(JoinClass, agreement_id=agreement_id, joined_on=date(2026, 1, 1)) == [
        ("agreement_id", "member_already")
    ]


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (RecordConduct, {"term": Term(2026, 1), "result": PASSED}, ("term", "term")),
        (RecordConduct, {"term": Term(2019, 1), "result": PASSED}, ("term", "term")),
        (
            RecordInternship,
            {"organisation": "", "started_on": date(2026, 1, 5), "result": PASSED},
            ("ended_on", "no_end"),
        ),
        (
            RecordInternship,
            {"organisation": "", "started_on": date(2026, 1, 5), "ended_on": date(2026, 1, 4)},
            ("ended_on", "ends_before"),
        ),
        (
            RecordInternship,
            {"organisation": "", "started_on": date(2026, 7, 5)},
            ("started_on", "in_future"),
        ),
        (
            RecordSanction,
            {"level": SanctionLevel.WARNING, "decided_on": date(2025, 8, 31), "document_no": "1"},
            ("decided_on", "before_entry"),
        ),
        (
            RecordSanction,
            {"level": SanctionLevel.WARNING, "decided_on": date(2026, 1, 1), "document_no": " "},
            ("document_no", "document_missing"),
        ),
        (
            LiftSanction,
            {"sanction_id": 99, "lifted_on": date(2026, 1, 1), "document_no": "1"},
            ("sanction_id", "unknown_sanction"),
        ),
        (
            RecordAttestation,
            {"attestation": EXAM, "result": PASSED, "attested_on": date(2026, 1, 1)},
            ("subject", "subject_missing"),
        ),
        (
            RecordAttestation,
            {
                "attestation": AttestationKind.MEDICAL_CHECK, "subject": "语文",
                "result": PASSED, "attested_on": date(2026, 1, 1),
            },
            ("subject", "subject_given"),
        ),
        (
            JoinClass,
            {"agreement_id": 99, "joined_on": date(2026, 1, 1)},
            ("agreement_id", "unknown_agreement"),
        ),
    ],
)  # fmt: skip
def test_a_fact_that_cannot_be_is_refused_by_field(desk, kind, values, expected):
    assert desk.refused(kind, **values) == [expected]
    assert desk.causes() == []


def test_the_same_key_records_once(desk):
    first = desk.record(RecordConduct, term=TERM, result=PASSED, key="one")
    again = desk.record(RecordConduct, term=TERM, result=PASSED, key="one")
    assert again == replace(first, replayed=True)
    assert desk.causes() == ["fact:conduct_evaluations"]


def test_another_school_and_another_role_record_nothing(desk):
    stranger = desk.other.pupils[0].learner_id
    with pytest.raises(NotFoundError):
        desk.record(RecordConduct, learner_id=stranger, term=TERM, result=PASSED)
    command = RecordConduct(learner_id=desk.learner_id, term=TERM, result=PASSED)
    teacher = replace(desk.school.registrar, role=Role.TEACHER)
    with (
        UnitOfWork(desk.engine, str(desk.school.institution_id)) as uow,
        pytest.raises(ForbiddenError),
    ):
        record_fact(uow, teacher, command, idempotency_key="k", now=NOW)


@pytest.mark.parametrize(
    "table", ["conduct_evaluations", "internship_appraisals", "sanctions", "attestations",
              "sanction_liftings"],
)  # fmt: skip
def test_the_application_cannot_change_a_fact(desk, table):
    for statement in (f"UPDATE {table} SET enrolment_id = 1", f"DELETE FROM {table}"):
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            UnitOfWork(desk.engine, EVERYWHERE) as uow,
        ):
            uow.connection.execute(text(statement))
