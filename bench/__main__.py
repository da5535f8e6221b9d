"""`python -m bench [name ...]`: run benchmarks, one JSON object per line."""

from __future__ import annotations

import argparse
import json
import sys

from bench import (
    drain,
    fsck,
    grade_grid,
    large_import,
    papers,
    peer,
    post_to_verdict,
    posting_with_tree,
    replay,
    rule_change,
    seed,
    simulation,
    verdicts,
)

BENCHMARKS = {
    "verdicts": verdicts.measure,
    "peer": peer.measure,
    "rule_change": rule_change.measure,
    "seed": seed.measure,
    "drain": drain.measure,
    "post_to_verdict": post_to_verdict.measure,
    "replay": replay.measure,
    "fsck": fsck.measure,
    "posting_with_tree": posting_with_tree.measure,
    "simulation": simulation.measure,
    "papers": papers.measure,
    "grade_grid": grade_grid.measure,
    "large_import": large_import.measure,
}


def main() -> int:
    """Run what was named, or everything."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS])
    parser.add_argument("--small", action="store_true", help="a size that shows that it runs")
    asked = parser.parse_args()
    for name in asked.names or BENCHMARKS:
        figures = BENCHMARKS[name](small=asked.small)
        sys.stdout.write(json.dumps({"benchmark": name, **figures}, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
