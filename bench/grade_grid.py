"""成绩录入 in a real Chromium: a class of 60 × 12 by keyboard alone, by clipboard and as files.

Five schools take the same marks, each by another way: typed, pasted from a LibreOffice sheet, and
uploaded as .xlsx, .ods and GB18030 .csv. different_ledgers and new_again have to be 0: the books
say the same whichever way, and the three files of the first school are nothing new to it. open_ms
is from the click until the sheet is painted and takes keys; commit_ms from the key that ends a cell
until the frame that shows it is painted, work_ms what of it the page itself takes, layout included:
the rest is the next frame and whatever else the machine does. page_kb: all that the page loads,
compressed.
"""

from __future__ import annotations

import gzip
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from bench.throwaway import servers
from creditbank.embedded import OWNER
from tests.browser import grid_county as grids
from tests.browser.conftest import CHROMIUMS, SWITCHES
from tests.browser.grid_county import GridCounty
from tests.factories.grade_files import csv_of, xlsx_of
from tests.factories.libreoffice import PROGRAM, converted

GOALS = {"open_ms": 500, "commit_ms": 50, "page_kb": 200}
OPENINGS = 9
_SMALL_ROWS = 6
# A message is handled after the frame that the callback before belongs to has been painted.
_WATCH = """
window.commits = [];
window.work = [];
let taken = 0;
const ends = (event) => event.key === "Enter" || event.key === "Tab";
window.addEventListener("keydown", (event) => {
  if (!ends(event)) return;
  document.body.getBoundingClientRect();
  window.work.push(performance.now() - taken);
});
document.addEventListener("keydown", (event) => {
  if (!ends(event)) return;
  taken = performance.now();
  const began = event.timeStamp;
  requestAnimationFrame(() => {
    const painted = new MessageChannel();
    painted.port1.onmessage = () => window.commits.push(performance.now() - began);
    painted.port2.postMessage(0);
  });
}, true);
"""
# As a function: the page's policy on scripts forbids to evaluate words.
_PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length > 0"
_OPENED = """() => {
  const ready = performance.getEntriesByName("grade-grid-ready")[0].startTime;
  const painted = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  return Math.max(ready, painted);
}"""


def measure(*, small: bool = False) -> dict[str, Any]:
    """Milliseconds in the browser, kilobytes, and in how many ways the ledgers differ."""
    if not any(map(Path.exists, CHROMIUMS)):
        return {"skipped": "no Chromium: apt-get install chromium-headless-shell"}
    with (
        tempfile.TemporaryDirectory(prefix="creditbank-grid-") as folder,
        servers() as urls,
        grids.grid_county(urls.database(OWNER), urls.redis(), Path(folder), schools=5) as county,
        _chromium() as browser,
    ):
        commits, work = _type(browser, county, rows=_SMALL_ROWS if small else grids.PUPILS)
        _paste(browser, county, Path(folder))
        again = _upload(browser, county, Path(folder))
        ledgers = [county.ledger(school) for school in county.schools]
        openings, kilobytes = _openings(browser, county)
    return {
        "cells": len(commits),
        "commit_ms": _spread(commits),
        "work_ms": _spread(work),
        "open_ms": _spread(openings),
        "page_kb": kilobytes,
        "entries": [len(ledger) for ledger in ledgers],
        "different_ledgers": sum(ledger != ledgers[0] for ledger in ledgers),
        "new_again": again,
        "libreoffice": PROGRAM is not None,
        "goals": GOALS,
    }


@contextmanager
def _chromium() -> Iterator[Browser]:
    path = next(filter(Path.exists, CHROMIUMS))
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(path), args=SWITCHES)
        yield started
        started.close()


def _come(browser: Browser, county: GridCounty, number: int) -> tuple[BrowserContext, Page]:
    context = browser.new_context(
        base_url=county.url, locale="zh-CN", viewport={"width": 1440, "height": 900}
    )
    page = context.new_page()
    grids.enter_as(page, f"registrar{number}")
    return context, page


def _type(browser: Browser, county: GridCounty, *, rows: int) -> tuple[list[float], list[float]]:
    """The first school: by keyboard alone; what is left of a small run is pasted."""
    context, page = _come(browser, county, 1)
    page.add_init_script(_WATCH)
    grids.open_grid(page, county.schools[0])
    grids.type_marks(page, grids.marks(rows))
    grids.saved(page)
    commits, work = page.evaluate("[window.commits, window.work]")
    if rows < grids.PUPILS:
        grids.copy(context, page, grids.block_of(grids.marks()[rows:]))
        page.keyboard.press("Control+v")
        grids.saved(page)
    grids.post(page)
    context.close()
    return commits, work


def _paste(browser: Browser, county: GridCounty, folder: Path) -> None:
    """The second school: the block as LibreOffice writes it, with tabs, to the clipboard."""
    context, page = _come(browser, county, 2)
    school = county.schools[1]
    written: list[list[str | float | None]] = [list(row) for row in grids.marks()]
    block = grids.block_of(grids.marks())
    if PROGRAM is not None:
        sheet = converted(csv_of(written), _empty(folder, "block"), "xlsx")
        block = converted(sheet, _empty(folder, "tabs"), "csv", options="9,34,76").decode()
    grids.open_grid(page, school)
    grids.copy(context, page, block)
    page.keyboard.press("Control+v")
    grids.saved(page)
    grids.post(page)
    context.close()


def _upload(browser: Browser, county: GridCounty, folder: Path) -> int:
    """The other schools by file, and all three files once more at the first one."""
    again = 0
    for number, kind in enumerate(("xlsx", "ods", "csv"), start=3):
        context, page = _come(browser, county, number)
        content = _file(county, number, kind, _empty(folder, f"{kind}-{number}"))
        grids.upload(page, f"成绩.{kind}", content)
        context.close()
        context, page = _come(browser, county, 1)
        content = _file(county, 1, kind, _empty(folder, f"{kind}-again"))
        again += grids.upload(page, f"成绩.{kind}", content)
        context.close()
    return again


def _file(county: GridCounty, number: int, kind: str, folder: Path) -> bytes:
    cells = grids.sheet_of(county.schools[number - 1])
    if kind == "csv":
        return csv_of(cells, "gb18030")
    workbook = xlsx_of(cells)
    return workbook if kind == "xlsx" or PROGRAM is None else converted(workbook, folder, kind)


def _openings(browser: Browser, county: GridCounty) -> tuple[list[float], float]:
    """The posted sheet of the first school and its page again, as a registrar comes back to it."""
    context, page = _come(browser, county, 1)
    grids.open_grid(page, county.schools[0])
    address = page.url
    bodies: list[bytes] = []

    def weigh(response: Response) -> None:
        if response.ok:
            bodies.append(gzip.compress(response.body()))

    found = []
    for _ in range(OPENINGS):
        page.goto("/grade-drafts")
        page.goto(address)
        page.locator("#grade-grid[data-ready]").wait_for()
        page.wait_for_function(_PAINTED)
        found.append(float(page.evaluate(_OPENED)))
    context.close()
    context, page = _come(browser, county, 1)
    page.goto(address)
    page.on("response", weigh)
    page.reload(wait_until="networkidle")
    kilobytes = sum(map(len, bodies)) / 1024
    context.close()
    return found, round(kilobytes, 1)


def _empty(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir(exist_ok=True)
    return made


def _spread(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {
        "median": round(statistics.median(values), 1),
        "p95": round(cuts[94], 1),
        "p99": round(cuts[98], 1),
        "max": round(max(values), 1),
    }
