"""What can be said of a page without looking at it: rules of access, keyboard, width, weight."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = {"serious", "critical"}
BYTES_MAX = 200 * 1024
PAINT_MS_MAX = 1000
_TABS_MAX = 4000
_PARTS_OF_A_DATE = 3
"""Day, month and year are stops of their own, and so is the calendar."""
_AXE = Axe()

_PAINT = """() => new Promise(done => {
  new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
    .observe({type: "largest-contentful-paint", buffered: true});
  setTimeout(() => done(-1), 3000);
})"""
_REACHABLE = """() => [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary," +
    "[tabindex]:not([tabindex='-1'])")]
  .filter(e => !e.disabled && e.checkVisibility({checkVisibilityCSS: true}) && !e.closest("[inert]")
    && e.tabIndex >= 0 && !(e.type === "radio" && !e.checked))
  .map((e, at) => (e.dataset.tabbed = at, e.outerHTML.slice(0, 120)))"""
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_FOCUSED = """() => {
  const at = document.activeElement;
  return [at?.dataset?.tabbed ?? "", Boolean(at?.closest("[role=grid]"))];
}"""


_HALF_ENGLISH = re.compile(
    "[A-Za-z0-9] ?[：，；、。（）]|[：，；、。（）] ?[A-Za-z]|^[：，；、。]"
    "|(?<![-\\w])[0-9]{1,3} [\u4e00-\u9fff]"
)
"""Chinese punctuation beside an English word, or a number with a Chinese unit: said by a page, not
by the records, which are shown as they are."""
_SHOWN = """() => {
  const names = ["title", "aria-label", "placeholder", "alt"];
  const shown = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const aside = "[lang|=zh], textarea, pre, code, script, noscript, template";
  const isForeign = at => Boolean(at.closest(aside));
  while (walker.nextNode())
    if (!isForeign(walker.currentNode.parentElement)) shown.push(walker.currentNode.data);
  for (const at of document.querySelectorAll("[title], [aria-label], [placeholder], [alt]"))
    if (!isForeign(at)) shown.push(...names.map(name => at.getAttribute(name)));
  return shown.filter(Boolean).map(said => said.trim().replace(/\\s+/g, " "));
}"""


@dataclass
class Judged:
    """faults: in words, each with where it is; bytes_sent: of the first load, as they came.

    lesser: what axe-core calls moderate or minor.
    """

    faults: list[str] = field(default_factory=list)
    lesser: list[str] = field(default_factory=list)
    bytes_sent: int = 0
    paint_ms: float = 0.0


def rules_broken(page: Page) -> tuple[list[str], list[str]]:
    """axe-core: what is serious or critical, and what is less, with the first place of each."""
    found: list[dict[str, Any]] = _AXE.run(page).response["violations"]
    said: tuple[list[str], list[str]] = ([], [])
    for item in found:
        where = f"{item['id']}: {item['nodes'][0]['html'][:160]} ({len(item['nodes'])})"
        said[item["impact"] not in GRAVE].append(where)
    return said


def out_of_reach(page: Page) -> list[str]:
    """What Tab does not come to, starting at the top."""
    wanted: list[str] = page.evaluate(_REACHABLE)
    page.evaluate("() => { document.activeElement?.blur(); window.scrollTo(0, 0) }")
    missing = {str(at) for at in range(len(wanted))}
    dates = page.locator("input[type=date]").count()
    presses = min(len(wanted) + _PARTS_OF_A_DATE * dates + 5, _TABS_MAX)
    while missing and presses:
        presses -= 1
        page.keyboard.press("Tab")
        focused, is_in_grid = page.evaluate(_FOCUSED)
        missing.discard(focused)
        if is_in_grid:
            page.keyboard.press("Escape")  # Tab goes from cell to cell there, and on after Escape
    return [f"no Tab reaches {html}" for at, html in enumerate(wanted) if str(at) in missing]


def half_english(page: Page) -> list[str]:
    """What an English page says partly in Chinese."""
    shown: list[str] = page.evaluate(_SHOWN)
    return [f"not in English: {said[:120]}" for said in set(filter(_HALF_ENGLISH.search, shown))]


def too_wide(page: Page) -> list[str]:
    """Whether the page has to be scrolled sideways."""
    wide = page.evaluate(_WIDER)
    return [f"{wide} px wider than the screen"] if wide > 0 else []


def first_load(page: Page, path: str) -> Judged:
    """Load it with an empty cache."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sent: list[float] = []
    session.on(
        "Network.loadingFinished", lambda event: sent.append(int(event["encodedDataLength"]))
    )
    page.goto(path, wait_until="networkidle")
    judged = Judged(bytes_sent=int(sum(sent)), paint_ms=float(page.evaluate(_PAINT)))
    session.detach()
    if judged.bytes_sent > BYTES_MAX:
        judged.faults.append(f"{judged.bytes_sent // 1024} KB at the first load")
    if judged.paint_ms > PAINT_MS_MAX:
        judged.faults.append(f"largest paint after {judged.paint_ms:.0f} ms")
    return judged
