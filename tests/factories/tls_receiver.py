"""A receiver behind TLS with an authority of its own, which may drip what it sends."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

HANDSHAKE, HEADERS, BODY = "handshake", "headers", "body"
DRIP_SECONDS = 0.03
_SMALL = 32
"""Bytes of a handshake that are sent at once: its whole takes over a second."""
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\nConnection: close\r\n\r\n"
_CONTENT = b"x" * 60


@dataclass(frozen=True, slots=True)
class TlsReceiver:
    """Where it listens, and what trusts it."""

    url: str
    trusted: ssl.SSLContext


def make_certificates(folder: Path) -> tuple[Path, Path]:
    """An authority, and a chain with key for 127.0.0.1 that it has signed: (authority, chain)."""
    now = datetime.now(UTC)

    def signed(name: str, public: Any, by: Any, issuer: str, extension: Any) -> x509.Certificate:
        subject, issued_by = (
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (name, issuer)
        )
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issued_by)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(extension, critical=False)
            .sign(by, hashes.SHA256())
        )

    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = signed(
        "测试CA", root.public_key(), root, "测试CA",
        x509.BasicConstraints(ca=True, path_length=0),
    )  # fmt: skip
    here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = signed(
        "receiver", leaf.public_key(), root, "测试CA", x509.SubjectAlternativeName([here])
    )
    key = leaf.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files = folder / "authority.pem", folder / "receiver.pem"
    files[0].write_bytes(authority.public_bytes(Encoding.PEM))
    files[1].write_bytes(certificate.public_bytes(Encoding.PEM) + key)
    return files


@contextmanager
def tls_receiver(certificates: tuple[Path, Path], *, drips: str = "") -> Iterator[TlsReceiver]:
    """Takes one call after the other and answers 200; drips: which part comes bit by bit."""
    authority, chain = certificates
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):  # the listener is closed, or whoever called has gone
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    _answer(connection, context, drips)

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    try:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/hook"
        yield TlsReceiver(url, ssl.create_default_context(cafile=str(authority)))
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        serving.join(10)


def _answer(connection: socket.socket, context: ssl.SSLContext, drips: str) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)

    def send(size: int = 0) -> None:
        found = outgoing.read()
        for start in range(0, len(found), size or len(found) or 1):
            connection.sendall(found[start : start + (size or len(found))])
            time.sleep(DRIP_SECONDS if size else 0)

    def done(step: Callable[[], Any], size: int = 0) -> Any:
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                send(size)
                found = connection.recv(65_536)
                if not found:
                    raise ConnectionAbortedError from None
                incoming.write(found)
            finally:
                send(size)

    done(tls.do_handshake, _SMALL if drips == HANDSHAKE else 0)
    while b"{}" not in done(lambda: tls.read(65_536)):
        pass
    for part, content in ((HEADERS, _HEAD), (BODY, _CONTENT)):
        step = 1 if part == drips else len(content)
        for start in range(0, len(content), step):
            tls.write(content[start : start + step])
            send()
            time.sleep(DRIP_SECONDS if part == drips else 0)
