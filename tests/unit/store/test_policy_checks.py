"""A school's own policy file: each clause, and all faults at once."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from creditbank.cli import cli
from creditbank.store.documents import DocumentError
from creditbank.store.policy_checks import check_policy, known_forms
from creditbank.store.policy_files import FOLDER

GOOD = """\
title: 学校规定
authority: 测试学校
reference: 校字〔2026〕1号
effective_from: 2026-01-01
values:
  substitution.share_percent: {value: 100}
"""


def said(text: str) -> list[tuple[str, int]]:
    return [(fault.code, fault.line) for fault in check_policy(text)]


def test_a_file_in_order_has_no_fault():
    assert said(GOOD) == []
    assert said(GOOD + '  innovation.category_cap.enterprise: {credits: "2"}\n') == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/*.yaml")), ids=lambda path: path.stem)
def test_what_ships_keeps_the_clauses(path):
    assert check_policy(path.read_text("utf-8")) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD + "remark: x\n", ("R1", 7)),
        (GOOD.replace("title: 学校规定\n", ""), ("R1", 1)),
        (GOOD.partition("  subst")[0], ("R1", 5)),
        (GOOD + "  plan.hours_min: 3000\n", ("R1", 7)),
        (GOOD + "  plan.hours_min: {value: 1, colour: red}\n", ("R1", 7)),
        ("- 1\n", ("R1", 1)),
        (GOOD + "  substitution.cap_unit: {value: 1}\n", ("R2", 7)),
        (GOOD + "  plan.hours_min: {value: many}\n", ("R3", 7)),
        (GOOD + "  plan.hours_min: {value: 1.5}\n", ("R3", 7)),
        (GOOD + "  plan.hours_min: {value: -1}\n", ("R3", 7)),
        (GOOD + "  plan.practice_percent_min: {value: 101}\n", ("R3", 7)),
        (GOOD + "  duration.suspension_counts: {value: 1}\n", ("R3", 7)),
        (GOOD + "  substitution.cap_units: {value: 8}\n", ("R3", 7)),
        (GOOD + "  substitution.cap_units: {credits: 8}\n", ("R3", 7)),
        (GOOD + '  substitution.cap_units: {credits: "-8"}\n', ("R3", 7)),
        (GOOD + "  plan.hours_min: {note: 没有值}\n", ("R3", 7)),
        (GOOD + "  plan.hours_min: {value: 1, effective_from: 明年}\n", ("R4", 7)),
        (GOOD + "  plan.hours_min: {value: 1, reference: ' '}\n", ("R4", 7)),
        (GOOD.replace("reference: 校字〔2026〕1号\n", ""), ("R4", 5)),
        (GOOD + "  plan.hours_min:\n  - {value: 1}\n  - {value: 2}\n", ("R5", 9)),
    ],
)
def test_a_fault_has_its_clause_and_its_line(text, expected):
    assert said(text) == [expected]


def test_the_nearest_key_is_named():
    (fault,) = check_policy(GOOD + "  substitution.cap_unit: {value: 1}\n")
    assert "substitution.cap_units" in fault.message.zh
    assert len(known_forms()) > 50


def test_all_faults_are_said_at_once():
    text = GOOD + "  plan.hours_min: {value: many}\n  nothing.such: {value: 1}\n"
    assert said(text) == [("R3", 7), ("R2", 8)]


def test_what_is_no_yaml_is_refused():
    with pytest.raises(DocumentError):
        check_policy(GOOD + "  a: [\n")


def test_the_command_prints_place_and_clause(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text(GOOD + "  plan.hours_min: {value: many}\n", "utf-8")
    answer = CliRunner().invoke(cli, ["check-policy", str(path)])
    assert answer.exit_code == 2
    assert answer.stderr.startswith("错误 R3 第7行第27列 values.plan.hours_min.value:应为整数")
    path.write_text(GOOD, "utf-8")
    assert CliRunner().invoke(cli, ["check-policy", str(path)]).exit_code == 0
