"""Mail as an adapter of messages: how many wait to be read, and where; nothing else about anybody.

One connection for a round. A password only goes out encrypted.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import localtime, make_msgid
from urllib.parse import unquote, urlsplit

from creditbank.domain.messages import Handed
from creditbank.settings import Settings

TIMEOUT_SECONDS = 20.0
"""For each answer of the mail server; one that takes a mail later than this gets it again."""
_PORTS = {"smtp": 25, "smtps": 465}
_FOR_GOOD = 500


class Mailer:
    """An open connection to the mail server of the settings."""

    def __init__(self, server: smtplib.SMTP, settings: Settings) -> None:
        self._server = server
        self._sender = settings.mail_from
        self._site = settings.public_url

    def send(self, address: str, count: int) -> Handed:
        """Say that so many messages wait. Raises OSError where the server answers no more."""
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = Address(addr_spec=address)
        message["Subject"] = "学分银行:有新的办理消息 New messages"
        message["Date"] = localtime()
        message["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(
            f"您有 {count} 条新的办理消息,请登录查看。\n"
            f"{count} new message(s) wait for you; sign in to read.\n"
            f"{self._site}\n"
        )
        try:
            self._server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            return Handed.REFUSED if min(codes) >= _FOR_GOOD else Handed.LATER
        except smtplib.SMTPResponseException:  # of this mail; the next one may go through
            return Handed.LATER
        return Handed.ACCEPTED


@contextmanager
def open_mailer(settings: Settings) -> Iterator[Mailer]:
    """Connect for one round. Raises OSError where no server answers, or none that is safe.

    smtps:// is encrypted from the start; smtp:// from STARTTLS on, if the server knows it. A name
    and password of the URL are only sent encrypted.
    """
    parts = urlsplit(settings.smtp_url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    context = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    with server:
        server.ehlo()
        is_encrypted = parts.scheme == "smtps"
        if not is_encrypted and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
            is_encrypted = True
        if parts.username:
            if not is_encrypted:
                message = "the mail server offers no encryption; its password is not sent"
                raise ConnectionError(message)
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield Mailer(server, settings)
