"""Every hard condition names what it rests on: form, paper, status and credential say the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from creditbank.domain.advances import MoveKind
from creditbank.domain.agreements import HardCondition, HardConditionKind
from creditbank.domain.awards import CertificateLevel, InnovationCategory
from creditbank.domain.credentials import CredentialKind, CredentialState
from creditbank.domain.enrolments import Term
from creditbank.domain.permissions import Role
from creditbank.domain.snapshots import Appraisal, AttestationKind, SanctionLevel
from creditbank.eligibility.condition_evidence import Aside, ConditionLine
from creditbank.queries.advances import advance_forms
from creditbank.queries.facts import read_facts
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
from tests.factories.advance_desk import (
    AFTER_NOTICE,
    AGREEMENT,
    MARCH,
    AdvanceDesk,
    make_advance_desk,
)
from tests.factories.credential_desk import CredentialDesk

KIND = HardConditionKind
ASKED = tuple(
    HardCondition(kind, threshold)
    for kind, threshold in (
        (KIND.IN_CLASS_SINCE_ENTRY, ""), (KIND.YEAR_OF_STUDY, "3"), (KIND.CONDUCT, ""),
        (KIND.NO_SANCTION, "3"), (KIND.INTERNSHIP, "started"), (KIND.CERTIFICATE, "intermediate"),
        (KIND.EXAM_REGISTRATION, ""), (KIND.MEDICAL_CHECK, ""), (KIND.CREDITS_TO_DATE, "1"),
    )
)  # fmt: skip
PASSED, FAILED = Appraisal.PASSED, Appraisal.FAILED


def record(
    desk: AdvanceDesk, kind: type[Any], at: int = 0, now: datetime = MARCH, **fields: Any
) -> int:
    command = kind(learner_id=desk.school.pupils[at].learner_id, **fields)
    return int(desk.use(record_fact, desk.school.registrar, command, now=now).fact_id)


def sanctioned(desk: AdvanceDesk, level: SanctionLevel, number: str, **fields: Any) -> int:
    return record(desk, RecordSanction, level=level, document_no=number, **fields)


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
    sanction = sanctioned(
        desk, SanctionLevel.DEMERIT, "平职处〔2026〕3号", decided_on=date(2026, 10, 9)
    )
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
    sanctioned(
        desk, SanctionLevel.PROBATION, "平职处〔2027〕9号", at=1, decided_on=date(2027, 10, 9)
    )
    certificate(desk, "N2")
    advanced = CertificateLevel.ADVANCED
    certificate(desk, "N3", certificate_level=advanced, valid_until=MARCH.date())
    certificate(desk, "N4", certificate_level=advanced)
    desk.reverse(0, 4)
    desk.drain()
    return desk


def of_first(
    desk: AdvanceDesk, role: Role = Role.COLLEGE, now: datetime = MARCH
) -> dict[str, ConditionLine]:
    """What somebody reads of the first on the form."""
    actor = desk.actor(role)
    with desk.unit(actor, now=now) as uow:
        (form,) = advance_forms(uow, actor, AGREEMENT, desk.ids[:1], now=now)
    return {line.result.code: line for line in form.conditions}


def status_of_first(desk: AdvanceDesk, now: datetime = MARCH) -> dict[str, ConditionLine]:
    """What the college is told of the first when it asks for the status."""
    college, learner_id = desk.actor(Role.COLLEGE), desk.school.pupils[0].learner_id
    with desk.unit(college, now=now) as uow:
        status = verified_status(uow, college, AGREEMENT, learner_id, now=now)
    return {line.result.code: line for line in status.conditions}


def sanctions(lines: dict[str, ConditionLine]) -> list[tuple[str, Aside | None]]:
    return [(item.number, item.aside) for item in lines["no_sanction"].items]


def kinds_of_facts(desk: AdvanceDesk, role: Role) -> set[str]:
    actor = desk.actor(role)
    with desk.unit(actor) as uow:
        found = read_facts(uow, actor, desk.school.pupils[0].learner_id, now=MARCH)
    return {item.kind for item in found}


def on_paper(desk: AdvanceDesk, role: Role, now: datetime = MARCH) -> list[dict[str, str]]:
    """By learner the evidence of each condition on the paper."""
    actor = desk.actor(role)
    with desk.unit(actor, now=now) as uow:
        forms = print_advance_forms(uow, actor, AGREEMENT, desk.ids, now=now)
    return [{line.name: line.evidence for line in form.conditions} for form in forms]


def told(lines: Iterable[ConditionLine]) -> dict[str, list[tuple[str, str, str, Aside | None]]]:
    return {
        line.result.code: [
            (item.name, item.number, str(item.dated or ""), item.aside) for item in line.items
        ]
        for line in lines
    }


def test_the_college_reads_which_record_each_condition_rests_on(desk: AdvanceDesk) -> None:
    lines = of_first(desk)
    assert lines == status_of_first(desk)
    assert all(line.result.met for line in lines.values())
    held = f"Y0001237001{desk.school.pupils[0].learner_id:05d}"
    assert told(lines.values()) == {
        "in_class_since_entry": [("", "", "2025-09-01", None)],
        "year_of_study": [("", "", "2025-09-01", None)],
        "conduct": [("2025-2026-2", "", "", None)],
        "no_sanction": [],
        "internship": [("平阴数控公司", "", "2028-01-12", None)],
        "certificate": [
            ("数控铣工", "N3", "2026-06-01", None),
            ("数控车工", held, "2027-06-01", None),
            ("数控铣工", "N2", "2026-06-01", Aside.LEVEL_TOO_LOW),
            ("数控铣工", "N4", "2026-06-01", Aside.REVOKED),
        ],
        "exam_registration": [("", "春考报2028001", "2027-11-20", None)],
        "medical_check": [("", "平医检2号", "2027-12-01", None)],
        "credits_to_date": [],
    }
    assert lines["certificate"].entries == (3, 1)
    assert lines["credits_to_date"].entries == (2,)
    assert lines["conduct"].items[0].level == "优秀"


def test_a_number_in_dispute_and_a_validity_that_is_over_are_said(desk: AdvanceDesk) -> None:
    command = PostInnovationCredit(
        learner_id=desk.school.pupils[1].learner_id, title="数控铣工",
        category=InnovationCategory.SKILL_CERTIFICATE, certificate_no="N2",
        certificate_level=CertificateLevel.ELEMENTARY, earned_on=date(2026, 6, 1),
    )  # fmt: skip
    desk.use(post_credit, desk.school.registrar, command)
    line = status_of_first(desk, MARCH + timedelta(days=1))["certificate"]
    by_number = {item.number: item.aside for item in line.items}
    assert by_number["N2"] is Aside.DISPUTED
    assert by_number["N3"] is Aside.EXPIRED


def test_the_form_names_them_and_no_sanction_that_is_lifted(desk: AdvanceDesk) -> None:
    said, other = on_paper(desk, Role.COLLEGE)
    assert said["体检"] == "合格 文号 平医检2号 2027-12-01"
    assert said["无记过及以上处分"] == "2028-03-06 没有生效的记过及以上处分"
    assert said["岗位实习"] == "平阴数控公司 尚无结果 2028-01-12 起"
    assert "N2 2026-06-01 发证（等级不够）" in said["职业技能证书"]
    assert other["无记过及以上处分"] == "留校察看 文号 平职处〔2027〕9号 2027-10-09 处分"
    assert other["体检"] == other["岗位实习"] == "没有记录"
    assert "数控铣工" not in other["职业技能证书"]


def test_only_the_school_reads_a_sanction_that_does_not_stand_against_it(desk: AdvanceDesk) -> None:
    milder = sanctioned(
        desk, SanctionLevel.SERIOUS_WARNING, "平职处〔2027〕1号", decided_on=date(2027, 3, 1)
    )
    desk.drain()
    lifted = ("平职处〔2026〕3号", Aside.LIFTED)
    school = sanctions(of_first(desk, Role.REGISTRAR))
    assert school == [lifted, ("平职处〔2027〕1号", Aside.MILDER)]
    assert sanctions(of_first(desk)) == sanctions(status_of_first(desk)) == []
    assert "sanction" in kinds_of_facts(desk, Role.REGISTRAR)
    assert kinds_of_facts(desk, Role.COLLEGE) == {"attestation", "conduct", "internship"}
    nothing = "2028-03-06 没有生效的记过及以上处分"
    assert on_paper(desk, Role.REGISTRAR)[0]["无记过及以上处分"] == nothing
    desk.many(MoveKind.QUALIFY, desk.ids[0])
    record(
        desk, LiftSanction, now=AFTER_NOTICE, sanction_id=milder,
        lifted_on=AFTER_NOTICE.date(), document_no="平职处〔2028〕1号",
    )  # fmt: skip
    desk.drain(AFTER_NOTICE)
    school = sanctions(of_first(desk, Role.REGISTRAR, AFTER_NOTICE))
    assert school == [lifted, ("平职处〔2027〕1号", Aside.LIFTED)]
    assert on_paper(desk, Role.REGISTRAR, AFTER_NOTICE)[0]["无记过及以上处分"] == nothing


def test_a_confirmed_qualification_shows_what_has_become_of_its_records(desk: AdvanceDesk) -> None:
    desk.many(MoveKind.QUALIFY, desk.ids[0])
    sanctioned(
        desk, SanctionLevel.DEMERIT, "平职处〔2028〕2号", now=AFTER_NOTICE,
        decided_on=AFTER_NOTICE.date(),
    )  # fmt: skip
    desk.drain(AFTER_NOTICE)
    lines = of_first(desk, now=AFTER_NOTICE)
    assert all(line.result.met for line in lines.values())
    by_number = {item.number: item.aside for item in lines["certificate"].items}
    assert by_number["N3"] is Aside.EXPIRED
    assert sanctions(lines) == [("平职处〔2028〕2号", None)]
    paper = on_paper(desk, Role.REGISTRAR, AFTER_NOTICE)[0]
    assert paper["无记过及以上处分"] == "记过 文号 平职处〔2028〕2号 2028-03-20 处分"


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
