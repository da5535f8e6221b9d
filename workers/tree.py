"""The tree over the ledger, kept behind the postings: a loop of the relay, which needs no broker.

Several relays may run it: one at a time leads. What it leaves undone the next round does. It also
runs by itself, `python -m workers.tree`, beside relays that are told not to.
"""

from __future__ import annotations

import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import structlog

from creditbank.domain.signing_keys import KeyPurpose
from creditbank.logs import configure_logs
from creditbank.sealing import SealBrokenError
from creditbank.services.checkpoints import (
    BATCH,
    ForkedTreeError,
    grow_tree,
    issue_checkpoint,
)
from creditbank.services.signing_keys import ensure_key
from creditbank.settings import Settings
from creditbank.store.evaluations import last_beat, oldest_due
from creditbank.store.signed_heads import SignedHeads
from creditbank.store.verdict_seals import seal_new
from workers.database import open_unit

FULL_ROUNDS = 300
"""After so many rounds all verdicts are looked through for one that has no seal."""
_PAUSE_SECONDS = 0.02
_LATE, _AT_WORK = timedelta(seconds=0.5), timedelta(seconds=3)
_PATIENCE_SECONDS, _ASIDE_SECONDS = 10.0, 0.1

log = structlog.get_logger()


def main() -> None:
    """Run until told to stop; whoever supervises this process starts it again."""
    settings = Settings.from_environment()
    configure_logs(settings.log_level)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    keep_tree(stopping)


def keep_tree(stopping: threading.Event) -> None:
    """Put new entries into the tree, sign it, seal new verdicts; a round every few seconds."""
    settings = Settings.from_environment()
    if not settings.tree_seconds:
        stopping.wait()
        return
    with open_unit() as uow:
        for purpose in KeyPurpose:
            ensure_key(uow, purpose, secret_key=settings.secret_key, now=datetime.now(UTC))
    number = 0
    while not stopping.is_set():
        run_round(stopping, settings, everything=number % FULL_ROUNDS == 0)
        number += 1
        stopping.wait(settings.tree_seconds)


def run_round(stopping: threading.Event, settings: Settings, *, everything: bool) -> None:
    """One round: all that is new, in small transactions with pauses between them.

    Each of them steps aside for a while where workers are behind with verdicts: somebody waits for
    these, and after a long import tree and seals would take as much of the machine as they do.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not stopping.is_set():
        _step_aside(stopping, deadline)
        with open_unit() as uow:
            added = grow_tree(uow)
        if added < BATCH:
            break
        stopping.wait(_PAUSE_SECONDS)
    try:
        with open_unit() as uow:
            issue_checkpoint(
                uow,
                origin=log_origin(settings.public_url),
                secret_key=settings.secret_key,
                now=datetime.now(UTC),
                heads=SignedHeads(settings.var),
            )
    except (
        ForkedTreeError
    ) as error:  # restored from a backup: docs/tamper-evidence.md says what to do
        log.error("checkpoint_refused", why=str(error))  # noqa: TRY400 (no trace: nothing is broken here)
    except SealBrokenError:
        log.warning("checkpoint_key_not_readable")  # CREDITBANK_SECRET_KEY is another than it was
    while not stopping.is_set():
        _step_aside(stopping, deadline)
        with open_unit() as uow:
            sealed = seal_new(uow.connection, limit=BATCH, everything=everything)
        if sealed < BATCH:
            break


def _step_aside(stopping: threading.Event, deadline: float) -> None:
    """Wait while workers are at marks that have waited, but not beyond the deadline."""
    while time.monotonic() < deadline and _are_verdicts_late(datetime.now(UTC)):
        if stopping.wait(_ASIDE_SECONDS):
            return


def _are_verdicts_late(now: datetime) -> bool:
    with open_unit() as uow:
        oldest = oldest_due(uow.connection, now=now)
        if oldest is None or now - oldest < _LATE:
            return False
        worked = last_beat(uow.connection, "worker")
    return worked is not None and now - worked < _AT_WORK


def log_origin(public_url: str) -> str:
    """The log's name: where everybody reaches the pages, without a scheme; "" where none is set."""
    parts = urlsplit(public_url)
    return f"{parts.netloc}{parts.path}/log" if parts.netloc else ""


if __name__ == "__main__":
    main()
