"""Who may mend and take back what was uploaded, and take files out; see authorization.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from creditbank.domain.permissions import Role
from tests.factories.county import ABSENT, CountyInSmall
from tests.functional.reaches import (
    AGREEMENTS,
    BUREAU,
    COHORT,
    COHORTS,
    IMPORT,
    IMPORTS,
    LEARNERS,
    OFFICE_LISTS,
    OFFICES,
    ONCE,
    REGISTRAR_ONLY,
    REVIEWERS,
    SEE,
    SIGNED_IN,
    STAFF,
    Asked,
    Endpoint,
    Reach,
    learner,
    plain,
)


def _import(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.imports[relation]), body)


def _list(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.lists[relation]), body)


def _award(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    """Nobody has uploaded a list of awards here: an upload of another kind is not found."""
    return _import(f"/award-sheets/competition/{{}}{path}", body)


def _cohort(county: CountyInSmall, relation: str) -> Asked:
    return Asked(f"/exports/cohort.xlsx?agreement_id={county.agreements[relation]}")


TOLD: Reach = dict.fromkeys(
    (Role.STUDENT, Role.GUARDIAN, Role.ADVISOR, Role.REGISTRAR, Role.APPROVER, Role.COLLEGE,
     Role.COUNTY), ONCE,
)  # fmt: skip
NOBODY: Reach = {Role.REGISTRAR: frozenset()}
"""What can be mended was read with its cells, which these were not."""
REASON = {"reason": ""}

FILES: Mapping[tuple[str, str], Endpoint] = {
    ("POST", "web.answer_grade_columns"): Endpoint(
        NOBODY, _import("/grade-sheets/{}/columns", {}), IMPORTS
    ),
    ("POST", "web.choose_grade_term"): Endpoint(
        NOBODY, _import("/grade-sheets/{}/term", {}), IMPORTS
    ),
    ("POST", "web.mend_grade_cells"): Endpoint(
        NOBODY, _import("/grade-sheets/{}/cells", {}), IMPORTS
    ),
    # None of these uploads is long enough for the background.
    ("GET", "web.import_progress"): Endpoint(NOBODY, _import("/grade-sheets/{}/progress"), IMPORTS),
    ("POST", "web.cancel_import"): Endpoint(
        NOBODY, _import("/grade-sheets/{}/cancel", {}), IMPORTS
    ),
    ("POST", "web.take_back_grades"): Endpoint(
        IMPORT, _import("/grade-sheets/{}/reversal", REASON), IMPORTS
    ),
    ("POST", "web.answer_list_columns"): Endpoint(
        NOBODY, _list("/registration/class-lists/{}/columns", {}), IMPORTS
    ),
    ("POST", "web.mend_list_cells"): Endpoint(
        NOBODY, _list("/registration/class-lists/{}/cells", {}), IMPORTS
    ),
    **{
        ("GET", f"web.export_{name}"): Endpoint(reach, plain(f"/exports/{path}.xlsx"))
        for name, path, reach in (
            ("classes", "classes", REGISTRAR_ONLY),
            ("agreements", "agreements", AGREEMENTS),
            ("plans", "plans", SIGNED_IN),
            ("term_registrations", "term-registrations", dict.fromkeys(OFFICES, ONCE)),
            ("waiting_changes", "waiting-changes", OFFICE_LISTS),
            ("deadlines", "deadlines", OFFICE_LISTS),
            ("reviews", "reviews", dict.fromkeys(REVIEWERS, ONCE)),
            ("messages", "messages", TOLD),
        )
    },
    ("POST", "web.export_learners"): Endpoint(
        dict.fromkeys((*STAFF, *BUREAU), ONCE), plain("/exports/learners.xlsx", {"words": ""})
    ),
    ("GET", "web.export_cohort"): Endpoint(COHORT, _cohort, COHORTS),
    ("GET", "web.export_credits"): Endpoint(
        SEE, learner("/exports/credits.xlsx?learner_id={}"), LEARNERS
    ),
    ("GET", "web.document_templates"): Endpoint(REGISTRAR_ONLY, plain("/document-templates")),
    ("POST", "web.upload_template"): Endpoint(REGISTRAR_ONLY, plain("/document-templates", {})),
    ("POST", "web.filled_template"): Endpoint(
        NOBODY, plain("/document-templates/file", {"reason": "打印"}), (ABSENT,)
    ),
    ("POST", "web.end_document_template"): Endpoint(
        NOBODY, plain("/document-templates/2000000000/end", {}), (ABSENT,)
    ),
    ("GET", "web.standard_exports"): Endpoint(REGISTRAR_ONLY, plain("/standard-exports")),
    ("POST", "web.standard_table_file"): Endpoint(
        REGISTRAR_ONLY, plain("/standard-exports/jyt1005.xlsx", {"reason": "上报"})
    ),
    ("POST", "web.outcome_file"): Endpoint(
        REGISTRAR_ONLY, plain("/standard-exports/outcomes.xlsx", {"reason": "登记"})
    ),
    ("GET", "web.national_sheets"): Endpoint(
        REGISTRAR_ONLY, plain("/registration/national-sheets")
    ),
    ("POST", "web.upload_national_sheet"): Endpoint(
        REGISTRAR_ONLY, plain("/registration/national-sheets", {})
    ),
    ("POST", "web.national_sheet_file"): Endpoint(
        REGISTRAR_ONLY,
        plain("/registration/national-sheets/file", {"version": "2019", "reason": "核对"}),
    ),
    ("GET", "web.national_sheet"): Endpoint(
        NOBODY, _import("/registration/national-sheets/{}"), IMPORTS
    ),
    ("POST", "web.mend_national_cells"): Endpoint(
        NOBODY, _import("/registration/national-sheets/{}/cells", {}), IMPORTS
    ),
    ("POST", "web.register_national_sheet"): Endpoint(
        NOBODY, _import("/registration/national-sheets/{}/registration", {}), IMPORTS
    ),
    ("GET", "web.award_sheets"): Endpoint(REGISTRAR_ONLY, plain("/award-sheets")),
    ("GET", "web.award_sheet_template"): Endpoint(
        REGISTRAR_ONLY, plain("/award-sheets/template?kind=innovation")
    ),
    ("POST", "web.upload_award_sheet"): Endpoint(
        REGISTRAR_ONLY, plain("/award-sheets", {"kind": "competition"})
    ),
    ("GET", "web.award_sheet"): Endpoint(NOBODY, _award(""), IMPORTS),
    ("GET", "web.award_outcomes"): Endpoint(NOBODY, _award("/outcomes"), IMPORTS),
    ("POST", "web.answer_award_columns"): Endpoint(NOBODY, _award("/columns", {}), IMPORTS),
    ("POST", "web.mend_award_cells"): Endpoint(NOBODY, _award("/cells", {}), IMPORTS),
    ("POST", "web.post_awards"): Endpoint(NOBODY, _award("/posting", {}), IMPORTS),
    ("POST", "web.take_back_awards"): Endpoint(NOBODY, _award("/reversal", REASON), IMPORTS),
}
