"""The best recognition of all, whatever order it is asked in, and what other choices cost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditbank.domain.courses import CourseNature
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Acceptance, Cap, Way
from creditbank.domain.recognition_rules import Relation
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Record
from creditbank.eligibility import recogniser, recognition_program
from creditbank.eligibility.recogniser import alternatives, propose
from creditbank.eligibility.recognition import Proposal
from creditbank.eligibility.recognition_decision import decided_of, judge
from creditbank.eligibility.solver import NoAnswerError, ProgramError
from tests.proofs.transfers import make_transfer
from tests.unit.eligibility.transfers import (
    DAY,
    FREE,
    TO_GENERAL,
    VOCATIONAL,
    elective,
    line,
    passed,
    small_plan,
    sources,
    transfer,
)

EXAMPLES = settings(
    max_examples=int(os.environ.get("CREDITBANK_EXAMPLES", "25")),
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
REQUIRED = CourseNature.REQUIRED
SAME, SIMILAR = Relation.SAME, Relation.SIMILAR


def gives(proposal: Proposal) -> dict[str, list[tuple[str, int]]]:
    return {
        item.code: [(given.course_code or given.block_code, given.units) for given in item.gives]
        for item in proposal.items
    }


def test_a_source_goes_to_the_line_that_leaves_the_smaller_gap():
    """Line by line the similar would take the Chinese that the elective needs."""
    there = small_plan([("B", 200, REQUIRED), ("E", 400, FREE)], ("语文", "B", 200))
    lines = (line("A", SIMILAR, "语文", "书法", targets=("语文",)), elective("E", "语文"))
    proposal = propose(transfer(sources(("语文", 400), ("书法", 200)), lines, there))
    assert gives(proposal) == {"A": [("语文", 200)], "E": [("E", 400)]}
    assert (proposal.shortfall_without, proposal.shortfall) == (600, 0)


def test_of_several_blocks_of_the_nature_the_one_that_lacks_is_given():
    there = small_plan([("E1", 0, FREE), ("E2", 300, FREE)], total=300)
    proposal = propose(transfer(sources(("物理", 300)), (elective("E", "物理"),), there))
    assert gives(proposal) == {"E": [("E2", 300)]}


def test_a_cap_of_the_plan_is_seen_through():
    """Units that the plan would cut off are worth less than a whole course that counts."""
    there = small_plan([("B", 200, REQUIRED), ("E", 300, FREE)], ("语文", "B", 200))
    lines = (line("A", SIMILAR, "语文", targets=("语文",)), elective("E", "语文"))
    asked = transfer(sources(("语文", 300)), lines, there)
    assert gives(propose(asked)) == {"E": [("E", 300)]}
    cap = Cap("认定", Selector(kinds=(EntryKind.RECOGNITION,)), ("E",), units=100)
    assert gives(propose(replace(asked, there=replace(there, caps=(cap,))))) == {
        "A": [("语文", 200)]
    }


def test_of_equal_gaps_more_is_recognised():
    there = small_plan([("B", 0, REQUIRED)], ("语文1", "B", 100), ("语文2", "B", 300), total=100)
    lines = (line("A", SIMILAR, "语文", targets=("语文",)),)
    proposal = propose(transfer(sources(("语文", 300)), lines, there))
    assert gives(proposal) == {"A": [("语文2", 300)]}


@pytest.mark.parametrize("nearest", [SAME, SIMILAR])
def test_of_equal_units_the_nearest_relation_goes_first(nearest: Relation):
    """Though what it gives comes late in the plan, and electives first."""
    courses = [("语文1", "B", 300), ("语文2", "B", 300), ("语文3", "B", 200)]
    there = small_plan(
        [("E", 0, FREE), ("B", 0, REQUIRED)], *courses, ("书法", "B", 200), total=200
    )
    lines = [
        line("Z", nearest, "语文", targets=("语文",)),
        elective("A", "语文", units_max=200),
    ]
    if nearest is SAME:
        lines.append(line("B", SIMILAR, "语文", targets=("书法",)))
    proposal = propose(transfer(sources(("语文", 200)), tuple(lines), there))
    assert gives(proposal) == {"Z": [("语文3", 200)]}


def test_then_the_fewest_sources_and_of_these_the_first():
    there = small_plan([("B", 200, REQUIRED)], ("语文", "B", 200))
    records = sources(("语文1", 100), ("语文2", 100), ("语文3", 200), ("语文4", 200))
    (item,) = propose(transfer(records, (line("A", SAME, "语文", targets=("语文",)),), there)).items
    assert [source.title for source in item.sources] == ["语文3"]


def test_then_the_earliest_courses():
    there = small_plan([("B", 400, REQUIRED)], ("语文乙", "B", 200), ("语文甲", "B", 200))
    lines = (line("A", SAME, "语文", targets=("语文",)),)
    assert gives(propose(transfer(sources(("语文", 200)), lines, there))) == {
        "A": [("语文乙", 200)]
    }


@pytest.mark.parametrize("divisible", [(), (EntryKind.COURSE,)])
def test_one_of_two_alike_is_recognised_and_the_other_counts_from_outside(divisible):
    there = small_plan([("E", 300, FREE), ("O", 300, CourseNature.OTHER)])
    takes = Acceptance(Selector(is_outside=True), Way.EARN)
    first, second = there.blocks
    there = replace(there, blocks=(first, replace(second, accepts=(takes,))), divisible=divisible)
    records = sources(("物理1", 300), ("物理2", 300), ("物理3", 300))
    booked = tuple(replace(record, is_outside=True) for record in records[:2])
    rules = (elective("E", "物理1", "物理2", units_max=300),)
    proposal = propose(transfer(records, rules, there, booked=booked))
    assert (proposal.shortfall_without, proposal.shortfall) == (300, 0)
    (item,) = proposal.items
    assert [source.title for source in item.sources] == ["物理1"]
    greedy = replace(rules[0], units_max=None, ratio_percent=50)
    both = propose(transfer(records, (greedy,), there, booked=booked))
    assert (both.shortfall, both.units) == (150, 150)


def test_what_was_recognised_before_counts_beside_what_is_recognised_now():
    there = small_plan([("B", 400, REQUIRED)], ("语文1", "B", 200), ("语文2", "B", 200))
    before = Record(1, EntryKind.RECOGNITION, 200, DAY, "语文1", "语文1", block_code="B")
    lines = (line("A", SAME, "语文", targets=("语文",)),)
    proposal = propose(transfer(sources(("语文", 200)), lines, there, booked=(before,)))
    assert (proposal.shortfall_without, proposal.shortfall) == (200, 0)


def test_without_lines_or_sources_nothing_is_recognised_and_the_gap_stays():
    for records, lines in (((), TO_GENERAL), (passed(VOCATIONAL, "GG02"), ())):
        proposal = propose(transfer(records, lines))
        assert proposal.items == ()
        assert proposal.shortfall == proposal.shortfall_without == 14400
        assert alternatives(transfer(records, lines)) == ()


def test_a_first_question_without_an_answer_is_an_error(monkeypatch):
    asked = transfer(passed(VOCATIONAL, "GG02"), TO_GENERAL)
    program = recognition_program._RecognitionProgram

    def none(_):
        raise NoAnswerError

    monkeypatch.setattr(program, "best", none)
    with pytest.raises(NoAnswerError):
        propose(asked)


@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
@EXAMPLES
def test_the_order_of_records_and_rules_is_nothing_to_it(seed: int, chance: random.Random):
    asked = make_transfer(seed).transfer
    records, rules, booked = list(asked.passed), list(asked.rules), list(asked.snapshot.records)
    for items in (records, rules, booked):
        chance.shuffle(items)
    courses = list(asked.there.courses)
    chance.shuffle(courses)
    other = replace(
        asked,
        passed=tuple(records),
        rules=tuple(rules),
        snapshot=replace(asked.snapshot, records=tuple(booked)),
        there=replace(asked.there, courses=tuple(courses)),
    )
    one, two = propose(asked), propose(other)
    assert (one.items, one.not_recognised) == (two.items, two.not_recognised)
    assert one.shortfall == two.shortfall


@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
@EXAMPLES
def test_no_decision_leaves_a_smaller_gap_and_every_part_of_the_best_may_be_decided(
    seed: int, chance: random.Random
):
    asked = make_transfer(seed).transfer
    best = propose(asked)
    assert best.shortfall <= best.shortfall_without
    for proposal in (best, *alternatives(asked, 2)):
        decided = decided_of(proposal.items)
        part = tuple(item for item in decided if chance.random() < 0.5)
        assert judge(asked, decided).shortfall == proposal.shortfall >= best.shortfall
        assert judge(asked, part).shortfall >= best.shortfall


@given(st.integers(0, 10**6))
@EXAMPLES
def test_every_source_is_used_or_says_why_not(seed: int):
    asked = make_transfer(seed).transfer
    proposal = propose(asked)
    used = [source.ledger_seq for item in proposal.items for source in item.sources]
    left = [item.source.ledger_seq for item in proposal.not_recognised]
    assert len({*used, *left}) == len(used) + len(left)
    assert {*used, *left} <= {record.ledger_seq for record in asked.passed}


_PROPOSING = """
from tests.proofs.transfers import make_transfer
from creditbank.eligibility.recogniser import alternatives, propose
for seed in range(12):
    asked = make_transfer(seed).transfer
    print(propose(asked).items, [item.items for item in alternatives(asked)])
