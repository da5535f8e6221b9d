"""Who may ask for what, written down a second time and by hand: what the matrix test expects.

One line per endpoint. It does not read domain.access, so that a slip there is seen here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from creditbank.domain.permissions import Role
from tests.factories.county import AGREED, OTHER, OWN, CountyInSmall
from tests.functional.authorization_of_advance_pages import ADVANCE_PAGES
from tests.functional.authorization_of_advances import ADVANCES
from tests.functional.authorization_of_agreements import AGREEMENT_TERMS
from tests.functional.authorization_of_changes import STATUS_CHANGES
from tests.functional.authorization_of_claims import CLAIMS
from tests.functional.authorization_of_colleges import COLLEGES
from tests.functional.authorization_of_credentials import CREDENTIALS
from tests.functional.authorization_of_files import FILES
from tests.functional.authorization_of_grade_drafts import GRADE_DRAFTS
from tests.functional.authorization_of_homes import HOMES
from tests.functional.authorization_of_log import LOG
from tests.functional.authorization_of_own_records import OWN_RECORDS
from tests.functional.authorization_of_papers import PAPERS
from tests.functional.authorization_of_registrations import REGISTRATIONS
from tests.functional.authorization_of_rules import RECOGNITION_RULES
from tests.functional.reaches import (
    AGREEMENTS,
    APPROVE,
    ASSIGN,
    BUREAU_ONLY,
    CASES,
    CHANGE_RULES,
    CHECK,
    COHORT,
    COHORTS,
    FIND,
    IMPORT,
    IMPORTS,
    LEARNERS,
    MIGRATE,
    MINE,
    NOT_POSTED,
    ONCE,
    PLANS,
    PLANS_SEEN,
    PUBLIC,
    REGISTER,
    REGISTRAR_ONLY,
    REVIEW,
    REVIEWERS,
    RULES,
    SEE,
    SIGNED_IN,
    SIMULATE,
    STAFF,
    WAITING,
    WITHDRAW,
    WRITE_PLAN,
    Asked,
    Endpoint,
    Reach,
)
from tests.functional.reaches import learner as _learner
from tests.functional.reaches import plain as _plain


def _cohort(path: str) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.agreements[relation]))


def _import(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.imports[relation]), body)


def _review(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.reviews[relation]), body)


def _exception(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.exceptions[relation]), body)


def _plan_id(county: CountyInSmall, relation: str) -> int:
    """Of the first school, of the other one, or of none."""
    ids = {OWN: county.schools[0].plan_id, OTHER: county.schools[1].plan_id}
    return ids.get(relation, 2_000_000_000)


def _plan(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(_plan_id(county, relation)), body)


def _drafted(county: CountyInSmall, relation: str) -> Asked:
    return Asked("/api/v1/plans", {"text": "format: x", "plan_id": _plan_id(county, relation)})


def _edited(county: CountyInSmall, relation: str) -> Asked:
    body = {"view": "text", "text": "x", "plan_id": _plan_id(county, relation)}
    return Asked("/plans", body)


def _qualified(county: CountyInSmall, relation: str) -> Asked:
    body = {"agreement_id": county.agreements[AGREED], "document_no": "测1号"}
    return Asked("/api/v1/qualifications", body | {"learner_id": county.learners[relation]})


def _withdrawn(county: CountyInSmall, relation: str) -> Asked:
    body = {"decision_id": county.decisions[relation], "reason": "核对", "document_no": "测2号"}
    return Asked("/api/v1/withdrawals", body)


def _posted(path: str, body: dict[str, Any]) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path, body | {"learner_id": county.learners[relation]})


def _checked(county: CountyInSmall, relation: str) -> Asked:
    body = {"ledger_seq": 2, "owner_ids": [1], "reason": "核对原件"}
    return Asked("/api/v1/evidence-checks", body | {"learner_id": county.learners[relation]})


def _batch(county: CountyInSmall, relation: str) -> Asked:
    course = COURSE | {"learner_id": county.learners[relation], "course_code": "GG03"}
    return Asked("/api/v1/credits/batch", {"rows": [course]})


def _searched(path: str, name: str) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path, {name: county.numbers[relation]})


WHAT_IF: Reach = {
    Role.STUDENT: frozenset({OWN}),
    Role.GUARDIAN: frozenset({OWN}),
    **dict.fromkeys(STAFF, MINE),
}

COURSE = {
    "kind": "course",
    "course_code": "GG02",
    "term": "2025-2026-1",
    "mark": "70",
    "earned_on": "2026-01-20",
}
EXCEPTION = {
    "kind": "waive", "subject": "RX", "reason": "因病", "document_no": "测4号",
    "decided_on": "2026-06-01",
}  # fmt: skip
RULING = {"ruling": "refused", "reason": "材料不全"}
CONDUCT = {"kind": "conduct", "term": "2025-2026-1", "result": "passed"}
REVERSAL = {"ledger_seq": 1, "reason": "核对"}
CAP = "substitution.cap_units"
DRAFT = {"kind": "values", "values": [{"key": CAP, "value": "1"}]}
RULE = {"key": CAP, "value": "8", "effective_from": "2030-09-01", "reference": "测3号"}
SUBSTITUTION = {"source_seq": 2, "block_code": "RX", "credits": "0.5", "document_no": "教务1号"}

ASSIGNMENT = {"entry_year": 2025, "document_no": "测1号", "revision": "0" * 16}

ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "api_health.get_health"): Endpoint(PUBLIC, _plain("/api/v1/health")),
    ("GET", "api_health.get_readiness"): Endpoint(PUBLIC, _plain("/api/v1/ready")),
    ("GET", "api_docs.openapi"): Endpoint(PUBLIC, _plain("/api/v1/openapi.json")),
    ("GET", "api_docs.page"): Endpoint(PUBLIC, _plain("/api/v1/docs")),
    ("GET", "api_docs.style"): Endpoint(PUBLIC, _plain("/api/v1/docs.css")),
    ("GET", "api_plans.get_plans"): Endpoint(SIGNED_IN, _plain("/api/v1/plans")),
    ("GET", "api_plans.get_plan"): Endpoint(PLANS_SEEN, _plan("/api/v1/plans/{}"), PLANS),
    ("GET", "api_plans.get_plan_document"): Endpoint(
        PLANS_SEEN, _plan("/api/v1/plans/{}/document"), PLANS
    ),
    ("GET", "api_plans.get_plan_differences"): Endpoint(
        PLANS_SEEN, _plan("/api/v1/plans/{}/differences?from=1"), PLANS
    ),
    ("POST", "api_plans.check_plan"): Endpoint(
        REGISTRAR_ONLY, _plain("/api/v1/plans/check", {"text": "format: x"})
    ),
    ("POST", "api_plans.post_plan"): Endpoint(WRITE_PLAN, _drafted, PLANS),
    ("POST", "api_plans.post_assignment"): Endpoint(
        ASSIGN, _plan("/api/v1/plans/{}/assignments", ASSIGNMENT), PLANS
    ),
    ("POST", "api_plans.post_migration"): Endpoint(
        MIGRATE, _plan("/api/v1/plans/{}/migrations", ASSIGNMENT | {"reason": "核对"}), PLANS
    ),
    ("GET", "api_indicators.get_indicators"): Endpoint(BUREAU_ONLY, _plain("/api/v1/indicators")),
    ("GET", "api_agreements.get_agreements"): Endpoint(AGREEMENTS, _plain("/api/v1/agreements")),
    ("GET", "api_agreements.get_cohort"): Endpoint(
        COHORT, _cohort("/api/v1/agreements/{}/cohort"), COHORTS
    ),
    ("POST", "api_learners.search_learners"): Endpoint(
        FIND, _searched("/api/v1/learners/search", "text"), LEARNERS, finds=True
    ),
    ("GET", "api_learners.get_learner"): Endpoint(SEE, _learner("/api/v1/learners/{}"), LEARNERS),
    ("GET", "api_transcripts.get_transcript"): Endpoint(
        SEE, _learner("/api/v1/learners/{}/transcript"), LEARNERS
    ),
    ("GET", "api_transcripts.get_balances"): Endpoint(
        SEE, _learner("/api/v1/learners/{}/balances"), LEARNERS
    ),
    ("GET", "api_verdicts.get_verdicts"): Endpoint(
        SEE, _learner("/api/v1/learners/{}/verdicts"), LEARNERS
    ),
    ("GET", "api_verdicts.get_verdict_history"): Endpoint(
        SEE, _learner("/api/v1/learners/{}/verdicts/history"), LEARNERS
    ),
    ("GET", "api_gaps.get_gap"): Endpoint(SEE, _learner("/api/v1/learners/{}/gap"), LEARNERS),
    ("POST", "api_what_if.post_what_if"): Endpoint(
        WHAT_IF, _learner("/api/v1/learners/{}/what-if", {}), LEARNERS
    ),
    ("POST", "api_credits.post_one_credit"): Endpoint(
        REGISTER, _posted("/api/v1/credits", COURSE), LEARNERS
    ),
    ("POST", "api_credits.post_credit_batch"): Endpoint(REGISTER, _batch, LEARNERS),
    ("GET", "api_facts.get_facts"): Endpoint(SEE, _learner("/api/v1/learners/{}/facts"), LEARNERS),
    ("POST", "api_facts.post_fact"): Endpoint(
        REGISTER, _learner("/api/v1/learners/{}/facts", CONDUCT), LEARNERS
    ),
    ("GET", "api_plan_exceptions.get_exceptions"): Endpoint(
        SEE, _learner("/api/v1/learners/{}/exceptions"), LEARNERS
    ),
    ("POST", "api_plan_exceptions.post_exception"): Endpoint(
        REGISTER, _learner("/api/v1/learners/{}/exceptions", EXCEPTION), LEARNERS
    ),
    ("GET", "api_plan_exceptions.get_waiting_exceptions"): Endpoint(
        WAITING, _plain("/api/v1/exceptions")
    ),
    ("POST", "api_plan_exceptions.post_ruling"): Endpoint(
        WITHDRAW, _exception("/api/v1/exceptions/{}/rulings", RULING), CASES
    ),
    ("POST", "api_reversals.post_reversal"): Endpoint(
        REGISTER, _posted("/api/v1/reversals", REVERSAL), LEARNERS
    ),
    ("GET", "api_evidence.get_holders"): Endpoint(
        CHECK, _learner("/api/v1/learners/{}/entries/2/holders"), LEARNERS
    ),
    ("POST", "api_evidence.post_evidence_check"): Endpoint(CHECK, _checked, LEARNERS),
    ("GET", "web.evidence_form"): Endpoint(
        CHECK, _learner("/learners/{}/entries/2/check"), LEARNERS
    ),
    ("POST", "web.check_evidence"): Endpoint(
        CHECK, _learner("/learners/{}/entries/2/check", {"reason": "核对原件"}), LEARNERS
    ),
    ("POST", "api_substitutions.post_substitution"): Endpoint(
        APPROVE, _posted("/api/v1/substitutions", SUBSTITUTION), LEARNERS
    ),
    ("POST", "api_decisions.post_graduation"): Endpoint(
        APPROVE, _posted("/api/v1/graduations", {"document_no": "测1号"}), LEARNERS
    ),
    ("POST", "api_decisions.post_qualification"): Endpoint(APPROVE, _qualified, LEARNERS),
    ("POST", "api_decisions.post_withdrawal"): Endpoint(WITHDRAW, _withdrawn, CASES),
    ("GET", "api_reviews.get_review_cases"): Endpoint(
        dict.fromkeys(REVIEWERS, ONCE), _plain("/api/v1/review-cases")
    ),
    ("POST", "api_reviews.post_resolution"): Endpoint(
        REVIEW, _review("/api/v1/review-cases/{}/resolution", {"reason": "核对无误"}), CASES
    ),
    ("GET", "web.reviews"): Endpoint(dict.fromkeys(REVIEWERS, ONCE), _plain("/reviews")),
    ("GET", "web.review"): Endpoint(REVIEW, _review("/reviews/{}"), CASES),
    ("POST", "web.resolve"): Endpoint(
        REVIEW, _review("/reviews/{}/resolution", {"reason": ""}), CASES
    ),
    ("GET", "web.plans"): Endpoint(SIGNED_IN, _plain("/plans")),
    ("GET", "web.plan"): Endpoint(PLANS_SEEN, _plan("/plans/{}"), PLANS),
    ("GET", "web.plan_changes"): Endpoint(PLANS_SEEN, _plan("/plans/{}/changes?before=1"), PLANS),
    ("GET", "web.new_plan"): Endpoint(REGISTRAR_ONLY, _plain("/plans/new")),
    ("GET", "web.edit_plan"): Endpoint(WRITE_PLAN, _plan("/plans/{}/edit"), PLANS),
    ("POST", "web.redraw_editor"): Endpoint(
        REGISTRAR_ONLY, _plain("/plans/editor", {"do": "text"})
    ),
    ("POST", "web.check_editor"): Endpoint(
        REGISTRAR_ONLY, _plain("/plans/check", {"view": "text", "text": "x"})
    ),
    ("POST", "web.save_editor"): Endpoint(WRITE_PLAN, _edited, PLANS),
    ("GET", "web.cohort_preview"): Endpoint(
        MIGRATE, _plan("/plans/{}/cohort?entry_year=2025"), PLANS
    ),
    ("POST", "web.assign_cohort"): Endpoint(
        ASSIGN, _plan("/plans/{}/assignments", ASSIGNMENT), PLANS
    ),
    ("POST", "web.move_cohort"): Endpoint(
        MIGRATE, _plan("/plans/{}/migrations", ASSIGNMENT | {"reason": "核对"}), PLANS
    ),
    ("GET", "api_policies.get_policy_values"): Endpoint(RULES, _plain("/api/v1/policy-values")),
    ("GET", "api_policies.get_policy_history"): Endpoint(
        RULES, _plain(f"/api/v1/policy-values/{CAP}")
    ),
    ("POST", "api_policies.post_policy_value"): Endpoint(
        CHANGE_RULES, _plain("/api/v1/policy-values", RULE)
    ),
    ("POST", "api_simulations.post_simulation"): Endpoint(
        SIMULATE, _plain("/api/v1/simulations", DRAFT)
    ),
    ("GET", "web.rules"): Endpoint(RULES, _plain("/rules")),
    ("GET", "web.rule"): Endpoint(RULES, _plain(f"/rules/{CAP}")),
    ("POST", "web.change_rule"): Endpoint(
        CHANGE_RULES, _plain(f"/rules/{CAP}/changes", {"value": "8"})
    ),
    ("GET", "web.simulate_rule"): Endpoint(SIMULATE, _plain(f"/rules/{CAP}/simulation?value=1")),
    ("GET", "web.simulated_rule_sheet"): Endpoint(
        SIMULATE, _plain(f"/rules/{CAP}/simulation.xlsx?value=1")
    ),
    ("GET", "web.plan_simulation"): Endpoint(SIMULATE, _plain("/rules/plans")),
    ("POST", "web.simulate_plan"): Endpoint(SIMULATE, _plain("/rules/plans/simulation", {})),
    ("POST", "web.simulated_plan_sheet"): Endpoint(
        SIMULATE, _plain("/rules/plans/simulation.xlsx", {})
    ),
    ("GET", "web.asset"): Endpoint(PUBLIC, _plain("/static/creditbank.css")),
    ("GET", "web.sign_in_page"): Endpoint(PUBLIC, _plain("/sign-in")),
    ("POST", "web.sign_in"): Endpoint(PUBLIC, _plain("/sign-in", {"username": "nobody"})),
    ("POST", "web.choose_language"): Endpoint(PUBLIC, _plain("/language", {"language": "zh"})),
    ("POST", "web.choose_theme"): Endpoint(PUBLIC, _plain("/theme", {"theme": "dark"})),
    ("GET", "web.design"): Endpoint(SIGNED_IN, _plain("/design")),
    ("POST", "web.sign_out"): Endpoint(PUBLIC, _plain("/sign-out", {})),
    ("GET", "web.home"): Endpoint(SIGNED_IN, _plain("/")),
    ("GET", "web.learners"): Endpoint(dict.fromkeys(FIND, ONCE), _plain("/learners")),
    ("POST", "web.search"): Endpoint(FIND, _searched("/learners", "words"), LEARNERS, finds=True),
    ("GET", "web.learner"): Endpoint(SEE, _learner("/learners/{}"), LEARNERS),
    ("GET", "web.verdict_history"): Endpoint(SEE, _learner("/learners/{}/history"), LEARNERS),
    ("GET", "web.gap"): Endpoint(SEE, _learner("/learners/{}/gap"), LEARNERS),
    ("GET", "web.what_if"): Endpoint(WHAT_IF, _learner("/learners/{}/what-if"), LEARNERS),
    ("POST", "web.supposed"): Endpoint(WHAT_IF, _learner("/learners/{}/what-if", {}), LEARNERS),
    ("GET", "web.learner_news"): Endpoint(SEE, _learner("/learners/{}/news"), LEARNERS),
    ("GET", "web.credit_form"): Endpoint(
        REGISTER, _learner("/learners/{}/credits/course"), LEARNERS
    ),
    ("POST", "web.post_credit"): Endpoint(
        REGISTER, _learner("/learners/{}/credits/course", {"mark": "70"}), LEARNERS
    ),
    ("GET", "web.fact_form"): Endpoint(REGISTER, _learner("/learners/{}/facts/conduct"), LEARNERS),
    ("POST", "web.record_fact"): Endpoint(
        REGISTER, _learner("/learners/{}/facts/conduct", {"term": "2025-2026-1"}), LEARNERS
    ),
    ("GET", "web.reversal_form"): Endpoint(
        REGISTER, _learner("/learners/{}/entries/2/reversal"), LEARNERS
    ),
    ("POST", "web.reverse_entry"): Endpoint(
        REGISTER, _learner("/learners/{}/entries/3/reversal", {"reason": "核对"}), LEARNERS
    ),
    ("POST", "web.approve_substitution"): Endpoint(
        APPROVE, _learner("/learners/{}/substitutions", {"source_seq": "2"}), LEARNERS
    ),
    ("GET", "web.exceptions"): Endpoint(WAITING, _plain("/exceptions")),
    ("GET", "web.exception_panel"): Endpoint(
        REGISTER, _learner("/learners/{}/exceptions/waive"), LEARNERS
    ),
    ("POST", "web.enter_exception"): Endpoint(
        REGISTER, _learner("/learners/{}/exceptions/waive", {"subject": "RX"}), LEARNERS
    ),
    ("POST", "web.rule_on_exception"): Endpoint(
        WITHDRAW, _exception("/exceptions/{}/rulings", {"ruling": "withdrawn"}), CASES
    ),
    ("GET", "web.agreements"): Endpoint(AGREEMENTS, _plain("/agreements")),
    ("GET", "web.cohort"): Endpoint(COHORT, _cohort("/agreements/{}"), COHORTS),
    ("GET", "web.indicators"): Endpoint(BUREAU_ONLY, _plain("/indicators")),
    ("GET", "web.paste"): Endpoint(REGISTRAR_ONLY, _plain("/paste")),
    ("GET", "web.paste_outcomes"): Endpoint(NOT_POSTED, _plain("/paste/outcomes")),
    ("POST", "web.preview_paste"): Endpoint(REGISTRAR_ONLY, _plain("/paste/course/preview", {})),
    ("POST", "web.post_paste"): Endpoint(REGISTRAR_ONLY, _plain("/paste/course", {})),
    ("GET", "web.grade_sheets"): Endpoint(REGISTRAR_ONLY, _plain("/grade-sheets")),
    ("GET", "web.grade_sheet_template"): Endpoint(
        REGISTRAR_ONLY,
        _plain("/grade-sheets/template?class_name=25数控1班&entry_year=2025&term=2025-2026-1"),
    ),
    ("POST", "web.upload_grade_sheet"): Endpoint(REGISTRAR_ONLY, _plain("/grade-sheets", {})),
    ("GET", "web.grade_import"): Endpoint(IMPORT, _import("/grade-sheets/{}"), IMPORTS),
    ("GET", "web.import_outcomes"): Endpoint(IMPORT, _import("/grade-sheets/{}/outcomes"), IMPORTS),
    ("POST", "web.post_grade_import"): Endpoint(
        IMPORT, _import("/grade-sheets/{}/posting", {}), IMPORTS
    ),
    **REGISTRATIONS,
    **FILES,
    **ADVANCE_PAGES,
    **ADVANCES,
    **STATUS_CHANGES,
    **CLAIMS,
    **CREDENTIALS,
    **OWN_RECORDS,
    **PAPERS,
    **GRADE_DRAFTS,
    **LOG,
    **HOMES,
    **RECOGNITION_RULES,
    **AGREEMENT_TERMS,
    **COLLEGES,
}
