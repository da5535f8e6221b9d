"""The tables of JY/T 1005 and the credit bank's list, as a school takes them out."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from html import unescape

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from creditbank.domain.permissions import Role
from creditbank.exchange.jyt1005 import in_parts, standard_tables, standard_workbook
from tests.factories.county import OWN
from tests.functional.web.conftest import Visitor


@given(st.integers(0, 10_000).map(lambda tenths: tenths * 10))
def test_credits_in_parts_are_the_same_credits_and_fit(units):
    parts = in_parts(units)
    assert sum(parts) == Decimal(units) / 100
    assert all(0 <= part <= Decimal("9.9") for part in parts)
    assert max(parts) - min(parts) <= Decimal("0.1")


def test_thirty_credits_are_said_to_be_written_in_four_parts():
    rows = {"ZZJX0102": [{"KCH": "GS01", "KCMC": "岗位实习", "XF": 3000, "ZXS": 540}]}

    book = openpyxl.load_workbook(io.BytesIO(standard_workbook(rows, made_on=date(2026, 6, 30))))
    sheet = book["ZZJX0102 课程数据"]
    assert [(row[1], row[2]) for row in sheet.iter_rows(min_row=2, values_only=True)] == [
        (f"岗位实习({at}/4)", 7.5) for at in range(1, 5)
    ]
    (note,) = (row[0] for row in book["说明"].iter_rows(min_row=2, values_only=True))
    assert "岗位实习 为30学分" in str(note)


def test_every_table_of_the_standard_goes_out_with_its_fields(visitor: Visitor, county):
    reader = visitor(Role.REGISTRAR)
    answer = reader.post("/standard-exports/jyt1005.xlsx", {"entry_year": "", "reason": "上报"})
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == [
        *(f"{table.code} {table.title}" for table in standard_tables()), "说明",
    ]  # fmt: skip
    for table in standard_tables():
        sheet = book[f"{table.code} {table.title}"]
        head = [str(cell.value).partition(" ")[0] for cell in sheet[1]]
        assert head == list(table.fields)
    numbers = [cell.value for cell in book["ZZXS0101 学生基本数据"]["A"]]
    assert county.numbers[OWN] in numbers
    assert {cell.data_type for cell in book["ZZXS0101 学生基本数据"]["A"]} == {"s"}
    plans = list(book["ZZJX0303 教学计划课程数据"].iter_rows(min_row=2, values_only=True))
    assert len(plans) >= 8


def test_the_outcomes_of_a_school_sum_up_to_what_its_ledger_holds(
    visitor: Visitor, county, owner_engine
):
    reader = visitor(Role.REGISTRAR)
    answer = reader.post("/standard-exports/outcomes.xlsx", {"entry_year": "", "reason": "登记"})
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data))["学习成果清单"]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    query = text("""
        SELECT coalesce(sum(units), 0) FROM ledger_entries r WHERE institution_id = :school
          AND units > 0 AND kind IN ('course', 'competition', 'innovation', 'recognition')
          AND NOT EXISTS (SELECT FROM ledger_entries t WHERE t.learner_id = r.learner_id
            AND t.kind = 'reversal' AND t.source_seq = r.ledger_seq)
    """)
    with owner_engine.connect() as connection:
        school = county.schools[0].institution_id
        units = connection.execute(query, {"school": school}).scalar_one()
    assert sum(Decimal(str(row[6])) for row in rows) == Decimal(units) / 100


@pytest.mark.parametrize("name", ["jyt1005", "outcomes"])
def test_personal_data_leave_with_a_reason_only(visitor: Visitor, name):
    answer = visitor(Role.REGISTRAR).post(f"/standard-exports/{name}.xlsx", {"reason": ""})
    assert answer.status_code == 422
    assert "请写明用途" in unescape(answer.get_data(as_text=True))
