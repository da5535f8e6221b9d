"""Child processes that never outlive their parent: what `creditbank up` and the tests start.

Starting, stopping and sweeping up after one program belongs here; which programs there are belongs
in embedded.py and supervisor.py.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_C_LIBRARY = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class SystemUser:
    """The user of the operating system that a child runs as, where that is not the parent's."""

    uid: int
    gid: int


def die_with_parent(last_signal: signal.Signals) -> None:
    """Ask the kernel to send this process last_signal when its parent has died.

    "Parent" is the *thread* that started this process: start children from one that stays. Lost
    when the process changes its user. Without effect where the kernel is not Linux.
    """
    if _C_LIBRARY is not None:
        _C_LIBRARY.prctl(_PR_SET_PDEATHSIG, int(last_signal))


def start_child(  # noqa: PLR0913 - each is one property of a process
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str],
    folder: Path | None = None,
    user: SystemUser | None = None,
    pass_fds: tuple[int, ...] = (),
    last_signal: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own, its output appended to log.

    A group of its own: Ctrl-C in the terminal reaches the parent alone, which then stops its
    children in the right order. last_signal: what the child gets when the parent dies.
    """
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - commands are written in this package
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=dict(environment),
            user=None if user is None else user.uid,
            group=None if user is None else user.gid,
            extra_groups=None if user is None else [],
            pass_fds=pass_fds,
            start_new_session=True,
            preexec_fn=_tie_to_parent(last_signal),  # noqa: PLW1509 - one system call, no locks
        )


def _tie_to_parent(last_signal: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def tie() -> None:
        die_with_parent(last_signal)
        if os.getppid() != parent:  # it died between fork and the line above
            os._exit(1)

    return tie


def stop_child(
    child: subprocess.Popen[bytes], *, first_signal: signal.Signals, patience_s: float
) -> None:
    """Ask the child to end, kill it after patience_s, and kill what it leaves of its group."""
    if child.poll() is None:
        child.send_signal(first_signal)
        try:
            child.wait(patience_s)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    sweep_group(child.pid)


def sweep_group(group: int) -> None:
    """Kill whatever is left of a process group, such as the workers of a server that crashed."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
