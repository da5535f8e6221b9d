"""Pages packed on their way: a table of a class is a tenth of its size.

How long a packed page is says something of what it holds, so each is lengthened by chance, by the
name that a gzip header may carry and nobody reads; and what another site asks for comes without the
session's cookie, so that nobody else can have a page of theirs made again and again.
"""

from __future__ import annotations

import gzip
import io
import secrets

from flask import request
from werkzeug.wrappers import Response

_WORTH_BYTES = 2048
_LEVEL = 5
_CHANCE_BYTES = 64
_KINDS = ("text/html", "application/json")


def packed(response: Response) -> Response:
    """The same answer, packed where the browser takes it and it is worth it."""
    if not response.is_sequence or response.mimetype not in _KINDS or response.content_encoding:
        return response
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings["gzip"] or (response.content_length or 0) < _WORTH_BYTES:
        return response
    held = io.BytesIO()
    name = "-" * secrets.randbelow(_CHANCE_BYTES)
    with gzip.GzipFile(name, "wb", _LEVEL, held, mtime=0) as archive:
        archive.write(response.get_data())
    response.set_data(held.getvalue())
    response.content_encoding = "gzip"
    return response
