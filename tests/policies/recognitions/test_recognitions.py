"""The shipped recognition table both ways, from the situations in the YAML file beside it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from creditbank.domain.credits import units_from_text
from creditbank.domain.plans import ConditionKind
from creditbank.eligibility.recogniser import propose
from creditbank.eligibility.recognition_decision import decided_of, judge
from tests.unit.eligibility.transfers import (
    GENERAL,
    TO_GENERAL,
    TO_VOCATIONAL,
    VOCATIONAL,
    passed,
    transfer,
)

SITUATIONS = yaml.safe_load(
    (Path(__file__).parent / "recognitions.yaml").read_text(encoding="utf-8")
)
_EXAMS = ConditionKind.ACADEMIC_PASS_EXAMS.value
_WAYS = {"普高": (VOCATIONAL, GENERAL, TO_GENERAL), "中职": (GENERAL, VOCATIONAL, TO_VOCATIONAL)}


def units(written: object) -> int:
    return units_from_text(str(written))


@pytest.mark.parametrize("situation", SITUATIONS, ids=[item["标题"] for item in SITUATIONS])
def test_the_table_recognises_as_written(situation: dict[str, Any]) -> None:
    here, there, rules = _WAYS[situation["转入"]]
    records = passed(here, *situation["已修"])[: situation.get("门数")]
    if "每门学分" in situation:
        records = tuple(replace(item, units=units(situation["每门学分"])) for item in records)
    asked = transfer(records, rules, there, tested=situation.get("考核通过", ()))
    found = propose(asked)
    assert {item.code: item.units for item in found.items} == {
        code: units(written) for code, written in situation["认定"].items()
    }
    said = Counter(item.message.zh for item in found.not_recognised)
    for count, message in situation.get("不认定", {}).items():
        assert said[message] == count
    less = found.shortfall_without - found.shortfall
    assert less == units(situation["毕业差额减少"])
    assert judge(asked, decided_of(found.items)).shortfall == found.shortfall
    if "合格性考试" in situation:
        (exams,) = [item for item in found.verdict.conditions if item.code == _EXAMS]
        assert (exams.met, len(exams.missing_codes)) == (False, situation["合格性考试"])
