"""A file of a school's own making, from its odd columns to the ledger and back."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.permissions import Role
from tests.factories.grade_files import csv_of
from tests.functional.web.conftest import Reader, Visitor

HEAD = ["序号", "学籍编码", "学生姓名", "语文成绩", "形体课"]
PUPILS = range(4)


@pytest.fixture
def registrar(visitor: Visitor) -> Reader:
    return visitor(Role.REGISTRAR)


def sheet(reader: Reader, marks: list[tuple[str, str]], *more: list[str]) -> bytes:
    school = reader.county.schools[0]
    rows = [
        [str(at + 1), school.pupils[at].student_no, school.pupils[at].name, *marks[at]]
        for at in PUPILS
    ]
    return csv_of([["25数控1班成绩"], HEAD, *rows, *more])


def upload(reader: Reader, content: bytes) -> str:
    import io

    form = {"sheet": (io.BytesIO(content), "各科成绩.csv"), "term": "2025-2026-1"}
    answer = reader.post("/grade-sheets", form)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def page_of(reader: Reader, address: str) -> str:
    return unescape(reader.get(address).get_data(as_text=True))


def problems(page: str) -> list[str]:
    return re.findall(r'<span class="place">(\w+)</span>\s*第', page)


def entry_count(engine: Engine) -> int:
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT count(*) FROM ledger_entries WHERE course_code IN ('GG02', 'GG08')")
        )
        return int(found.scalar_one())


def test_a_schools_own_sheet_is_asked_mended_posted_and_taken_back(registrar, owner_engine):
    marks = [("9O", "优秀"), ("九十", "良好"), ("101", "合格"), ("60", "及格")]
    content = sheet(registrar, marks, ["", "平均分", "", "77.5", ""])
    before = entry_count(owner_engine)
    address = upload(registrar, content)

    page = page_of(registrar, address)
    assert "这些列是什么" in page
    assert re.findall(r'name="(column\.\w+)"', page) == ["column.B", "column.E"]
    assert "如 优秀、良好、合格" in page
    registrar.post(
        f"{address}/columns", {"column.B": "student_no", "column.E": "course:艺术(GG08)"}
    )

    page = page_of(registrar, address)
    assert problems(page) == ["D3", "D4", "D5"]
    assert "改为 90" in page
    assert "按建议改正全部 2 处" in page
    assert registrar.post(f"{address}/posting", {}, part=True).status_code == 422
    registrar.post(f"{address}/cells", {"cell.3.D": "90", "cell.4.D": "90"})
    page = page_of(registrar, address)
    assert problems(page) == ["D5"]
    assert "已改 2 个单元格" in page
    registrar.post(f"{address}/cells", {"cell.5.D": "100"})

    page = page_of(registrar, address)
    assert "8 个成绩可以入账，涉及 4 名学生" in page
    assert "第 7 行是汇总或说明" in page
    registrar.post(f"{address}/posting", {})
    assert entry_count(owner_engine) == before + 8

    again = upload(registrar, content)
    page = page_of(registrar, again)
    assert "这些列是什么" not in page, "the school has answered that"
    assert problems(page) == ["D3", "D4", "D5"]
    registrar.post(f"{again}/cells", {"cell.3.D": "90", "cell.4.D": "90", "cell.5.D": "100"})
    assert "没有新内容" in page_of(registrar, again)

    refused = registrar.post(f"{address}/reversal", {"reason": ""})
    assert refused.status_code == 422
    assert entry_count(owner_engine) == before + 8
    registrar.post(f"{address}/reversal", {"reason": "传错了班级"})
    assert entry_count(owner_engine) == before + 16
    assert "整批冲销" in page_of(registrar, address)
    registrar.post(f"{address}/reversal", {"reason": "再点一次"})
    registrar.post(f"{address}/posting", {})
    assert entry_count(owner_engine) == before + 16, "taken back once, and not posted again"

    assert "8 个成绩可以入账" in page_of(registrar, again)
    registrar.post(f"{again}/posting", {})
    assert entry_count(owner_engine) == before + 24


def test_a_mend_of_a_cell_that_there_is_not_is_not_found(registrar):
    address = upload(registrar, sheet(registrar, [("61", "优秀")] * 4))
    assert registrar.post(f"{address}/cells", {"cell.900.D": "1"}).status_code == 404
    assert registrar.post(f"{address}/columns", {"column.B": "course:没有(XX)"}).status_code == 404


def test_a_file_without_a_heading_is_refused_in_words(registrar):
    import io

    answer = registrar.post("/grade-sheets", {"sheet": (io.BytesIO(b"1,2\n3,4\n"), "x.csv")})
    assert answer.status_code == 422
    assert "没有找到表头" in answer.get_data(as_text=True)
