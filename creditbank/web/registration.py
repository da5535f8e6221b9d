"""Mounting the pages on the application: sessions, forged-form protection, languages, errors."""

from __future__ import annotations

from flask import Flask, current_app, request
from flask_wtf.csrf import CSRFProtect, generate_csrf
from markupsafe import Markup
from werkzeug.wrappers import Response

from creditbank.domain.access import DECLARED, decide
from creditbank.domain.credits import credits_text
from creditbank.web import (
    academic_progress,
    accounts,
    advance_admissions,
    advance_assessments,
    advance_calendar,
    advance_overviews,
    advance_papers,
    advance_rankings,
    advance_returns,
    advance_scores,
    advance_steps,
    advances,
    agreement_terms,
    agreements,
    assets,
    award_sheets,
    claim_confirmations,
    claim_editing,
    claim_notices,
    claim_reviews,
    claims,
    class_graduations,
    class_lists,
    college_access,
    credential_keys,
    credentials,
    credits,  # noqa: A004 (the noun of the field)
    design,
    document_templates,
    evidence,
    exported_lists,
    facts,
    gaps,
    grade_draft_cells,
    grade_drafts,
    grade_imports,
    home,
    indicators,
    learner_advances,
    learner_registration,
    learners,
    looks,
    messages,
    monthly_reports,
    national_sheets,
    notices,
    offline_copies,
    paired_schools,
    palette,
    paper_batches,
    paper_layouts,
    paper_shares,
    papers,
    pastes,
    plan_cohorts,
    plan_editor,
    plan_exceptions,
    plans,
    recognition_rules,
    recognition_tables,
    reversals,
    reviews,
    rules,
    sharing_consents,
    simulations,
    standard_exports,
    status_changes,
    substitutions,
    term_batches,
    term_registrations,
    transfer_numbers,
    transfers,
    verdict_histories,
    verifications,
    what_if,
)
from creditbank.web.assets import symbol
from creditbank.web.errors import init_errors
from creditbank.web.labels import name_of
from creditbank.web.languages import in_language, init_languages, language, named
from creditbank.web.navigation import navigation
from creditbank.web.packing import packed
from creditbank.web.pages import day, here, learners_text, moment, pages, whole_days
from creditbank.web.sessions import Sessions
from creditbank.web.themes import theme
from creditbank.web.visits import ENGINE, actor

NOUNS = (
    academic_progress, accounts, advance_admissions, advance_assessments, advance_calendar,
    advance_overviews, advance_papers, advance_rankings, advance_returns, advance_scores,
    advance_steps, advances, agreement_terms, agreements, award_sheets, claim_confirmations,
    claim_editing, claim_notices, claim_reviews, claims, class_graduations, class_lists,
    college_access, credential_keys, credentials, credits, design, document_templates, evidence,
    exported_lists, facts, gaps, grade_draft_cells, grade_drafts, grade_imports, home,
    indicators, learner_advances, learner_registration, learners, looks, messages,
    monthly_reports, national_sheets, notices, offline_copies, paired_schools, palette,
    paper_batches, paper_layouts, paper_shares, papers, pastes, plan_cohorts, plan_editor,
    plan_exceptions, plans, recognition_rules, recognition_tables, reversals, reviews, rules,
    sharing_consents, simulations, standard_exports, status_changes, substitutions,
    term_batches, term_registrations, transfer_numbers, transfers, verdict_histories,
    verifications, what_if,
)  # fmt: skip
"""Every file of pages; importing it puts its addresses on the blueprint."""

_csrf = CSRFProtect()
pages.add_url_rule("/static/<path:filename>", "asset", assets.file)


def register(app: Flask, *, secure: bool) -> None:
    """Mount the pages. secure: cookies are for HTTPS only, with the __Host- prefix."""
    app.config.update(
        SESSION_COOKIE_NAME="__Host-visitor" if secure else "visitor",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = Sessions(app.extensions[ENGINE], secure=secure)
    _csrf.init_app(app)
    init_languages(app)
    init_errors(app)
    app.register_blueprint(pages)
    app.jinja_env.globals.update(_globals())


@pages.before_request
def _guard() -> None:
    """Before any page: its declared action must be this role's, and a form must be ours."""
    view = current_app.view_functions[request.endpoint or ""]
    decide(actor(), getattr(view, DECLARED))
    _csrf.protect()


@pages.after_request
def _private(response: Response) -> Response:
    """Pages are for one reader: nothing between here and there may keep them."""
    if request.endpoint != "web.asset":
        response.headers.setdefault("Cache-Control", "no-store")
        offline_copies.mark_copies(response)
    return packed(response)


def _globals() -> dict[str, object]:
    return {
        "actor": actor,
        "asset": assets.asset,
        "credits": credits_text,
        "csrf_field": _csrf_field,
        "day": day,
        "here": here,
        "language": language,
        "learners_text": learners_text,
        "moment": moment,
        "named": named,
        "navigation": navigation,
        "read_at": offline_copies.read_at,
        "recent_messages": messages.recent_messages,
        "palette_hint": palette.palette_hint,
        "role_name": name_of,
        "say": in_language,
        "symbol": symbol,
        "theme": theme,
        "unread": messages.unread,
        "whole_days": whole_days,
    }


def _csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}" />').format(generate_csrf())
