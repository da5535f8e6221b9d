"""A throw-away PostgreSQL and Valkey with the demo county in it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from creditbank.db import migrate
from creditbank.demo.county import CountySummary, seed_county
from creditbank.embedded import OWNER, EmbeddedServers, ServerUrls


@contextmanager
def servers() -> Iterator[ServerUrls]:
    """Both servers over an empty, migrated database, durable as in production."""
    with (
        tempfile.TemporaryDirectory(prefix="creditbank-bench-") as folder,
        EmbeddedServers(Path(folder)) as running,
    ):
        urls = running.start()
        migrate(urls.database(OWNER))
        yield urls


def fill(urls: ServerUrls, *, small: bool, scale: float = 1.0) -> CountySummary:
    """Write the county or a part of it; a hundredth when small."""
    return seed_county(
        urls.database(OWNER), as_of=datetime.now(UTC).date(), scale=0.01 if small else scale
    )
