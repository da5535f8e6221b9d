"""`python -m tests.pages pictures|judge|tasks`: every page of a throw-away installation.

pictures: at 1440, 1024 and 360 px, in Chinese and English, full, empty and (of an installation of
its own) with errors, into --into; and what is said where we fail or the database is away.
judge: axe-core in both languages, Tab through every page, nothing wider than a phone, no Chinese
words of ours in English, weight and paint of the first load, no request to another host; prints
JSON, exit status 1 on any fault.
tasks: ten everyday tasks and how many clicks each took (docs/tasks.md).
--at: the pages of an installation that runs already; without it one is brought up.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Error

from bench.installation import installation
from creditbank.app import create_app
from creditbank.settings import Settings
from tests.pages import judging
from tests.pages.browsing import Browsing, browsing
from tests.pages.failing import FAILURES, NOWHERE, failing
from tests.pages.readers import NOBODY, READERS, found_empty_school
from tests.pages.spoiling import spoil
from tests.pages.tasks import perform
from tests.pages.walk import Seen, Walk, walk

WIDTHS, LANGUAGES, PHONE = (1440, 1024, 360), ("zh", "en"), 360
Views = list[tuple[Browsing, Seen]]
"""Each page with the browser, on the installation that shows it."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="pages", description=__doc__)
    parser.add_argument("what", choices=["list", "pictures", "judge", "tasks"])
    parser.add_argument("--at", default="", help="the address of a running installation")
    parser.add_argument("--into", type=Path, default=Path("var/pages"))
    parser.add_argument("--scale", type=float, default=0.1, help="of the demo county")
    parser.add_argument(
        "--readers", default="", help="some of them, by commas; nobody: who is not signed in"
    )
    parser.add_argument("--only", default="", help="pages whose name holds this")
    parser.add_argument("--once", action="store_true", help="each address for one reader alone")
    parser.add_argument("--widths", default=",".join(map(str, WIDTHS)))
    parser.add_argument("--languages", default=",".join(LANGUAGES))
    parser.add_argument("--themes", default="light")
    asked = parser.parse_args()
    app = create_app(Settings.from_environment(NOWHERE))
    with _somewhere(asked) as home, browsing(home) as found, failing(app) as broken:
        if asked.what == "tasks":
            return _tasks(found, asked)
        named = filter(None, asked.readers.split(","))
        readers = tuple(NOBODY if name == "nobody" else name for name in named)
        if asked.at and not readers:
            readers = (*READERS, NOBODY)
        walked = walk(found, app.url_map, readers)
        failures = () if readers and NOBODY not in readers else FAILURES
        seen = [item for item in (*walked.seen, *failures) if asked.only in item.name]
        if asked.once:
            seen = list({item.endpoint: item for item in reversed(seen)}.values())[::-1]
        views = [
            (replace(found, home=broken) if item in FAILURES else found, item) for item in seen
        ]
        if asked.what == "pictures":
            return _pictures(views, asked)
        if asked.what == "judge":
            return _judge(views, walked, asked.languages.split(","))
        _tell({"pages": [[item.reader, item.path] for item in seen], "unseen": walked.unseen})
        return 0


@contextmanager
def _somewhere(asked: argparse.Namespace) -> Iterator[str]:
    if asked.at:
        yield asked.at
        return
    with installation(scale=asked.scale) as at:
        found_empty_school(at)
        yield at.address


def _pictures(views: Views, asked: argparse.Namespace) -> int:
    taken = 0
    for width in map(int, asked.widths.split(",")):
        for language in asked.languages.split(","):
            for theme in asked.themes.split(","):
                folder = asked.into / f"{width}-{language}-{theme}"
                folder.mkdir(parents=True, exist_ok=True)
                for found, item in views:
                    with found.page(
                        item.reader, width=width, language=language, theme=theme
                    ) as page:
                        page.goto(item.path, wait_until="networkidle")
                        page.screenshot(path=folder / f"{item.name}.png", full_page=True)
                        taken += 1
                        if not asked.at and spoil(page):
                            name = f"{item.name}-errors.png"
                            page.screenshot(path=folder / name, full_page=True)
                            taken += 1
                    print(f"\r{taken}", end="", file=sys.stderr, flush=True)
    complaints = _complaints(views)
    _tell({"pictures": taken, "into": str(asked.into), "complaints": complaints})
    return bool(complaints)


def _complaints(views: Views) -> list[str]:
    """All browsings share one list."""
    return views[0][0].complaints if views else []


def _tasks(browsing: Browsing, asked: argparse.Namespace) -> int:
    found = perform(browsing, asked.only, asked.into)
    _tell({"tasks": found, "complaints": browsing.complaints})
    return not all(item["passed"] for item in found)


def _judge(views: Views, walked: Walk, languages: list[str]) -> int:
    faults: dict[str, list[str]] = {}
    lesser: dict[str, list[str]] = {}
    loads: list[judging.Judged] = []
    for done, (found, item) in enumerate(views, start=1):
        for language in languages:
            judged = _judged(found, item, language)
            loads.append(judged)
            where = f"{item.name} {item.path} {language}"
            if judged.faults:
                faults[where] = judged.faults
            if judged.lesser:
                lesser[where] = judged.lesser
        print(f"\r{done}/{len(views)}", end="", file=sys.stderr, flush=True)
    paints = sorted(load.paint_ms for load in loads)
    _tell(
        {
            "pages": len(views),
            "loads": len(loads),
            "bytes_most": max(load.bytes_sent for load in loads),
            "paint_ms_median": round(statistics.median(paints)),
            "paint_ms_most": round(paints[-1]),
            "faults": faults,
            "lesser": lesser,
            "complaints": _complaints(views),
            "unseen": walked.unseen,
        }
    )
    return bool(faults or _complaints(views))


def _judged(browsing: Browsing, item: Seen, language: str) -> judging.Judged:
    try:
        with browsing.page(item.reader, language=language) as page:
            judged = judging.first_load(page, item.path)
            grave, judged.lesser = judging.rules_broken(page)
            judged.faults += grave
            if language == "zh":
                judged.faults += judging.out_of_reach(page)
            else:
                judged.faults += judging.half_english(page)
            page.set_viewport_size({"width": PHONE, "height": 740})
            judged.faults += judging.too_wide(page)
    except Error as error:
        return judging.Judged(faults=[str(error).splitlines()[0]])
    return judged


def _tell(figures: dict[str, object]) -> None:
    print(json.dumps(figures, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    sys.exit(main())
