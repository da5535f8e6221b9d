"""Signing in and out, the choice of language and theme: what a signed-out visitor can do."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import clean_text
from creditbank.services import accounts
from creditbank.services.accounts import SignInRefusal
from creditbank.web import languages, themes
from creditbank.web.languages import in_language
from creditbank.web.pages import pages
from creditbank.web.sessions import AccountSession, Sessions
from creditbank.web.visits import actor, now, unit_of_work

_USERNAME_MAX, _PASSWORD_MAX, _NEXT_MAX = 40, 200, 500


@pages.get("/sign-in")
@declares(Action.SIGN_IN)
def sign_in_page() -> str | Response:
    """The form; whoever is signed in already goes home."""
    if actor().account_id:
        return redirect(url_for("web.home"))
    return _form(next_page=request.args.get("next", ""))


@pages.post("/sign-in")
@declares(Action.SIGN_IN)
def sign_in() -> Response:
    """Check name and password; a refusal does not say which of them is wrong."""
    username = clean_text(request.form.get("username", ""))[:_USERNAME_MAX]
    password = request.form.get("password", "")[:_PASSWORD_MAX]
    next_page = request.form.get("next", "")
    address = request.remote_addr or ""
    with unit_of_work() as uow:
        found = accounts.sign_in(
            uow, username=username, password=password, address=address, now=now()
        )
    if isinstance(found, SignInRefusal):
        return _refused(found, next_page=next_page, username=username)
    _sessions().start(found)
    return redirect(_local(next_page))


@pages.post("/sign-out")
@declares(Action.SIGN_OUT)
def sign_out() -> Response:
    """End the session at once."""
    response = redirect(url_for("web.sign_in_page"))
    if isinstance(session, AccountSession):
        _sessions().end(session, current_app.make_response(response))
    return response


@pages.post("/language")
@declares(Action.SIGN_IN)
def choose_language() -> Response:
    """Remember the language in this browser and show the same page again."""
    chosen = "en" if request.form.get("language") == "en" else "zh"
    return _remembering(languages.COOKIE, chosen)


@pages.post("/theme")
@declares(Action.SIGN_IN)
def choose_theme() -> Response:
    """Remember light or dark in this browser and show the same page again."""
    return _remembering(themes.COOKIE, themes.theme_of(request.form.get("theme", "")))


def _remembering(cookie: str, chosen: str) -> Response:
    response = redirect(_local(request.form.get("next", "")))
    response.set_cookie(
        cookie,
        chosen,
        max_age=languages.COOKIE_SECONDS,
        path="/",
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def _refused(refusal: SignInRefusal, *, next_page: str, username: str) -> Response:
    said = in_language(refusal.message)
    response = current_app.make_response(
        _form(next_page=next_page, username=username, refusal=said)
    )
    response.status_code = 403
    if refusal.retry_after:
        response.status_code = 429
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def _form(*, next_page: str, username: str = "", refusal: str = "") -> str:
    return render_template(
        "sign_in.html", next=next_page[:_NEXT_MAX], username=username, refusal=refusal
    )


def _local(address: str) -> str:
    """The address if it is a path of this site, else the first page."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    is_clean = address.isprintable() and "\\" not in address and len(address) <= _NEXT_MAX
    return address if is_path and is_clean else url_for("web.home")


def _sessions() -> Sessions:
    interface = current_app.session_interface
    if not isinstance(interface, Sessions):
        message = "the application's sessions are not creditbank's"
        raise TypeError(message)
    return interface
