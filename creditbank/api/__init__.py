"""JSON under /api/v1: identify, load by a schema, call one service or query, dump by a schema."""

from __future__ import annotations

from flask import Flask

from creditbank.api import (
    agreements,
    credits,  # noqa: A004 (the noun is the file's name in every layer)
    docs,
    health,
    indicators,
    learners,
    plans,
    reversals,
    substitutions,
    transcripts,
    verdicts,
)
from creditbank.api.description import describe

_NOUNS = (
    credits, reversals, substitutions, learners, transcripts, verdicts, plans, agreements,
    indicators, health,
)  # fmt: skip


def register(app: Flask) -> None:
    """Mount the API and its description on the application."""
    api = describe(app)
    for noun in _NOUNS:
        api.register_blueprint(noun.blueprint)
    app.extensions[docs.API] = api
    app.register_blueprint(docs.blueprint)
