"""Announced pass lines before and after they are announced, as the file beside this says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from creditbank.domain.agreement_terms import AgreementTerms, ScoreKind, ScorePart, terms_problems
from creditbank.domain.agreements import EducationLevel
from creditbank.domain.credits import units_from_text
from creditbank.domain.pass_lines import PassLine
from creditbank.eligibility.ranking import Candidate, Lack, Place, rank
from tests.factories.agreement_desk import TERMS

_CASES = yaml.safe_load((Path(__file__).parent / "lines.yaml").read_text("utf-8"))
_SCORES = {
    "文化基础": ScoreKind.CULTURE_EXAM,
    "专业知识": ScoreKind.KNOWLEDGE_TEST,
    "技能测试": ScoreKind.SKILL_TEST,
}
_PLACES = {
    "计划内": Place.WITHIN_QUOTA,
    "尚不能定": Place.NOT_YET_KNOWN,
    "不能录取": Place.NOT_ADMISSIBLE,
}
_LACKS = {
    Lack.SCORE_MISSING: "缺{}",
    Lack.LINE_NOT_ANNOUNCED: "{}合格线尚未公布",
    Lack.PART_BELOW_PASS: "{}低于合格线",
}


def _points(written: object) -> int:
    return units_from_text(str(written))


def _part(name: str, words: Mapping[str, Any]) -> ScorePart:
    is_announced = words["合格线"] == "公布"
    mark = 0 if is_announced else _points(words["合格线"])
    return ScorePart(
        _SCORES[name], _points(words["满分"]), words["权重"], mark, by_announced_line=is_announced
    )


def _lines(words: Mapping[str, str], terms: AgreementTerms) -> dict[ScoreKind, int]:
    found = {}
    for name, written in words.items():
        points, full = written.split("/")
        line = PassLine(
            finishing_year=2028, post_level=EducationLevel.BACHELOR, score=_SCORES[name],
            points=_points(points), full_marks=_points(full), document_no="测",
            announced_on=date(2028, 6, 25),
        )  # fmt: skip
        part = terms.part(line.score)
        assert part is not None
        found[line.score] = line.pass_mark(part)
    return found


@pytest.mark.parametrize("item", _CASES, ids=[item["标题"] for item in _CASES])
def test_a_line_counts_once_it_is_announced(item: dict[str, Any]) -> None:
    parts = tuple(_part(name, words) for name, words in item["协议"].items())
    terms = replace(TERMS, scores=parts, pass_total=0, tie_breaks=(), exemption_level=None)
    assert not list(terms_problems(terms))
    lines = _lines(item.get("公布", {}), terms)
    words = list(item["学生"].items())
    candidates = [
        Candidate(
            key,
            {kind: _points(said[name]) for name, kind in _SCORES.items() if name in said},
            lines=lines,
        )
        for key, (_, said) in enumerate(words)
    ]
    names = {kind: name for name, kind in _SCORES.items()}
    for found in rank(terms, candidates):
        title, said = words[found.key]
        lacks = [_LACKS[lack].format(names[kind]) for lack, kind in found.lacks if kind]
        assert (title, found.place, lacks) == (title, _PLACES[said["结果"]], said["缺"])
        assert (found.rank is None) is (found.place is not Place.WITHIN_QUOTA)
