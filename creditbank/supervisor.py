"""Keeps programs running: starts them, starts again what has fallen, stops them in order.

What `creditbank up` does before and around it (servers, migrations, the demo county) is in up.py;
production leaves this work to its container runtime.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from creditbank.children import start_child, stop_child, sweep_group

_LOG_BYTES_MAX = 10_000_000
_PAUSE_MIN_S = 0.1
_PAUSE_MAX_S = 5.0
_SHORT_LIFE_S = 5.0


@dataclass(frozen=True, slots=True)
class Program:
    """A program to keep running.

    last_signal: what it gets when the supervisor is killed. patience_s: how long it may take to
    end when asked to, before it is killed.
    """

    name: str
    command: tuple[str, ...]
    last_signal: signal.Signals = signal.SIGKILL
    patience_s: float = 3.0


class _Kept:
    """One program with its present process, or the time when it is to be started again."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.child: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.due_at = 0.0
        self.pause_s = _PAUSE_MIN_S


class Supervisor:
    """Programs under one roof, each with a log file of its own. Use it from one thread only."""

    def __init__(self, *, logs: Path, environment: Mapping[str, str]) -> None:
        self._kept: list[_Kept] = []
        self._logs = logs
        self._environment = dict(environment)

    @property
    def pids(self) -> dict[str, int]:
        """Process ids of what runs now, by the program's name."""
        return {kept.program.name: kept.child.pid for kept in self._kept if kept.child is not None}

    def start(self, *programs: Program) -> None:
        """Start these programs in their order, and keep them running from now on."""
        self._logs.mkdir(parents=True, exist_ok=True)
        for program in programs:
            _rotate(self._log(program))
            kept = _Kept(program)
            self._kept.append(kept)
            self._start(kept)

    def tend(self) -> list[str]:
        """Look after everything once; the names of programs found fallen. Call it all the time.

        A program that falls again and again is given growing pauses.
        """
        now = time.monotonic()
        fallen = []
        for kept in self._kept:
            if kept.child is not None and kept.child.poll() is not None:
                sweep_group(kept.child.pid)
                kept.child = None
                lived_long = now - kept.started_at > _SHORT_LIFE_S
                kept.pause_s = _PAUSE_MIN_S if lived_long else min(kept.pause_s * 2, _PAUSE_MAX_S)
                kept.due_at = now + kept.pause_s
                fallen.append(kept.program.name)
            if kept.child is None and now >= kept.due_at:
                self._start(kept)
        return fallen

    def stop(self) -> None:
        """Ask all to end at once, then wait for each; kill what does not listen."""
        running = [(kept.program, kept.child) for kept in self._kept if kept.child is not None]
        for _, child in running:
            if child.poll() is None:
                child.terminate()
        for program, child in running:
            stop_child(child, first_signal=signal.SIGTERM, patience_s=program.patience_s)
        for kept in self._kept:
            kept.child = None

    def _start(self, kept: _Kept) -> None:
        kept.child = start_child(
            kept.program.command,
            log=self._log(kept.program),
            environment=self._environment,
            last_signal=kept.program.last_signal,
        )
        kept.started_at = time.monotonic()

    def _log(self, program: Program) -> Path:
        return self._logs / f"{program.name}.log"


def _rotate(log: Path) -> None:
    """Keep one old log beside a new one when it has grown large."""
    if log.exists() and log.stat().st_size > _LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.1"))
