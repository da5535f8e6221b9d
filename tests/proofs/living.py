"""`python -m tests.proofs.living --sequences 2000`: that many lives of enrolments over PostgreSQL.

Prints JSON: sequences, steps, changes carried out by kind, how often each thing was done and
refused, differences; exit code 1 where something does not hold or a kind of change was seen too
seldom. Each ten lives have a county of their own.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from creditbank.db import make_engine
from creditbank.domain.status_changes import APPLIED_FOR
from creditbank.embedded import EmbeddedServers, ServerUrls
from tests.databases import clone_template, make_template
from tests.factories.enrolment_county import make_enrolment_county
from tests.factories.transfer_desk import TransferDesk
from tests.proofs.enrolment_life import Tally
from tests.proofs.enrolment_machine import run_sequences

COUNTY = "county_of_lives"
BATCH = 10
"""Sequences of one run of hypothesis: beyond ten it copies what it drew before."""
ENOUGH = 20
"""Of each kind of change one is carried out in so many sequences at the least."""


def _run_batch(servers: ServerUrls, county: TransferDesk, number: int) -> Tally:
    """In a copy of the county of its own."""
    database = clone_template(servers, f"lives_{os.getpid()}", template=COUNTY)
    owner, engine = make_engine(database.owner_url), make_engine(database.app_url)
    try:
        return run_sequences(replace(county, engine=engine), owner, sequences=BATCH, number=number)
    finally:
        owner.dispose()
        engine.dispose()


def _make_county(servers: ServerUrls) -> TransferDesk:
    make_template(servers)
    database = clone_template(servers, COUNTY)
    owner, engine = make_engine(database.owner_url), make_engine(database.app_url)
    try:
        county = make_enrolment_county(owner, engine)
    finally:
        owner.dispose()
        engine.dispose()
    return replace(county, engine=None)  # type: ignore[arg-type]  # each process has its own


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1, help="of the first batch")
    asked = parser.parse_args()
    started, total = time.monotonic(), Tally()
    batches = range(asked.seed, asked.seed + max(1, asked.sequences // BATCH))
    with tempfile.TemporaryDirectory(prefix="creditbank-lives-") as folder:
        servers = EmbeddedServers(Path(folder), fsync=False)
        urls = servers.start()
        try:
            county = _make_county(urls)
            with ProcessPoolExecutor(asked.processes, get_context("spawn")) as pool:
                runs = [pool.submit(_run_batch, urls, county, number) for number in batches]
                for at, run in enumerate(runs, start=1):
                    total.add(run.result())
                    if at % 10 == 0:
                        print(_report(total, started), file=sys.stderr, flush=True)
        finally:
            servers.stop()
    print(_report(total, started))
    least = total.sequences // ENOUGH
    seen = all(total.executed[kind.name.lower()] >= least for kind in APPLIED_FOR)
    return 0 if seen and not total.differences else 1


def _report(total: Tally, started: float) -> str:
    seconds = time.monotonic() - started
    return json.dumps(
        {
            "sequences": total.sequences,
            "steps": total.steps,
            "steps_per_s": round(total.steps / seconds, 1),
            "executed": dict(sorted(total.executed.items())),
            "done": dict(sorted(total.done.items())),
            "refused": dict(sorted(total.refused.items())),
            "differences": total.differences,
        },
        ensure_ascii=False,
    )


if __name__ == "__main__":
    sys.exit(main())
