"""Evidence of a claim as it is kept: pictures drawn anew, and of a PDF the document itself.

Nobody is ever shown the bytes that came in: what is looked at are pictures without any data beside
the picture (no EXIF, no place), and a PDF is handed out as a file to save.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

FILES_MAX = 3
FILE_BYTES_MAX = 5 * 1024 * 1024
PAGES_MAX = 10
PIXELS_MAX = 50_000_000
SIDE_MAX = 2_200
"""Pixels of the longer side of a picture that is kept."""


class MediaType(StrEnum):
    """What a file is by its content, whatever its name says."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class EvidencePage:
    """One picture, a JPEG. width, height: in pixels."""

    width: int
    height: int
    picture: bytes


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """One file. file_hash: SHA-256 in hex, of what was sent. original: of a PDF, else empty."""

    file_hash: str
    media_type: MediaType
    byte_count: int
    pages: tuple[EvidencePage, ...]
    original: bytes = b""
