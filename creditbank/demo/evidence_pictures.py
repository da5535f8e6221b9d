"""Certificates that nobody issued: drawn by code, and said to be specimens on their face."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

import creditbank.papers
from creditbank.domain.claim_files import EvidenceFile, EvidencePage, MediaType

_FONT = Path(creditbank.papers.__path__[0]) / "fonts" / "NotoSansSC-Regular.ttf"
_SIZE = (1080, 760)
_PAPER, _INK, _RED, _GREY = "#fdfaf0", "#2b2b2b", "#b03a2e", "#c9c2ae"
_SEAL = (790, 520, 960, 690)
_QUALITY = 70


def specimen(title: str, lines: tuple[str, ...], number: str = "") -> EvidenceFile:
    """A framed sheet with a title, lines of text and a round seal that says 样张."""
    picture = Image.new("RGB", _SIZE, _PAPER)
    pen = ImageDraw.Draw(picture)
    width, height = _SIZE
    for inset, line in ((24, 6), (40, 2)):
        box = (inset, inset, width - inset, height - inset)
        pen.rectangle(box, outline=_RED, width=line)
    _centred(pen, width / 2, 100, title, 60, _RED)
    for at, text in enumerate(lines):
        pen.text((120, 240 + 62 * at), text, font=_font(34), fill=_INK)
    if number:
        pen.text((120, height - 120), f"编号：{number}", font=_font(28), fill=_INK)
    pen.ellipse(_SEAL, outline=_RED, width=6)
    centre = (_SEAL[0] + _SEAL[2]) / 2
    _centred(pen, centre, 570, "示范县", 34, _RED)
    _centred(pen, centre, 615, "样张", 34, _RED)
    _centred(pen, width / 2, height - 66, "样张，非真实证书 SPECIMEN", 24, _GREY)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=_QUALITY)
    content = written.getvalue()
    return EvidenceFile(
        file_hash=hashlib.sha256(content).hexdigest(),
        media_type=MediaType.JPEG,
        byte_count=len(content),
        pages=(EvidencePage(width, height, content),),
    )


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONT), size)


def _centred(
    pen: ImageDraw.ImageDraw, across: float, down: float, text: str, size: int, ink: str
) -> None:
    pen.text((across, down), text, font=_font(size), fill=ink, anchor="mm")
