"""Webhooks in the Standard Webhooks form: events, secrets, signatures, and where none may be sent.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
URL_MAX = 300
ENDPOINTS_MAX = 10
"""Of one college, counting those that are disabled."""
OVERLAP_MAX = timedelta(days=7)
REPLAYED_MAX = 1_000
ANSWER_MAX = 200
"""Characters of an answer that are kept."""
HTTPS_PORTS = frozenset({443})
"""Where endpoints may listen; an installation may allow more."""
_UNICAST = IPv6Network("2000::/3")
"""The only part of IPv6 that is handed out: https://www.iana.org/assignments/ipv6-unicast-address-assignments"""
_SPECIAL: tuple[IPv4Network | IPv6Network, ...] = (
    IPv4Network("192.88.99.0/24"),  # relays of 6to4, RFC 7526
    IPv6Network("2001::/23"),  # of protocols: Teredo, ORCHID, benchmarks
    IPv6Network("2001:db8::/32"),
    IPv6Network("2002::/16"),  # 6to4: an IPv4 address in IPv6
    IPv6Network("3fff::/20"),  # documentation, RFC 9637
)
_WAITS = re.compile(r"[0-9]{1,6}( [0-9]{1,6}){0,19}")


class EventKind(StrEnum):
    """What a college is told of."""

    STATUS_CHANGED = "status.changed"
    COHORT_CHANGED = "cohort.changed"
    CHECKPOINT_PUBLISHED = "checkpoint.published"
    PING = "ping"
    """Asked for by the college, to see whether it arrives."""


OFFERED = (EventKind.STATUS_CHANGED, EventKind.COHORT_CHANGED, EventKind.CHECKPOINT_PUBLISHED)


class EndpointState(StrEnum):
    """Whether an endpoint is told."""

    ACTIVE = "active"
    DISABLED = "disabled"
    REMOVED = "removed"


class DeliveryState(StrEnum):
    """What became of one delivery. withheld: it tells of what the college may know no more."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    WITHHELD = "withheld"


class SendFault(StrEnum):
    """Why an attempt came to nothing; "" for none."""

    NONE = ""
    STATUS = "status"
    ADDRESS = "address"
    """The name leads to an address that nothing is sent to, or to none."""
    TLS = "tls"
    TIMEOUT = "timeout"
    CONNECTION = "connection"


def secret_text(raw: bytes) -> str:
    """A secret as colleges are given it."""
    return SECRET_PREFIX + base64.b64encode(raw).decode()


def payload(kind: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    """The body of an event."""
    content = {"type": kind, "timestamp": at.isoformat().replace("+00:00", "Z"), "data": data}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def signatures(secrets: Iterable[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The header webhook-signature: one of each secret, the newest first."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(
        "v1," + base64.b64encode(hmac.new(raw, signed, hashlib.sha256).digest()).decode()
        for raw in secrets
    )


def is_public(address: str) -> bool:
    """Whether anything may be sent to an IP address: no private, local or embedded one."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found not in _UNICAST:
        return False
    if any(found in network for network in _SPECIAL):
        return False
    return found.is_global and not found.is_multicast and not found.is_unspecified


def is_loopback(address: str) -> bool:
    """Whether an IP address is this machine's own, written plainly."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    return found.is_loopback


def is_url(written: str, *, loopback: bool, ports: frozenset[int] = HTTPS_PORTS) -> bool:
    """Whether events may be sent there, as far as the address itself says.

    https to a name or a public address on one of the ports; with loopback also http to this
    machine on any, for development.
    """
    if not written.isascii() or not written.isprintable() or len(written) > URL_MAX:
        return False
    try:
        parts = urlsplit(written)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if " " in written or not host or port == 0 or parts.fragment or parts.username is not None:
        return False
    if loopback and parts.scheme in {"http", "https"} and is_loopback(host):
        return True
    if parts.scheme != "https" or (443 if port is None else port) not in ports:
        return False
    is_number = ":" in host or host.replace(".", "").isdigit()
    return is_public(host) if is_number else "." in host


def is_waits(written: str) -> bool:
    """Whether read_waits can read it."""
    return _WAITS.fullmatch(written) is not None


def read_waits(written: str) -> tuple[timedelta, ...]:
    """How long to wait after each failed attempt. Raises ValueError for what is no such list."""
    if not is_waits(written):
        raise ValueError(written)
    return tuple(timedelta(seconds=int(part)) for part in written.split())


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one attempt. status: of HTTP, None where none came; answer: its beginning."""

    status: int | None
    fault: SendFault
    answer: str
    took_ms: int

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver said that it has it."""
        return self.fault is SendFault.NONE
