"""Fills an empty database with the demo county, and shows how far it is."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import text

from creditbank.db import make_engine
from creditbank.demo import seed_county


def fill_if_empty(owner_url: str, console: Console) -> bool:
    """Write the demo county into a migrated database without institutions; whether it was one."""
    if not _is_empty(owner_url):
        return False
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("建立示范县数据 Building the demo county", total=1.0)
        seed_county(owner_url, progress=lambda done: progress.update(task, completed=done))
    return True


def _is_empty(owner_url: str) -> bool:
    engine = make_engine(owner_url, pool_size=1)
    try:
        with engine.connect() as connection:
            return not connection.scalar(text("SELECT EXISTS (SELECT FROM institutions)"))
    finally:
        engine.dispose()
