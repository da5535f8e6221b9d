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

    def redis(self, number: int = 0) -> str:
        """The URL of one of Valkey's 16 numbered databases."""
        return f"unix://{quote(str(self.sockets / VALKEY_SOCKET))}?db={number}"

    def database(self, role: str = APP, name: str = DATABASE) -> str:
        """The SQLAlchemy URL of a database for one of the roles of this module."""
        return f"postgresql+psycopg://{role}@/{name}?host={quote(str(self.sockets), safe='/')}"
