"""A worker of Celery at the real broker tells colleges, and evaluates while a receiver is slow."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from creditbank.commands import worker_command
from creditbank.domain.awards import InnovationCategory
from creditbank.services.commands import PostInnovationCredit
from creditbank.services.credits import post_credit
from creditbank.services.webhooks import ping_endpoint
from creditbank.settings import Settings, inherited_environment
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.county import AGREED, NOW, CountyInSmall
from tests.factories.signing import add_webhook
from tests.processes import ROOT, wait_until
from workers.app import make_celery


class SlowReceiver:
    """Takes a call and says nothing until it is told to."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/hook"
        self.is_held, self.answers = threading.Event(), threading.Event()
        self.has_given_up = False
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection:
                    connection.recv(65_536)
                    self.is_held.set()
                    self._hold(connection)

    def _hold(self, connection: socket.socket) -> None:
        connection.settimeout(0.05)
        while not self.answers.is_set():
            with suppress(TimeoutError):
                if not connection.recv(65_536):  # the worker has hung up
                    self.has_given_up = True
                    return
        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    def close(self) -> None:
        self.answers.set()
        self._listener.close()


@contextmanager
def worker(settings: Settings, log: Path) -> Iterator[None]:
    environment = inherited_environment() | settings.as_environment()
    with (
        log.open("wb") as sink,
        subprocess.Popen(
            worker_command(settings), cwd=ROOT, env=environment, stdout=sink, stderr=sink
        ) as process,
    ):
        try:
            yield
        finally:
            process.kill()


@pytest.fixture
def receiver() -> Iterator[SlowReceiver]:
    made = SlowReceiver()
    yield made
    made.close()


def test_evaluation_does_not_wait_for_a_slow_receiver(
    county: CountyInSmall, settings: Settings, engine: Engine, owner_engine: Engine,
    receiver: SlowReceiver, tmp_path: Path,
):  # fmt: skip
    secret = add_webhook(owner_engine, county.college, receiver.url, now=NOW)
    number, now = secret.webhook_endpoint_id, datetime.now(UTC)
    with UnitOfWork(engine, EVERYWHERE) as uow:
        ping_endpoint(uow, county.college, number, now=now)
    with UnitOfWork(engine, "1") as uow:
        command = PostInnovationCredit(
            learner_id=county.learners[AGREED], category=InnovationCategory.VOLUNTEERING,
            title="志愿服务", quantity=20, earned_on=date(2026, 6, 1),
        )  # fmt: skip
        post_credit(uow, county.schools[0].registrar, command, idempotency_key="slow", now=NOW)

    def counted(query: str) -> int:
        with UnitOfWork(engine, EVERYWHERE) as uow:
            return int(uow.connection.execute(text(query), {"id": number}).scalar_one())

    waiting = "SELECT count(*) FROM pending_evaluations"
    delivered = (
        "SELECT count(*) FROM webhook_deliveries WHERE webhook_endpoint_id = :id"
        " AND state = 'delivered'"
    )
    assert counted(waiting) > 0
    telling = replace(settings, webhook_loopback=True)
    celery = make_celery(telling)
    with worker(telling, tmp_path / "worker.log"):
        celery.send_task("tell_colleges", ignore_result=True)
        wait_until(receiver.is_held.is_set, 60)
        celery.send_task("drain", ignore_result=True)
        wait_until(lambda: counted(waiting) == 0, 60)
        assert not receiver.has_given_up  # all of it while the call was held
        assert counted(delivered) == 0
        receiver.answers.set()
        wait_until(lambda: counted(delivered) > 0)
