"""Papers as PDF: A4, in Chinese, the same bytes for the same content. Pure but for its own files.

Content goes in as JSON and is never read as markup. The only font is the one beside the templates;
whatever the compiler warns of, a missing font above all, is an error.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import typst

from creditbank.domain.papers import Paper
from creditbank.papers.inputs import FONTS, TEMPLATES, PaperError, spoken, timestamp
from creditbank.papers.layouts import render_with_layouts

_MAIN = TEMPLATES / "papers.typ"
_REPORT = TEMPLATES / "monthly_report.typ"
_local = threading.local()


def render(papers: Sequence[Paper], fonts: Path = FONTS) -> bytes:
    """All of them in one PDF/A-2, each with its own page numbers. Raises PaperError.

    The date of the file is that of the first paper. What a school lays out itself is set in a
    child process.
    """
    if any(paper.layout for paper in papers):
        return render_with_layouts(papers)
    said = json.dumps([spoken(paper) for paper in papers])
    return _compiled(_MAIN, {"papers": said}, papers[0].issued_on, fonts)


def render_report(report: Mapping[str, Any], day: date, fonts: Path = FONTS) -> bytes:
    """月报 on one page, from the words and shares that its template names. Raises PaperError."""
    return _compiled(_REPORT, {"report": json.dumps(report)}, day, fonts)


def _compiled(main: Path, inputs: dict[str, str], day: date, fonts: Path) -> bytes:
    try:
        pdf, warnings = _compiler(main, fonts).compile_with_warnings(
            sys_inputs=inputs,
            format="pdf",
            pdf_standards=["a-2a"],
            timestamp=timestamp(day),
        )
    except typst.TypstError as error:
        raise PaperError(error.message) from error
    if warnings:
        raise PaperError(warnings[0].message)
    if not isinstance(pdf, bytes):
        raise PaperError(type(pdf).__name__)
    return pdf


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
