"""The situations in the YAML files beside this, judged under the policy that ships."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
import yaml

from creditbank.domain.attempts import gpa
from creditbank.domain.policies import Policy, resolve
from creditbank.domain.verdicts import Outcome, Use, Verdict
from creditbank.eligibility import evaluate_articulation, evaluate_graduation, sentences
from creditbank.store.policy_files import load_policy_files
from tests.policies.agreed import HARD_CONDITIONS, agreement_of
from tests.policies.situations import (
    CONDITIONS,
    FILES,
    Learner,
    read_learners,
    read_plan,
    situations,
    units,
)

_OUTCOMES = {
    "可毕业": Outcome.ELIGIBLE,
    "可提前毕业": Outcome.ELIGIBLE_EARLY,
    "未达标": Outcome.NOT_YET,
    "达最长年限": Outcome.COMPLETION_DUE,
    "需人工复核": Outcome.NEEDS_REVIEW,
    "不再判定": Outcome.CLOSED,
    "正常": Outcome.ON_TRACK,
    "落后": Outcome.BEHIND,
    "达标": Outcome.QUALIFIED,
    "不达标": Outcome.NOT_QUALIFIED,
    "终止": Outcome.ENDED,
}
_CONDITION_CODES = {word: kind.value for word, kind in CONDITIONS.items()} | {
    "学籍状态": "status",
    "最短年限": "min_duration",
}
_USES = {
    Use.SURPLUS: "结余",
    Use.CAPPED: "超过上限",
    Use.SAME_EVENT: "同一赛事取最高",
    Use.EXPIRED: "过期",
    Use.DISPUTED: "待核查",
    Use.NOT_IN_PLAN: "方案外",
    Use.NOT_EARNED: "未得",
}
_NAMING = {"学生", "核查", "模块", "协议条件", "去向", "合格性考试", "已批准替代"}
"""Words whose entries are called by their own names."""
_CASES = situations()


@pytest.mark.parametrize("situation", [item for _, item in _CASES], ids=[t for t, _ in _CASES])
def test_the_rules_decide_as_the_registrar_expects(situation):
    policy = _policy(situation["日期"])
    plan = read_plan(situation["方案"])
    for name, (learner, expected) in read_learners(situation, plan, policy).items():
        verdict = evaluate_graduation(learner.snapshot, plan, policy, situation["日期"])
        found = _graduation(verdict, learner, policy)
        if "协议" in situation:
            found |= _advance(
                evaluate_articulation(
                    learner.snapshot, agreement_of(situation), plan, policy, situation["日期"]
                )
            )
        assert set(expected) <= set(found), f"没有这样的词:{set(expected) - set(found)}"
        found = {word: _as_asked(found[word], value) for word, value in expected.items()}
        assert found == {word: _as_units(value) for word, value in expected.items()}, name
        for item, outcome in learner.attempts:
            point = None if item["绩点"] is None else units(item["绩点"])
            asked = item["记为"], units(item["学分"]), point
            assert (outcome.mark, outcome.units, outcome.grade_point) == asked, item


@pytest.mark.parametrize("number", ["1", "2", "3", "4", "5", "6", "14", "15", "16"])
def test_every_agreed_case_has_a_situation(number):
    assert any(title.startswith(f"案例{number} ") for title, _ in _CASES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_word_of_a_file_is_explained_at_its_head(path):
    text = path.read_text(encoding="utf-8")
    head = text.partition("- 标题")[0]
    unexplained = [word for word in sorted(_words(yaml.safe_load(text))) if word not in head]
    assert not unexplained


def test_every_hard_condition_has_a_situation_that_meets_it_and_one_that_does_not():
    """资格初审: the ten conditions of an agreement, each by itself and both ways."""
    met, unmet = set(), set()
    for _, situation in _CASES:
        kinds = [HARD_CONDITIONS[word] for word in situation.get("协议条件", ())]
        if len(kinds) != 1:
            continue
        for learner in situation["学生"].values():
            lacks = kinds[0].value in learner["结论"].get("转段未满足", ())
            (unmet if lacks else met).add(kinds[0])
    assert met == unmet == set(HARD_CONDITIONS.values())


def _words(found: Any) -> set[str]:
    """The keys in use, without those that name learners, exam subjects, awards or (RX) blocks."""
    words: set[str] = set()
    if isinstance(found, list):
        words.update(*map(_words, found))
    elif isinstance(found, Mapping):
        for key, value in found.items():
            named = isinstance(value, Mapping) and key in _NAMING
            words |= set() if key.isascii() else {key}
            words |= _words(list(value.values())) if named else _words(value)
    return words


def _policy(day: date) -> Policy:
    return resolve(load_policy_files(), institution_id=1, as_of=day)


def _graduation(verdict: Verdict, learner: Learner, policy: Policy) -> dict[str, Any]:
    """The verdict in the words of the files."""
    where: dict[str, dict[str, int]] = defaultdict(dict)
    for place in verdict.placements:
        if place.units:
            word = place.block_code or _USES[place.use]
            where[learner.titles[place.ledger_seq]][word] = place.units
    first = sentences(verdict, "zh")[0]
    assert first.endswith("。"), first
    return {
        "毕业": verdict.outcome,
        "计入总学分": verdict.counted_units,
        "还差学分": verdict.shortfall_units,
        "模块": {
            block.code: {"已得": block.earned, "替代": block.substituted, "还差": block.missing}
            for block in verdict.blocks
        },
        "未满足条件": [item.code for item in verdict.conditions if not item.met],
        "还差科目": [code for item in verdict.conditions for code in item.missing_codes],
        "去向": where,
        "平均学分绩点": gpa(learner.graded, policy),
    }


def _advance(verdict: Verdict) -> dict[str, Any]:
    return {
        "转段": verdict.outcome,
        "转段未满足": [item.code for item in verdict.conditions if not item.met],
        "未过课程": [code for item in verdict.conditions for code in item.missing_codes],
    }


def _as_asked(found: Any, asked: Any) -> Any:
    """Of a table only the lines that are asked for."""
    if isinstance(asked, Mapping):
        return {word: _as_asked(found[word], value) for word, value in asked.items()}
    return found


def _as_units(asked: Any) -> Any:
    if isinstance(asked, Mapping):
        return {word: _as_units(value) for word, value in asked.items()}
    if isinstance(asked, list):
        return [_CONDITION_CODES.get(word, word) for word in asked]
    return _OUTCOMES[asked] if isinstance(asked, str) else units(asked)
