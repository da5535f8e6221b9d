"""Every list goes out as an Excel file, by its own filter and to whom it is shown."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal

import openpyxl
import pytest
from sqlalchemy import Engine, text

from creditbank.domain.permissions import PERMISSIONS, Role
from creditbank.web.exported_lists import EXPORTS
from creditbank.web.list_exports import ListExport
from tests.factories.county import AGREED, OTHER, OWN, SAME, CountyInSmall
from tests.functional.web.conftest import Reader, Visitor

Cells = list[list[object]]
ROLES = (Role.REGISTRAR, Role.APPROVER, Role.COUNTY, Role.COLLEGE)


def asked(county: CountyInSmall, export: ListExport) -> dict[str, str]:
    filters = {
        "agreement_id": str(county.agreements[AGREED]),
        "learner_id": str(county.learners[AGREED]),
        "words": county.numbers[OWN],
    }
    return {name: filters.get(name, "") for name in export.filters}


def taken(reader: Reader, export: ListExport, filters: dict[str, str]) -> Cells:
    address = f"/exports/{export.name}.xlsx"
    if export.private:
        answer = reader.post(address, filters)
    else:
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        answer = reader.get(f"{address}?{query}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    return [list(row) for row in sheet.iter_rows(min_row=3, values_only=True)]


@pytest.fixture
def named(request: pytest.FixtureRequest) -> Callable[[str], ListExport]:
    return lambda name: next(export for export in EXPORTS if export.name == name)


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_a_list_goes_out_with_its_headings(export, visitor: Visitor, county):
    role = next(role for role in ROLES if (export.action, role) in PERMISSIONS)
    rows = taken(visitor(role), export, asked(county, export))
    assert rows[0] == [str(column.heading) for column in export.columns]


def test_a_search_goes_out_as_it_was_found(visitor: Visitor, county, named):
    export = named("learners")
    rows = taken(visitor(Role.REGISTRAR), export, {"words": county.numbers[OWN]})
    assert [row[1] for row in rows[1:]] == [county.numbers[OWN]]
    rows = taken(visitor(Role.REGISTRAR), export, {"words": county.numbers[OTHER]})
    assert county.names[OTHER] not in [row[0] for row in rows]


def test_a_search_stands_in_no_address(visitor: Visitor, county):
    answer = visitor(Role.REGISTRAR).get(f"/exports/learners.xlsx?words={county.numbers[OWN]}")
    assert answer.status_code == 405


def test_a_learners_credits_go_out_with_their_sum(visitor: Visitor, county, named, owner_engine):
    export = named("credits")
    learner_id = county.learners[OWN]
    rows = taken(visitor(Role.REGISTRAR), export, {"learner_id": str(learner_id)})
    at = [str(column.heading) for column in export.columns].index("学分")
    with owner_engine.connect() as connection:
        units = connection.execute(
            text("SELECT coalesce(sum(units), 0) FROM ledger_entries WHERE learner_id = :id"),
            {"id": learner_id},
        ).scalar_one()
    assert sum(Decimal(str(row[at])) for row in rows[1:]) == Decimal(units) / 100
    hidden = visitor(Role.REGISTRAR).get(
        f"/exports/credits.xlsx?learner_id={county.learners[OTHER]}"
    )
    assert hidden.status_code == 404
    assert visitor(Role.REGISTRAR).get("/exports/credits.xlsx?learner_id=x").status_code == 404


def test_what_was_taken_out_is_noted_without_whom_it_was_searched_by(
    visitor: Visitor, county, named, owner_engine: Engine
):
    query = text("SELECT name, filter, row_count FROM file_exports ORDER BY file_export_id DESC")
    taken(visitor(Role.REGISTRAR), named("learners"), {"words": county.numbers[SAME]})
    with owner_engine.connect() as connection:
        note = connection.execute(query).first()
    assert note is not None
    assert (note.name, note.filter, note.row_count) == ("learners", {}, 1)
