"""What the compiler is handed: where the files are, and a paper as the templates look at it."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import segno

from creditbank.domain.calendar import COUNTY_TIME
from creditbank.domain.papers import Paper

ROOM = Path(__file__).parent
TEMPLATES, FONTS = ROOM / "templates", ROOM / "fonts"


class PaperError(RuntimeError):
    """A paper could not be set as it should be: a fault of ours."""


def timestamp(day: date) -> int:
    """The moment that a file of that day says it was made."""
    return int(datetime.combine(day, datetime.min.time(), COUNTY_TIME).timestamp())


def spoken(paper: Paper) -> dict[str, Any]:
    """What the templates look at."""
    return {
        "layout": f"{paper.kind.value}.typ",
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
