"""Benchmarks run and answer what their page says they answer. How fast is no test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import BENCHMARKS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/performance.md").read_text()
FIGURES = {
    "peer": {"ours_per_s", "yardstick_per_s", "ratio"},
    "verdicts": {"typical_per_s", "sums_alone_per_s", "failing_cost_to_passing", "worst_ms"},
    "drain": {"first_per_s", "again_per_s", "one_by_one_per_s", "again_to_one_by_one"},
    "fsck": {"entries", "leaves", "fsck_s", "sequenced_per_s", "findings"},
    "grade_grid": {"cells", "page_kb", "different_ledgers", "new_again"},
    "large_import": {"marks", "ratio", "fresh_s", "taking_back_s"},
    "papers": {"papers", "issued_s", "set_s", "typst_s", "ratio"},
    "rule_change": {
        "exact_per_core_s",
        "copy_alone_per_s",
        "ratio_to_copy",
        "evaluated_each",
        "differences",
    },
}


@pytest.mark.bench
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", sorted(FIGURES))
def test_a_benchmark_runs_small(name: str):
    run = subprocess.run(
        [sys.executable, "-m", "bench", name, "--small"],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    figures = json.loads(run.stdout.splitlines()[-1])
    assert figures["benchmark"] == name
    if "skipped" in figures:
        assert "CI" not in os.environ, figures["skipped"]
        pytest.skip(figures["skipped"])
    assert FIGURES[name] <= set(figures)
    assert all(figures[key] >= 0 for key in FIGURES[name])


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_every_benchmark_is_on_the_page(name: str):
    assert f"`{name}`" in PAGE
