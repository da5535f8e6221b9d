"""The solver's manners: what it says is a program's own answer, in its own words."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from creditbank.eligibility import solver as solver_module
from creditbank.eligibility.solver import SECONDS_MAX, NoAnswerError, ProgramError, Solver

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
    assert _option(solver, "presolve") == presolve


def _option(solver: Solver, name: str) -> Any:
    return solver._highs.getOptionValue(name)[1]


def test_answers_are_exact_repeatable_and_silent():
    """One thread, one seed, no gap: the same answer on every machine, or none."""
    solver = Solver(seconds_max=3.0, nodes_max=7)
    kept = {
        "log_to_console": False,
        "threads": 1,
        "random_seed": 0,
        "mip_rel_gap": 0.0,
        "mip_feasibility_tolerance": 1e-7,
        "mip_heuristic_run_feasibility_jump": False,
        "time_limit": 3.0,
        "mip_max_nodes": 7,
    }
    assert {name: _option(solver, name) for name in kept} == kept
    # Sums are whole: less than one apart is no gap.
    assert 0 < _option(solver, "mip_abs_gap") < 1


def test_without_a_bound_the_search_may_go_on():
    assert _option(Solver(), "mip_max_nodes") > 1_000_000
    assert _option(Solver(), "time_limit") == SECONDS_MAX


def test_an_option_that_the_solver_does_not_know_is_not_passed_over(monkeypatch):
    monkeypatch.setattr(solver_module, "_OPTIONS", (("mip_abs_gab", 0.5),))
    with pytest.raises(ProgramError) as refusal:
        Solver()
    assert str(refusal.value) == "this HiGHS has no option mip_abs_gab = 0.5"


@pytest.mark.parametrize("simplifies", [False, True])
def test_rows_that_contradict_each_other_have_no_answer(simplifies):
    solver = Solver(simplifies=simplifies)
    column = solver.column(3)
    solver.at_least({column: 1}, 4)
    with pytest.raises(NoAnswerError, match=r"^the solver says HighsModelStatus\.kInfeasible$"):
        solver.least({column: 1})
    # Asked again without the simplification: it has called answers impossible that are not.
    assert _option(solver, "presolve") == "off"


def test_without_the_time_to_prove_it_there_is_no_answer():
    """Sixty records of one place and no even split of what they are worth, in no time at all."""
    solver = Solver(seconds_max=0.0)
    columns = [solver.column(1) for _ in range(60)]
    worth = {column: 100_003 + 977 * column * column for column in columns}
    solver.at_least(worth, sum(worth.values()) // 2)
    with pytest.raises(ProgramError) as refusal:
        solver.least(worth)
    assert not isinstance(refusal.value, NoAnswerError)


def test_every_goal_is_sought_under_what_was_said_before():
    solver = Solver()
    first, second = solver.column(10), solver.column(10)
    solver.at_least({first: 2, second: 3}, 12)
    solver.at_most({second: 1}, 3)
    assert solver.least({first: 1}) == [2, 3]
    solver.at_most({first: 1}, 4)
    assert solver.least({second: 1})[second] == 2
    assert solver.least({first: 3, second: 5}) == [3, 2]


def test_an_answer_that_a_bound_has_ended_is_known_where_there_is_one():
    solver = Solver()
    column = solver.column(5)
    solver.at_least({column: 1}, 2)
    assert solver.reached() is None
    solver.least({column: 1})
    solver.bound(nodes_max=7, seconds_max=3.0, simplifies=True)
    assert solver.reached() == [2]
    assert [_option(solver, name) for name in ("mip_max_nodes", "time_limit")] == [7, 3.0]
    assert solver.least({column: -1}) == [5]
    assert _option(solver, "presolve") == "choose"
