"""HiGHS as this engine uses it: columns and rows of whole numbers, one thread, no tolerance."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np

SECONDS_MAX = 20.0
UNBOUNDED = highspy.kHighsInf
Parts = dict[int, int]
"""Coefficients by column."""

_OPTIONS = (
    ("log_to_console", False),
    ("threads", 1),
    ("random_seed", 0),
    ("mip_rel_gap", 0.0),
    ("mip_abs_gap", 0.5),
    ("mip_feasibility_tolerance", 1e-7),
    # A heuristic for programs that are large; it takes two thirds of the time of ours.
    ("mip_heuristic_run_feasibility_jump", False),
)


# Every column here has bounds, so what is infeasible or unbounded is infeasible.
_CONTRADICTING = (
    highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible,
)  # fmt: skip


class ProgramError(RuntimeError):
    """The solver gave no proven answer, or one that integer arithmetic refutes."""


class NoAnswerError(ProgramError):
    """It is proven that there is no answer at all."""


class _SilentHighs(highspy.Highs):
    """HiGHS greets on standard output as soon as callbacks are on, before it can be told not to."""

    def enableCallbacks(self) -> Any:  # noqa: N802, ANN401 (HiGHS's own name and answer)
        self.silent()
        return super().enableCallbacks()  # type: ignore[no-untyped-call]


class Solver:
    """An integer program as it is being written down.

    nodes_max: of the search, None for no end; seconds_max: the last resort, on a slow machine.
    simplifies: whether HiGHS may presolve: quicker where a program is large, but now and then it
    has called a program infeasible that is not, and an answer the least that is not. For advice
    that the engine confirms, never for a verdict.
    """

    def __init__(
        self,
        *,
        nodes_max: int | None = None,
        seconds_max: float = SECONDS_MAX,
        simplifies: bool = False,
    ) -> None:
        self._highs = _SilentHighs()  # type: ignore[no-untyped-call]
        for name, value in _OPTIONS:
            self._set(name, value)
        self._columns = 0
        self.bound(nodes_max=nodes_max, seconds_max=seconds_max, simplifies=simplifies)

    def bound(self, *, nodes_max: int | None, seconds_max: float, simplifies: bool) -> None:
        """How each further search is made; see the class."""
        self._set("time_limit", seconds_max)
        if nodes_max is not None:
            self._set("mip_max_nodes", nodes_max)
        self._presolve = ("choose", "off") if simplifies else ("off",)

    def column(self, most: int) -> int:
        """A new whole number from 0 to `most`."""
        self._highs.addVar(0.0, float(most))
        self._highs.changeColIntegrality(self._columns, highspy.HighsVarType.kInteger)
        self._columns += 1
        return self._columns - 1

    def at_most(self, parts: Parts, high: float) -> None:
        """A sum that may not pass `high`."""
        self._row(parts, -UNBOUNDED, high)

    def at_least(self, parts: Parts, low: float) -> None:
        """A sum that must reach `low`."""
        self._row(parts, low, UNBOUNDED)

    def least(self, parts: Parts) -> list[int]:
        """The value of every column where this sum is least.

        Raises NoAnswerError where the rows contradict each other, ProgramError where no answer is
        proven to be the least within the bounds.
        """
        for column in range(self._columns):
            self._highs.changeColCost(column, float(parts.get(column, 0)))
        for presolve in self._presolve:
            self._set("presolve", presolve)
            self._highs.run()
            status = self._highs.getModelStatus()
            if status == highspy.HighsModelStatus.kOptimal:
                return self._values()
        message = f"the solver says {status}"
        raise NoAnswerError(message) if status in _CONTRADICTING else ProgramError(message)

    def reached(self) -> list[int] | None:
        """The best answer known when a bound has ended the search, None where there is none."""
        status = self._highs.getInfo().primal_solution_status
        is_answer = status == highspy.SolutionStatus.kSolutionStatusFeasible
        return self._values() if is_answer else None

    def _values(self) -> list[int]:
        return [round(value) for value in self._highs.getSolution().col_value]

    def _set(self, name: str, value: float | str) -> None:
        """HiGHS only warns of an option that it does not know, on a console that is shut."""
        if self._highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            message = f"this HiGHS has no option {name} = {value}"
            raise ProgramError(message)

    def _row(self, parts: Parts, low: float, high: float) -> None:
        self._highs.addRow(
            low,
            high,
            len(parts),
            np.array(list(parts), dtype=np.int32),
            np.array(list(parts.values()), dtype=np.float64),
        )
