"""Papers as PDF: A4, in Chinese, the same bytes for the same content. Pure but for its own files.

Content goes in as JSON and is never read as markup. The only font is the one beside the templates;
whatever the compiler warns of, a missing font above all, is an error.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import segno
import typst

from creditbank.domain.calendar import COUNTY_TIME
from creditbank.domain.papers import Paper

_ROOM = Path(__file__).parent
_MAIN = _ROOM / "templates" / "papers.typ"
_REPORT = _ROOM / "templates" / "monthly_report.typ"
_local = threading.local()


class PaperError(RuntimeError):
    """A paper could not be set as it should be: a fault of ours."""


def render(papers: Sequence[Paper], fonts: Path = _ROOM / "fonts") -> bytes:
    """All of them in one PDF/A-2, each with its own page numbers. Raises PaperError.

    The date of the file is that of the first paper.
    """
    said = json.dumps([_spoken(paper) for paper in papers])
    return _compiled(_MAIN, {"papers": said}, papers[0].issued_on, fonts)


def render_report(report: Mapping[str, Any], day: date, fonts: Path = _ROOM / "fonts") -> bytes:
    """月报 on one page, from the words and shares that its template names. Raises PaperError."""
    return _compiled(_REPORT, {"report": json.dumps(report)}, day, fonts)


def _compiled(main: Path, inputs: dict[str, str], day: date, fonts: Path) -> bytes:
    made = datetime.combine(day, datetime.min.time(), COUNTY_TIME)
    try:
        pdf, warnings = _compiler(main, fonts).compile_with_warnings(
            sys_inputs=inputs,
            format="pdf",
            pdf_standards=["a-2a"],
            timestamp=int(made.timestamp()),
        )
    except typst.TypstError as error:
        raise PaperError(error.message) from error
    if warnings:
        raise PaperError(warnings[0].message)
    if not isinstance(pdf, bytes):
        raise PaperError(type(pdf).__name__)
    return pdf


def _spoken(paper: Paper) -> dict[str, Any]:
    """What the templates look at."""
    return {
        "kind": paper.kind.value,
        "number": paper.number,
        "code": paper.code,
        "site": paper.site,
        "issued_on": paper.issued_on.isoformat(),
        "qr": _qr(paper.link) if paper.link else "",
        "content": dict(paper.content),
    }


def _qr(link: str) -> str:
    """The QR code as SVG; its quiet zone is in the template."""
    drawn = io.BytesIO()
    segno.make(link, error="m", micro=False).save(drawn, kind="svg", border=0, xmldecl=False)
    return drawn.getvalue().decode()


def _compiler(main: Path, fonts: Path) -> typst.Compiler:
    """The compiler of this thread: one must not be used by two at once."""
    compilers: dict[tuple[Path, Path], typst.Compiler]
    compilers = _local.__dict__.setdefault("compilers", {})
    if (main, fonts) not in compilers:
        compilers[main, fonts] = typst.Compiler(
            input=main, root=main.parent, font_paths=_fonts(fonts)
        )
    return compilers[main, fonts]


@cache
def _fonts(folder: Path) -> typst.Fonts:
    """Those of the folder alone: what a machine has installed must not change a paper."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
    )
