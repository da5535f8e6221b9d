"""Runs tests on one mutant in a forked child, and finds out which tests reach which function.

pytest collects once; a child begins with everything imported and ends at the first test that fails.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TypedDict

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.mutants import FOLDER, clear_caches

MEMORY_BYTES = 6 << 30
_FOLDER = f"{FOLDER}/"


class Reach(TypedDict):
    """Of one test: its seconds, the functions it calls, and every name that these mention."""

    seconds: float
    reaches: list[str]


class Watching:
    """Finds out what a test reaches."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def note(self, frame: FrameType, _event: str, _argument: object) -> None:
        code = frame.f_code
        if code.co_filename.startswith(_FOLDER):
            module = Path(code.co_filename).stem
            self.seen.add(f"{module}.{code.co_qualname.partition('.<locals>')[0]}")
            self.seen.update(code.co_names)


def reach_of(items: Sequence[pytest.Item]) -> dict[str, Reach]:
    """Run the tests once, each with empty caches. Raises RuntimeError where one fails."""
    told = in_a_child(lambda: json.dumps({item.nodeid: _watch(item) for item in items}))
    if not told:
        raise RuntimeError("a test fails without any mutant")  # noqa: EM101, TRY003 (said once)
    return dict(json.loads(told))


def _watch(item: pytest.Item) -> Reach:
    clear_caches()
    watching = Watching()
    started = time.process_time()
    sys.settrace(watching.note)
    try:
        passed = _passes(item)
    finally:
        sys.settrace(None)
    if not passed:
        raise RuntimeError(item.nodeid)
    return {"seconds": time.process_time() - started, "reaches": sorted(watching.seen)}


def first_failing(
    items: Sequence[tuple[pytest.Item, float]], put: Callable[[], None]
) -> str | None:
    """The test that notices the mutant; "" if none does, None if a test ends the process.

    items: tests with the CPU seconds they take; one that takes ten times as long is stopped.
    """

    def run() -> str:
        put()
        for item, seconds in items:
            _limit_cpu(2 + 10 * seconds)
            if not _passes(item):
                return item.nodeid
        return ""

    return in_a_child(run)


def _limit_cpu(seconds: float) -> None:
    soon = int(time.process_time() + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soon, resource.RLIM_INFINITY))


def _passes(item: pytest.Item) -> bool:
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def in_a_child(work: Callable[[], str]) -> str | None:
    """What `work` says in a forked child, which says nothing else; None if it dies."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(work().encode())
        except BaseException:  # noqa: BLE001 (a child must not go on as its parent)
            os._exit(1)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read().decode()
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if ended in {-signal.SIGINT, -signal.SIGTERM}:  # by a person, not by the mutant
        raise KeyboardInterrupt
    return told if ended == 0 else None
