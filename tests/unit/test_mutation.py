"""The changes that `make mutants` tries, and that survivors are named which there are."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

from tests.mutation.mutants import mutants_of
from tests.mutation.operators import edits

SURVIVORS = yaml.safe_load(
    (Path(__file__).parents[1] / "mutation" / "survivors.yaml").read_text("utf-8")
)


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ("return a < b", ["return None", "return a <= b"]),
        ("return a is b", ["return None", "return a is not b"]),
        ("return a and not b", ["return None", "return a or not b", "return a and b"]),
        ("return a + 1", ["return None", "return a - 1", "return a + 2"]),
        ("a += 1", ["a = 1", "a -= 1", "a += 2"]),
        ("return max(a, True)", ["return None", "return min(a, True)", "return max(a, False)"]),
        ("f(a, key='b')", ["pass", "f(a, key='XXb')", "f(a)"]),
        ("if a:\n    f()", ["if True:\n    f()", "if False:\n    f()", "if a:\n    pass"]),
        ("return [a for a in b if a]", ["return None", "return [a for a in b]"]),
        ("raise ValueError('words')", ["pass"]),
        ("match a:\n    case b:\n        pass\n    case _:\n        pass",
         ["match a:\n    case _:\n        pass", "match a:\n    case b:\n        pass"]),
        ('"""Words."""\nreturn', []),
        ("return list(zip(a, b, strict=True))", ["return None"]),
    ],
)  # fmt: skip
def test_a_function_is_changed_in_each_of_these_ways(body, changed):
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    function = ast.parse(f"@dec(1)\ndef f(a: int = 1):\n{lines}").body[0]
    before = ast.unparse(function)
    found = []
    for edit in edits(function):
        with edit.made():
            found.append(_body(function))
        assert ast.unparse(function) == before
    assert sorted(found) == sorted(changed)


def _body(function: ast.stmt) -> str:
    assert isinstance(function, ast.FunctionDef)
    return "\n".join(ast.unparse(statement) for statement in function.body)


def test_every_survivor_named_is_a_mutant_of_today_and_has_a_reason():
    modules = {name.partition(".")[0] for item in SURVIVORS for name in item["mutants"]}
    known = {mutant.name for module in modules for mutant in mutants_of(module)}
    named = [name for item in SURVIVORS for name in item["mutants"]]
    assert sorted(set(named) - known) == []
    assert len(named) == len(set(named))
    assert all(len(item["reason"]) > 20 for item in SURVIVORS)
