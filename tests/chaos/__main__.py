"""`python -m tests.chaos [name ...]`: each scenario and its negative control, one JSON line each.

A control runs with a guard off and must go red; exit status 1 where a bar fails or a control does
not.
"""

from __future__ import annotations

import argparse
import json
import sys

from tests.chaos import (
    broker_gone,
    college_follows,
    college_reads,
    flushed,
    same_caps,
    same_file,
    same_key,
    tampered,
    transfers,
    workers_killed,
)

SCENARIOS = {
    "R1": workers_killed,
    "R2": broker_gone,
    "R3": flushed,
    "R7": same_caps,
    "R11": college_reads,
    "R12": same_key,
    "R13": same_file,
    "R15": tampered,
    "R16": transfers,
    "college": college_follows,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *SCENARIOS])
    parser.add_argument("--small", action="store_true", help="a size that shows that it runs")
    asked = parser.parse_args()
    all_well = True
    for name in asked.names or SCENARIOS:
        figures = SCENARIOS[name].run(small=asked.small)
        tell({"scenario": name, **figures})
        all_well = all_well and figures["passed"]
        figures = SCENARIOS[name].control(small=asked.small)
        tell({"scenario": name, "control": True, **figures})
        all_well = all_well and figures["went_red"]
    return 0 if all_well else 1


def tell(figures: dict) -> None:
    sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
