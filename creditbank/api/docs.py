"""The description as JSON, and a page that reads it out without anything from elsewhere."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, render_template, send_from_directory

from creditbank.api import calls
from creditbank.api.description import DescribedApi
from creditbank.api.problems import answer_on
from creditbank.domain.access import declares
from creditbank.domain.permissions import Action

API = "creditbank_api"
"""The application's extension that holds the description."""
blueprint = Blueprint("api_docs", __name__, url_prefix="/api/v1", template_folder="templates")
blueprint.before_request(calls.begin)
answer_on(blueprint)


def document() -> dict[str, Any]:
    """The API's description."""
    api: DescribedApi = current_app.extensions[API]
    found: dict[str, Any] = api.spec.to_dict()
    return found


@blueprint.get("/openapi.json")
@declares(Action.SEE_DOCS)
def openapi() -> dict[str, Any]:
    """The description for programs."""
    return document()


@blueprint.get("/docs")
@declares(Action.SEE_DOCS)
def page() -> str:
    """The description for people."""
    return render_template("api_docs.html", spec=document())


@blueprint.get("/docs.css")
@declares(Action.SEE_DOCS)
def style() -> Response:
    """How that page looks."""
    return send_from_directory(f"{blueprint.root_path}/templates", "api_docs.css")
