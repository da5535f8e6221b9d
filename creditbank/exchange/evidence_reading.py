"""The child process that opens evidence: bytes on standard input, JSON on standard output.

`python -m creditbank.exchange.evidence_reading` holds itself to a memory and a time limit before it
looks at the first byte, as creditbank.exchange.reading does for sheets. It draws every page anew
and answers with these pictures alone. Nothing else may import it but its tests; what is sent in
goes through exchange.evidence_files.
"""

from __future__ import annotations

import base64
import io
import json
import resource
import sys
import warnings
from typing import TYPE_CHECKING, Any

from creditbank.domain.claim_files import PAGES_MAX, PIXELS_MAX, SIDE_MAX, MediaType
from creditbank.exchange.evidence_refusals import EvidenceRefusal, RefusedEvidenceError

if TYPE_CHECKING:
    from PIL.Image import Image

MEMORY_BYTES_MAX = 1024 * 1024 * 1024
SECONDS_MAX = 15
_PDF_WITHIN = 1024
_QUALITY = 82
_FORMATS = {"JPEG": MediaType.JPEG, "PNG": MediaType.PNG, "WEBP": MediaType.WEBP}
_SCREEN_SIDE = 1_654
"""Pixels of the longer side of a page of a PDF: 200 to the inch of A4's shorter one."""


def main() -> None:
    """Draw one file within the limits, or answer with the code of a refusal."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        answer = read_evidence(sys.stdin.buffer.read())
    except RefusedEvidenceError as error:
        answer = {"refused": error.code.value}
    except MemoryError:
        answer = {"refused": EvidenceRefusal.TOO_LARGE.value}
    sys.stdout.write(json.dumps(answer))


def read_evidence(content: bytes) -> dict[str, Any]:
    """media_type, and pages as [width, height, JPEG in base64]. Raises RefusedEvidenceError."""
    if b"%PDF-" in content[:_PDF_WITHIN]:
        return {"media_type": MediaType.PDF.value, "pages": _pdf_pages(content)}
    media_type, picture = _opened(content)
    return {"media_type": media_type.value, "pages": [_page(picture, SIDE_MAX)]}


def _opened(content: bytes) -> tuple[MediaType, Image]:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 (within limits)

    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        opened = Image.open(io.BytesIO(content), formats=tuple(_FORMATS))
        if opened.width * opened.height > PIXELS_MAX:
            raise RefusedEvidenceError(EvidenceRefusal.TOO_LARGE)
        opened.draft("RGB", (SIDE_MAX, SIDE_MAX))  # a JPEG need not be decoded larger than kept
        opened.load()
    except UnidentifiedImageError as error:
        raise RefusedEvidenceError(EvidenceRefusal.UNKNOWN_TYPE) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RefusedEvidenceError(EvidenceRefusal.TOO_LARGE) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise RefusedEvidenceError(EvidenceRefusal.DAMAGED) from error
    return _FORMATS[str(opened.format)], opened


def _page(picture: Image, side_max: int) -> list[Any]:
    """The picture upright, on white, with nothing beside it: no EXIF, no place, no profile."""
    from PIL import Image, ImageOps  # noqa: PLC0415 (within limits)

    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((side_max, side_max))
    drawn = Image.new("RGB", upright.size, "white")
    if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
        shown = upright.convert("RGBA")
        drawn.paste(shown, mask=shown.getchannel("A"))
    else:
        drawn.paste(upright.convert("RGB"))
    written = io.BytesIO()
    drawn.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return [*drawn.size, base64.b64encode(written.getvalue()).decode("ascii")]


def _pdf_pages(content: bytes) -> list[list[Any]]:
    """Every page as a picture. Scripts of the document are not run: this reader has none."""
    import pypdfium2 as pdfium  # noqa: PLC0415 (within limits)

    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        is_locked = "password" in str(error).casefold()
        code = EvidenceRefusal.LOCKED if is_locked else EvidenceRefusal.DAMAGED
        raise RefusedEvidenceError(code) from error
    if not 0 < len(document) <= PAGES_MAX:
        raise RefusedEvidenceError(EvidenceRefusal.TOO_MANY_PAGES)
    try:
        return [_pdf_page(document[number]) for number in range(len(document))]
    except pdfium.PdfiumError as error:
        raise RefusedEvidenceError(EvidenceRefusal.DAMAGED) from error


def _pdf_page(page: Any) -> list[Any]:  # noqa: ANN401 (PdfPage, imported within limits)
    width, height = page.get_size()
    scale = _SCREEN_SIDE / max(width, height, 1)
    return _page(page.render(scale=scale).to_pil(), _SCREEN_SIDE)


if __name__ == "__main__":
    main()
