"""JSON under /api/v1: identify, load by a schema, call one service or query, dump by a schema."""

from __future__ import annotations

from flask import Flask
from werkzeug.exceptions import HTTPException

from creditbank.api import (
    advances,
    agreement_terms,
    agreements,
    checkpoints,
    claim_reviews,
    claims,
    class_graduations,
    colleges,
    credentials,
    credits,  # noqa: A004 (the noun is the file's name in every layer)
    decisions,
    docs,
    evidence,
    facts,
    gaps,
    health,
    indicators,
    learners,
    looks,
    messages,
    notices,
    paired_schools,
    paper_layouts,
    paper_shares,
    papers,
    plan_exceptions,
    plans,
    policies,
    recognition_rules,
    registration,
    reversals,
    reviews,
    sharing_consents,
    simulations,
    status_changes,
    substitutions,
    term_registrations,
    transcripts,
    transfer_numbers,
    transfers,
    verdicts,
    webhooks,
    what_if,
)
from creditbank.api.description import describe
from creditbank.api.problems import http_problem

_NOUNS = (
    credits, claims, claim_reviews, reversals, substitutions, evidence, learners, registration,
    term_registrations, facts, plan_exceptions, status_changes, transfers, messages, papers,
    paper_shares, paper_layouts, looks, credentials, transcripts, verdicts, decisions,
    class_graduations, reviews, gaps, what_if, plans, policies, recognition_rules, simulations,
    paired_schools, notices, transfer_numbers, agreements, agreement_terms, advances, colleges,
    webhooks, sharing_consents, indicators, checkpoints, health,
)  # fmt: skip


def register(app: Flask) -> None:
    """Mount the API and its description on the application.

    Addresses below /api/ that no view stands behind are the pages' to recognise: they pass them on
    to the handler that is registered here.
    """
    api = describe(app)
    app.register_error_handler(HTTPException, http_problem)
    for noun in _NOUNS:
        api.register_blueprint(noun.blueprint)
    app.extensions[docs.API] = api
    app.register_blueprint(docs.blueprint)
