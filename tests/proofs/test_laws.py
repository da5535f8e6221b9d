"""Laws that every verdict obeys. CREDITBANK_EXAMPLES sets how many cases each is tried on."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.plans import PlanCourse, Substitution
from creditbank.domain.snapshots import Record
from tests.proofs.cases import AS_OF, Case, make_case
from tests.proofs.judging import judge

EXAMPLES = settings(max_examples=int(os.environ.get("CREDITBANK_EXAMPLES", "100")))
CASES = st.integers(0, 10**9).map(make_case)
ELIGIBLE = {"eligible", "eligible_early"}
HASH_SEEDS = 50
_EASED = ("", None, 0, "因由", "测9号", 1, AS_OF)
SCRIPT = """
import hashlib, json, random, sys
from dataclasses import replace
from creditbank.eligibility import evaluate_graduation, input_hash, verdict_document
from tests.proofs.cases import AS_OF, make_case
from tests.proofs.judging import judge, policy_of
shuffle = random.Random(int(sys.argv[1]))
found = hashlib.sha256()
for seed in range(900, 925):
    case = make_case(seed)
    records = list(case.snapshot.records)
    shuffle.shuffle(records)
    case = replace(case, snapshot=replace(case.snapshot, records=tuple(records)))
    found.update(json.dumps(judge(case)).encode())
    seen = case.snapshot, case.plan, policy_of(case), AS_OF
    document = verdict_document(
        evaluate_graduation(*seen), "L", case.plan, {"C1"}, input_hash=input_hash(*seen)
    )
    found.update(json.dumps(document, ensure_ascii=False).encode())
