"""What may be set from outside: the one place that reads the environment.

A value that changes between two installations belongs here; a rule of the field (a cap, a factor, a
threshold) belongs in policies/, and a constant of the program beside the code that uses it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

DEVELOPMENT_KEY = "development-only-not-a-secret"  # refused beside secure cookies
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"", "0", "false", "no", "off"})
_ADDRESS_MAX = 150  # a QR code has to hold it
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
MAIL_ADDRESS = re.compile(
    rf"(?=.{{6,254}}$)(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*"
    r"@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}"
)
"""Of ASCII: what every mail server takes."""
_LOG_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR"})


class SettingsError(ValueError):
    """A variable of the environment holds a value that can't be used; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process, read once at its start.

    database_url: login of the application (insert only); database_owner_url: login of migrations
    and seeding; both SQLAlchemy URLs for psycopg, empty where `creditbank up` brings its own
    server. redis_url: Redis or Valkey, empty likewise. var: the folder where `creditbank up` keeps
    everything. trusted_proxies: how many proxies of one's own stand in front, whose word on the
    client's address is taken; 0 takes nobody's. public_url: where everybody reaches the pages, for
    the QR codes on papers; empty for wherever a request comes in. smtp_url: the server that mails
    how many messages wait, mail_from: in whose name; without them nothing is mailed. tree_seconds:
    how often new entries go into the tree over the ledger, which is signed then; 0 for never.
    webhook_loopback: whether webhooks may go to this machine itself, for development.
    webhook_ports: ports that webhooks may go to beside 443, the one of https.
    checkpoint_minutes: how often colleges are told of the newest checkpoint of the tree, at most.
    """

    database_url: str
    database_owner_url: str
    redis_url: str
    secret_key: str
    var: Path
    host: str
    port: int
    log_level: str
    secure_cookies: bool
    trusted_proxies: int = 0
    public_url: str = ""
    smtp_url: str = ""
    mail_from: str = ""
    tree_seconds: int = 2
    webhook_loopback: bool = False
    webhook_ports: frozenset[int] = frozenset()
    checkpoint_minutes: int = 60

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """The settings of this process, from its environment unless a mapping is given.

        Raises SettingsError for a port, level or switch that can't be read.
        """
        values = os.environ if environment is None else environment
        database_url = _psycopg(values.get("DATABASE_URL", ""))
        smtp_url = _mail_server(values.get("CREDITBANK_SMTP_URL", ""))
        return cls(
            database_url=database_url,
            database_owner_url=_psycopg(values.get("DATABASE_OWNER_URL", "")) or database_url,
            redis_url=values.get("REDIS_URL", ""),
            secret_key=values.get("CREDITBANK_SECRET_KEY", "") or DEVELOPMENT_KEY,
            var=Path(values.get("CREDITBANK_VAR", "") or "var").absolute(),
            host=values.get("CREDITBANK_HOST", "") or "127.0.0.1",
            port=_port(values.get("CREDITBANK_PORT", "") or "8000"),
            log_level=_level(values.get("CREDITBANK_LOG_LEVEL", "") or "INFO"),
            secure_cookies=_switch(
                "CREDITBANK_SECURE_COOKIES", values.get("CREDITBANK_SECURE_COOKIES", "")
            ),
            trusted_proxies=_few(
                "CREDITBANK_TRUSTED_PROXIES", values.get("CREDITBANK_TRUSTED_PROXIES", "") or "0"
            ),
            public_url=_address(values.get("CREDITBANK_PUBLIC_URL", ""), is_needed=bool(smtp_url)),
            smtp_url=smtp_url,
            mail_from=_sender(values.get("CREDITBANK_MAIL_FROM", ""), is_needed=bool(smtp_url)),
            tree_seconds=_few(
                "CREDITBANK_TREE_SECONDS", values.get("CREDITBANK_TREE_SECONDS", "") or "2"
            ),
            webhook_loopback=_switch(
                "CREDITBANK_WEBHOOK_LOOPBACK", values.get("CREDITBANK_WEBHOOK_LOOPBACK", "")
            ),
            webhook_ports=_ports(
                "CREDITBANK_WEBHOOK_PORTS", values.get("CREDITBANK_WEBHOOK_PORTS", "")
            ),
            checkpoint_minutes=_minutes(
                "CREDITBANK_CHECKPOINT_MINUTES",
                values.get("CREDITBANK_CHECKPOINT_MINUTES", "") or "60",
            ),
        )

    @property
    def broker_url(self) -> str:
        """redis_url as kombu writes it, which has names of its own for Unix sockets."""
        parts = urlsplit(self.redis_url)
        if parts.scheme != "unix":
            return self.redis_url
        number = parse_qs(parts.query).get("db", ["0"])[0]
        return f"redis+socket://{parts.path}?virtual_host={number}"

    def as_environment(self) -> dict[str, str]:
        """The variables that give a child process these settings, but never the owner's login."""
        return {
            "DATABASE_URL": self.database_url,
            "DATABASE_OWNER_URL": "",
            "REDIS_URL": self.redis_url,
            "CREDITBANK_SECRET_KEY": self.secret_key,
            "CREDITBANK_VAR": str(self.var),
            "CREDITBANK_HOST": self.host,
            "CREDITBANK_PORT": str(self.port),
            "CREDITBANK_LOG_LEVEL": self.log_level,
            "CREDITBANK_SECURE_COOKIES": "1" if self.secure_cookies else "0",
            "CREDITBANK_TRUSTED_PROXIES": str(self.trusted_proxies),
            "CREDITBANK_PUBLIC_URL": self.public_url,
            "CREDITBANK_SMTP_URL": self.smtp_url,
            "CREDITBANK_MAIL_FROM": self.mail_from,
            "CREDITBANK_TREE_SECONDS": str(self.tree_seconds),
            "CREDITBANK_WEBHOOK_LOOPBACK": "1" if self.webhook_loopback else "0",
            "CREDITBANK_WEBHOOK_PORTS": " ".join(map(str, sorted(self.webhook_ports))),
            "CREDITBANK_CHECKPOINT_MINUTES": str(self.checkpoint_minutes),
        }


