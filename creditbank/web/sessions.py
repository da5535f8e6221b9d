"""Sessions: who signed in is kept in the database, and the cookie holds a random token alone.

Before signing in there is nothing to keep but the token against forged forms: that one lies in a
signed cookie, so that visitors who never sign in leave no rows.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, Request, Response, g
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from sqlalchemy import Engine

from creditbank.domain.calendar import local_date
from creditbank.domain.errors import SignedOutError
from creditbank.services import accounts
from creditbank.services.accounts import Reach
from creditbank.store.unit_of_work import UnitOfWork

_NOBODY = ""
_STARTED = "started_session"
_TOUCH = timedelta(minutes=1)
"""How often reading on is written down; with every page it would be most of what is written."""


class AccountSession(SecureCookieSession):
    """The session of an account. reach: the actor, and how far its unit of work reaches."""

    def __init__(self, found: accounts.Session, reach: Reach) -> None:
        super().__init__(found.content)
        self.token = found.token
        self.reach = reach
        self.seen_at = found.seen_at
        self.is_polled = False
        """A page that asks for news by itself does not keep its reader signed in."""


class Sessions(SecureCookieSessionInterface):
    """Flask's session over creditbank.services.accounts."""

    def __init__(self, engine: Engine, *, secure: bool) -> None:
        self._engine = engine
        self._secure = secure
        self._cookie = "__Host-creditbank" if secure else "creditbank"

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The account's session, or the visitor's."""
        token = request.cookies.get(self._cookie, "")
        found = self._load(token) if token else None
        # An account's session may be empty, and is one all the same.
        return super().open_session(app, request) if found is None else found

    def save_session(self, app: Flask, session: Any, response: Response) -> None:  # noqa: ANN401 (as Flask has it)
        """Keep the content and set what cookies have changed."""
        started = g.pop(_STARTED, None)
        if started is not None:
            self._set_cookie(response, started)
            response.delete_cookie(self.get_cookie_name(app), path="/")
        elif not isinstance(session, AccountSession):
            super().save_session(app, session, response)
        else:
            self._keep(session, datetime.now(UTC))
        response.vary.add("Cookie")

    def start(self, account_id: int) -> None:
        """Begin a session with a fresh token; this answer brings its cookie."""
        with UnitOfWork(self._engine, _NOBODY) as uow:
            opened = accounts.open_session(uow, account_id, {}, now=datetime.now(UTC))
        setattr(g, _STARTED, opened.token)

    def end(self, session: AccountSession, response: Response) -> None:
        """End a session on the server, and take its cookie back."""
        with UnitOfWork(self._engine, _NOBODY) as uow:
            accounts.end_session(uow, session.token)
        session.is_polled, session.modified = True, False
        response.delete_cookie(
            self._cookie, path="/", secure=self._secure, httponly=True, samesite="Lax"
        )

    def _load(self, token: str) -> AccountSession | None:
        now = datetime.now(UTC)
        with UnitOfWork(self._engine, _NOBODY) as uow:
            found = accounts.load_session(uow, token, now=now)
            if found is None or found.account_id is None:
                return None
            try:
                reach = accounts.actor_of(uow, found.account_id, as_of=local_date(now))
            except SignedOutError:
                return None
        return AccountSession(found, reach)

    def _keep(self, session: AccountSession, now: datetime) -> None:
        is_used = not session.is_polled and not timedelta() <= now - session.seen_at < _TOUCH
        if session.modified or is_used:
            content = dict(session) if session.modified else None
            with UnitOfWork(self._engine, _NOBODY) as uow:
                accounts.save_session(uow, session.token, content, now=now)

    def _set_cookie(self, response: Response, token: str) -> None:
        response.set_cookie(
            self._cookie, token, path="/", secure=self._secure, httponly=True, samesite="Lax"
        )
