"""Files that pages need, from here alone; addresses hold a hash, so that none goes stale."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from flask import Response, request, send_from_directory, url_for

from creditbank.domain.access import declares
from creditbank.domain.permissions import Action

FOLDER = Path(__file__).parent / "static"
_FOREVER_SECONDS = 365 * 24 * 3600


@declares(Action.SIGN_IN)
def file(filename: str) -> Response:
    """One file; kept by browsers for good where the address names its content."""
    max_age = _FOREVER_SECONDS if "v" in request.args else None
    response = send_from_directory(FOLDER, filename, max_age=max_age)
    if max_age:
        response.cache_control.immutable = True
    return response


def asset(filename: str) -> str:
    """The address of a file, with its version."""
    return url_for("web.asset", filename=filename, v=_version(filename))


@functools.cache
def _version(filename: str) -> str:
    return hashlib.sha256((FOLDER / filename).read_bytes()).hexdigest()[:12]
