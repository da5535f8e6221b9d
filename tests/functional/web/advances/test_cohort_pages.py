"""A cohort on pages: all of it is reached, and a filter looks at all of it."""

from __future__ import annotations

import html
import re

import pytest

from creditbank.domain.permissions import Role
from tests.factories.advance_desk import AGREEMENT, AdvanceDesk
from tests.functional.web.advances.conftest import Come


def test_a_cohort_goes_on_over_the_page_and_is_filtered_whole(
    come: Come, desk: AdvanceDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("creditbank.queries.pages.LIMIT_MAX", 2)
    registrar = come(desk, Role.REGISTRAR)
    for start in (
        f"/agreements/{AGREEMENT}?outcome=qualified",
        f"/agreements/{AGREEMENT}/advance?stage=qualification",
        f"/agreements/{AGREEMENT}/advance",
    ):
        address, seen = start, []
        while address:
            body = registrar.get(address).get_data(as_text=True)
            seen.append(len(re.findall(r'<th scope="row">', body)))
            found = re.search(r'<a href="([^"]+)">下一页</a>', body)
            address = html.unescape(found[1]) if found else ""
        assert seen == [2, 2, 1], start


def test_a_class_too_large_for_one_file_is_told_what_to_do(
    come: Come, desk: AdvanceDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("creditbank.web.advance_papers._FORMS_MAX", 2)
    answer = come(desk, Role.REGISTRAR).get(f"/agreements/{AGREEMENT}/advance/forms")
    assert answer.status_code == 422
    assert "分批签发审核表" in answer.get_data(as_text=True)
