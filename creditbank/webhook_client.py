"""Sending one webhook: a name is resolved once, its address judged, and that one connected to.

No redirect is followed and no proxy asked; a receiver gets little time and little is read of its
answer. What a name leads to between two look-ups is of no account: there is only one.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

from creditbank.domain.webhooks import ANSWER_MAX, SendFault, Sent, is_loopback, is_public, is_url

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
Resolve = Callable[[str, int], list[str]]
"""(name, port) -> the IP addresses it leads to."""


def resolve(host: str, port: int) -> list[str]:
    """What the system's resolver says. Raises OSError for a name that leads nowhere."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(item[4][0]) for item in found]


class WebhookSender:
    """Posts events. loopback: also to this machine and without TLS, for development and tests."""

    def __init__(
        self,
        *,
        loopback: bool = False,
        resolver: Resolve = resolve,
        trusted: ssl.SSLContext | None = None,
        seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._loopback, self._resolve, self._seconds = loopback, resolver, seconds
        self._trusted = trusted or ssl.create_default_context()

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        """One attempt; whatever goes wrong is in the answer. 2xx is delivered."""
        started = time.monotonic()

        def outcome(status: int | None, fault: SendFault, answer: str = "") -> Sent:
            return Sent(status, fault, answer, int((time.monotonic() - started) * 1000))

        address = self._address(url)
        if address is None:
            return outcome(None, SendFault.ADDRESS)
        try:
            status, answer = self._post(urlsplit(url), address, headers, body)
        except ssl.SSLError:
            return outcome(None, SendFault.TLS)
        except TimeoutError:
            return outcome(None, SendFault.TIMEOUT)
        except (OSError, http.client.HTTPException, ValueError):
            is_late = time.monotonic() - started >= self._seconds
            return outcome(None, SendFault.TIMEOUT if is_late else SendFault.CONNECTION)
        is_taken = 200 <= status < 300  # noqa: PLR2004 (the class of success)
        return outcome(status, SendFault.NONE if is_taken else SendFault.STATUS, answer)

    def _address(self, url: str) -> str | None:
        """The one address to connect to; None where nothing may be sent there."""
        if not is_url(url, loopback=self._loopback):
            return None
        parts = urlsplit(url)
        try:
            found = self._resolve(parts.hostname or "", _port(parts))
        except (OSError, UnicodeError):
            return None
        is_here = self._loopback and is_loopback(parts.hostname or "")
        if not found or not all(
            is_public(item) or (is_here and is_loopback(item)) for item in found
        ):
            return None
        return found[0]

    def _post(
        self, parts: SplitResult, address: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, str]:
        """Status and beginning of the answer. The whole exchange ends when the time is over."""
        host = parts.hostname or ""
        plain = socket.create_connection((address, _port(parts)), timeout=CONNECT_SECONDS)
        timer = threading.Timer(self._seconds, _end, (plain,))
        timer.daemon = True
        timer.start()
        try:
            plain.settimeout(self._seconds)
            used = plain
            if parts.scheme == "https":
                used = self._trusted.wrap_socket(plain, server_hostname=host)
            connection = http.client.HTTPConnection(host, _port(parts))
            connection.sock = used
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body=body, headers={"Host": parts.netloc, **headers})
            response = connection.getresponse()
            said = response.read(ANSWER_MAX)
            return response.status, _printable(said)
        finally:
            timer.cancel()
            with suppress(OSError):
                used.close()
            plain.close()


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _printable(said: bytes) -> str:
    text = said.decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else " " for sign in text)[:ANSWER_MAX]
