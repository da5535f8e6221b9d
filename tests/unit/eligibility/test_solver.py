"""The solver's manners: what it says is a program's own answer, in its own words."""

from __future__ import annotations

import subprocess
import sys

import pytest

from creditbank.eligibility.solver import Solver

_ONE_SOLVING = """
from creditbank.eligibility.solver import Solver
solver = Solver()
column = solver.column(5)
solver.at_least({column: 1}, 2)
print(solver.least({column: 1}))
"""


def test_nothing_is_printed_but_what_the_program_prints():
    # A process of its own: the library greets once in each.
    said = subprocess.run(
        [sys.executable, "-c", _ONE_SOLVING], capture_output=True, text=True, check=True, timeout=60
    )
    assert (said.stdout, said.stderr) == ("[2]\n", "")


@pytest.mark.parametrize(("simplifies", "presolve"), [(False, "off"), (True, "choose")])
def test_a_verdict_is_never_asked_with_presolve(simplifies, presolve):
    solver = Solver(simplifies=simplifies)
    column = solver.column(3)
    solver.at_least({column: 1}, 2)
    assert solver.least({column: 1}) == [2]
    assert solver._highs.getOptionValue("presolve")[1] == presolve
