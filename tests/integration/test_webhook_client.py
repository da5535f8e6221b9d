"""One attempt ends in its time, whatever a receiver does: over TLS, in the look-up."""

from __future__ import annotations

import ssl
import threading
from pathlib import Path

import pytest

from creditbank.domain.webhooks import is_public, is_url
from creditbank.webhook_client import WebhookSender
from tests.factories.tls_receiver import (
    BODY,
    HANDSHAKE,
    HEADERS,
    make_certificates,
    tls_receiver,
)

SECONDS = 0.4
"""Less than any part takes that drips; more than a call that does not."""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificates(tmp_path_factory.mktemp("tls"))


def test_a_receiver_behind_tls_takes_it_if_its_authority_is_trusted(certificates):
    with tls_receiver(certificates) as receiver:
        sender = WebhookSender(loopback=True, trusted=receiver.trusted)
        sent = sender(receiver.url, {}, b"{}")
        assert (sent.status, sent.fault, sent.answer) == (200, "", "x" * 60)
        strange = WebhookSender(loopback=True, trusted=ssl.create_default_context())
        assert strange(receiver.url, {}, b"{}").fault == "tls"


@pytest.mark.parametrize("drips", [HANDSHAKE, HEADERS, BODY])
def test_who_drips_is_cut_off_in_every_part(certificates, drips):
    """Each bit comes in time for its own wait; given time, each is a whole answer of 200."""
    with tls_receiver(certificates, drips=drips) as receiver:
        sender = WebhookSender(loopback=True, trusted=receiver.trusted, seconds=SECONDS)
        sent = sender(receiver.url, {}, b"{}")
        if drips == BODY:  # it has said that it has it
            assert (sent.status, sent.fault, len(sent.answer) < 60) == (200, "", True)
        else:
            assert (sent.status, sent.fault) == (None, "timeout")


def test_given_time_a_dripping_receiver_is_answered(certificates):
    """The control: it is the time alone that cuts the three off."""
    with tls_receiver(certificates, drips=HANDSHAKE) as receiver:
        sender = WebhookSender(loopback=True, trusted=receiver.trusted)
        assert sender(receiver.url, {}, b"{}").status == 200


def test_a_name_that_is_not_found_in_time_holds_nothing_up():
    ends = threading.Event()

    def resolver(_host: str, _port: int) -> list[str]:
        ends.wait(30)
        return ["93.184.215.14"]

    sent = WebhookSender(resolver=resolver, seconds=0.1)("https://college.example/", {}, b"{}")
    is_waiting = not ends.is_set()
    ends.set()
    assert (sent.status, sent.fault) == (None, "timeout")
    assert is_waiting


INSIDE = (
    "fec0::1", "feff::1", "::7f00:1", "::8.8.8.8", "192.88.99.1", "2001:db8::1", "3fff::1",
    "2001::1", "2001:10::1", "2002:808:808::1", "100::1", "5f00::1", "4000::1", "fe80::1%eth0",
    "ff02::1", "64:ff9b::808:808", "64:ff9b:1::1", "::ffff:8.8.8.8",
)  # fmt: skip
OUTSIDE = ("8.8.8.8", "223.5.5.5", "2400:3200::1", "2606:4700::1111", "2001:da8::1")


def test_only_what_is_handed_out_to_the_public_is_sent_to():
    assert [address for address in INSIDE if is_public(address)] == []
    assert [address for address in OUTSIDE if not is_public(address)] == []


def test_only_443_and_the_ports_that_are_set_are_sent_to():
    def allowed(port: str, ports: frozenset[int] = frozenset({443})) -> bool:
        return is_url(f"https://college.example{port}/hook", loopback=False, ports=ports)

    assert [allowed(port) for port in ("", ":443", ":8443", ":22", ":80")] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert allowed(":8443", frozenset({443, 8443}))
    assert not allowed("", frozenset({8443}))
    sent = WebhookSender(resolver=lambda *_: ["8.8.8.8"])("https://college.example:25/", {}, b"{}")
    assert sent.fault == "address"
