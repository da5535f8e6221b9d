"""The evidence of claims as rows: files, and the pictures of their pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, text
from sqlmodel import col

from creditbank.domain.claim_files import EvidenceFile, MediaType
from creditbank.tables.claims import ClaimFile, ClaimPage

_FILES = text("""
SELECT claim_file_id, claim_id, institution_id, file_hash, media_type, byte_count, page_count,
  sent_at FROM claim_files WHERE claim_file_id = ANY (:ids) ORDER BY claim_file_id
""")
_PAGE = text("""
SELECT picture FROM claim_pages WHERE claim_file_id = :claim_file_id AND page_no = :page_no
""")
_ORIGINAL = text("SELECT original FROM claim_files WHERE claim_file_id = :claim_file_id")


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file without its pictures. file_hash: SHA-256 of what was sent, hex."""

    claim_file_id: int
    claim_id: int
    institution_id: int
    file_hash: str
    media_type: MediaType
    byte_count: int
    page_count: int
    sent_at: datetime


def add_file(
    connection: Connection,
    claim_id: int,
    institution_id: int,
    evidence: EvidenceFile,
    *,
    by: int,
    now: datetime,
) -> int:
    """Keep a file with its pictures; the number it got."""
    made = connection.execute(
        insert(ClaimFile)
        .values(
            claim_id=claim_id,
            institution_id=institution_id,
            file_hash=evidence.file_hash,
            media_type=evidence.media_type.value,
            byte_count=evidence.byte_count,
            page_count=len(evidence.pages),
            original=evidence.original or None,
            sent_by=by,
            sent_at=now,
        )
        .returning(col(ClaimFile.claim_file_id))
    )
    number = int(made.scalar_one())  # type: ignore[arg-type]
    connection.execute(
        insert(ClaimPage),
        [
            {
                "claim_file_id": number,
                "page_no": page_no,
                "institution_id": institution_id,
                "width": page.width,
                "height": page.height,
                "picture": page.picture,
            }
            for page_no, page in enumerate(evidence.pages, start=1)
        ],
    )
    return number


def read_files(connection: Connection, claim_file_ids: Sequence[int]) -> list[KeptFile]:
    """These files, as far as the reach shows."""
    if not claim_file_ids:
        return []
    rows = connection.execute(_FILES, {"ids": list(claim_file_ids)})
    return [KeptFile(**dict(row) | {"media_type": MediaType(row["media_type"])})
            for row in rows.mappings()]  # fmt: skip


def delete_file(connection: Connection, claim_file_id: int) -> None:
    """For good while the claim is a draft; later it stays, as somebody may have seen it."""
    connection.execute(delete(ClaimFile).where(col(ClaimFile.claim_file_id) == claim_file_id))


def read_page(connection: Connection, claim_file_id: int, page_no: int) -> bytes | None:
    """The picture of a page, a JPEG."""
    asked = {"claim_file_id": claim_file_id, "page_no": page_no}
    found: bytes | None = connection.execute(_PAGE, asked).scalar()
    return found


def read_original(connection: Connection, claim_file_id: int) -> bytes | None:
    """The PDF as it was sent; None of a picture."""
    found: bytes | None = connection.execute(_ORIGINAL, {"claim_file_id": claim_file_id}).scalar()
    return found
