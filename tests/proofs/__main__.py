"""`python -m tests.proofs --learners 100000`: engine, oracle and checker over random cases.

Prints JSON; exit code 1 on any difference, and when a rule occurred in no case.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.proofs.comparing import Tally, compare_range

SIZE = 500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    started = time.perf_counter()
    starts = range(asked.seed, asked.seed + asked.learners, SIZE)
    total = Tally()
    with ProcessPoolExecutor(asked.workers) as pool:
        ends = [min(start + SIZE, asked.seed + asked.learners) for start in starts]
        for done, tally in enumerate(pool.map(compare_range, starts, ends), start=1):
            total.add(tally)
            print(f"\r{min(done * SIZE, asked.learners)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    never = sorted(name for name, count in total.features.items() if not count)
    print(
        json.dumps(
            {
                "learners": total.learners,
                "differences": len(total.differences),
                "first_differences": total.differences[:10],
                "also_by_files": total.by_files,
                "witnesses_checked": total.witnesses,
                "proofs_checked": total.proofs,
                "outcomes": dict(sorted(total.outcomes.items())),
                "at_the_border": total.border,
                "rules_that_never_occurred": never,
                "cases_with": dict(sorted(total.features.items())),
                "seconds": round(time.perf_counter() - started, 1),
            },
            ensure_ascii=False,
        )
    )
    return 1 if total.differences or never else 0


if __name__ == "__main__":
    sys.exit(main())
