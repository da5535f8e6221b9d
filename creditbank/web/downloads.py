"""Files to be downloaded: their name, their kind, and that nothing on the way keeps them."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def workbook_response(content: bytes, name: str) -> Response:
    """An .xlsx file under this name (without its ending)."""
    return file_response(content, f"{name}.xlsx", XLSX)


def file_response(content: bytes, name: str, content_type: str) -> Response:
    """A file under this name."""
    response = Response(content, content_type=content_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "no-store"
    return response
