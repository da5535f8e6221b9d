"""An app that opens without a network: the manifest, the worker, and what a browser may keep.

Each page tells the worker in its header `Offline-Copy` what to do: `keep` this page of one's own
record, `pass` on without keeping, or `wipe` all that was kept. Behind the first two stands whose
copies they are: a word that another session does not share, so nobody finds those of another. What
tells nothing of a family's session wipes: the form to sign in, staff, a session that has ended.
"""

from __future__ import annotations

import hashlib
import hmac

from flask import Response, current_app, jsonify, render_template, request, send_from_directory
from flask import session as visit
from werkzeug.wrappers import Response as BaseResponse

from creditbank.domain.access import declares
from creditbank.domain.permissions import Action, Role
from creditbank.web.assets import FOLDER, asset
from creditbank.web.languages import gettext as _
from creditbank.web.pages import is_fragment, moment, pages
from creditbank.web.sessions import AccountSession
from creditbank.web.visits import now

HEADER = "Offline-Copy"
KEPT = frozenset({"web.learner", "web.learner_timeline", "web.learner_advance", "web.messages"})
"""One's own record and messages: no papers, no links, and no page that names others.

Each of them shows its banner where it is read without a network.
"""
KEPT_PARTS = frozenset({"web.gap", "web.verdict_history", "web.learner_timeline"})
"""What those pages fetch."""
_FAMILY = frozenset({Role.STUDENT, Role.GUARDIAN})
_OK = 200
_OWNER_LENGTH = 32


@pages.get("/manifest.webmanifest")
@declares(Action.SIGN_IN)
def manifest() -> Response:
    """What the app is called and looks like once it is installed."""
    icons = [
        {"src": asset("icons/favicon.svg"), "sizes": "any", "type": "image/svg+xml"},
        *(
            {
                "src": asset(f"icons/app-{size}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for size in (192, 512)
            for purpose in ("any", "maskable")
        ),
    ]
    response = jsonify(
        name="学分银行",
        short_name="学分银行",
        description=_("学分、毕业与转段结论"),
        lang="zh-CN",
        id="/",
        start_url="/",
        scope="/",
        display="standalone",
        background_color="#f4f6f5",
        theme_color="#0b6670",
        icons=icons,
    )
    response.content_type = "application/manifest+json"
    response.headers["Cache-Control"] = "no-cache"
    return response


@pages.get("/service-worker.js")
@declares(Action.SIGN_IN)
def service_worker() -> Response:
    """The worker, at the root since it answers for all pages; asked for anew each time."""
    response = send_from_directory(FOLDER, "service_worker.js", mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@pages.get("/offline")
@declares(Action.SIGN_IN)
def offline() -> str:
    """What stands in place of a page that was not kept."""
    return render_template("offline.html")


def read_at() -> str:
    """The moment of this page, for whoever reads it later."""
    return moment(now())


def mark_copies(response: BaseResponse) -> None:
    """Tell the worker what may become of this answer."""
    response.headers[HEADER] = _word(response)


def _word(response: BaseResponse) -> str:
    if request.endpoint in {"web.manifest", "web.service_worker", "web.offline"}:
        return "pass"
    if (
        not isinstance(visit, AccountSession)
        or visit.reach.actor.role not in _FAMILY
        or request.endpoint == "web.sign_out"
    ):
        return "wipe"
    wanted = KEPT_PARTS if is_fragment() else KEPT
    is_kept = response.status_code == _OK and request.endpoint in wanted
    return f"{'keep' if is_kept else 'pass'} {_owner(visit.token)}"


def _owner(token: str) -> str:
    """Whose copies: of this session alone, and nothing that leads back to it."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    digest = hmac.new(key, f"offline|{token}".encode(), hashlib.sha256)
    return digest.hexdigest()[:_OWNER_LENGTH]
