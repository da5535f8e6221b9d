"""Webhooks end to end: a real receiver checks each with the standardwebhooks package."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import Engine
from standardwebhooks.webhooks import WebhookVerificationError

from creditbank.domain.awards import InnovationCategory
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.webhooks import EndpointState, EventKind
from creditbank.services.checkpoints import grow_tree, issue_checkpoint
from creditbank.services.commands import PostInnovationCredit
from creditbank.services.credits import post_credit
from creditbank.services.webhook_deliveries import DeliveryReport
from creditbank.services.webhook_events import announce_checkpoint, enqueue_event
from creditbank.services.webhooks import (
    AddEndpoint,
    Sealing,
    add_endpoint,
    change_endpoint,
    ping_endpoint,
    replay_events,
    rotate_endpoint_secret,
)
from creditbank.settings import DEVELOPMENT_KEY
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.webhook_client import WebhookSender
from tests.factories.county import NOW, CountyInSmall
from tests.factories.tree_desk import ORIGIN, SECRET
from tests.factories.webhook_desk import Desk, receiving, verified

LEAVE = "UPDATE agreement_members SET left_on = '2026-06-30' WHERE agreement_id = :id"
END = "UPDATE articulation_agreements SET valid_to = '{}' WHERE agreement_id = :id"
HOUR = timedelta(hours=1)
SEALING = Sealing(DEVELOPMENT_KEY, loopback=True)


@pytest.fixture
def desk(county: CountyInSmall, engine: Engine, owner_engine: Engine) -> Iterator[Desk]:
    """Alone: whatever was told of before is over."""
    with receiving() as receiver:
        made = Desk(engine, owner_engine, county, receiver)
        made.announce()
        made.execute("UPDATE webhook_deliveries SET state = 'failed'")
        made.execute(
            "INSERT INTO webhook_endpoint_states (webhook_endpoint_id, college_id, state, reason,"
            " changed_by, changed_at) SELECT webhook_endpoint_id, college_id, 'removed', 'asked',"
            " 1, created_at FROM webhook_endpoints WHERE webhook_endpoint_id <> :id",
            id=made.secret.webhook_endpoint_id,
        )
        made.started = made.now = made.now + timedelta(seconds=1)
        yield made


def test_a_changed_status_is_told_signed_and_names_nobody(desk: Desk):
    desk.evaluate()
    assert desk.announce() >= 2
    assert desk.deliver().delivered == 2
    told = [verified(desk.secret.secret, item) for item in desk.receiver.take()]
    assert {item["type"]: sorted(item["data"]) for item in told} == {
        "status.changed": ["agreement_id", "learner_id", "position"],
        "cohort.changed": ["agreement_id", "position"],
    }
    assert {item["data"]["agreement_id"] for item in told} == {desk.agreement}
    names = desk.execute("SELECT name FROM learners")
    kept = desk.execute(
        "SELECT coalesce(string_agg(v::text, ' '), '') || coalesce((SELECT string_agg(d::text, ' ')"
        " FROM webhook_deliveries d), '') || coalesce((SELECT string_agg(a::text, ' ')"
        " FROM webhook_attempts a), '') AS kept FROM webhook_events v"
    )[0].kept
    assert len(names) > 5
    assert not [row.name for row in names if row.name in kept or row.name in str(told)]
    assert desk.deliver() == DeliveryReport()


def test_altered_bodies_old_timestamps_and_other_secrets_fail_the_package(desk: Desk):
    desk.do(ping_endpoint)
    desk.deliver()
    (headers, body) = desk.receiver.take()[0]
    assert verified(desk.secret.secret, (headers, body))["type"] == "ping"
    other = "whsec_" + "A" * 43 + "="
    for secret, message in (
        (desk.secret.secret, (headers, body + b" ")),
        (desk.secret.secret, (headers | {"webhook-id": "msg_other"}, body)),
        (desk.secret.secret, (headers | {"webhook-timestamp": "1700000000"}, body)),
        (other, (headers, body)),
    ):
        with pytest.raises(WebhookVerificationError):
            verified(secret, message)


def test_during_a_rotation_both_secrets_verify_and_then_the_new_one_alone(desk: Desk):
    new = desk.do(rotate_endpoint_secret, SEALING, overlap=timedelta(hours=1))
    desk.do(ping_endpoint)
    desk.deliver()
    (found,) = desk.receiver.take()
    assert verified(desk.secret.secret, found) == verified(new.secret, found)
    desk.now += timedelta(hours=2)
    desk.do(ping_endpoint)
    desk.deliver()
    (found,) = desk.receiver.take()
    with time_machine.travel(desk.now, tick=False):
        assert verified(new.secret, found)["type"] == "ping"
        with pytest.raises(WebhookVerificationError):
            verified(desk.secret.secret, found)


def test_what_is_not_taken_is_sent_again_by_the_schedule_and_under_the_same_id(desk: Desk):
    desk.receiver.status, desk.receiver.answer = 503, b"busy " * 100
    message_id = desk.do(ping_endpoint)
    waits = []
    for _ in range(3):
        assert desk.deliver().failed == 1
        assert desk.deliver() == DeliveryReport()
        query = "SELECT next_attempt_at FROM webhook_deliveries WHERE state = 'waiting'"
        due = desk.execute(query)[0].next_attempt_at
        waits.append(round((due - desk.now).total_seconds()))
        desk.now = due
    assert waits == [5, 60, 300]
    desk.receiver.status = 200
    assert desk.deliver().delivered == 1
    sent = desk.receiver.take()
    assert {headers["webhook-id"] for headers, _ in sent} == {message_id}
    rows = desk.execute(
        "SELECT a.attempt, a.status, a.error, a.answer FROM webhook_attempts a"
        " JOIN webhook_deliveries USING (webhook_delivery_id)"
        " WHERE webhook_endpoint_id = :id ORDER BY 1",
        id=desk.secret.webhook_endpoint_id,
    )
    assert [(row.attempt, row.status, row.error, len(row.answer)) for row in rows] == [
        (1, 503, "status", 200), (2, 503, "status", 200), (3, 503, "status", 200),
        (4, 200, "", 200),
    ]  # fmt: skip


def test_an_endpoint_that_fails_for_three_days_is_switched_off_and_told(desk: Desk):
    desk.receiver.status = 500
    desk.do(ping_endpoint)
    started, disabled = desk.now, list[int]()
    for _ in range(20):
        report = desk.deliver()
        disabled += report.disabled
        due = desk.execute("SELECT next_attempt_at FROM webhook_deliveries WHERE state = 'waiting'")
        if not due:
            break
        desk.now = due[0].next_attempt_at
    assert disabled == [desk.secret.webhook_endpoint_id]
    assert timedelta(days=2.5) < desk.now - started < timedelta(days=3.5)
    with pytest.raises(InvalidInputError):
        desk.do(ping_endpoint)
    desk.do(change_endpoint, EndpointState.ACTIVE)
    desk.receiver.status = 200
    assert desk.do(replay_events, since=desk.started) == 0  # a ping is nothing to tell again
    desk.do(ping_endpoint)
    assert desk.deliver().delivered == 1


def test_a_receiver_that_is_gone_is_not_asked_again(desk: Desk):
    desk.receiver.status = 410
    desk.do(ping_endpoint)
    assert desk.deliver().disabled == (desk.secret.webhook_endpoint_id,)


def test_what_has_ended_is_withheld_even_when_it_was_told_before(desk: Desk):
    desk.change_status()
    desk.execute(LEAVE, id=desk.agreement)
    report = desk.deliver()
    assert (report.delivered, report.withheld) == (1, 1)
    ((_, body),) = desk.receiver.take()
    assert json.loads(body)["type"] == "cohort.changed"
    assert desk.do(replay_events, since=desk.started) == 2
    assert desk.deliver().withheld == 1
    desk.execute(END.format("2026-06-01"), id=desk.agreement)
    desk.do(replay_events, since=desk.started)
    assert desk.deliver().delivered == 0
    desk.execute(END.format("2032-07-31"), id=desk.agreement)
    desk.execute(LEAVE.replace("'2026-06-30'", "NULL"), id=desk.agreement)


def test_the_day_on_which_an_agreement_begins_is_told_once(desk: Desk):
    desk.execute("UPDATE cohort_heads SET is_valid = false WHERE agreement_id = :id",
                 id=desk.agreement)  # fmt: skip
    assert (desk.announce(), desk.announce()) == (1, 0)
    assert desk.deliver().delivered == 1
    ((_, body),) = desk.receiver.take()
    assert json.loads(body)["type"] == "cohort.changed"


def grown(desk: Desk) -> dict[str, Any]:
    """What is told of the next checkpoint, after another entry came into the tree."""
    command = PostInnovationCredit(
        learner_id=desk.learner, category=InnovationCategory.VOLUNTEERING, title=uuid4().hex,
        quantity=20, earned_on=date(2026, 6, 1),
    )  # fmt: skip
    with UnitOfWork(desk.engine, "1") as uow:
        post_credit(
            uow, desk.county.schools[0].registrar, command, idempotency_key=uuid4().hex, now=NOW
        )
    with desk.open_unit() as uow:
        grow_tree(uow)
        made = issue_checkpoint(uow, origin=ORIGIN, secret_key=SECRET, now=desk.now)
    assert made is not None
    return {"tree_size": made.tree_size, "note": made.note}


def told_checkpoints(desk: Desk) -> list[Any]:
    """What arrives of checkpoints in one round, verified."""
    with desk.open_unit() as uow:
        announce_checkpoint(uow, every=HOUR, now=desk.now)
    desk.deliver()
    with time_machine.travel(desk.now):
        found = [verified(desk.secret.secret, item) for item in desk.receiver.take()]
    return [item["data"] for item in found if item["type"] == "checkpoint.published"]


def test_the_newest_checkpoint_is_told_and_once_an_hour_at_most(desk: Desk):
    first = grown(desk)
    assert told_checkpoints(desk) == [first]
    assert told_checkpoints(desk) == []  # the same tree again
    between, newest = grown(desk), grown(desk)
    assert told_checkpoints(desk) == []  # too soon
    desk.now += HOUR
    assert told_checkpoints(desk) == [newest]
    assert between["tree_size"] < newest["tree_size"]
    desk.now += HOUR
    assert told_checkpoints(desk) == []  # nothing has grown


def test_one_event_is_told_again_under_its_id(desk: Desk):
    with desk.open_unit() as uow:
        told = enqueue_event(
            uow, [desk.county.college.institution_id or 0], EventKind.CHECKPOINT_PUBLISHED,
            {"size": 12}, now=desk.now,
        )  # fmt: skip
    assert told == 1
    desk.deliver()
    ((first, body),) = desk.receiver.take()
    assert desk.do(replay_events, message_id=first["webhook-id"]) == 1
    desk.deliver()
    ((again, same),) = desk.receiver.take()
    assert (again["webhook-id"], same) == (first["webhook-id"], body)


def test_a_redirect_is_not_followed(desk: Desk):
    with receiving() as other:
        desk.receiver.status, desk.receiver.headers = 307, {"Location": other.url}
        desk.do(ping_endpoint)
        assert desk.deliver().failed == 1
        assert other.got == []


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "192.168.1.1", "0.0.0.1",
     "::1", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "fe80::1", "fd00::1", "64:ff9b::7f00:1",
     "2002:7f00:1::", "224.0.0.1", "100.100.100.200", "no address"],
)  # fmt: skip
def test_nothing_is_sent_where_a_name_leads_inside(address: str):
    asked: list[str] = []

    def resolver(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["203.0.114.9", address]

    sent = WebhookSender(resolver=resolver)("https://college.example/hook", {}, b"{}")
    assert (sent.status, sent.fault) == (None, "address")
    assert asked == ["college.example"]


def test_the_address_that_was_judged_is_the_one_connected_to(monkeypatch):
    """DNS rebinding: the name leads elsewhere the second time, and is not asked a second time."""
    answers, connected = [["93.184.215.14"], ["127.0.0.1"]], []

    def connect(where: tuple[str, int], **_: Any) -> socket.socket:
        connected.append(where)
        raise ConnectionRefusedError

    monkeypatch.setattr("creditbank.webhook_client.socket.create_connection", connect)
    sender = WebhookSender(resolver=lambda *_: answers.pop(0))
    assert sender("https://college.example/hook", {}, b"{}").fault == "connection"
    assert (connected, answers) == ([("93.184.215.14", 443)], [["127.0.0.1"]])


UNFIT = (
    "http://127.0.0.1:8/", "http://localhost/", "ftp://a.example/", "https://u:p@a.example/",
    "https://[::1]/", "https://10.1.1.1/", "https://2130706433/", "https://a.example/#x",
    "https://a.example:0/", "https://a.example:8443/", "https://intranet/", "https:///x",
)  # fmt: skip


def test_addresses_that_nothing_is_sent_to_are_refused_when_they_are_added(desk: Desk):
    for url in UNFIT:
        command = AddEndpoint(
            college_id=desk.county.college.institution_id or 0, url=url,
            kinds=frozenset({EventKind.STATUS_CHANGED}),
        )  # fmt: skip
        with desk.open_unit() as uow, pytest.raises(InvalidInputError) as refused:
            add_endpoint(uow, desk.county.college, command, Sealing(DEVELOPMENT_KEY), now=NOW)
        assert [item.code for item in refused.value.problems] == ["url_unfit"], url


def test_a_receiver_that_dribbles_does_not_hold_the_round_up():
    listener = socket.create_server(("127.0.0.1", 0))
    stopping = threading.Event()

    def dribble() -> None:
        connection, _ = listener.accept()
        while not stopping.wait(0.05):
            try:
                connection.sendall(b"H")
            except OSError:
                return

    thread = threading.Thread(target=dribble, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    sent = WebhookSender(loopback=True, seconds=0.5)(url, {}, b"{}")
    stopping.set()
    thread.join(5)
    listener.close()
    assert (sent.status, sent.fault) == (None, "timeout")
    assert sent.took_ms < 5_000
