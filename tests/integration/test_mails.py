"""Mails over a real SMTP server: one for what waits, nothing about anybody, sent once."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import Engine, text

from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Role
from creditbank.mail import open_mailer
from creditbank.services.mail_addresses import change_own_email, own_email, set_email
from creditbank.services.messages import MailReport, mail_messages, mark_read
from creditbank.settings import Settings
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from tests.databases import Database
from tests.factories.change_desk import NOW, ChangeDesk, make_change_desk, suspension
from tests.factories.message_desk import listen

SITE = "https://xuefen.example"
SOON = NOW + timedelta(minutes=2)
ADDRESSES = {Role.GUARDIAN: "jiazhang@mail.example", Role.ADVISOR: "banzhuren@mail.example"}


@dataclass
class Postbox:
    """What a mail server took; answers: to recipients, where it is not yes."""

    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    refuses_text: str = ""

    async def handle_RCPT(  # noqa: N802 (as the server calls it)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.refuses_text:
            return self.refuses_text
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails += [(address, mail) for address in envelope.rcpt_tos]
        return "250 OK"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def server(postbox: Postbox) -> Iterator[Controller]:
    made = Controller(postbox, hostname="127.0.0.1", port=free_port())
    made.start()
    yield made
    if not made.loop.is_closed():
        made.stop()


@pytest.fixture
def mailing(server: Controller) -> Settings:
    return Settings.from_environment(
        {
            "CREDITBANK_SMTP_URL": f"smtp://127.0.0.1:{server.port}",
            "CREDITBANK_MAIL_FROM": "noreply@xuefen.example",
            "CREDITBANK_PUBLIC_URL": SITE,
        }
    )


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> ChangeDesk:
    """The student has applied: a message for the guardian and one for the advisor."""
    made = make_change_desk(owner_engine, engine)
    people = {role.value: made.actor(role) for role in (Role.STUDENT, *ADDRESSES)}
    listen(owner_engine, engine, people)
    for role, address in ADDRESSES.items():
        with UnitOfWork(engine, "") as uow:
            change_own_email(uow, made.actor(role), address)
    made.apply(suspension(), actor=made.actor(Role.STUDENT))
    return made


def everywhere(desk: ChangeDesk) -> UnitOfWork:
    return UnitOfWork(desk.engine, EVERYWHERE, EVERYBODY)


def round_of(desk: ChangeDesk, mailing: Settings, *, later: timedelta = timedelta()) -> MailReport:
    with open_mailer(mailing) as mailer:
        return mail_messages(lambda: everywhere(desk), mailer.send, now=SOON + later)


def to(postbox: Postbox) -> list[str]:
    return sorted(address for address, _ in postbox.mails)


def test_who_has_an_address_is_told_by_mail_how_many_wait_and_nothing_else(
    desk: ChangeDesk, mailing: Settings, postbox: Postbox
) -> None:
    desk.take_back(1, Role.STUDENT)
    assert round_of(desk, mailing) == MailReport(accepted=2)
    assert to(postbox) == sorted(ADDRESSES.values())
    mail = dict(postbox.mails)[ADDRESSES[Role.GUARDIAN]]
    assert mail.get_content().splitlines() == [
        "您有 2 条新的办理消息,请登录查看。",
        "2 new message(s) wait for you; sign in to read.",
        SITE,
    ]
    assert mail["Subject"] == "学分银行:有新的办理消息 New messages"
    assert mail["From"] == "noreply@xuefen.example"
    name = desk.school.pupils[0].name
    raw = mail.as_string() + mail.get_content()
    for personal in (name, "休学", "suspension", "guardian", desk.school.class_name):
        assert personal not in raw


def test_a_message_is_mailed_once_and_a_later_one_again(
    desk: ChangeDesk, mailing: Settings, postbox: Postbox
) -> None:
    round_of(desk, mailing)
    assert round_of(desk, mailing) == MailReport()
    desk.say(1, Role.ADVISOR, now=SOON)
    assert round_of(desk, mailing) == MailReport()  # younger than a minute
    assert round_of(desk, mailing, later=timedelta(minutes=2)) == MailReport(accepted=1)
    assert to(postbox) == sorted([*ADDRESSES.values(), ADDRESSES[Role.GUARDIAN]])


def test_two_workers_at_once_send_one_mail(
    desk: ChangeDesk, mailing: Settings, postbox: Postbox
) -> None:
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: round_of(desk, mailing), range(4)))
    assert sum(report.accepted for report in reports) == 2
    assert to(postbox) == sorted(ADDRESSES.values())


def test_what_was_read_or_is_old_is_not_mailed_nor_is_a_closed_account(
    desk: ChangeDesk, mailing: Settings, postbox: Postbox, owner_engine: Engine
) -> None:
    guardian, advisor = desk.actor(Role.GUARDIAN), desk.actor(Role.ADVISOR)
    assert round_of(desk, mailing, later=timedelta(days=8)) == MailReport()
    with UnitOfWork(desk.engine, "", guardian.account_id) as uow:
        assert mark_read(uow, guardian, up_to=100, now=NOW) == 1
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        uow.connection.execute(
            text("UPDATE accounts SET is_active = false WHERE account_id = :id"),
            {"id": advisor.account_id},
        )
    assert round_of(desk, mailing) == MailReport()
    assert postbox.mails == []


def test_a_server_that_is_away_is_tried_again(
    desk: ChangeDesk, mailing: Settings, postbox: Postbox, server: Controller
) -> None:
    server.stop()
    with pytest.raises(OSError):
        round_of(desk, mailing)
    again = Controller(postbox, hostname="127.0.0.1", port=server.port)
    again.start()
    try:
        assert round_of(desk, mailing) == MailReport(accepted=2)
    finally:
        again.stop()


def test_a_server_that_goes_away_in_the_middle_ends_the_round_without_a_mark(
    desk: ChangeDesk, mailing: Settings, postbox: Postbox, server: Controller
) -> None:
    with open_mailer(mailing) as mailer:
        mailer._server.close()
        report = mail_messages(lambda: everywhere(desk), mailer.send, now=SOON)
    assert report == MailReport(error="SMTPServerDisconnected")
    assert round_of(desk, mailing) == MailReport(accepted=2)


def test_an_address_that_is_refused_for_good_is_left_and_one_put_off_is_tried_again(
    desk: ChangeDesk, mailing: Settings, postbox: Postbox
) -> None:
    postbox.answers = {
        ADDRESSES[Role.GUARDIAN]: "550 no such user",
        ADDRESSES[Role.ADVISOR]: "451 try later",
    }
    assert round_of(desk, mailing) == MailReport(refused=1, later=1)
    postbox.answers = {}
    assert round_of(desk, mailing) == MailReport(accepted=1)
    assert to(postbox) == [ADDRESSES[Role.ADVISOR]]


def test_a_mail_whose_text_is_refused_stands_in_nobodys_way(
    desk: ChangeDesk, mailing: Settings, postbox: Postbox
) -> None:
    postbox.refuses_text = "554 looks like spam"
    assert round_of(desk, mailing) == MailReport(later=2)
    postbox.refuses_text = ""
    assert round_of(desk, mailing) == MailReport(accepted=2)


@pytest.mark.parametrize(
    "address", ["a.b-c+d@example.cn", "x@mail.example.com", "a@xn--fiqs8s.cn", "!#$%&'*@b.co"]
)
def test_what_is_an_address_can_be_written_to(
    desk: ChangeDesk, mailing: Settings, postbox: Postbox, address: str
) -> None:
    with UnitOfWork(desk.engine, "") as uow:
        change_own_email(uow, desk.actor(Role.GUARDIAN), address)
    assert round_of(desk, mailing) == MailReport(accepted=2)
    assert address in to(postbox)


def test_a_password_is_not_sent_where_the_server_offers_no_encryption(
    desk: ChangeDesk, mailing: Settings, server: Controller, postbox: Postbox
) -> None:
    named = replace(mailing, smtp_url=f"smtp://post:geheim@127.0.0.1:{server.port}")
    with pytest.raises(ConnectionError, match="no encryption"):
        round_of(desk, named)
    assert postbox.mails == []


def test_the_task_sends_where_there_is_a_server_and_does_nothing_without(
    desk: ChangeDesk, mailing: Settings, postbox: Postbox, database: Database, monkeypatch, capsys
) -> None:
    from workers.app import make_celery
    from workers.database import engine
    from workers.mails import mail_messages_task

    assert "mail-messages" not in make_celery(Settings.from_environment({})).conf.beat_schedule
    assert "mail-messages" in make_celery(mailing).conf.beat_schedule
    for name, value in (mailing.as_environment() | {"DATABASE_URL": database.app_url}).items():
        monkeypatch.setenv(name, value)
    engine.cache_clear()
    with UnitOfWork(desk.engine, EVERYWHERE, EVERYBODY) as uow:  # the task reads the clock
        uow.connection.execute(
            text(
                "INSERT INTO messages (account_id, status_change_id, kind, office, created_at)"
                " VALUES (:id, 1, 'executed', '', now() - interval '2 minutes')"
            ),
            {"id": desk.actor(Role.GUARDIAN).account_id},
        )
    postbox.answers = {ADDRESSES[Role.GUARDIAN]: "451 try later"}
    mail_messages_task()
    logged = capsys.readouterr()
    assert "mails_not_accepted" in logged.out
    assert "@" not in logged.out + logged.err
    postbox.answers = {}
    with monkeypatch.context() as without:
        without.setenv("CREDITBANK_SMTP_URL", "")
        mail_messages_task()
        assert postbox.mails == []
    mail_messages_task()
    assert to(postbox) == [ADDRESSES[Role.GUARDIAN]]
    engine().dispose()
    engine.cache_clear()


@pytest.mark.parametrize(
    "wrong",
    [
        "x",
        "a@b",
        "甲@example.cn",
        "a b@example.cn",
        "a@example.cn\nBcc: c@d.example",
        "a..b@example.cn",
        ".a@example.cn",
        "a@b@example.cn",
        f"{'a' * 65}@example.cn",
        f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 63}.cn",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(desk: ChangeDesk, wrong: str) -> None:
    advisor = desk.actor(Role.ADVISOR)
    with UnitOfWork(desk.engine, "") as uow:
        with pytest.raises(InvalidInputError) as refused:
            change_own_email(uow, advisor, wrong)
        assert own_email(uow, advisor) == ADDRESSES[Role.ADVISOR]
    assert refused.value.problems[0].field == "email"


def test_an_address_is_taken_away_and_given_from_the_command_line(
    desk: ChangeDesk, owner_engine: Engine
) -> None:
    advisor = desk.actor(Role.ADVISOR)
    with UnitOfWork(desk.engine, "") as uow:
        change_own_email(uow, advisor, " ")
        assert own_email(uow, advisor) == ""
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        set_email(uow, f"u{advisor.account_id}", "neu@mail.example")
        assert own_email(uow, advisor) == "neu@mail.example"
