"""The policy files that ship are complete and traceable; a doubtful file is refused by its line."""

from __future__ import annotations

import itertools
import re
from datetime import date
from pathlib import Path

import pytest

from creditbank.domain.awards import AwardLevel, AwardRank, CertificateLevel, InnovationCategory
from creditbank.domain.policies import Authority, resolve
from creditbank.store.policy_files import (
    FOLDER,
    PolicyFileError,
    load_policy_files,
    read_policy_file,
    read_policy_folder,
)

CREDITBANK = FOLDER.parent
AS_OF = date(2026, 9, 1)
VALUES = load_policy_files()
POLICY = resolve(VALUES, institution_id=1, as_of=AS_OF)
_ASKED = re.compile(r'policy\.(?:integer|flag|text|reference)\(\s*"([a-z_.]+)"')
GOOD = """\
title: 学分替代
authority: 平阴县教育和体育局
reference: 平政字〔2020〕43号
effective_from: 2020-12-01
values:
  substitution.cap_units: {credits: "8"}
"""


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.key)
def test_every_value_is_dated_and_says_where_it_comes_from(value):
    assert date(1949, 10, 1) < value.effective_from <= AS_OF
    assert re.search(r"号|项目默认值", value.reference), value.reference


def test_what_no_document_says_is_called_a_default_of_the_project():
    for key in ("competition.value.23.3", "marks.resits_max", "substitution.cap_units"):
        assert "项目默认值" in POLICY.reference(key)


def test_every_key_that_the_code_asks_for_has_a_value():
    asked = {
        (path.name, key)
        for path in CREDITBANK.rglob("*.py")
        for key in _ASKED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(asked) > 10
    assert {(name, key) for name, key in asked if key not in POLICY.values} == set()


def test_every_combination_of_level_and_rank_has_a_value():
    for level, rank in itertools.product(AwardLevel, AwardRank):
        assert POLICY.integer(f"competition.value.{level.value}.{rank.value}") >= 0


def test_a_better_prize_and_a_higher_level_never_earn_less():
    ranks = (AwardRank.SPECIAL, AwardRank.FIRST, AwardRank.SECOND, AwardRank.THIRD)
    levels = (
        AwardLevel.INTERNATIONAL, AwardLevel.NATIONAL, AwardLevel.PROVINCE, AwardLevel.CITY,
        AwardLevel.COUNTY, AwardLevel.SCHOOL,
    )  # fmt: skip
    worth = [[POLICY.integer(f"competition.value.{level}.{rank}") for rank in ranks]
             for level in levels]  # fmt: skip
    for line in (*worth, *zip(*worth, strict=True)):
        assert list(line) == sorted(line, reverse=True)


def test_every_innovation_category_has_a_value():
    for category in InnovationCategory:
        key = f"innovation.value.{category.value}"
        if category is not InnovationCategory.SKILL_CERTIFICATE:
            assert POLICY.integer(key) > 0
            continue
        for level in set(CertificateLevel) - {CertificateLevel.NONE}:
            assert POLICY.integer(f"{key}.{level.value}") > 0


def test_every_cap_is_for_a_category_that_exists():
    known = {"competition", *(category.value for category in InnovationCategory)}
    capped = {
        key.rpartition(".")[2] for key in POLICY.values if key.startswith("innovation.category_cap")
    }
    assert "competition" in capped
    assert capped <= known


def test_credits_are_read_as_hundredths():
    assert POLICY.integer("competition.value.33.3") == 150
    assert POLICY.integer("innovation.career_cap_units") == 1200
    assert POLICY.integer("substitution.cap_units") == 800
    assert POLICY.integer("substitution.share_percent") == 50


def test_the_limits_of_time_and_hours_are_those_of_the_ministry():
    window = [POLICY.integer(f"duration.years_{end}_max") for end in ("early", "late")]
    assert window == [1, 3]
    assert POLICY.flag("duration.suspension_counts") is False
    exchange = [POLICY.integer(f"completion.exchange_months_{end}") for end in ("min", "max")]
    assert exchange == [6, 24]
    assert [POLICY.integer(f"credit.hours_{end}") for end in ("min", "max")] == [16, 18]


def test_files_are_read_once():
    assert load_policy_files() is load_policy_files()


@pytest.fixture
def written(tmp_path: Path):
    """Write a file below national and read it."""

    def write(text: str) -> list[tuple[str, object, date, str]]:
        path = tmp_path / "national" / "topic.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return [
            (value.key, value.value, value.effective_from, value.reference)
            for value in read_policy_file(path, Authority.NATIONAL)
        ]

    return write


