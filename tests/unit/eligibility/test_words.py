"""Sentences in both languages, and verdicts as JSON and back."""

from __future__ import annotations

import hashlib
import json
import random
import re
from dataclasses import replace
from datetime import date

import pytest

from creditbank.domain.agreements import HardConditionKind
from creditbank.domain.plans import ConditionKind
from creditbank.domain.snapshots import Sanction, SanctionLevel
from creditbank.domain.verdicts import ConditionResult, Outcome
from creditbank.eligibility import (
    evaluate_graduation,
    findings_hash,
    sentences,
    verdict_from_dict,
    verdict_to_dict,
)
from creditbank.eligibility.condition_words import (
    actual_words,
    condition_sentence,
    required_words,
)
from creditbank.store.plain_documents import document_hash
from tests.unit.eligibility.learners import (
    AS_OF,
    free_plan,
    make_policy,
    random_learner,
    vocational_plan,
)
from tests.unit.eligibility.test_articulation import _DUE, _judge, _learner

_HAN = re.compile(r"[一-鿿]")


def _verdicts(count=60):
    generator = random.Random(11)
    for _ in range(count):
        plan = free_plan(generator)
        learner = random_learner(generator, plan, electives=0.7, shared=0.9)
        yield evaluate_graduation(learner, plan, make_policy(), AS_OF)


def test_a_verdict_survives_json():
    for verdict in (*_verdicts(), _judge(_learner())):
        found = json.loads(json.dumps(verdict_to_dict(verdict)))
        assert verdict_from_dict(found) == verdict
        assert findings_hash(found) == findings_hash(verdict_to_dict(verdict))