def inherited_environment() -> dict[str, str]:
    """A copy of this process's environment, to hand to a child process."""
    return dict(os.environ)


def _psycopg(url: str) -> str:
    """Accepts the plain postgresql:// and postgres:// that hosting services hand out."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _port(text: str, name: str = "CREDITBANK_PORT") -> int:
    highest = 65535
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= highest:
        message = f"{name} is {text!r}: give a number from 1 to {highest}."
        raise SettingsError(message)
    return int(text)


def _ports(name: str, text: str) -> frozenset[int]:
    return frozenset(_port(one, name) for one in text.split())


def _few(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 1:
        message = f"{name} is {text!r}: give a number from 0 to 9."
        raise SettingsError(message)
    return int(text)


def _minutes(name: str, text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        message = f"{name} is {text!r}: give minutes, from 1 to 9999."
        raise SettingsError(message)
    return int(text)


def _mail_server(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_server = parts.scheme in {"smtp", "smtps"} and parts.hostname and parts.port != 0
    except ValueError:  # a port that is none
        is_server = False
    if text and not is_server:  # the value may hold a password
        message = "CREDITBANK_SMTP_URL can't be read: give one such as smtps://user:pass@host:465."
        raise SettingsError(message)
    return text


def _sender(text: str, *, is_needed: bool) -> str:
    if not MAIL_ADDRESS.fullmatch(text) and (text or is_needed):
        message = f"CREDITBANK_MAIL_FROM is {text!r}: give one such as noreply@xuefen.example."
        raise SettingsError(message)
    return text


def _address(text: str, *, is_needed: bool) -> str:
    parts = urlsplit(text)
    is_address = parts.scheme in {"http", "https"} and parts.netloc and len(text) <= _ADDRESS_MAX
    if not is_address and (text or is_needed):
        message = f"CREDITBANK_PUBLIC_URL is {text!r}: give one such as https://xuefen.example."
        raise SettingsError(message)
    return text.rstrip("/")


def _level(text: str) -> str:
    if text.upper() not in _LOG_LEVELS:
        message = f"CREDITBANK_LOG_LEVEL is {text!r}: give one of {', '.join(sorted(_LOG_LEVELS))}."
        raise SettingsError(message)
    return text.upper()


def _switch(name: str, text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    message = f"{name} is {text!r}: give 1 or 0."
    raise SettingsError(message)
