"""Some of the transfers that `python -m tests.proofs.recognising` compares by the thousand.

CREDITBANK_TRANSFERS sets how many.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from creditbank.eligibility import recognition_program, recognition_question
from creditbank.eligibility.recogniser import propose
from tests.proofs.recognising import compare_transfers, differences
from tests.proofs.transfers import make_transfer

TRANSFERS = int(os.environ.get("CREDITBANK_TRANSFERS", "200"))


@pytest.mark.parametrize("start", range(0, TRANSFERS, 10))
def test_no_proposal_is_worse_than_that_of_an_independent_program(start: int):
    tally = compare_transfers(start, min(start + 10, TRANSFERS))
    assert tally.differences == []
    assert tally.closer > 1


def _first_block_only(found: Any) -> Any:
    def first(*given: Any) -> Any:
        line = found(*given)
        return recognition_question.Line(line.rule, line.sources, line.courses, line.blocks[:1])

    return first


def _earliest_courses_only(found: Any) -> Any:
    return lambda *given: found(*given)[:3]


def _no_further_goals(_: Any) -> Any:
    return lambda _: ()


@pytest.mark.parametrize(
    ("module", "name", "worse"),
    [
        (recognition_question, "_line", _first_block_only),
        (recognition_question, "_wanted", _earliest_courses_only),
        (recognition_program._RecognitionProgram, "_goals", _no_further_goals),
    ],
)
def test_the_comparison_finds_a_worse_recogniser(monkeypatch, module, name, worse):
    monkeypatch.setattr(module, name, worse(getattr(module, name)))
    transfers = [make_transfer(seed) for seed in range(60)]
    assert any(differences(each, propose(each.transfer)) for each in transfers)
