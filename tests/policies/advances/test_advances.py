"""Every step of the advance, allowed and refused, as the files beside this say it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from creditbank.domain.advance_moves import RULES, Obstacle
from creditbank.domain.advances import MoveKind, Stage
from tests.policies.advances.words import (
    ALLOWED,
    OBSTACLES,
    STAGES,
    situations,
    standing_on,
    tried,
)

_CASES = situations()
_FACTS = {
    "次数": lambda standing: standing.attempt,
    "暂停": lambda standing: _yes(standing.is_held),
    "标记": lambda standing: _yes(standing.is_flagged),
    "变化": lambda standing: list(standing.changed),
    "结束": lambda standing: _yes(standing.is_closed),
    "春季高考": lambda standing: _yes(standing.sits_parallel_exam),
    "有异议": lambda standing: _yes(standing.is_appealed),
    "缺": lambda standing: list(standing.missing),
}


def _yes(is_so: bool) -> str:  # noqa: FBT001 (a word of the files)
    return "是" if is_so else "否"


@pytest.mark.parametrize("item", [item for _, item in _CASES], ids=[title for title, _ in _CASES])
def test_a_step_is_allowed_or_refused_as_the_registrar_expects(item: dict[str, Any]) -> None:
    standing = standing_on(item, item["今天"])
    assert standing.stage is STAGES[item["阶段"]]
    found = {word: _FACTS[word](standing) for word in item.get("情况", {})}
    assert found == item.get("情况", {})
    steps = item.get("办理", {})
    assert {line: tried(item, line, item["今天"])[1] for line in steps} == steps


def _seen() -> tuple[set[tuple[Stage, MoveKind]], set[tuple[Stage, MoveKind]], set[str]]:
    allowed: set[tuple[Stage, MoveKind]] = set()
    refused: set[tuple[Stage, MoveKind]] = set()
    words: set[str] = set()
    for _, item in _CASES:
        stage = STAGES[item["阶段"]]
        for line, expected in item.get("办理", {}).items():
            kind, _ = tried(item, line, item["今天"])
            (allowed if expected == ALLOWED else refused).add((stage, kind))
            words.add(expected)
    return allowed, refused, words


def test_every_transition_of_the_table_is_shown_both_ways() -> None:
    table = {(stage, kind) for kind, rule in RULES.items() for stage in rule.sources}
    allowed, refused, _ = _seen()
    assert len(table) == 48
    assert sorted(table - allowed) == []
    assert sorted(table - refused) == []


def test_whatever_is_not_in_the_table_is_refused_somewhere_or_never_allowed() -> None:
    allowed, refused, _ = _seen()
    outside = {
        (stage, kind)
        for stage, kind in product(Stage, MoveKind)
        if stage not in RULES[kind].sources
    }
    assert not outside & allowed
    assert {stage for stage, _ in outside & refused} == set(Stage)


def test_every_refusal_is_met_in_a_file() -> None:
    *_, words = _seen()
    assert set(OBSTACLES.values()) == set(Obstacle)
    assert set(OBSTACLES) - words == set()


def test_the_agreed_case_is_there() -> None:
    assert any(title.startswith("案例6 ") for title, _ in _CASES)
