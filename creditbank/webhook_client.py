"""Sending one webhook: a name is resolved once, its address judged, and that one connected to.

No redirect is followed and no proxy asked; a receiver gets little time and little is read of its
answer: look-up, connection, handshake, sending and answer share one limit, however they drip. What
a name leads to between two look-ups is of no account: there is only one.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from urllib.parse import SplitResult, urlsplit

from creditbank.domain.webhooks import (
    ANSWER_MAX,
    HTTPS_PORTS,
    SendFault,
    Sent,
    is_loopback,
    is_public,
    is_url,
)

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
Resolve = Callable[[str, int], list[str]]
"""(name, port) -> the IP addresses it leads to."""


def resolve(host: str, port: int) -> list[str]:
    """What the system's resolver says. Raises OSError for a name that leads nowhere."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(item[4][0]) for item in found]


class WebhookSender:
    """Posts events. loopback: also to this machine and without TLS, for development and tests.

    ports: those of https that are sent to. seconds: what the whole of one attempt may take.
    """

    def __init__(
        self,
        *,
        loopback: bool = False,
        ports: frozenset[int] = HTTPS_PORTS,
        resolver: Resolve = resolve,
        trusted: ssl.SSLContext | None = None,
        seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._loopback, self._ports, self._resolve = loopback, ports, resolver
        self._seconds = seconds
        self._trusted = trusted or ssl.create_default_context()

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        """One attempt; whatever goes wrong is in the answer. 2xx is delivered."""
        started = time.monotonic()
        ends = started + self._seconds

        def outcome(status: int | None, fault: SendFault, answer: str = "") -> Sent:
            return Sent(status, fault, answer, int((time.monotonic() - started) * 1000))

        try:
            address = self._address(url, ends)
            if address is None:
                return outcome(None, SendFault.ADDRESS)
            status, answer = self._post(urlsplit(url), address, headers, body, ends)
        except TimeoutError:
            return outcome(None, SendFault.TIMEOUT)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if time.monotonic() >= ends:  # what was cut off ends as it may
                return outcome(None, SendFault.TIMEOUT)
            is_tls = isinstance(error, ssl.SSLError)
            return outcome(None, SendFault.TLS if is_tls else SendFault.CONNECTION)
        is_taken = 200 <= status < 300  # noqa: PLR2004 (the class of success)
        return outcome(status, SendFault.NONE if is_taken else SendFault.STATUS, answer)

    def _address(self, url: str, ends: float) -> str | None:
        """The one address to connect to; None where nothing may be sent there.

        Raises TimeoutError where the name is not found in time.
        """
        if not is_url(url, loopback=self._loopback, ports=self._ports):
            return None
        parts = urlsplit(url)
        host = parts.hostname or ""
        found = _in_time(lambda: self._resolve(host, _port(parts)), _left(ends))
        is_here = self._loopback and is_loopback(host)
        if not found or not all(
            is_public(item) or (is_here and is_loopback(item)) for item in found
        ):
            return None
        return found[0]

    def _post(
        self, parts: SplitResult, address: str, headers: Mapping[str, str], body: bytes, ends: float
    ) -> tuple[int, str]:
        """Status and beginning of the answer. The whole exchange ends when the time is over.

        Status and headers have to come by then; of the body there is what has come.
        """
        host, port = parts.hostname or "", _port(parts)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        wait = min(CONNECT_SECONDS, _left(ends))
        with socket.create_connection((address, port), timeout=wait) as plain:
            plain.settimeout(_left(ends))
            used = plain
            if parts.scheme == "https":  # takes the connection over: plain is nothing any more
                used = self._trusted.wrap_socket(
                    plain, server_hostname=host, do_handshake_on_connect=False
                )
            with used, _ended_at(ends, used):
                if isinstance(used, ssl.SSLSocket):
                    used.do_handshake()
                connection = http.client.HTTPConnection(host, port)
                connection.sock = used
                sent = {"Host": parts.netloc, **headers}
                connection.request("POST", path, body=body, headers=sent)
                with connection.getresponse() as response:
                    _left(ends)  # headers that were cut off read like whole ones
                    return response.status, _printable(response.read(ANSWER_MAX))


@contextmanager
def _ended_at(ends: float, connection: socket.socket) -> Iterator[None]:
    """Whoever waits on the connection in the block waits no longer than that."""
    timer = threading.Timer(_left(ends), _end, (connection,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _in_time(look_up: Callable[[], list[str]], seconds: float) -> list[str]:
    """What a look-up finds, nothing where it fails. Raises TimeoutError if it takes longer.

    The system's resolver cannot be told to stop: it is left to its own end.
    """
    found: list[list[str]] = []

    def ask() -> None:
        with suppress(OSError, UnicodeError):
            found.append(look_up())

    asking = threading.Thread(target=ask, name="webhook-look-up", daemon=True)
    asking.start()
    asking.join(seconds)
    if asking.is_alive():
        raise TimeoutError
    return found[0] if found else []


def _left(ends: float) -> float:
    """Seconds until then. Raises TimeoutError where there are none."""
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _end(connection: socket.socket) -> None:
    """Not by the method of a TLS socket, which would go on with what comes unencrypted."""
    with suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _printable(said: bytes) -> str:
    text = said.decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else " " for sign in text)[:ANSWER_MAX]
