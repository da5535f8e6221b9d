"""Servers, a small county, the relay and two workers as real processes, and somebody who posts."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine, text

from creditbank.commands import relay_command, worker_command
from creditbank.db import make_engine, migrate
from creditbank.demo.county import seed_county
from creditbank.domain.access import Actor
from creditbank.domain.awards import InnovationCategory
from creditbank.domain.ledger import GENESIS_HASH, content_hash
from creditbank.domain.permissions import Role
from creditbank.embedded import OWNER, EmbeddedServers
from creditbank.services.commands import PostedEntry, PostInnovationCredit
from creditbank.services.credits import post_credit
from creditbank.services.recomputations import recompute_verdicts
from creditbank.settings import Settings, inherited_environment
from creditbank.store.ledger import entries_of, entry_content
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.supervisor import Program, Supervisor

REGISTRAR = Actor(account_id=1, role=Role.REGISTRAR, institution_id=1)
SCHOOL = "1"


class Arena:
    """One installation under attack. learner_ids: pupils of the vocational school."""

    def __init__(self, folder: Path, programs: list[Program] | None, scale: float) -> None:
        self.servers = EmbeddedServers(folder / "data", fsync=False)
        urls = self.servers.start()
        migrate(urls.database(OWNER))
        seed_county(urls.database(OWNER), as_of=date(2026, 6, 30), scale=scale)
        self.settings = Settings.from_environment(
            {"DATABASE_URL": urls.database(), "REDIS_URL": urls.redis()}
        )
        self.owner_url = urls.database(OWNER)
        self.engine: Engine = make_engine(urls.database(), pool_size=16)
        with self.engine.connect() as connection:
            connection.execute(text("SELECT set_config('creditbank.reach', '1', true)"))
            self.learner_ids = list(
                connection.execute(
                    text("SELECT learner_id FROM enrolments WHERE is_open ORDER BY 1")
                ).scalars()
            )
        self.supervisor = Supervisor(
            logs=folder / "logs",
            environment={**inherited_environment(), **self.settings.as_environment()},
        )
        if programs is None:
            programs = [
                Program("relay", relay_command(self.settings)),
                Program("worker-1", worker_command(self.settings)),
                Program("worker-2", worker_command(self.settings)),
            ]
        self.supervisor.start(*programs)

    def tend(self) -> None:
        """Start again what has fallen. From the thread that started it."""
        self.supervisor.tend()
        self.servers.restart_fallen()

    def kill_workers(self) -> None:
        """Kill -9 every worker."""
        for name, pid in self.supervisor.pids.items():
            if name.startswith("worker"):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def kill_broker(self) -> None:
        """Kill -9 the broker; nothing was persisted."""
        os.kill(self.servers.pids["valkey"], signal.SIGKILL)

    def freeze_broker(self, *, seconds: float) -> None:
        """Stop the broker for a while; the rest goes on."""
        pid = self.servers.pids["valkey"]
        os.kill(pid, signal.SIGSTOP)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.supervisor.tend()
            time.sleep(0.05)
        os.kill(pid, signal.SIGCONT)

    def post(self, learner_id: int, title: str, key: str = "") -> PostedEntry:
        """Post half a credit of volunteering."""
        with UnitOfWork(self.engine, SCHOOL) as uow:
            return post_credit(
                uow,
                REGISTRAR,
                PostInnovationCredit(
                    learner_id=learner_id,
                    category=InnovationCategory.VOLUNTEERING,
                    title=title,
                    quantity=20,
                    earned_on=date(2026, 6, 1),
                ),
                idempotency_key=key or uuid.uuid4().hex,
                now=datetime.now(UTC),
            )

    def wait_until_settled(self, seconds: float) -> float | None:
        """Seconds until every verdict stands at its learner's head; None after the patience."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            self.tend()
            if not self.behind():
                return time.monotonic() - started
            time.sleep(0.05)
        return None

    def behind(self) -> int:
        """How many verdict heads stand behind their learner's books, or are missing."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT set_config('creditbank.reach', '*', true)"))
            return connection.execute(
                text(
                    "SELECT count(*) FROM learner_heads h JOIN enrolments e USING (learner_id)"
                    " LEFT JOIN verdict_heads v ON v.enrolment_id = e.enrolment_id"
                    "  AND v.subject_kind = 'graduation'"
                    " WHERE v.ledger_seq IS DISTINCT FROM h.ledger_seq"
                    "  OR v.facts_seq IS DISTINCT FROM h.facts_seq"
                )
            ).scalar_one()

    def oldest_mark_seconds(self) -> float:
        """How long the oldest mark has waited, 0 without one."""
        with self.engine.connect() as connection:
            waited = connection.execute(
                text("SELECT extract(epoch FROM now() - min(marked_at)) FROM pending_evaluations")
            ).scalar_one()
        return float(waited or 0)

    def wrong_verdicts(self) -> int:
        """How many standing verdicts differ from a fresh evaluation of the ledger."""
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            report = recompute_verdicts(uow, self.learner_ids, as_of=datetime.now(UTC).date())
        return len(report.differences)

    def ledger_faults(self, acknowledged: list[PostedEntry]) -> dict[str, int]:
        """Lost and doubled posts, gaps and broken links, over the pupils' whole ledgers."""
        lost = doubled = broken = 0
        seen: dict[int, dict[int, str]] = {}
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            for learner_id in self.learner_ids:
                previous = GENESIS_HASH
                titles: list[str] = []
                seen[learner_id] = {}
                for number, row in enumerate(entries_of(uow.connection, learner_id), 1):
                    hashed = content_hash(previous, entry_content(row))
                    broken += row["ledger_seq"] != number or row["entry_hash"] != hashed
                    previous = hashed
                    seen[learner_id][number] = hashed.hex()
                    if row["detail"].get("title", "").startswith("chaos"):
                        titles.append(row["detail"]["title"])
                doubled += len(titles) - len(set(titles))
        for entry in acknowledged:
            lost += seen[entry.learner_id].get(entry.ledger_seq) != entry.entry_hash
        return {"lost": lost, "doubled": doubled, "broken": broken}

    def close(self) -> None:
        """Stop everything."""
        self.engine.dispose()
        self.supervisor.stop()
        self.servers.stop()


