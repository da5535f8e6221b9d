"""Fills an empty database with the demo county, and shows how far it is."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from creditbank.demo.county import county_is_empty, seed_county

_COUNTY_TIME = ZoneInfo("Asia/Shanghai")


def fill_if_empty(owner_url: str, console: Console) -> bool:
    """Write the demo county into a migrated database without institutions; whether it was one."""
    if not county_is_empty(owner_url):
        return False
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    # Drawn by this thread alone: seeding forks, and a process with threads should not.
    with Progress(*columns, console=console, auto_refresh=False) as progress:
        task = progress.add_task("建立示范县数据 Building the demo county", total=1.0)

        def show(done: float) -> None:
            progress.update(task, completed=done, refresh=True)

        show(0.0)
        seed_county(owner_url, as_of=datetime.now(_COUNTY_TIME).date(), progress=show)
    return True
