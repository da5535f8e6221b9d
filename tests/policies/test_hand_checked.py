"""Three real plans with twenty learners each, whose verdicts were worked out by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from creditbank.domain.learner_files import LearnerFile
from creditbank.domain.plans import Plan
from creditbank.eligibility import evaluate_graduation
from creditbank.store.documents import read_document
from creditbank.store.plan_documents import read_plan
from tests.factories.policies import shipped_policy

ROOT = Path(__file__).parent.parent.parent
FOLDER = Path(__file__).parent / "hand_checked"
SIGNED = {
    "reason": "测试", "document_no": "测1号", "approver_id": 1, "decided_on": "2026-01-01",
    "subject": "",
}  # fmt: skip
POLICY = shipped_policy()


class TextLoader(yaml.SafeLoader):
    """Numbers stay as they are written."""


TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag == "tag:yaml.org,2002:bool"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _cases() -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        content = yaml.load(path.read_text(encoding="utf-8"), TextLoader)  # noqa: S506 (text only)
        plan = read_plan((ROOT / content["plan"]).read_text(encoding="utf-8"), POLICY)
        assert not plan.faults, plan.faults
        found += [
            pytest.param(plan.plan, case, id=f"{path.stem}-{case['name']}")
            for case in content["learners"]
        ]
    return found


def _learner(plan: Plan, case: dict[str, Any]) -> LearnerFile:
    courses = {course.course_code: course for course in plan.courses}
    passed = [
        course.course_code
        for course in plan.courses
        if course.is_required and course.course_code not in case.get("without", ())
    ]
    passed += case.get("passed", ())
    for block, count in case.get("count", {}).items():
        of_block = [code for code, course in courses.items() if course.block_code == block]
        passed += of_block[: int(count)]
    records = [
        {
            "kind": "course",
            "credits": _text(courses[code].units),
            "earned_on": "2026-01-20",
            "course_code": code,
            "hours": courses[code].theory_hours + courses[code].practice_hours,
            "practice_hours": courses[code].practice_hours,
        }
        for code in passed
    ]
    records += case.get("records", ())
    exceptions = []
    for item in case.get("exceptions", ()):
        named = dict(item)
        if "course" in named:
            named["ledger_seq"] = passed.index(named.pop("course")) + 1
        if named.pop("last_record", False):
            named["ledger_seq"] = len(records)
        exceptions.append({**SIGNED, **named})
    return read_document(
        LearnerFile,
        {
            "learner": case["name"],
            "entered_on": case.get("entered_on", "2023-09-01"),
            "records": records,
            "conduct": case.get("conduct", "passed"),
            "internship": case.get("internship", "passed"),
            "status": case.get("status", "01"),
            "suspended_semesters": case.get("suspended_semesters", 0),
            "exceptions": exceptions,
            "attestations": _attestations(plan, case),
        },
    )


def _attestations(plan: Plan, case: dict[str, Any]) -> list[dict[str, str]]:
    exam = "academic_pass_exam"
    found = [
        {"kind": exam, "subject": subject, "result": "failed", "attested_on": "2025-01-10"}
        for subject in case.get("exams_failed_first", ())
    ]
    found += [
        {"kind": exam, "subject": subject, "result": "passed", "attested_on": "2025-06-10"}
        for subject in plan.required_pass_exams
        if subject not in case.get("exams_missing", ())
    ]
    result = case.get("comprehensive", "passed")
    evaluation = {"kind": "comprehensive_evaluation", "result": result, "attested_on": "2026-06-01"}
    return [*found, evaluation]


def _text(units: int) -> str:
    return f"{units / 100:g}"


def _units(amounts: dict[str, str]) -> dict[str, int]:
    return {code: round(float(credit) * 100) for code, credit in amounts.items()}


@pytest.mark.parametrize(("plan", "case"), _cases())
def test_the_verdict_is_what_was_worked_out_by_hand(plan: Plan, case: dict[str, Any]):
    as_of = date.fromisoformat(case.get("as_of", "2026-07-01"))
    verdict = evaluate_graduation(_learner(plan, case).snapshot(), plan, POLICY, as_of)
    expected = case["expect"]
    found = {
        "outcome": verdict.outcome.value,
        "counted": verdict.counted_units,
        "shortfall": verdict.shortfall_units,
    }
    assert found == {
        "outcome": expected["outcome"],
        "counted": round(float(expected["counted"]) * 100),
        "shortfall": round(float(expected["shortfall"]) * 100),
    }
    if "proof" in expected:
        assert sorted(verdict.proof) == sorted(expected["proof"])
    for name in ("missing", "substituted", "recognised"):
        if name in expected:
            amounts = {b.code: getattr(b, name) for b in verdict.blocks if getattr(b, name)}
            assert amounts == _units(expected[name])
    unmet = [item.code for item in verdict.conditions if not item.met]
    if "unmet" in expected:
        assert unmet == expected["unmet"]
    elif expected["outcome"].startswith("eligible"):
        assert unmet == []


def test_each_plan_has_twenty_learners():
    assert len(_cases()) == 3 * 20
