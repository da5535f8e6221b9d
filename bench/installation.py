"""A whole throw-away installation: `creditbank up` on a temporary folder, ended with the block."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from creditbank.db import migrate
from creditbank.demo.county import seed_county
from creditbank.embedded import OWNER, EmbeddedServers

_PATIENCE_S = 600.0
"""For coming up and for the first verdicts, each: on a machine that others use it takes minutes."""
_STOP_PATIENCE_S = 120.0
"""More than programs and servers may take by themselves, the database's last checkpoint included;
killed before, they would leave it running."""
_ADDRESS = re.compile(rb"http://[0-9.]+:[0-9]+")


@dataclass(frozen=True, slots=True)
class Installation:
    """A running installation. database_url: the application's login."""

    address: str
    database_url: str
    environment: dict[str, str]

    def api_key(self, username: str) -> str:
        """A fresh API key of a demo account."""
        made = subprocess.run(
            [sys.executable, "-m", "creditbank.cli", "create-api-key", username],
            env={**self.environment, "DATABASE_URL": self.database_url},
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return made.stdout.split()[-1]

    def is_settled(self) -> bool:
        """Whether no mark waits."""
        with urllib.request.urlopen(f"{self.address}/api/v1/ready", timeout=5) as answer:  # noqa: S310 (loopback)
            return bool(json.load(answer)["pending"] == 0)


@contextmanager
def installation(*, scale: float = 1.0, **variables: str) -> Iterator[Installation]:
    """Bring everything up with the demo county, wait until all verdicts are computed.

    scale: a part of the county will do. variables: of the environment, over those that are there.
    """
    with tempfile.TemporaryDirectory(prefix="creditbank-bench-") as folder:
        if scale < 1:
            _fill(Path(folder), scale)
        environment = {**os.environ, "CREDITBANK_VAR": folder, "CREDITBANK_PORT": "18100"}
        environment |= variables
        log = Path(folder) / "up.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "creditbank.cli", "up"], env=environment, stdout=output
            )
        try:
            address = _wait_for_address(process, log)
            sockets = (Path(folder) / "run").resolve()
            url = f"postgresql+psycopg://creditbank_app@/creditbank?host={sockets}"
            found = Installation(address, url, environment)
            _wait_until_settled(found)
            yield found
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_STOP_PATIENCE_S)


def _fill(folder: Path, scale: float) -> None:
    """What `up` finds there it does not fill itself."""
    with EmbeddedServers(folder) as running:
        url = running.start().database(OWNER)
        migrate(url)
        seed_county(url, as_of=datetime.now(UTC).date(), scale=scale)


def _wait_for_address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        match = _ADDRESS.search(log.read_bytes())
        if match:
            return match[0].decode()
        time.sleep(0.1)
    message = f"creditbank up did not come up: {log.read_text()}"
    raise RuntimeError(message)


def _wait_until_settled(found: Installation) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if found.is_settled():
                return
        except OSError:
            pass
        time.sleep(0.2)
