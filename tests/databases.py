"""Databases for tests: one migrated template, and for each worker of pytest a clone of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg import sql

from creditbank.db import migrate
from creditbank.demo.county import seed_county
from creditbank.embedded import APP, AUDITOR, OWNER, SUPERUSER, ServerUrls

TEMPLATE = "creditbank_template"


@dataclass(frozen=True, slots=True)
class Database:
    """One database and its URL for each of the roles, and for the cluster's superuser."""

    name: str
    app_url: str
    owner_url: str
    auditor_url: str
    superuser_url: str


def make_template(servers: ServerUrls) -> None:
    """Create the template and migrate it, as production would."""
    with _administrator(servers) as connection:
        create = sql.SQL("CREATE DATABASE {} OWNER {}")
        connection.execute(create.format(sql.Identifier(TEMPLATE), sql.Identifier(OWNER)))
    migrate(servers.database(OWNER, TEMPLATE))


def clone_template(servers: ServerUrls, name: str, *, template: str = TEMPLATE) -> Database:
    """Make a fresh clone under this name, whatever it held before. About 0.1 s.

    template: another database than the migrated one; nobody may be connected to it.
    """
    drop_database(servers, name)
    with _administrator(servers) as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy")
        names = (name, template, OWNER)
        connection.execute(create.format(*map(sql.Identifier, names)))
    return Database(
        name=name,
        app_url=servers.database(APP, name),
        owner_url=servers.database(OWNER, name),
        auditor_url=servers.database(AUDITOR, name),
        superuser_url=servers.database(SUPERUSER, name),
    )


def clone_county(servers: ServerUrls, name: str, *, as_of: date, scale: float = 0.02) -> Database:
    """A clone of the demo county of a day, which is seeded once for all workers of pytest."""
    template = f"creditbank_county_{as_of:%Y%m%d}_{round(scale * 1000)}"
    with _administrator(servers) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", (template,))
        there = "SELECT FROM pg_database WHERE datname = %s"
        if not connection.execute(there, (template,)).rowcount:
            made = clone_template(servers, f"{template}_growing")
            seed_county(made.owner_url, as_of=as_of, scale=scale)
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            connection.execute(rename.format(*map(sql.Identifier, (made.name, template))))
        return clone_template(servers, name, template=template)


def drop_database(servers: ServerUrls, name: str) -> None:
    """Drop a database with whoever is connected to it."""
    with _administrator(servers) as connection:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(drop.format(sql.Identifier(name)))


def _administrator(servers: ServerUrls) -> psycopg.Connection:
    return psycopg.connect(
        host=str(servers.sockets), user=SUPERUSER, dbname=SUPERUSER, autocommit=True
    )
