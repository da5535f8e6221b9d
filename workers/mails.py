"""The task that mails how many messages wait, once a minute where there is a mail server."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from creditbank.mail import open_mailer
from creditbank.services.messages import mail_messages
from creditbank.settings import Settings
from workers.app import app
from workers.database import open_unit

log = structlog.get_logger()


@app.task(name="mail_messages")
def mail_messages_task() -> None:
    """One round; what was not accepted is tried again by the next."""
    settings = Settings.from_environment()
    if not settings.smtp_url:
        return
    try:
        with open_mailer(settings) as mailer:
            report = mail_messages(open_unit, mailer.send, now=datetime.now(UTC))
    except OSError as error:  # smtplib's errors are among them; their texts may hold addresses
        log.warning("mail_server_failed", error=type(error).__name__)
        return
    if report.refused or report.later or report.error:
        log.warning(
            "mails_not_accepted",
            refused=report.refused,
            later=report.later,
            error=report.error,
        )
