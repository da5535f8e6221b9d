"""Every hard condition names what it rests on: form, paper, status and credential say the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from creditbank.domain.agreements import HardCondition, HardConditionKind
from creditbank.domain.awards import CertificateLevel, InnovationCategory
from creditbank.domain.credentials import CredentialKind, CredentialState
from creditbank.domain.enrolments import Term
from creditbank.domain.permissions import Role
from creditbank.domain.snapshots import Appraisal, AttestationKind, SanctionLevel
from creditbank.eligibility.condition_evidence import Aside, ConditionLine
from creditbank.queries.advances import advance_forms
from creditbank.services.advance_forms import print_advance_forms
from creditbank.services.commands import PostInnovationCredit
from creditbank.services.credits import post_credit
from creditbank.services.facts import record_fact
from creditbank.services.registration_commands import (
    LiftSanction,
    RecordAttestation,
    RecordConduct,
    RecordInternship,
    RecordSanction,
)
from creditbank.services.verified_statuses import verified_status
from tests.databases import Database
from tests.factories.advance_desk import AGREEMENT, MARCH, AdvanceDesk, make_advance_desk
from tests.factories.credential_desk import CredentialDesk

KIND = HardConditionKind
ASKED = tuple(
    HardCondition(kind, threshold)
    for kind, threshold in (
        (KIND.IN_CLASS_SINCE_ENTRY, ""), (KIND.YEAR_OF_STUDY, "3"), (KIND.CONDUCT, ""),
        (KIND.NO_SANCTION, "3"), (KIND.INTERNSHIP, "started"), (KIND.CERTIFICATE, "intermediate"),
        (KIND.EXAM_REGISTRATION, ""), (KIND.MEDICAL_CHECK, ""),
    )
)  # fmt: skip
PASSED, FAILED = Appraisal.PASSED, Appraisal.FAILED


def record(desk: AdvanceDesk, kind: type[Any], at: int = 0, **fields: Any) -> int:
    command = kind(learner_id=desk.school.pupils[at].learner_id, **fields)
    return int(desk.use(record_fact, desk.school.registrar, command).fact_id)


def certificate(desk: AdvanceDesk, number: str, **fields: Any) -> None:
    given: dict[str, Any] = {
        "learner_id": desk.school.pupils[0].learner_id, "title": "数控铣工",
        "category": InnovationCategory.SKILL_CERTIFICATE, "certificate_no": number,
        "certificate_level": CertificateLevel.ELEMENTARY, "earned_on": date(2026, 6, 1),
    }  # fmt: skip
    command = PostInnovationCredit(**given | fields)
    desk.use(post_credit, desk.school.registrar, command)


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> AdvanceDesk:
    """The first meets every condition; the second has been sanctioned, and nothing else."""
    desk = make_advance_desk(owner_engine, engine, pupils=2, hard_conditions=ASKED)
    record(desk, RecordConduct, term=Term(2025, 1), result=FAILED)
    record(desk, RecordConduct, term=Term(2025, 2), result=PASSED, grade="优秀")
    record(
        desk, RecordInternship, organisation="平阴数控公司", started_on=date(2028, 1, 12),
    )  # fmt: skip
    sanction = record(
        desk, RecordSanction, level=SanctionLevel.DEMERIT, decided_on=date(2026, 10, 9),
        document_no="平职处〔2026〕3号",
    )  # fmt: skip
    record(
        desk, LiftSanction, sanction_id=sanction, lifted_on=date(2027, 10, 9),
        document_no="平职处〔2027〕2号",
    )  # fmt: skip
    for attestation, result, day, number in (
        (AttestationKind.MEDICAL_CHECK, FAILED, date(2027, 11, 3), "平医检1号"),
        (AttestationKind.MEDICAL_CHECK, PASSED, date(2027, 12, 1), "平医检2号"),
        (AttestationKind.EXAM_REGISTRATION, PASSED, date(2027, 11, 20), "春考报2028001"),
    ):
        record(
            desk, RecordAttestation, attestation=attestation, result=result, attested_on=day,
            document_no=number,
        )  # fmt: skip
    record(
        desk, RecordSanction, at=1, level=SanctionLevel.PROBATION, decided_on=date(2027, 10, 9),
        document_no="平职处〔2027〕9号",
    )  # fmt: skip
    certificate(desk, "N2")
    advanced = CertificateLevel.ADVANCED
    certificate(desk, "N3", certificate_level=advanced, valid_until=MARCH.date())
    certificate(desk, "N4", certificate_level=advanced)
    desk.reverse(0, 4)
    desk.drain()
    return desk


def of_first(desk: AdvanceDesk) -> dict[str, ConditionLine]:
    """What the college reads of the first, on the form and in the status."""
    college = desk.actor(Role.COLLEGE)
    with desk.unit(college) as uow:
        (form,) = advance_forms(uow, college, AGREEMENT, desk.ids[:1], now=MARCH)
        learner_id = desk.school.pupils[0].learner_id
        status = verified_status(uow, college, AGREEMENT, learner_id, now=MARCH)
    assert form.conditions == status.conditions
    return {line.result.code: line for line in form.conditions}


def told(lines: Iterable[ConditionLine]) -> dict[str, list[tuple[str, str, str, Aside | None]]]:
    return {
        line.result.code: [
            (item.name, item.number, str(item.dated or ""), item.aside) for item in line.items
        ]
        for line in lines
    }


def test_the_college_reads_which_record_each_condition_rests_on(desk: AdvanceDesk) -> None:
    lines = of_first(desk)
    assert all(line.result.met for line in lines.values())
    held = f"Y0001237001{desk.school.pupils[0].learner_id:05d}"
    assert told(lines.values()) == {
        "in_class_since_entry": [("", "", "2025-09-01", None)],
        "year_of_study": [("", "", "2025-09-01", None)],
        "conduct": [("2025-2026-2", "", "", None)],
        "no_sanction": [("", "平职处〔2026〕3号", "2026-10-09", Aside.LIFTED)],
        "internship": [("平阴数控公司", "", "2028-01-12", None)],
        "certificate": [
            ("数控铣工", "N3", "2026-06-01", None),
            ("数控车工", held, "2027-06-01", None),
            ("数控铣工", "N2", "2026-06-01", Aside.LEVEL_TOO_LOW),
            ("数控铣工", "N4", "2026-06-01", Aside.REVOKED),
        ],
        "exam_registration": [("", "春考报2028001", "2027-11-20", None)],
        "medical_check": [("", "平医检2号", "2027-12-01", None)],
    }
    assert lines["certificate"].entries == (3, 1)
    assert lines["conduct"].items[0].level == "优秀"


def test_a_number_in_dispute_and_a_validity_that_is_over_are_said(desk: AdvanceDesk) -> None:
    command = PostInnovationCredit(
        learner_id=desk.school.pupils[1].learner_id, title="数控铣工",
        category=InnovationCategory.SKILL_CERTIFICATE, certificate_no="N2",
        certificate_level=CertificateLevel.ELEMENTARY, earned_on=date(2026, 6, 1),
    )  # fmt: skip
    desk.use(post_credit, desk.school.registrar, command)
    college, tomorrow = desk.actor(Role.COLLEGE), MARCH + timedelta(days=1)
    with desk.unit(college, now=tomorrow) as uow:
        learner_id = desk.school.pupils[0].learner_id
        status = verified_status(uow, college, AGREEMENT, learner_id, now=tomorrow)
    (line,) = [line for line in status.conditions if line.result.code == "certificate"]
    by_number = {item.number: item.aside for item in line.items}
    assert by_number["N2"] is Aside.DISPUTED
    assert by_number["N3"] is Aside.EXPIRED


def test_the_form_names_them_and_no_sanction_that_is_lifted(desk: AdvanceDesk) -> None:
    college = desk.actor(Role.COLLEGE)
    with desk.unit(college) as uow:
        first, second = print_advance_forms(uow, college, AGREEMENT, desk.ids, now=MARCH)
    said = {line.name: line.evidence for line in first.conditions}
    assert said["体检"] == "合格 文号 平医检2号 2027-12-01"
    assert said["无记过及以上处分"] == "没有处分记录"
    assert said["岗位实习"] == "平阴数控公司 尚无结果 2028-01-12 起"
    assert "N2 2026-06-01 发证（等级不够）" in said["职业技能证书"]
    other = {line.name: line.evidence for line in second.conditions}
    assert other["无记过及以上处分"] == "留校察看 文号 平职处〔2027〕9号 2027-10-09 处分"
    assert other["体检"] == other["岗位实习"] == "没有记录"
    assert "数控铣工" not in other["职业技能证书"]


def test_a_credential_names_what_counts_and_ends_when_that_is_taken_back(
    desk: AdvanceDesk,
) -> None:
    signs, later = CredentialDesk(desk.changes), MARCH + timedelta(hours=1)
    first, second = (
        signs.issue(
            CredentialKind.ARTICULATION_STATUS, learner_id=pupil.learner_id, now=MARCH
        )
        for pupil in desk.school.pupils
    )  # fmt: skip
    subject = signs.document(first)["credentialSubject"]
    named = {item["code"]: item.get("restsOn", []) for item in subject["conditions"]}
    assert [item["documentNumber"] for item in named["medical_check"]] == ["平医检2号"]
    assert named["certificate"][0] == {
        "type": "RecordReference", "code": "certificate", "name": "数控铣工",
        "certificateLevel": "advanced", "documentNumber": "N3", "earnedOn": "2026-06-01",
        "ledgerSeq": 3,
    }  # fmt: skip
    assert len(named["certificate"]) == 2
    assert named["no_sanction"] == []
    text = signs.kept(second).document
    assert "平职处" not in text
    assert "failed" not in text
    desk.reverse(0, 3, now=later)
    assert signs.state(first, now=later) is CredentialState.CORRECTED
    assert signs.state(second, now=later) is CredentialState.VALID
