"""How embedded servers are reached, and the names of the roles in their database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

DATABASE = "creditbank"
OWNER = "creditbank_owner"
APP = "creditbank_app"
AUDITOR = "creditbank_auditor"
SUPERUSER = "postgres"
VALKEY_SOCKET = "valkey.sock"


class ServerError(RuntimeError):
    """A server can't be found or does not start; the message says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class ServerUrls:
    """The addresses of both servers; sockets is the folder of their Unix sockets."""

    sockets: Path

    @property
    def redis(self) -> str:
        """The URL of Valkey for the redis client and for Celery's broker_url alike."""
        return self.valkey("unix")

    @property
    def broker(self) -> str:
        """The same for kombu, which names the transport otherwise."""
        return self.valkey("redis+socket")

    def valkey(self, scheme: str) -> str:
        """The URL of Valkey under another scheme."""
        return f"{scheme}://{quote(str(self.sockets / VALKEY_SOCKET))}"

    def database(self, role: str = APP, name: str = DATABASE) -> str:
        """The SQLAlchemy URL of a database for one of the roles of this module."""
        return f"postgresql+psycopg://{role}@/{name}?host={quote(str(self.sockets), safe='/')}"
