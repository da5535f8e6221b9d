"""The supervisor: what falls is started again, and nothing outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from creditbank.supervisor import Program, Supervisor
from tests.processes import ROOT, alive, descendants, wait_until, wait_until_gone

SLEEPER = (sys.executable, "-c", "import time; time.sleep(600)")
WITH_CHILD = (
    sys.executable, "-c",
    "import subprocess, sys, time; subprocess.Popen(['sleep', '600']); time.sleep(600)",
)  # fmt: skip
IGNORE_TERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""
DEAF = (sys.executable, "-c", IGNORE_TERM)
PARENT = """
import os, sys, time
from pathlib import Path
from creditbank.supervisor import Program, Supervisor
command = (sys.executable, "-c", "import time; time.sleep(600)")
supervisor = Supervisor(logs=Path(sys.argv[1]), environment=os.environ)
supervisor.start(Program("a", command))
print("up", flush=True)
time.sleep(600)
"""


def started(tmp_path, *commands):
    supervisor = Supervisor(logs=tmp_path, environment=os.environ)
    supervisor.start(*(Program(f"program-{i}", command) for i, command in enumerate(commands)))
    return supervisor


def test_a_fallen_program_is_started_again(tmp_path):
    supervisor = started(tmp_path, SLEEPER, SLEEPER)
    try:
        first = supervisor.pids
        os.kill(first["program-0"], signal.SIGKILL)
        wait_until(lambda: supervisor.tend() == ["program-0"])
        wait_until(lambda: supervisor.tend() == [] and len(supervisor.pids) == 2)
        assert supervisor.pids["program-0"] != first["program-0"]
        assert supervisor.pids["program-1"] == first["program-1"]
    finally:
        supervisor.stop()
    assert not any(map(alive, first.values()))


def test_the_children_of_a_killed_program_are_swept_up(tmp_path):
    supervisor = started(tmp_path, WITH_CHILD)
    try:
        (pid,) = supervisor.pids.values()
        wait_until(lambda: descendants(pid))
        children = descendants(pid)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: supervisor.tend() == ["program-0"])
        wait_until_gone(children)
    finally:
        supervisor.stop()


def test_a_program_that_always_falls_gets_growing_pauses(tmp_path):
    supervisor = started(tmp_path, ("/bin/false",))
    falls: list[float] = []
    while len(falls) < 4:
        falls += [time.monotonic() for _ in supervisor.tend()]
        time.sleep(0.01)
    supervisor.stop()
    assert falls[-1] - falls[0] >= 0.2 + 0.4 + 0.8


def test_a_program_that_does_not_listen_is_killed(tmp_path):
    deaf = Program("program-0", DEAF, patience_s=0.3)
    supervisor = Supervisor(logs=tmp_path, environment=os.environ)
    supervisor.start(deaf)
    pids = list(supervisor.pids.values())
    wait_until(lambda: "deaf" in (tmp_path / "program-0.log").read_text())
    supervisor.stop()
    wait_until_gone(pids)


def test_a_killed_supervisor_leaves_nothing_behind(tmp_path):
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        family = descendants(parent.pid)
        assert len(family) == 1
        parent.kill()
    wait_until_gone(family)