"""


def test_the_hash_seed_is_nothing_to_it():
    said = {
        subprocess.run(
            [sys.executable, "-c", _PROPOSING], capture_output=True, text=True, check=True,
            timeout=100, env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1")
    }  # fmt: skip
    assert len(said) == 1


def test_alternatives_say_what_another_choice_costs():
    there = small_plan([("E1", 300, FREE), ("E2", 100, FREE)], ("语文", "E1", 0))
    lines = (elective("E", "物理", units_max=300),)
    asked = transfer(sources(("物理", 900)), lines, there)
    best, others = propose(asked), alternatives(asked)
    assert gives(best) == {"E": [("E1", 300)]}
    assert [(gives(item), item.shortfall) for item in others] == [({"E": [("E2", 300)]}, 300)]
    assert best.shortfall == 100


def test_alternatives_are_limited_and_none_gives_merely_less():
    names = ("甲", "乙", "丙", "丁")
    there = small_plan([("B", 800, REQUIRED)], *((name, "B", 200) for name in names))
    lines = (line("A", SAME, "语文", targets=names, units_max=200),)
    asked = transfer(sources(("语文", 800)), lines, there)
    found = [gives(item)["A"][0][0] for item in (propose(asked), *alternatives(asked))]
    assert found == list(names)
    assert len(alternatives(asked, 2)) == 2
    everything = replace(asked, rules=(replace(lines[0], units_max=None),))
    assert propose(everything).units == 800
    assert alternatives(everything) == ()


def test_a_bound_that_is_reached_is_said_and_the_gap_is_the_smallest_all_the_same(monkeypatch):
    asked = transfer(passed(VOCATIONAL, ""), TO_GENERAL)
    proven = propose(asked)
    assert not proven.is_bounded
    monkeypatch.setattr(recognition_program, "SECONDS_MAX", 0.0)
    bounded = propose(asked)
    assert bounded.is_bounded
    assert bounded.shortfall == proven.shortfall
    assert judge(asked, decided_of(bounded.items)).shortfall == proven.shortfall
    assert alternatives(asked) == ()


@pytest.mark.parametrize("change", ["less", "gap"])
def test_what_the_table_or_the_engine_does_not_confirm_is_no_proposal(monkeypatch, change):
    asked = transfer(passed(VOCATIONAL, "GG02"), TO_GENERAL)
    found = recognition_program.best_recognition

    def wrong(*given):
        best = found(*given)
        assert best is not None
        if change == "gap":
            return best._replace(shortfall=best.shortfall - 1)
        (item,) = best.items
        return best._replace(items=(replace(item, sources=item.sources[:1]),))

    monkeypatch.setattr(recogniser, "best_recognition", wrong)
    with pytest.raises(ProgramError, match="does not confirm"):
        propose(asked)