def test_the_findings_hash_sees_findings_and_not_the_state_of_the_books():
    verdict = next(_verdicts(1))
    later = replace(verdict, ledger_seq=99, facts_seq=98, as_of=date(2027, 1, 1))
    other = replace(verdict, shortfall_units=verdict.shortfall_units + 1)
    hashes = [findings_hash(verdict_to_dict(item)) for item in (verdict, later, other)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_the_findings_hash_is_of_canonical_json_that_any_language_writes_alike():
    """Rows of earlier releases are known by hashes that another encoder made."""
    strange = '引号" \\ / \x01\n\t\x7f é \u2028 😀 \ue000'
    for verdict in (*_verdicts(20), _judge(_learner())):
        verdict = replace(  # noqa: PLW2901 (the same with names that need escapes)
            verdict, blocks=tuple(item._replace(name=strange) for item in verdict.blocks)
        )
        found = verdict_to_dict(verdict)
        content = {
            name: value
            for name, value in found.items()
            if name not in {"ledger_seq", "facts_seq", "as_of", "policy_version", "engine_version"}
        }
        content["proof"] = [strange, *content["proof"]]
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        expected = hashlib.sha256(text.encode()).hexdigest()
        assert findings_hash({**found, "proof": content["proof"]}) == expected
        assert document_hash(content) == expected


_FINDINGS = {
    "ledger_seq": 9,
    "outcome": "not_yet",
    "blocks": [{"name": "限选课", "missing": 300}],
    "counted_units": 16_700,
}


def test_a_verdict_of_years_ago_is_known_by_the_hash_of_its_findings():
    """Stored rows hold it: sorted names, no spaces, text as it is."""
    text = '{"blocks":[{"missing":300,"name":"限选课"}],"counted_units":16700,"outcome":"not_yet"}'
    assert findings_hash(_FINDINGS) == hashlib.sha256(text.encode()).hexdigest()
    backwards = dict(reversed(_FINDINGS.items()))
    assert findings_hash(backwards) == findings_hash(_FINDINGS)


@pytest.mark.parametrize(
    "name",
    ["ledger_seq", "facts_seq", "as_of", "policy_version", "engine_version", "input_hash"],
)
def test_the_state_of_the_books_is_no_finding(name):
    assert findings_hash({**_FINDINGS, name: "another"}) == findings_hash(_FINDINGS)


def test_an_older_row_holds_the_hash_of_its_input_as_well():
    verdict = next(_verdicts(1))
    assert verdict_from_dict({**verdict_to_dict(verdict), "input_hash": "0" * 64}) == verdict


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_is_one_sentence_in_each_language(outcome):
    verdict = replace(next(_verdicts(1)), outcome=outcome)
    zh, en = sentences(verdict, "zh")[0], sentences(verdict, "en")[0]
    assert _HAN.search(zh)
    assert zh.count("。") == 1
    assert zh.endswith("。")
    assert not _HAN.search(en)
    assert en.endswith(".")
    assert len(zh) < 60


def test_both_languages_say_the_same_number_of_things_and_leave_no_gap():
    learner = _learner(
        internship_started=False,
        sanctions=(Sanction(SanctionLevel.PROBATION, date(2025, 1, 1)),),
        attestations=(),
        records=_learner().records[:20],
    )
    for verdict in (*_verdicts(), _judge(learner, _DUE)):
        zh, en = sentences(verdict, "zh"), sentences(verdict, "en")
        assert len(zh) == len(en)
        assert not any("{" in sentence for sentence in (*zh, *en))


def test_what_is_missing_and_what_would_fill_it_is_named():
    plan = vocational_plan(surplus_to_electives=False)
    electives = [c.course_code for c in plan.courses if c.block_code in {"XX", "RX"}]
    learner = _learner(memberships=())
    records = [r for r in learner.records if r.course_code not in electives[2:]]
    verdict = evaluate_graduation(
        replace(learner, records=tuple(records)), plan, make_policy(), date(2026, 5, 1)
    )
    passed = {record.course_code for record in records}
    found = sentences(verdict, "zh", plan=plan, passed_codes=passed)
    assert "XX:要求 9 学分,已有 6,还差 3。" in found
    assert any(text.startswith("可修:") and "经批准可替代" in text for text in found)
    assert any("自动替代" in text for text in found)
    english = sentences(verdict, "en", plan=plan, passed_codes=passed)
    assert "XX: 6 of 9 credits, 3 missing." in english
    assert len(found) == len(english)


def test_credits_that_do_not_count_say_why():
    plan = vocational_plan(surplus_to_electives=False)
    certificate = replace(_learner().records[-1], valid_until=date(2024, 1, 1))
    records = (*_learner().records[:-1], certificate)
    learner = replace(_learner(), records=records)
    verdict = evaluate_graduation(learner, plan, make_policy(), date(2026, 5, 1))
    assert "有 3 学分的证书已过有效期,不计入。" in sentences(verdict, "zh")


_UNMET = {
    ("no_sanction", "3", "4", ()): "不能有记过及以上且未撤销的处分,目前有留校察看。",
    ("certificate", "intermediate", "", ()): "须取得中级(四级)及以上职业技能证书,目前无。",
    ("no_failed_core", "0", "1", ("ZH1",)): "专业核心课须全部及格,未通过:ZH1。",
    ("min_duration", "24", "2026-09-01", ()): "学习时间须满 24 个月,到 2026-09-01 才满。",
    ("credits_to_date", "9000", "8850", ()): "截至目前须得 90 学分,实得 88.5 学分。",
}


@pytest.mark.parametrize("found", _UNMET)
def test_a_condition_says_what_was_asked_and_found(found):
    code, required, actual, missing = found
    condition = ConditionResult(code, met=False, required=required, actual=actual,
                                missing_codes=missing)  # fmt: skip
    assert condition_sentence(condition, "zh") == _UNMET[found]


_ASKED = {
    "internship": ("started", "not_started", ()),
    "academic_pass_exams": ("", "", ("外语",)),
    "min_duration": ("24", "2026-09-01", ()),
    "year_of_study": ("3", "2", ()),
    "credits_to_date": ("9000", "8850", ()),
    "no_failed_core": ("0", "1", ("ZH1",)),
    "no_sanction": ("3", "4", ()),
    "certificate": ("intermediate", "", ()),
}
_CODES = sorted({*ConditionKind, *HardConditionKind, "status", "min_duration"})


@pytest.mark.parametrize("code", _CODES)
def test_every_condition_has_a_sentence_in_each_language(code):
    required, actual, missing = _ASKED.get(code, ("passed", "pending", ()))
    condition = ConditionResult(code, met=False, required=required, actual=actual,
                                missing_codes=missing)  # fmt: skip
    zh, en = (condition_sentence(condition, language) for language in ("zh", "en"))
    assert zh.endswith("。")
    assert _HAN.search(zh)
    assert not re.search(r"[a-z_{]", zh), "a code in a Chinese sentence"
    assert en.endswith(".")
    assert not re.search(r"[_{]", en)
    assert not _HAN.search(en.replace("外语", ""))
    assert all(item in zh and item in en for item in missing)


@pytest.mark.parametrize(
    ("code", "required", "actual", "zh", "en"),
    [
        ("status", "01", "10", ("在读", "转出"), ("studying", "transferred out")),
        ("min_duration", "24", "2026-09-01", ("24 个月", "2026-09-01 届满"),
         ("24 months", "over on 2026-09-01")),
        ("hours.P", "1650", "1600", ("1650 学时", "1600 学时"), ("1650 hours", "1600 hours")),
        ("choice.ZH", "2", "1", ("2 门", "1 门"), ("2 courses", "1 courses")),
        ("academic_pass_exams", "3", "1", ("3 科合格", "1 科合格"),
         ("3 subjects passed", "1 subjects passed")),
    ],
)  # fmt: skip
def test_a_form_says_what_is_asked_and_found_in_words(code, required, actual, zh, en):
    item = ConditionResult(code, met=False, required=required, actual=actual)
    assert (required_words(item, "zh"), actual_words(item, (), "zh")) == zh
    assert (required_words(item, "en"), actual_words(item, (), "en")) == en