@contextmanager
def arena(programs: list[Program] | None = None, *, scale: float = 0.08) -> Iterator[Arena]:
    """An arena whose first verdicts are all computed (where workers were asked for)."""
    with tempfile.TemporaryDirectory(prefix="creditbank-chaos-") as folder:
        made = Arena(Path(folder), programs, scale)
        try:
            if programs != []:
                made.wait_until_settled(60)
            yield made
        finally:
            made.close()


class Posters(threading.Thread):
    """Posts at a rate; keeps what was acknowledged, what failed, and how long each took.

    Learner after learner, each one's posts in a row: a later post would heal what was lost before.
    """

    def __init__(self, arena_: Arena, *, posts: int, per_second: float) -> None:
        super().__init__(daemon=True)
        self._arena, self._posts, self._pause = arena_, posts, 1 / per_second
        self.acknowledged: list[PostedEntry] = []
        self.seconds: list[float] = []
        self.errors: list[str] = []

    def run(self) -> None:
        for number in range(self._posts):
            started = time.perf_counter()
            learners = self._arena.learner_ids
            learner_id = learners[number * len(learners) // self._posts]
            try:
                self.acknowledged.append(self._arena.post(learner_id, f"chaos {number}"))
            except Exception as error:  # noqa: BLE001 (an error is a figure of the scenario)
                self.errors.append(type(error).__name__)
            self.seconds.append(time.perf_counter() - started)
            time.sleep(max(0.0, self._pause - self.seconds[-1]))

    def p99_ms(self) -> float:
        ordered = sorted(self.seconds)
        return round(ordered[int(len(ordered) * 0.99)] * 1000, 1)
