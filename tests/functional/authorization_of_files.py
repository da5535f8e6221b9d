"""Who may mend and take back what was uploaded, and take files out; see authorization.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from creditbank.domain.permissions import Role
from tests.factories.county import CountyInSmall
from tests.functional.reaches import (
    IMPORT,
    IMPORTS,
    REGISTRAR_ONLY,
    Asked,
    Endpoint,
    Reach,
    plain,
)


def _import(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.imports[relation]), body)


def _list(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.lists[relation]), body)


def _award(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    """Nobody has uploaded a list of awards here: an upload of another kind is not found."""
    return _import(f"/award-sheets/competition/{{}}{path}", body)


NOBODY: Reach = {Role.REGISTRAR: frozenset()}
"""What can be mended was read with its cells, which these were not."""
REASON = {"reason": ""}

FILES: Mapping[tuple[str, str], Endpoint] = {
    ("POST", "web.answer_grade_columns"): Endpoint(
        NOBODY, _import("/grade-sheets/{}/columns", {}), IMPORTS
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
