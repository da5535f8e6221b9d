"""A college that is told at a real receiver, and the time it is there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sqlalchemy import Engine, text
from standardwebhooks.webhooks import Webhook

from creditbank.services.evaluations import drain
from creditbank.services.webhook_deliveries import DeliveryReport, Postman, deliver_webhooks
from creditbank.services.webhook_events import announce_changes
from creditbank.settings import DEVELOPMENT_KEY
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from creditbank.webhook_client import WebhookSender
from tests.factories.county import AGREED, NOW, CountyInSmall
from tests.factories.signing import add_webhook


@dataclass
class Receiver:
    """Takes what is posted; answers with status."""

    url: str
    status: int = 204
    answer: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def take(self) -> list[tuple[dict[str, str], bytes]]:
        found, self.got[:] = list(self.got), []
        return found


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.got.append((dict(self.headers), body))
            self.send_response(made.status)
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(made.answer)))
            self.end_headers()
            self.wfile.write(made.answer)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hook?from=creditbank")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


class Desk:
    """A county whose college is told at a receiver, and the time it is there."""

    def __init__(self, engine: Engine, owner: Engine, county: CountyInSmall, receiver: Receiver):
        self.engine, self.owner, self.county, self.receiver = engine, owner, county, receiver
        self.now = self.started = datetime.now(UTC)
        self.secret = add_webhook(owner, county.college, receiver.url, now=NOW)
        self.agreement, self.learner = county.agreements[AGREED], county.learners[AGREED]

    def open_unit(self) -> UnitOfWork:
        return UnitOfWork(self.engine, EVERYWHERE, EVERYBODY)

    def deliver(self, send: Any = None) -> DeliveryReport:
        return deliver_webhooks(
            Postman(
                open_unit=self.open_unit,
                send=send or WebhookSender(loopback=True),
                secret_key=DEVELOPMENT_KEY,
                clock=lambda: self.now,
                jitter=lambda: 0.5,
            )
        )

    def evaluate(self) -> None:
        while drain(self.open_unit, now=self.now).claimed:
            pass

    def announce(self) -> int:
        return announce_changes(self.open_unit, now=self.now)

    def do(self, service: Callable[..., Any], *rest: Any, **named: Any) -> Any:
        with UnitOfWork(self.engine, f"@{self.county.college.institution_id}/2026-07-01") as uow:
            return service(
                uow, self.county.college, self.secret.webhook_endpoint_id, *rest, now=self.now,
                **named,
            )  # fmt: skip

    def execute(self, statement: str, **values: Any) -> Any:
        with UnitOfWork(self.owner, EVERYWHERE) as uow:
            found = uow.connection.execute(text(statement), values)
            return found.all() if found.returns_rows else None

    def change_status(self) -> None:
        """As a worker's new verdict marks it."""
        self.execute(
            "INSERT INTO cohort_marks (agreement_id, enrolment_id, is_verdict)"
            " SELECT agreement_id, enrolment_id, true FROM shared_members"
            " WHERE agreement_id = :id",
            id=self.agreement,
        )
        self.announce()


def verified(secret: str, found: tuple[dict[str, str], bytes]) -> dict[str, Any]:
    """What the package of the standard says that it is."""
    headers, body = found
    message: dict[str, Any] = Webhook(secret).verify(body.decode(), headers)
    return message
