"""Pages that no link leads to: what is said where something of ours failed or is away."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.pages.readers import NOBODY
from tests.pages.walk import Seen

FAILURES = (Seen(NOBODY, "failed-500", "/verify"), Seen(NOBODY, "failed-503", "/notices"))
NOWHERE = {
    "DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1",
}


class _Silent(WSGIRequestHandler):
    """Prints no line of each request."""

    def log(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def failing(app: Flask) -> Iterator[str]:
    """The address of this application without a database, one of whose views gets a fault.

    It notes nothing: what a command reports is JSON on the same stream.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    view = app.view_functions["web.verify"]
    app.view_functions["web.verify"] = functools.wraps(view)(_fail)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()


def _fail() -> str:
    raise RuntimeError
