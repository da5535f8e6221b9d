"""Opening evidence that somebody sent: pictures and PDF, by content and not by name.

The opening is done by a child process with a time and a memory limit
(creditbank.exchange.evidence_reading), which gets neither settings nor secrets; this side only
sees the pictures that it drew.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import creditbank
from creditbank.domain.claim_files import FILE_BYTES_MAX, EvidenceFile, EvidencePage, MediaType
from creditbank.domain.errors import BusyError, Message
from creditbank.exchange.evidence_reading import SECONDS_MAX
from creditbank.exchange.evidence_refusals import EvidenceRefusal, evidence_refusal, is_heic

_COMMAND = (sys.executable, "-m", "creditbank.exchange.evidence_reading")
_WAIT_SECONDS = 20
EVIDENCE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}
"""With every picture and document that is handed out: nothing in it may act."""
_slots = threading.BoundedSemaphore(2)
"""Each child may take a gigabyte; further files wait their turn."""


def read_evidence_file(content: bytes) -> EvidenceFile:
    """A file as it is kept.

    Raises InvalidInputError with one problem (field "files") when it can't or mustn't be opened,
    and BusyError when other files keep the readers busy.
    """
    if not content:
        raise evidence_refusal(EvidenceRefusal.EMPTY)
    if is_heic(content):
        raise evidence_refusal(EvidenceRefusal.HEIC)
    if len(content) > FILE_BYTES_MAX:
        raise evidence_refusal(EvidenceRefusal.TOO_BIG)
    if not _slots.acquire(timeout=_WAIT_SECONDS):
        raise BusyError(_BUSY)
    try:
        answer = _drawn_in_child(content)
    finally:
        _slots.release()
    if "refused" in answer:
        raise evidence_refusal(EvidenceRefusal(answer["refused"]))
    media_type = MediaType(answer["media_type"])
    return EvidenceFile(
        file_hash=hashlib.sha256(content).hexdigest(),
        media_type=media_type,
        byte_count=len(content),
        pages=tuple(
            EvidencePage(width, height, base64.b64decode(picture))
            for width, height, picture in answer["pages"]
        ),
        original=content if media_type is MediaType.PDF else b"",
    )


def _drawn_in_child(content: bytes) -> dict[str, Any]:
    try:
        ended = subprocess.run(  # noqa: S603 (our own module, nothing from the file in the command)
            _COMMAND,
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what a library says could quote the document
            timeout=SECONDS_MAX,
            cwd=Path(creditbank.__path__[0]).parent,
            env={"PYTHONUTF8": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise evidence_refusal(EvidenceRefusal.TOO_SLOW) from error
    if ended.returncode != 0:
        raise evidence_refusal(EvidenceRefusal.DAMAGED)
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


_BUSY = Message(
    "正在处理其他人上传的文件,请稍候再试。",
    "Other files are being read; please try again in a moment.",
)
