"""The commands on files, the published schemas, and every example of docs/plans.md."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank.cli import cli
from creditbank.domain.errors import Fault
from creditbank.domain.learner_files import LearnerFile
from creditbank.domain.plans import Plan
from creditbank.evaluating import SCHEMAS
from creditbank.store.documents import DocumentError, read_document, write_document
from creditbank.store.learner_files import read_learner
from creditbank.store.plan_documents import GIVEN_BY_SYSTEM, PLAN_FORMAT, read_plan, write_plan
from creditbank.store.policy_files import FOLDER
from tests.factories.policies import shipped_policy

ROOT = Path(__file__).parent.parent.parent
COUNTY = ROOT / "docs/examples/county.yaml"
EXAMPLES = sorted(set((ROOT / "docs/examples").glob("*.yaml")) - {COUNTY})
FENCES = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/plans.md").read_text("utf-8"), re.DOTALL)
SMALL, LEARNER, *RULES, POLICY_FILE = FENCES
POLICY = shipped_policy()


def run(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(cli, words, input=stdin)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    named = {"plan": SMALL, "learner": LEARNER, "policy": POLICY_FILE}
    for name, content in named.items():
        (tmp_path / f"{name}.yaml").write_text(content, "utf-8")
    return {name: str(tmp_path / f"{name}.yaml") for name in named}


def evaluated(files: dict[str, str], *more: str, stdin: str = "") -> Any:
    words = ("evaluate", "--plan", files["plan"], "--as-of", "2026-07-01", *more)
    return run(*words, stdin=stdin)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_published_schema_is_the_one_in_force(name):
    published = json.loads((ROOT / f"docs/schemas/{name}.schema.json").read_text("utf-8"))
    assert published == SCHEMAS[name](), f"run: creditbank schema {name} > docs/schemas/…"
    jsonschema.Draft202012Validator.check_schema(published)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_usable_valid_and_comes_back_as_it_was(path):
    content = path.read_text("utf-8")
    found = read_plan(content, POLICY)
    assert found.faults == ()
    assert read_plan(write_plan(found.plan), POLICY).plan == found.plan
    document = {"format": PLAN_FORMAT, **write_document(found.plan)}
    for name in GIVEN_BY_SYSTEM:
        document.pop(name, None)
    jsonschema.validate(document, SCHEMAS["plan"]())


def test_the_example_of_a_county_is_valid():
    document = json.loads(json.dumps(yaml.safe_load(COUNTY.read_text("utf-8")), default=str))
    jsonschema.validate(document, SCHEMAS["county"]())


def _with_rule(rule: str) -> dict[str, Any]:
    """The plan of the page with a second elective block and the rule of an example added."""
    plan = yaml.safe_load(SMALL)
    for block in ("XX",):
        plan["blocks"].append(
            {"code": block, "name": "限选", "name_en": "", "nature": "2", "credits_min": 3}
        )
    for code in ("X1", "X2"):
        plan["courses"].append(
            {
                "course_code": code, "name": code, "block_code": "XX", "credits": 3,
                "theory_hours": 54, "practice_hours": 0, "semester_no": 4,
            }
        )  # fmt: skip
    plan["credits_min"] = 13
    key = {"blocks": "code", "courses": "course_code"}
    for name, value in yaml.safe_load(rule).items():
        if name in key:
            theirs = {item[key[name]] for item in value}
            kept = [item for item in plan[name] if item[key[name]] not in theirs]
            plan[name] = kept + value
        else:
            plan[name] = value
    return plan


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_of_the_page_is_read_and_valid(rule):
    if "exceptions" in rule:
        learner = yaml.safe_load(LEARNER) | yaml.safe_load(rule)
        assert len(read_learner(yaml.safe_dump(learner)).exceptions) == 2
        return
    plan = _with_rule(rule)
    found = read_plan(yaml.safe_dump(plan, allow_unicode=True), POLICY)
    assert [fault for fault in found.faults if not fault.is_warning] == []
    text = {**plan, "credits_min": str(plan["credits_min"])}
    jsonschema.validate(_as_text(text), SCHEMAS["plan"]())


def _as_text(value: Any) -> Any:
    """YAML's floats as the text they were written as."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict):
        return {name: _as_text(item) for name, item in value.items()}
    return [_as_text(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/*.yaml")), ids=lambda path: path.stem)
def test_the_policies_that_ship_are_valid(path):
    written = yaml.load(path.read_text("utf-8"), _TextDates)  # noqa: S506 (dates stay text)
    jsonschema.validate(written, SCHEMAS["policy"]())


class _TextDates(yaml.SafeLoader):
    """Dates stay text, as JSON has them."""


_TextDates.yaml_implicit_resolvers = {
    first: [(tag, found) for tag, found in resolvers if not tag.endswith("timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def test_one_learner_is_decided_as_the_page_says(files):
    answer = evaluated(files, "--records", files["learner"], "--json")
    found = json.loads(answer.stdout)
    jsonschema.validate(found, SCHEMAS["verdict"]())
    assert (found["outcome"], found["counted_credits"]) == ("eligible", "10.5")
    assert [line["credits"] for line in found["allocation"]] == ["6", "2", "2.5"]
    assert answer.exit_code == 0


def test_a_verdict_in_sentences_in_either_language(files):
    zh = subprocess.run(  # as a process of its own, with nothing set around it
        [
            sys.executable, "-m", "creditbank.cli", "evaluate", "--plan", files["plan"],
            "--records", files["learner"], "--as-of", "2026-07-01",
        ],
        capture_output=True, text=True, timeout=60, check=True, env={"PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert zh.stdout.startswith("学生甲\n  可以毕业")
    en = evaluated(files, "--records", files["learner"], "--lang", "en")
    assert "You can graduate" in en.stdout


def test_a_line_that_cannot_be_read_stops_no_other(files):
    learner = {**_as_text(yaml.safe_load(LEARNER)), "entered_on": "2023-09-01"}
    for record in learner["records"]:
        record["earned_on"] = str(record["earned_on"])
    wrong = {**learner, "records": [{**learner["records"][0], "credits": 2.5}]}
    lines = "\n".join((json.dumps(learner), "{", "", json.dumps(wrong), json.dumps(learner)))
    answer = evaluated(files, "--records", "-", "--lines", "--json", stdin=lines)
    found = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [item["format"] for item in found] == [
        "creditbank-verdict/1", "creditbank-faults/1", "creditbank-faults/1",
        "creditbank-verdict/1",
    ]  # fmt: skip
    assert found[1]["faults"][0]["line"] == 2
    assert found[2]["faults"][0] | {"zh": "", "en": ""} == {
        "line": 4, "path": ["records", 0, "credits"], "code": "value_error", "zh": "", "en": "",
    }  # fmt: skip
    assert answer.exit_code == 1


def test_a_schools_own_policy_goes_over_what_ships(files):
    awards = "{kind: innovation, credits: 4, earned_on: 2025-01-20, category: patent_invention}"
    rule = SMALL.replace("nature: '3', credits_min: 4}", "nature: '3', credits_min: 4, "
                         "substitution: automatic}")  # fmt: skip
    learner = "\n".join(line for line in LEARNER.splitlines() if "C2" not in line)
    learner = learner.replace(
        "{kind: course, course_code: C4, credits: 2.5, earned_on: 2025-01-20}", awards
    )
    Path(files["plan"]).write_text(rule, "utf-8")
    Path(files["learner"]).write_text(learner, "utf-8")
    half = json.loads(evaluated(files, "--records", files["learner"], "--json").stdout)
    assert half["shortfall_credits"] == "2"
    all_of_it = evaluated(
        files, "--records", files["learner"], "--json", "--policy", files["policy"]
    )
    assert json.loads(all_of_it.stdout)["outcome"] == "eligible"


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("credits_min: 6}", "credits_min: x}"), "第9行第56列", "学分"),
        (("block_code: GG", "block_code: GX"), "第12行", "P2"),
        (("code: RX,", "code: GG,"), "第10行", "P1"),
        (("credits_min: 4}", "credits_min: 40}"), "第10行", "P5"),
        (("credits_min: 10", "credits_min: 9"), "第7行", "P7"),
        (("credits_min: 10", "credits_min: 20"), "第7行", "P7"),
        (("conditions: [conduct]", "conditions: [conduct, luck]"), "第16行", "conduct"),
        (("name: 最小方案", "name: 最小方案\nname: 又一"), "第4行", "重复"),
        (("format: creditbank-plan/1", "format: other/1"), "第1行", "format"),
        (("blocks:", "blocks: ["), "行", "YAML"),
    ],
)
def test_a_fault_names_line_and_clause(files, change, line, words):
    Path(files["plan"]).write_text(SMALL.replace(*change), "utf-8")
    answer = run("check-plan", files["plan"])
    assert answer.exit_code == 2
    assert line in answer.stderr, answer.stderr
    assert words in answer.stderr


def test_a_usable_plan_is_said_to_be_usable_and_warnings_are_shown(files):
    Path(files["plan"]).write_text(SMALL.replace("credits_min: 10", "credits_min: 11"), "utf-8")
    answer = run("check-plan", files["plan"], "--lang", "en")
    assert answer.exit_code == 0
    assert "it can be used" in answer.stdout
    assert "warning P7" in answer.stderr


_CREDITS = st.integers(0, 99_999)


@given(_CREDITS)
@settings(max_examples=200)
def test_every_credit_value_survives_the_document(units):
    plan = read_plan(SMALL, POLICY).plan
    document = write_document(plan)
    document["blocks"][0]["credits_min"] = f"{units // 100}.{units % 100:02d}"
    assert read_document(Plan, document).blocks[0].units_min == units


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
                    max_leaves=10))  # fmt: skip
@settings(max_examples=200)
def test_whatever_is_no_plan_is_refused_with_faults(value):
    for kind in (Plan, LearnerFile):
        with pytest.raises(DocumentError) as refused:
            read_document(kind, value)
        assert all(isinstance(fault, Fault) for fault in refused.value.faults)
        assert refused.value.faults