print(found.hexdigest())
"""


@given(CASES, st.randoms(use_true_random=False))
@EXAMPLES
def test_the_order_of_records_and_exceptions_changes_nothing(case: Case, chance: random.Random):
    records, exceptions = list(case.snapshot.records), list(case.snapshot.exceptions)
    chance.shuffle(records)
    chance.shuffle(exceptions)
    other = replace(case.snapshot, records=tuple(records), exceptions=tuple(exceptions))
    assert judge(replace(case, snapshot=other)) == judge(case)


@given(CASES, st.integers(1, 600))
@EXAMPLES
def test_a_further_course_that_no_cap_speaks_of_never_takes_eligibility(case: Case, units: int):
    before = judge(case)
    seq = max((record.ledger_seq for record in case.snapshot.records), default=0) + 1
    course = PlanCourse("EXTRA", "另一门", case.plan.blocks[0].code, units, 0, 0, 6)
    plan = replace(case.plan, courses=(*case.plan.courses, course), caps=())
    free = replace(case, plan=plan)
    record = Record(seq, EntryKind.COURSE, units, AS_OF, "另一门", "EXTRA")
    snapshot = replace(case.snapshot, records=(*case.snapshot.records, record))
    without, with_it = judge(free), judge(replace(free, snapshot=snapshot))
    assert with_it["shortfall_units"] <= without["shortfall_units"]
    if without["outcome"] in ELIGIBLE:
        assert with_it["outcome"] in ELIGIBLE
    assert before["plan_id"] == without["plan_id"]


@given(CASES)
@EXAMPLES
def test_to_waive_or_lower_what_holds_no_credits_never_takes_eligibility(case: Case):
    """Conditions, floors and the total, where no cap is a share of what is asked."""
    caps = tuple(cap for cap in case.plan.caps if cap.percent is None)
    case = replace(case, plan=replace(case.plan, caps=caps))
    before = judge(case)
    codes = [*(kind.value for kind in case.plan.conditions), *(f.code for f in case.plan.floors)]
    eased = [PlanException(ExceptionKind.WAIVE, code, *_EASED) for code in codes]
    eased.append(PlanException(ExceptionKind.LOWER, "", *_EASED))
    for item in eased:
        exceptions = (*case.snapshot.exceptions, item)
        after = judge(replace(case, snapshot=replace(case.snapshot, exceptions=exceptions)))
        assert after["shortfall_units"] <= before["shortfall_units"]
        assert before["outcome"] not in ELIGIBLE or after["outcome"] in ELIGIBLE


@given(CASES)
@EXAMPLES
def test_a_waived_block_never_takes_eligibility_where_nothing_but_courses_fills(case: Case):
    """Awards fill a block only up to what it asks, and a share is of what is asked: not there."""
    blocks = tuple(
        replace(block, substitution=Substitution.NONE, accepts=()) for block in case.plan.blocks
    )
    plan = replace(case.plan, blocks=blocks, caps=(), double_counts=())
    records = tuple(item for item in case.snapshot.records if item.kind is EntryKind.COURSE)
    bare = replace(case, plan=plan, snapshot=replace(case.snapshot, records=records))
    before = judge(bare)
    for block in blocks:
        item = PlanException(ExceptionKind.WAIVE, block.code, *_EASED)
        exceptions = (*bare.snapshot.exceptions, item)
        after = judge(replace(bare, snapshot=replace(bare.snapshot, exceptions=exceptions)))
        assert after["shortfall_units"] <= before["shortfall_units"]
        assert before["outcome"] not in ELIGIBLE or after["outcome"] in ELIGIBLE


@given(CASES)
@EXAMPLES
def test_nothing_counts_twice_and_nothing_comes_from_nowhere(case: Case):
    verdict = judge(case)
    offered = {record.ledger_seq: max(0, record.units) for record in case.snapshot.records}
    used: Counter[int] = Counter()
    for seq, _, units, _ in verdict["placements"]:
        assert units >= 0
        used[seq] += units
    assert all(used[seq] <= offered[seq] for seq in used)
    counted = sum(
        units for _, _, units, use in verdict["placements"] if use in {"counted", "substituted"}
    )
    assert counted == verdict["counted_units"]
    in_blocks = sum(
        block["earned"] + block["recognised"] + block["substituted"] for block in verdict["blocks"]
    )
    assert in_blocks == counted


@given(CASES, st.integers(0, 400))
@EXAMPLES
def test_a_wider_cap_never_makes_the_shortfall_larger(case: Case, wider: int):
    caps = tuple(
        replace(cap, units=(cap.units or 0) + wider) if cap.units is not None else cap
        for cap in case.plan.caps
    )
    loose = judge(replace(case, plan=replace(case.plan, caps=caps)))
    assert loose["shortfall_units"] <= judge(case)["shortfall_units"]
    none = judge(replace(case, plan=replace(case.plan, caps=())))
    assert none["shortfall_units"] <= loose["shortfall_units"]


@given(CASES)
@EXAMPLES
def test_a_cap_holds_whatever_it_speaks_of(case: Case):
    """A cap over everything, of all records, is what is counted at most."""
    everything = [cap for cap in case.plan.caps if cap.selector == type(cap.selector)()]
    verdict = judge(case)
    for cap in everything:
        if cap.units is not None and not cap.block_codes:
            assert verdict["counted_units"] <= cap.units


@given(CASES)
@EXAMPLES
def test_a_closed_enrolment_decides_nothing(case: Case):
    closed = replace(case.snapshot, status=EnrolmentStatus.GRADUATED)
    assert judge(replace(case, snapshot=closed))["outcome"] == "closed"


def test_fifty_hash_seeds_and_fifty_orders_give_the_same_bytes():
    answers = set()
    for first in range(0, HASH_SEEDS, 2):
        running = [
            subprocess.Popen(
                [sys.executable, "-c", SCRIPT, str(seed)],
                env={**os.environ, "PYTHONHASHSEED": str(seed)},
                stdout=subprocess.PIPE,
                text=True,
            )
            for seed in (first, first + 1)
        ]
        for process in running:
            answer, _ = process.communicate(timeout=60)
            assert process.returncode == 0
            answers.add(answer.strip().splitlines()[-1])
    assert len(answers) == 1
