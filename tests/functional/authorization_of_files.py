"""Who may mend, answer and take back what was uploaded, and take files out; see authorization.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.factories.county import CountyInSmall
from tests.functional.reaches import IMPORT, IMPORTS, LISTS, Asked, Endpoint


def _import(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.imports[relation]), body)


def _list(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.lists[relation]), body)


FILES: Mapping[tuple[str, str], Endpoint] = {
    ("POST", "web.take_back_grades"): Endpoint(
        IMPORT, _import("/grade-sheets/{}/reversal", {"reason": ""}), IMPORTS
    ),
}
