"""Looking at processes from outside: who lives, who descends from whom."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]


def alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def descendants(pid: int) -> list[int]:
    """The children of a process, and theirs; one that ends meanwhile has none."""
    found = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *descendants(int(child))]
    return found


def wait_until(condition: Callable[[], object], patience_s: float = 60) -> None:
    """Return when the condition holds; AssertionError after patience_s."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "the condition never held"
        time.sleep(0.02)


def wait_until_gone(pids: Iterable[int], patience_s: float = 60) -> None:
    """Return when none of the processes lives any more."""
    wait_until(lambda: not any(map(alive, pids)), patience_s)
