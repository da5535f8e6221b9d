"""`creditbank evaluate`: anyone's plan and records to verdicts, without a database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from creditbank.domain.learner_files import LearnerFile
from creditbank.domain.ledger import EntryKind
from creditbank.domain.policies import Authority, Policy, resolve
from creditbank.domain.verdicts import Verdict
from creditbank.eligibility import (
    evaluate_graduation,
    input_hash,
    verdict_document,
    verdict_schema,
)
from creditbank.store.county_files import county_schema
from creditbank.store.documents import DocumentError
from creditbank.store.learner_files import read_learner, read_learner_lines, records_schema
from creditbank.store.plan_documents import PlanDocument, plan_schema, read_plan
from creditbank.store.policy_checks import check_policy
from creditbank.store.policy_files import load_policy_files, read_policy_file
from creditbank.store.policy_schema import policy_schema

SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "plan": plan_schema,
    "records": records_schema,
    "policy": policy_schema,
    "verdict": verdict_schema,
    "county": county_schema,
}
"""What is published in docs/schemas."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One learner's verdict and its document."""

    verdict: Verdict
    document: dict[str, Any]


def policy_of(path: Path | None, as_of: date) -> Policy:
    """What ships, with the values of a file over it. Raises DocumentError, PolicyFileError."""
    if path is not None:
        faults = check_policy(path.read_text(encoding="utf-8"))
        if faults:
            raise DocumentError(list(faults))
    own = () if path is None else read_policy_file(path, Authority.SCHOOL)
    values = (replace(value, institution_id=0) for value in own)
    return resolve((*load_policy_files(), *values), institution_id=0, as_of=as_of)


def plan_of(text: str, policy: Policy) -> PlanDocument:
    """The plan of a file. Raises DocumentError, also for a plan that cannot be used."""
    document = read_plan(text, policy)
    if not document.is_usable:
        raise DocumentError([fault for fault in document.faults if not fault.is_warning])
    return document


def evaluate_one(text: str, document: PlanDocument, policy: Policy, as_of: date) -> Evaluated:
    """One learner's document. Raises DocumentError."""
    return _evaluated(read_learner(text), document, policy, as_of)


def evaluate_lines(
    lines: Iterable[str], document: PlanDocument, policy: Policy, as_of: date
) -> Iterator[Evaluated | DocumentError]:
    """Each line's verdict or fault, as they come."""
    for found in read_learner_lines(lines):
        yield (
            found
            if isinstance(found, DocumentError)
            else _evaluated(found, document, policy, as_of)
        )


def _evaluated(
    learner: LearnerFile, document: PlanDocument, policy: Policy, as_of: date
) -> Evaluated:
    snapshot, plan = learner.snapshot(), document.plan
    verdict = evaluate_graduation(snapshot, plan, policy, as_of)
    seen = input_hash(snapshot, plan, policy, as_of)
    passed = {
        record.course_code
        for record in learner.records
        if record.kind is EntryKind.COURSE and record.passed
    }
    return Evaluated(
        verdict, verdict_document(verdict, learner.learner, plan, passed, input_hash=seen)
    )
