"""The Flask application: the API and the pages over one engine, with the headers of both."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable

from flask import Flask, Response
from sqlalchemy.orm import configure_mappers
from werkzeug.middleware.proxy_fix import ProxyFix

from creditbank import api, web
from creditbank.api.calls import ENGINE
from creditbank.api.health import BROKER
from creditbank.api.json_provider import OrjsonProvider
from creditbank.broker import make_client
from creditbank.db import APPLICATION, make_engine
from creditbank.domain.webhooks import HTTPS_PORTS
from creditbank.logs import configure_logs
from creditbank.settings import Settings
from creditbank.store.policy_files import load_policy_files

UPLOAD_BYTES_MAX = 16 * 1024 * 1024
"""Three pieces of evidence of 5 MB each; the API lowers it for itself."""
BROKER_PATIENCE_S = 0.3
COLLECTOR = (200_000, 20, 20)
"""A simulation makes a hundred thousand small objects and no cycles: see workers.drain."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'; worker-src 'self'; manifest-src 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_A_YEAR = "max-age=31536000"


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application of one installation."""
    settings = settings or Settings.from_environment()
    configure_logs(settings.log_level)
    gc.set_threshold(*COLLECTOR)
    app = Flask("creditbank", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=UPLOAD_BYTES_MAX,
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_SAMESITE="Lax",
        CREDITBANK_PUBLIC_URL=settings.public_url,
        CREDITBANK_SENDS_MAILS=bool(settings.smtp_url),
        CREDITBANK_WEBHOOK_LOOPBACK=settings.webhook_loopback,
        CREDITBANK_WEBHOOK_PORTS=HTTPS_PORTS | settings.webhook_ports,
    )
    app.json = OrjsonProvider(app)
    app.extensions[ENGINE] = make_engine(settings.database_url, role=APPLICATION)
    app.extensions[BROKER] = make_client(settings.redis_url, timeout=BROKER_PATIENCE_S)
    if settings.trusted_proxies:
        # Throttling goes by the client's address, which behind a proxy only the proxy knows.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies
        )
    app.after_request(_protect(is_secure=settings.secure_cookies))
    api.register(app)
    web.register(app, secure=settings.secure_cookies)
    return app


def serving_app() -> Flask:
    """create_app for a web process, which makes ready meanwhile what is made at first use.

    Two seconds of work that whoever came first to each page would wait for.
    """
    app = create_app()
    threading.Thread(target=_make_ready, args=(app,), daemon=True).start()
    return app


def _make_ready(app: Flask) -> None:
    configure_mappers()
    load_policy_files()
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)


def _protect(*, is_secure: bool) -> Callable[[Response], Response]:
    headers = HEADERS | ({"Strict-Transport-Security": _A_YEAR} if is_secure else {})

    def protect(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return protect
