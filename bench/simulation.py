"""A changed value over the whole county: simulated, really changed in a copy, and compared.

Seconds are of the page that shows it, drawn and all, and of the simulation alone. differences
counts verdicts that the simulation and the real change tell apart; it has to be 0.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import psycopg
from flask import Flask
from psycopg import sql
from sqlalchemy import Engine

from bench.throwaway import fill, servers
from creditbank.app import create_app
from creditbank.db import make_engine
from creditbank.domain.access import Actor
from creditbank.domain.permissions import Role
from creditbank.domain.policy_keys import POLICY_KEYS, value_text
from creditbank.domain.simulations import Effect, Position, Simulation, effect_of
from creditbank.embedded import OWNER, SUPERUSER, ServerUrls
from creditbank.embedded.urls import DATABASE
from creditbank.services.accounts import open_session
from creditbank.services.evaluations import drain
from creditbank.services.policy_changes import change_policy
from creditbank.services.policy_commands import ChangePolicy, DraftValue, SimulateValues
from creditbank.services.simulations import simulate_rule_change
from creditbank.settings import Settings
from creditbank.store.simulations import Subject, read_open_enrolments, read_standing_positions
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork

BAR_S = 2.0
COPY = "creditbank_copy"
CHANGES = (
    ("innovation.career_cap_units", 800),
    ("innovation.career_cap_units", 400),
    ("substitution.cap_units", 300),
    ("substitution.share_percent", 20),
    ("substitution.cap_units", 0),
    ("innovation.career_cap_units", 0),
    ("duration.years_early_max", 0),
    ("duration.years_late_max", 0),
    ("duration.suspension_counts", True),
)
_BUREAU = Actor(account_id=9, role=Role.COUNTY)
_USERNAME = "county"


def measure(*, small: bool = False) -> dict[str, Any]:
    """Each change: seconds, who gains and loses, and what the real change tells apart."""
    with servers() as urls:
        summary = fill(urls, small=small)
        engine = make_engine(urls.database())
        _drained(engine)
        changes = [_measured(urls, engine, key, value) for key, value in CHANGES]
        engine.dispose()
    return {
        "learners": summary.learners,
        "entries": summary.entries,
        "changes": changes,
        "differences": sum(change["differences"] for change in changes),
        "within_bar": all(change["page_s"] <= BAR_S for change in changes),
    }


def _measured(urls: ServerUrls, engine: Engine, key: str, value: int) -> dict[str, Any]:
    page_s = _page_seconds(urls, key, value)
    started = time.perf_counter()
    found = _simulated(engine, key, value)
    seconds = time.perf_counter() - started
    before = _positions(engine)
    engine.dispose()
    differences = _differences(found, before, _really_changed(urls, key, value))
    return {
        "key": key,
        "value": value_text(POLICY_KEYS[key], value),
        "page_s": round(page_s, 2),
        "seconds": round(seconds, 2),
        "evaluated": found.evaluated,
        "gained": found.count(Effect.GAINS),
        "lost": found.count(Effect.LOSES),
        "differences": differences,
    }


def _page_seconds(urls: ServerUrls, key: str, value: int) -> float:
    """The page as the bureau asks for it, from a web process that has been asked before."""
    app = create_app(
        Settings.from_environment({"DATABASE_URL": urls.database(), "REDIS_URL": urls.redis()})
    )
    with app.test_client() as client:
        client.set_cookie("creditbank", _session(app))
        client.get("/rules")
        started = time.perf_counter()
        answer = client.get(
            f"/rules/{key}/simulation?value={value_text(POLICY_KEYS[key], value)}",
            headers={"HX-Request": "true"},
        )
        seconds = time.perf_counter() - started
    app.extensions["creditbank_engine"].dispose()
    if answer.status_code != 200:  # noqa: PLR2004 (as HTTP has it)
        raise RuntimeError(answer.status)
    return seconds


def _session(app: Flask) -> str:
    engine = app.extensions["creditbank_engine"]
    with UnitOfWork(engine, "") as uow:
        account_id = uow.connection.exec_driver_sql(
            f"SELECT account_id FROM accounts WHERE username = '{_USERNAME}'"
        ).scalar_one()
        return open_session(uow, account_id, {}, now=datetime.now(UTC)).token


def _simulated(engine: Engine, key: str, value: int) -> Simulation:
    command = SimulateValues(values=(DraftValue(key=key, value=value),))
    with UnitOfWork(engine, EVERYWHERE) as uow:
        return simulate_rule_change(uow, _BUREAU, command, now=datetime.now(UTC))


def _really_changed(urls: ServerUrls, key: str, value: int) -> dict[Subject, Position]:
    """Every verdict of a copy of the county in which the value is in force."""
    _copy_database(urls)
    engine = make_engine(urls.database(name=COPY))
    command = ChangePolicy(
        key=key,
        value=value,
        effective_from=datetime.now(UTC).date(),
        reference="试验〔2026〕1号",
    )
    with UnitOfWork(engine, EVERYWHERE) as uow:
        change_policy(uow, _BUREAU, command, idempotency_key=key, now=datetime.now(UTC))
    _drained(engine)
    found = _positions(engine)
    engine.dispose()
    return found


def _copy_database(urls: ServerUrls) -> None:
    with psycopg.connect(
        host=str(urls.sockets), user=SUPERUSER, dbname=SUPERUSER, autocommit=True
    ) as connection:
        copy, template, owner = map(sql.Identifier, (COPY, DATABASE, OWNER))
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(copy))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy").format(
                copy, template, owner
            )
        )


def _positions(engine: Engine) -> dict[Subject, Position]:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        enrolments = read_open_enrolments(uow.connection, None)
        found = read_standing_positions(uow.connection, [item.learner_id for item in enrolments])
    is_open = {item.enrolment_id for item in enrolments}
    return {subject: item.position for subject, item in found.items() if subject[0] in is_open}


def _differences(
    found: Simulation, before: dict[Subject, Position], after: dict[Subject, Position]
) -> int:
    """Verdicts of which the two lists do not say the same."""
    said = {
        (item.enrolment_id, item.subject_kind, item.subject_id): (item.before, item.after)
        for item in found.affected
    }
    really = {
        subject: (position, after[subject])
        for subject, position in before.items()
        if effect_of(position, after[subject]) is not Effect.SAME
    }
    return sum(1 for at in said.keys() | really.keys() if said.get(at) != really.get(at))


def _drained(engine: Engine) -> None:
    """All marks answered."""
    while drain(lambda: UnitOfWork(engine, EVERYWHERE), now=datetime.now(UTC)).claimed:
        pass
