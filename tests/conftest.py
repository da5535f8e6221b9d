"""Fixtures of all tests: throw-away servers, and a migrated database for each worker of pytest.

One PostgreSQL and one Valkey serve all workers; they start when the first test asks for them and
stop with pytest. Nothing here touches var/ or the servers of a running `creditbank up`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import hypothesis
import pytest
import redis
from sqlalchemy import Engine

from creditbank.db import make_engine
from creditbank.embedded import EmbeddedServers, ServerUrls
from creditbank.settings import Settings
from tests.databases import Database, clone_template, drop_database, make_template
from tests.factories.advance_classes import AdvanceClasses

if TYPE_CHECKING:
    from tests.factories.county import CountyInSmall

_SOCKETS = "creditbank_sockets"
_VALKEY_DATABASES = 8
"""The first half of them; browsers sign in in the other one (tests/browser/conftest.py)."""
_MEMORY = Path("/dev/shm")  # noqa: S108 (below it a folder of a random name)
_ROOM = 4 * 1024**3
# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile(
    "unhurried",
    hypothesis.settings.default,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("unhurried")

_running = pytest.StashKey[EmbeddedServers]()
_folder = pytest.StashKey["tempfile.TemporaryDirectory[str]"]()


class PreparedCounty(NamedTuple):
    """A database to clone, and who is in it."""

    database: str
    county: CountyInSmall


def _fast_folder() -> Path | None:
    """Memory where the machine lends enough of it, else wherever temporary files go.

    A clone of the template is a thousand files, and takes a tenth of the time in memory.
    """
    lent = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)
    return _MEMORY if lent and shutil.disk_usage(_MEMORY).free > _ROOM else None


def _start_servers(config: pytest.Config) -> ServerUrls:
    """The servers of this run of pytest, started on the first call."""
    if _running not in config.stash:
        config.stash[_folder] = tempfile.TemporaryDirectory(
            prefix="creditbank-tests-", dir=_fast_folder()
        )
        servers = EmbeddedServers(Path(config.stash[_folder].name), fsync=False)
        config.stash[_running] = servers
        make_template(servers.start())
    return config.stash[_running].urls


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Tell a worker of xdist where the controller's servers are."""
    node.workerinput[_SOCKETS] = str(_start_servers(node.config).sockets)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _running in config.stash:
        config.stash[_running].stop()
        config.stash[_folder].cleanup()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Where CI is true no test may be skipped for want of a program."""
    report = yield
    needs = any(item.get_closest_marker(name) for name in ("browser", "libreoffice"))
    forbidden = needs and os.environ.get("CI") == "true"
    if report.skipped and forbidden and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped where CI=true allows no skipping: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> ServerUrls:
    """The addresses of the throw-away PostgreSQL and Valkey."""
    told = getattr(request.config, "workerinput", {}).get(_SOCKETS)
    return ServerUrls(Path(told)) if told else _start_servers(request.config)


@pytest.fixture(scope="session")
def worker_number(request: pytest.FixtureRequest) -> int:
    """0, 1, … among the workers of xdist; 0 without xdist."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    return int(worker.removeprefix("gw"))


@pytest.fixture(scope="session")
def database(servers: ServerUrls, worker_number: int) -> Iterator[Database]:
    """This worker's database. A test that writes, or needs it empty, asks for clean_database."""
    name = f"creditbank_test_{worker_number}"
    yield clone_template(servers, name)
    drop_database(servers, name)


@pytest.fixture(scope="session")
def engine(database: Database) -> Iterator[Engine]:
    """An engine under the application's login."""
    made = make_engine(database.app_url)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def owner_engine(database: Database) -> Iterator[Engine]:
    """An engine under the owner's login: fills tables that the application may only read."""
    made = make_engine(database.owner_url)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def redis_url(servers: ServerUrls, worker_number: int) -> str:
    """This worker's database in Valkey."""
    return servers.redis(worker_number % _VALKEY_DATABASES)


@pytest.fixture
def clean_database(
    servers: ServerUrls, database: Database, engine: Engine, owner_engine: Engine, redis_url: str
) -> Database:
    """This worker's database, empty but for what migrations put in; its Valkey emptied."""
    engine.dispose()
    owner_engine.dispose()
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    return clone_template(servers, database.name)


@pytest.fixture(scope="session")
def advance_classes(
    servers: ServerUrls, database: Database, engine: Engine, owner_engine: Engine
) -> Iterator[AdvanceClasses]:
    """`advance_classes.at(Stage.FILED)` fills this worker's database with a class at that stage."""
    made = AdvanceClasses(servers, database, engine, owner_engine)
    yield made
    made.drop()


@pytest.fixture(scope="session")
def prepared_county(servers: ServerUrls, database: Database) -> Iterator[PreparedCounty]:
    """The county in small, made once for each worker of pytest; tests clone it."""
    from tests.factories.county import make_county

    name = f"{database.name}_county"
    owner = make_engine(clone_template(servers, name).owner_url)
    county = make_county(owner)
    owner.dispose()
    yield PreparedCounty(name, county)
    drop_database(servers, name)


@pytest.fixture
def county(
    servers: ServerUrls,
    database: Database,
    engine: Engine,
    owner_engine: Engine,
    prepared_county: PreparedCounty,
) -> CountyInSmall:
    """This worker's database with the county in small, as it was made."""
    engine.dispose()
    owner_engine.dispose()
    clone_template(servers, database.name, template=prepared_county.database)
    return prepared_county.county


@pytest.fixture(scope="session")
def settings(
    database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Settings that lead to this worker's database and Valkey."""
    return Settings.from_environment(
        {
            "DATABASE_URL": database.app_url,
            "DATABASE_OWNER_URL": database.owner_url,
            "REDIS_URL": redis_url,
            "CREDITBANK_VAR": str(tmp_path_factory.mktemp("var")),
        }
    )
