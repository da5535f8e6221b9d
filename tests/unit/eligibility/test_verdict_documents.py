"""A verdict as a document: every field in its place, and a schema that nothing slips through."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import jsonschema
import pytest

from creditbank.domain.plans import Substitution
from creditbank.domain.verdicts import (
    BlockResult,
    ConditionResult,
    Outcome,
    Placement,
    SubjectKind,
    Use,
    Verdict,
)
from creditbank.eligibility import sentences, verdict_document, verdict_schema
from tests.unit.eligibility.learners import make_plan

_PLAN = make_plan(
    (("A", 400, Substitution.NONE),), (("A", 200, ()), ("A", 150, ()), ("A", 50, ())), 400
)
_VERDICT = Verdict(
    subject_kind=SubjectKind.GRADUATION, subject_id=1, learner_id=1, enrolment_id=1, ledger_seq=9,
    facts_seq=1, plan_id=1, policy_version="policy", engine_version="engine",
    as_of=date(2026, 5, 20), outcome=Outcome.NOT_YET, required_units=400, counted_units=350,
    shortfall_units=50,
    blocks=(BlockResult("A", "模块", "Block", 400, 200, 50, 100, 25, 10),),
    conditions=(
        ConditionResult("choice.A", met=False, required="2", actual="1", missing_codes=("C01",),
                        name="模块", name_en="Block"),
    ),
    placements=(Placement(3, "A", 200, Use.COUNTED),),
    proof=("A",),
)  # fmt: skip


def _document():
    return verdict_document(_VERDICT, "甲", _PLAN, {"C00"}, input_hash="0" * 64)


def test_every_field_of_a_verdict_stands_in_the_document():
    said = {
        language: sentences(_VERDICT, language, plan=_PLAN, passed_codes={"C00"})
        for language in ("zh", "en")
    }
    assert any("C01" in sentence for sentence in said["zh"])
    assert _document() == {
        "format": "creditbank-verdict/1",
        "learner": "甲",
        "as_of": "2026-05-20",
        "outcome": "not_yet",
        "required_credits": "4",
        "counted_credits": "3.5",
        "shortfall_credits": "0.5",
        "blocks": [
            {
                "code": "A", "name": "模块", "name_en": "Block", "required": "4", "earned": "2",
                "substituted": "0.5", "recognised": "1", "shared": "0.1", "missing": "0.25",
            }
        ],
        "conditions": [
            {
                "code": "choice.A", "met": False, "required": "2", "actual": "1",
                "missing_codes": ["C01"], "name": "模块", "name_en": "Block",
            }
        ],
        "allocation": [{"ledger_seq": 3, "block_code": "A", "credits": "2", "use": "counted"}],
        "proof": ["A"],
        "sentences": said,
        "policy_version": "policy",
        "engine_version": "engine",
        "input_hash": "0" * 64,
    }  # fmt: skip


def test_the_document_is_valid():
    jsonschema.validate(_document(), verdict_schema())
    bare = replace(_VERDICT, blocks=(), conditions=(), placements=(), proof=())
    document = verdict_document(bare, "甲", _PLAN, (), input_hash="0" * 64)
    jsonschema.validate(document, verdict_schema())


_WRONG: tuple[object, ...] = (None, {})


def _spoiled():
    """The document with one thing wrong, each in turn: left out, too much, or of another kind."""
    for path in (), ("blocks", 0), ("conditions", 0), ("allocation", 0), ("sentences",):
        for name in (*_at(_document(), path), "more"):
            for value in _WRONG:
                document = _document()
                _at(document, path)[name] = value
                yield document
            document = _document()
            if _at(document, path).pop(name, None) is not None:
                yield document


def _at(found, path):
    for step in path:
        found = found[step]
    return found


def test_nothing_that_lacks_a_field_or_has_another_is_valid():
    spoiled = list(_spoiled())
    assert len(spoiled) == 3 * 37 + 2 * 5
    check = jsonschema.Draft202012Validator(verdict_schema())
    assert [document for document in spoiled if check.is_valid(document)] == []


@pytest.mark.parametrize("amount", ["-1", "1.234", "a", "", "1."])
def test_an_amount_has_at_most_two_decimals(amount):
    document = _document() | {"counted_credits": amount}
    assert not jsonschema.Draft202012Validator(verdict_schema()).is_valid(document)
