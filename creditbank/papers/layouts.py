"""Papers set with a school's own layout: in a child process, with nothing but the files it needs.

A layout is tried on samples before it is kept: as usual, with as much as anybody could write, and
with nothing in the books. Whatever is wrong is said with the line of the file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import creditbank
from creditbank.domain.papers import Paper, PaperKind
from creditbank.papers.inputs import FONTS, ROOM, TEMPLATES, PaperError, spoken, timestamp

LAYOUT_BYTES_MAX = 65_536
SECONDS_MAX = 20
TOO_MUCH = "too much time or memory"
_SLOTS = threading.BoundedSemaphore(2)
_WAIT_SECONDS = 20
_COMMAND = (sys.executable, "-m", "creditbank.papers.child")
_NOBODY = "http://127.0.0.1:9"
"""The discard port: where nobody answers."""
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


class LayoutError(PaperError):
    """A school's layout does not do. line: of its file, 0 where no line is to blame."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class SettingBusyError(PaperError):
    """Others are setting papers with layouts of their own: try again in a moment."""


def standard_layout(kind: PaperKind) -> str:
    """The file that a school may change and hand in."""
    return (TEMPLATES / f"{kind.value}.typ").read_text(encoding="utf-8")


@cache
def samples(kind: PaperKind) -> tuple[Mapping[str, Any], ...]:
    """Made-up contents of a kind, as domain.papers.document_of has them: usual, much, empty."""
    found = json.loads((ROOM / "samples.json").read_text(encoding="utf-8"))
    return tuple(found[kind.value])


def try_layout(kind: PaperKind, source: str, *, day: date) -> list[bytes]:
    """The first pages of the usual sample as PNG. Raises LayoutError, SettingBusyError."""
    for content in samples(kind)[1:]:
        set_in_child([_sample(kind, source, content, day)])
    return sample_pictures(kind, source, day=day)


def sample_pictures(kind: PaperKind, source: str, *, day: date) -> list[bytes]:
    """The same, with the usual sample alone."""
    paper = _sample(kind, source, samples(kind)[0], day)
    answer = set_in_child([paper], as_pictures=True)
    return [base64.b64decode(page) for page in answer["pictures"]]


def _sample(kind: PaperKind, source: str, content: Mapping[str, Any], day: date) -> Paper:
    site = "https://xuefen.example/verify"
    return Paper(
        kind=kind, number="3637010001-2026-1-00012-7", code="7K3M-Q9XD", link=f"{site}/sample",
        site=site, issued_on=day, content=content, layout=source,
    )  # fmt: skip


def render_with_layouts(papers: Sequence[Paper]) -> bytes:
    """As papers.rendering.render, where some have a layout.

    Raises LayoutError, SettingBusyError.
    """
    return base64.b64decode(set_in_child(papers)["pdf"])


def set_in_child(papers: Sequence[Paper], *, as_pictures: bool = False) -> dict[str, Any]:
    """What the child answered for these: pdf, and pictures where they are asked for."""
    if not _SLOTS.acquire(timeout=_WAIT_SECONDS):
        raise SettingBusyError
    try:
        with tempfile.TemporaryDirectory(prefix="creditbank-papers-") as folder:
            root = Path(folder)
            _lay_out(root, {paper.layout for paper in papers if paper.layout})
            said = [
                spoken(paper) | ({"layout": _name(paper.layout)} if paper.layout else {})
                for paper in papers
            ]
            answer = _asked(
                {
                    "root": folder,
                    "fonts": str(FONTS),
                    "papers": json.dumps(said),
                    "timestamp": timestamp(papers[0].issued_on),
                    "seconds": SECONDS_MAX,
                    "as_pictures": as_pictures,
                }
            )
    finally:
        _SLOTS.release()
    if "error" in answer:
        raise LayoutError(_without_folder(answer["error"], folder), _line(answer["where"]))
    return answer


def _lay_out(root: Path, sources: Iterable[str]) -> None:
    """All that a layout may read: the standard files and those of the batch."""
    for file in TEMPLATES.glob("*.typ"):
        shutil.copy(file, root)
    for source in sources:
        (root / _name(source)).write_text(source, encoding="utf-8")


def _name(source: str) -> str:
    return f"layout-{hashlib.sha256(source.encode()).hexdigest()[:16]}.typ"


def _asked(job: Mapping[str, Any]) -> dict[str, Any]:
    try:
        ended = subprocess.run(  # noqa: S603 (our own module; the job goes in as standard input)
            _COMMAND,
            input=json.dumps(job).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a trace could quote what stands on a paper
            timeout=SECONDS_MAX,
            cwd=Path(creditbank.__path__[0]).parent,
            env={"PYTHONUTF8": "1", "RUST_BACKTRACE": "0"}
            | dict.fromkeys((*_PROXIES, *map(str.upper, _PROXIES)), _NOBODY),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LayoutError(TOO_MUCH) from error
    if ended.returncode != 0:
        raise LayoutError(TOO_MUCH)
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def _without_folder(message: str, folder: str) -> str:
    return message.replace(folder, "")


def _line(where: str) -> int:
    found = re.search(r"layout-[0-9a-f]{16}\.typ:([0-9]+):", where)
    return int(found[1]) if found else 0
