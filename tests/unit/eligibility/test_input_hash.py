"""The hash of what a verdict looks at: every fact and field moves it, nothing else does."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import pytest

from creditbank.domain.awards import CertificateLevel
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.snapshots import (
    Appraisal,
    Attestation,
    AttestationKind,
    Decision,
    Membership,
    Record,
    Sanction,
    SanctionLevel,
    Snapshot,
)
from creditbank.domain.verdicts import SubjectKind
from creditbank.eligibility import input_hash
from creditbank.eligibility.input_hash import _line
from tests.unit.eligibility.learners import AS_OF, general_plan, make_policy, vocational_plan
from tests.unit.eligibility.test_articulation import _AGREEMENT

_PLAN = vocational_plan(surplus_to_electives=False)
_DAY = date(2025, 3, 1)
_COURSE = Record(
    1, EntryKind.COURSE, 200, _DAY, "语文", "C01", nature="1", hours=36, practice_hours=4,
    tags=("劳动",),
)  # fmt: skip
_AWARD = Record(
    2, EntryKind.INNOVATION, 300, _DAY, "车工", category="skill_certificate", event_key="e|1",
    block_code="RX", certificate_level=CertificateLevel.ELEMENTARY, valid_until=AS_OF,
    drawn_units=50, level="elementary", issuer="人社厅", tags=("技能",),
)  # fmt: skip
_OTHER = {
    "ledger_seq": 9, "kind": EntryKind.RECOGNITION, "units": 201, "earned_on": date(2025, 3, 2),
    "title": "数学", "course_code": "C02", "passed": False, "category": "volunteering",
    "event_key": "e|2", "block_code": "XX", "certificate_level": CertificateLevel.ADVANCED,
    "valid_until": None, "disputed": True, "drawn_units": 51, "nature": "2", "hours": 37,
    "practice_hours": 5, "level": "advanced", "issuer": "教育局", "tags": (), "is_outside": True,
}  # fmt: skip
_NOT_OF_A_COURSE = {
    "earned_on", "title", "category", "event_key", "block_code", "certificate_level",
    "valid_until", "drawn_units", "level", "issuer",
}  # fmt: skip
_NOT_OF_AN_AWARD = {"title", "nature", "hours", "practice_hours"}
_LEARNER = Snapshot(
    learner_id=1,
    enrolment_id=1,
    institution_id=1,
    ledger_seq=2,
    facts_seq=1,
    status=EnrolmentStatus.STUDYING,
    entered_on=date(2023, 9, 1),
    entry_year=2023,
    suspended_semesters=0,
    records=(_COURSE, _AWARD),
)
_FACTS = {
    "learner_id": 2,
    "enrolment_id": 2,
    "status": EnrolmentStatus.SUSPENDED,
    "entered_on": date(2023, 9, 2),
    "entry_year": 2024,
    "suspended_semesters": 1,
    "conduct": Appraisal.PASSED,
    "internship": Appraisal.FAILED,
    "internship_started": True,
    "sanctions": (Sanction(SanctionLevel.WARNING, _DAY), Sanction(SanctionLevel.DEMERIT, _DAY)),
    "attestations": (
        Attestation(AttestationKind.MEDICAL_CHECK, "", Appraisal.PASSED, _DAY),
        Attestation(AttestationKind.EXAM_REGISTRATION, "", Appraisal.PASSED, _DAY),
    ),
    "memberships": (Membership(7, _DAY), Membership(8, _DAY)),
    "decisions": (
        Decision(SubjectKind.GRADUATION, 1, _DAY),
        Decision(SubjectKind.ARTICULATION, 7, _DAY),
    ),
    "exceptions": (
        PlanException(ExceptionKind.WAIVE, "XX", "", None, None, "病", "1号", 1, _DAY),
        PlanException(ExceptionKind.WAIVE, "RX", "", None, None, "病", "1号", 1, _DAY),
    ),
}


def _hash(learner=_LEARNER, plan=_PLAN, day=AS_OF, agreement=None, **policy) -> str:
    return input_hash(learner, plan, make_policy(**policy), day, agreement)


def test_the_same_is_known_whatever_the_order():
    learner = replace(_LEARNER, **_FACTS)  # type: ignore[arg-type]
    turned = {name: value[::-1] for name, value in _FACTS.items() if isinstance(value, tuple)}
    again = replace(learner, records=learner.records[::-1], **turned)  # type: ignore[arg-type]
    assert _hash(again) == _hash(learner)
    assert len(_hash(learner)) == 64


@pytest.mark.parametrize("name", _FACTS)
def test_every_fact_moves_it(name):
    assert _hash(replace(_LEARNER, **{name: _FACTS[name]})) != _hash()  # type: ignore[arg-type]


def test_plan_policy_day_and_agreement_move_it():
    others = (
        _hash(plan=general_plan()),
        _hash(day=date(2026, 5, 21)),
        _hash(agreement=_AGREEMENT),
        _hash(substitution__cap_units=700),
        _hash(),
    )
    assert len(set(others)) == len(others)


def test_the_state_of_the_books_does_not():
    assert _hash(replace(_LEARNER, ledger_seq=99, facts_seq=99, institution_id=2)) == _hash()


@pytest.mark.parametrize("name", [field.name for field in fields(Record)])
def test_every_field_of_a_record_that_a_verdict_looks_at_moves_it(name):
    for record, unseen in ((_COURSE, _NOT_OF_A_COURSE), (_AWARD, _NOT_OF_AN_AWARD)):
        changed = replace(record, **{name: _OTHER[name]})  # type: ignore[arg-type]
        moved = _hash(replace(_LEARNER, records=(changed,))) != _hash(
            replace(_LEARNER, records=(record,))
        )
        assert moved is (name not in unseen), record.kind


def test_a_record_is_the_line_that_stored_hashes_rest_on():
    assert _line(_COURSE) == "course|1|200|'C01'|True|False|1|36|4|('劳动',)|False"
    assert _line(_AWARD) == (
        "innovation|2|300|739311|''|True|'skill_certificate'|'e|1'|'RX'|elementary|739756|False"
        "|50|'elementary'|'人社厅'|('技能',)|False"
    )
    assert "||None|False|0|" in _line(replace(_AWARD, valid_until=None, drawn_units=0,
        certificate_level=CertificateLevel.NONE))  # fmt: skip
