"""`python -m tests.mutation [module ...]`: how many mutants of the engine the tests notice.

Prints JSON: by module and in all killed, survived and timeout, and the survivors that
survivors.yaml does not explain. Exit code 1 below 90 % noticed. What was found before is kept in
var/mutants.json as long as the source of the function and the tests that decided are the same;
--fresh begins anew.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import hashlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import yaml

from tests.mutation.mutants import FOLDER, Mutant, live_functions, mutants_of
from tests.mutation.trying import Reach, first_failing, reach_of

ROOT = FOLDER.parents[1]
KEPT = ROOT / "var" / "mutants.json"
EXPLAINED = Path(__file__).with_name("survivors.yaml")
TESTS = (
    "tests/unit/eligibility", "tests/policies", "tests/proofs",
    "tests/functional/test_files.py",
)  # fmt: skip
ELSEWHERE = "not hash_seed and not nothing_is_printed"
"""Tests that start programs: a mutant of this process is none of theirs."""
EXAMPLES = "10"
SECONDS_OF_ONE_TEST = 1.5
SECONDS_OF_ONE_MUTANT = 2.0
KILLERS = 8
PERCENT_MIN = 90


class Trial:
    """The loop that pytest runs in place of its own. outcomes: by mutant, as they are found."""

    def __init__(self, modules: list[str], path: Path, kept: dict[str, Any]) -> None:
        self.modules = modules
        self.path = path
        self.kept = kept
        self.outcomes: list[tuple[Mutant, str]] = []
        self.recent: list[str] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try every mutant of the modules."""
        live_functions()
        gc.freeze()
        files = {item.path for item in session.items}
        digests = {str(path.relative_to(ROOT)): _digest(path) for path in files}
        reach = self._reach(session.items, digests)
        items = {item.nodeid: (item, reach[item.nodeid]["seconds"]) for item in session.items}
        state = _digest_of(str(sorted(digests.items())))
        for mutant in self._mutants():
            outcome = self._known(mutant, digests, state)
            if outcome is None:
                tests = sorted(_tests_for(mutant, reach), key=self._turn)
                killer = first_failing([items[test] for test in tests], mutant.put)
                self.recent = [killer, *self.recent][:KILLERS] if killer else self.recent
                outcome = "timeout" if killer is None else "killed" if killer else "survived"
                by = killer.partition("::")[0] if killer else ""
                self.kept["mutants"][mutant.key] = [outcome, by, digests.get(by, state)]
            self.outcomes.append((mutant, outcome))
        return True

    def _reach(self, items: list[pytest.Item], digests: dict[str, str]) -> dict[str, Reach]:
        """What each test reaches; only those of changed files are run."""
        engine = _digest(*sorted(FOLDER.glob("*.py")))
        known = self.kept["reach"]
        new = [
            item
            for item in items
            if known.get(item.nodeid, {}).get("of") != digests[_file(item.nodeid)] + engine
        ]
        for test, found in reach_of(new).items() if new else ():
            known[test] = {**found, "of": digests[_file(test)] + engine}
        self._save()
        return {item.nodeid: known[item.nodeid] for item in items}

    def _turn(self, test: str) -> bool:
        """What has just killed a mutant comes first: the next one is its neighbour."""
        return test not in self.recent

    def _mutants(self) -> Iterator[Mutant]:
        for module in self.modules:
            found = list(mutants_of(module))
            for number, mutant in enumerate(found, start=1):
                print(f"\r{module} {number}/{len(found)}   ", end="", file=sys.stderr, flush=True)
                yield mutant
                if number % 20 == 0:
                    self._save()
            self._save()

    def _save(self) -> None:
        self.path.parent.mkdir(exist_ok=True)
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(self.kept), "utf-8")
        new.replace(self.path)

    def _known(self, mutant: Mutant, digests: dict[str, str], state: str) -> str | None:
        """A kill stands while the test's file is the same, a survival while all files are."""
        outcome, by, digest = self.kept["mutants"].get(mutant.key, (None, "", ""))
        return outcome if digest == digests.get(by, state) or outcome == "timeout" else None


def _tests_for(mutant: Mutant, reach: dict[str, Reach]) -> Iterator[str]:
    """Tests that reach the mutant, quickest first, until the time for one mutant is used up."""
    name = f"{mutant.module}.{mutant.owner}" if mutant.is_function else mutant.owner
    left = SECONDS_OF_ONE_MUTANT
    for test in sorted(reach, key=lambda test: reach[test]["seconds"]):
        left -= reach[test]["seconds"] if name in reach[test]["reaches"] else 0
        if left < 0 or reach[test]["seconds"] > SECONDS_OF_ONE_TEST:
            return
        if name in reach[test]["reaches"]:
            yield test


def _file(test: str) -> str:
    return test.partition("::")[0]


def _digest(*files: Path) -> str:
    return _digest_of("\0".join(file.read_text("utf-8") for file in files))


def _digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _figures(outcomes: list[str]) -> dict[str, int | float]:
    counts = Counter(outcomes)
    noticed = counts["killed"] + counts["timeout"]
    return {
        "mutants": len(outcomes),
        **{name: counts[name] for name in ("killed", "timeout", "survived")},
        "percent": round(100 * noticed / len(outcomes), 1) if outcomes else 100.0,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", help="file names without .py; all without any")
    parser.add_argument("--fresh", action="store_true", help="forget what was found before")
    parser.add_argument("--kept", type=Path, default=KEPT, help="where what is found is kept")
    asked = parser.parse_args()
    started = time.perf_counter()
    os.environ.setdefault("CREDITBANK_EXAMPLES", EXAMPLES)
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile(
        "mutants", phases=phases, database=None, derandomize=True, deadline=None,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )  # fmt: skip
    kept: dict[str, Any] = {"reach": {}, "mutants": {}}
    if asked.kept.exists() and not asked.fresh:
        kept = json.loads(asked.kept.read_text("utf-8"))
    modules = asked.modules or sorted(file.stem for file in FOLDER.glob("*.py"))
    trial = Trial(modules, asked.kept, kept)
    # Assertions are left plain: what failed is not read, and explaining it takes longer than it.
    arguments = ["-qq", "-s", "--assert=plain", "--hypothesis-profile=mutants", "-n0",
                 "-p", "no:cacheprovider", "-k", ELSEWHERE, *TESTS]  # fmt: skip
    with contextlib.redirect_stdout(sys.stderr):
        pytest.main(arguments, plugins=[trial])
    if not trial.outcomes:
        return 2
    total = _figures([outcome for _, outcome in trial.outcomes])
    by_module = {
        module: _figures([outcome for mutant, outcome in trial.outcomes if mutant.module == module])
        for module in modules
    }
    explained = {
        name for item in yaml.safe_load(EXPLAINED.read_text("utf-8")) for name in item["mutants"]
    }
    survivors = [mutant.name for mutant, outcome in trial.outcomes if outcome == "survived"]
    told = {
        "modules": by_module,
        "all": total,
        "seconds": round(time.perf_counter() - started),
        "survivors_explained": sum(name in explained for name in survivors),
        "survivors_unexplained": [name for name in survivors if name not in explained],
    }
    print(json.dumps(told, ensure_ascii=False, indent=1))
    return 0 if total["percent"] >= PERCENT_MIN else 1


if __name__ == "__main__":
    sys.exit(main())
