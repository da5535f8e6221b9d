"""The Flask application: the API and the pages over one engine, with the headers of both.

Errors that no blueprint answers come here: a problem document below /api/, else the pages' answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from creditbank import api, web
from creditbank.api import problems
from creditbank.api.calls import ENGINE
from creditbank.api.health import BROKER
from creditbank.api.json_provider import OrjsonProvider
from creditbank.broker import make_client
from creditbank.db import make_engine
from creditbank.domain.errors import CreditbankError
from creditbank.settings import Settings

UPLOAD_BYTES_MAX = 12 * 1024 * 1024
"""The largest class sheet; the API lowers it for itself."""
BROKER_PATIENCE_S = 0.3
API_PREFIX = "/api/"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_A_YEAR = "max-age=31536000"

Failure = TypeVar("Failure", bound=Exception)


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application of one installation."""
    settings = settings or Settings.from_environment()
    app = Flask("creditbank", static_folder=None, root_path=api.__path__[0].rpartition("/")[0])
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=UPLOAD_BYTES_MAX,
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.json = OrjsonProvider(app)
    app.extensions[ENGINE] = make_engine(settings.database_url)
    app.extensions[BROKER] = make_client(settings.redis_url, timeout=BROKER_PATIENCE_S)
    app.after_request(_protect(is_secure=settings.secure_cookies))
    api.register(app)
    web.register(app, secure=settings.secure_cookies)
    _answer_errors(app)
    return app


def _protect(*, is_secure: bool) -> Callable[[Response], Response]:
    headers = HEADERS | ({"Strict-Transport-Security": _A_YEAR} if is_secure else {})

    def protect(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return protect


def _answer_errors(app: Flask) -> None:
    def in_api(answer: Callable[[Failure], Response]) -> Callable[[Failure], Any]:
        def dispatch(error: Failure) -> Any:  # noqa: ANN401 (whatever Flask can send)
            if request.path.startswith(API_PREFIX):
                return answer(error)
            return web.answer_error(error)

        return dispatch

    app.register_error_handler(HTTPException, in_api(problems.http_problem))
    app.register_error_handler(CreditbankError, in_api(problems.creditbank_problem))
    app.register_error_handler(SQLAlchemyError, in_api(problems.database_problem))
    app.register_error_handler(Exception, in_api(problems.unexpected_problem))
