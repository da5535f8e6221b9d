"""A case written to files and decided as `creditbank evaluate` decides them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from creditbank.domain.credits import credits_text
from creditbank.domain.learner_files import LearnerFile
from creditbank.domain.policies import Policy
from creditbank.domain.policy_keys import CATEGORY_CAP
from creditbank.evaluating import evaluate_one
from creditbank.evaluating import policy_of as shipped_policy
from creditbank.store.documents import write_document
from creditbank.store.plan_documents import read_plan, write_plan
from tests.proofs.cases import AS_OF, Case
from tests.proofs.judging import policy_of

FORMAT = "creditbank-records/1"


def file_differences(case: Case, verdict: dict[str, Any]) -> list[str]:
    """Where the printed answer for the files is another than the verdict in memory.

    Also plans that nobody can fulfil are asked about; the command itself refuses those.
    """
    policy, snapshot = _whole_policy(case), case.snapshot
    learner = LearnerFile(
        learner="L",
        entered_on=snapshot.entered_on,
        records=tuple(sorted(snapshot.records, key=lambda record: record.ledger_seq)),
        status=snapshot.status,
        entry_year=snapshot.entry_year,
        suspended_semesters=snapshot.suspended_semesters,
        conduct=snapshot.conduct,
        internship=snapshot.internship,
        attestations=snapshot.attestations,
        exceptions=snapshot.exceptions,
    )
    written = json.dumps({"format": FORMAT} | write_document(learner), ensure_ascii=False)
    document = read_plan(write_plan(case.plan), policy)
    said = evaluate_one(written, document, policy, AS_OF).document
    expected = {
        "outcome": verdict["outcome"],
        "shortfall_credits": credits_text(verdict["shortfall_units"]),
        "proof": list(verdict["proof"]),
        "allocation": [
            {"ledger_seq": seq, "block_code": block, "credits": credits_text(units), "use": use}
            for seq, block, units, use in verdict["placements"]
        ],
    }
    return [
        f"by files {name} is {said[name]}, not {value}"
        for name, value in expected.items()
        if said[name] != value
    ]


def _whole_policy(case: Case) -> Policy:
    """The values of a case over those that ship; the check of a plan reads more of them."""
    own = policy_of(case)
    others = {
        key: value for key, value in _shipped().values.items() if not key.startswith(CATEGORY_CAP)
    }
    return Policy(own.version, {**others, **own.values})


@cache
def _shipped() -> Policy:
    return shipped_policy(None, AS_OF)
