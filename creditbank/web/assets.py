"""Files that pages need, from here alone; addresses hold a hash, so that none goes stale."""

from __future__ import annotations

import functools
import gzip
import hashlib
from http import HTTPStatus
from pathlib import Path

from flask import Response, request, send_from_directory, url_for
from markupsafe import Markup

from creditbank.domain.access import declares
from creditbank.domain.permissions import Action

FOLDER = Path(__file__).parent / "static"
_SYMBOL = Markup(
    '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}" /></svg>'
)
_TEXTS = (".css", ".js", ".svg", ".json")
_FOREVER_SECONDS = 365 * 24 * 3600


@declares(Action.SIGN_IN)
def file(filename: str) -> Response:
    """One file; kept by browsers for good where the address names its content."""
    max_age = _FOREVER_SECONDS if "v" in request.args else None
    response = send_from_directory(FOLDER, filename, max_age=max_age)
    if max_age:
        response.cache_control.immutable = True
    if filename.endswith(_TEXTS):
        response.vary.add("Accept-Encoding")
        if request.accept_encodings["gzip"] and response.status_code == HTTPStatus.OK:
            response.direct_passthrough = False
            response.set_data(_packed(filename))
            response.content_encoding = "gzip"
    return response


def asset(filename: str) -> str:
    """The address of a file, with its version."""
    return _address(request.script_root, filename)


def symbol(name: str) -> Markup:
    """A symbol of static/icons/symbols.svg: beside words, so screen readers leave it out."""
    return _SYMBOL.format(asset("icons/symbols.svg"), name)


@functools.cache
def _address(_root: str, filename: str) -> str:
    return url_for("web.asset", filename=filename, v=_version(filename))


@functools.cache
def _version(filename: str) -> str:
    return hashlib.sha256((FOLDER / filename).read_bytes()).hexdigest()[:12]


@functools.cache
def _packed(filename: str) -> bytes:
    """The same bytes each time. Pages are not packed: beside a secret, their length would tell."""
    return gzip.compress((FOLDER / filename).read_bytes(), mtime=0)