def test_a_value_takes_date_and_reference_of_its_file_or_its_own(written):
    day, document = date(2020, 12, 1), "平政字〔2020〕43号"
    assert written(GOOD) == [("substitution.cap_units", 800, day, document)]
    text = GOOD + "  a.b:\n    value: true\n    reference: 校规\n    effective_from: 2026-09-01\n"
    assert written(text)[1] == ("a.b", True, date(2026, 9, 1), "校规")


def test_a_value_that_changed_over_time_is_a_list(written):
    text = GOOD + "  a.b:\n    - {value: 1}\n    - {value: 2, effective_from: 2026-09-01}\n"
    assert [item[1:3] for item in written(text)[1:]] == [
        (1, date(2020, 12, 1)),
        (2, date(2026, 9, 1)),
    ]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (GOOD + "  a.b: {value: 1, colour: red}\n", 7, "unknown field colour"),
        (GOOD + "  a.b: {note: 没有值}\n", 7, "give either credits or value"),
        (GOOD + '  a.b: {value: 1, credits: "1"}\n', 7, "give either credits or value"),
        (GOOD + "  a.b: {credits: 1.5}\n", 7, "write credits as text"),
        (GOOD + '  a.b: {credits: "1.555"}\n', 7, "at most two decimals"),
        (GOOD + '  a.b: {credits: "-1"}\n', 7, "not negative"),
        (GOOD + "  a.b: {value: 1.5}\n", 7, "whole number"),
        (GOOD + "  a.b: {value: [1]}\n", 7, "whole number"),
        (GOOD + "  a.b: {value: }\n", 7, "whole number"),
        (GOOD + "  a.b: 16\n", 7, "expected fields"),
        (GOOD + "  a.b: {value: 1, effective_from: 明年}\n", 7, "effective_from"),
        (GOOD + "  a.b: {value: 1, effective_from: 2026-09-01 08:00:00}\n", 7, "effective_from"),
        (GOOD + "  a.b: {value: 1, reference: ' '}\n", 7, "reference"),
        (GOOD + "  Cap: {value: 1}\n", 7, "is no key"),
        (GOOD + "  substitution.cap_units: {value: 1}\n", 7, "given twice"),
        (GOOD + "remark: 备注\n", 7, "unknown field remark"),
        (GOOD + "  a.b: {value: 1\n", 8, "not YAML"),
        (GOOD.replace("reference: 平政字〔2020〕43号\n", ""), 5, "reference"),
        (GOOD.replace("effective_from: 2020-12-01\n", ""), 5, "effective_from"),
        (GOOD.replace("title: 学分替代\n", ""), 1, "title is missing"),
        (GOOD.partition("values")[0], 1, "values are missing"),
        ("", 1, "the file is empty"),
        ("- 1\n", 1, "expected fields"),
    ],
)
def test_a_doubtful_file_is_refused_by_its_line(written, text, line, what):
    with pytest.raises(PolicyFileError) as refused:
        written(text)
    assert str(refused.value).startswith(f"national/topic.yaml:{line}: ")
    assert what in str(refused.value)


def test_two_files_of_an_authority_may_not_give_a_key_two_values_from_one_day(tmp_path: Path):
    for authority in ("county", "national"):
        (tmp_path / authority).mkdir()
        (tmp_path / authority / "one.yaml").write_text(GOOD, encoding="utf-8")
    assert [value.authority for value in read_policy_folder(tmp_path)] == [
        Authority.NATIONAL,
        Authority.COUNTY,
    ]
    (tmp_path / "county" / "two.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(PolicyFileError, match=r"two\.yaml.*another value from the same day"):
        read_policy_folder(tmp_path)
