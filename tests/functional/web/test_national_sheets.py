"""The sheet of the national system: read, registered, written again without a loss."""

from __future__ import annotations

import io
from datetime import date
from html import unescape

import openpyxl
import pytest

from creditbank.domain.identifiers import check_character
from creditbank.domain.permissions import Role
from creditbank.exchange.national_sheets import national_sheet, sheet_versions
from creditbank.exchange.workbooks import read_workbook
from tests.functional.web.conftest import Reader, Visitor

ADDRESS = "/registration/national-sheets"


@pytest.fixture
def registrar(visitor: Visitor) -> Reader:
    return visitor(Role.REGISTRAR)


def identity(serial: int) -> str:
    stem = f"37012420100512{serial:03d}"
    return stem + check_character(stem)


def learner(version: str, serial: int) -> dict[str, str]:
    """A row with something under every heading."""
    found = sheet_versions()[version]
    words = {heading: words[-1] for heading, words in found.lists.items()}
    row = {heading: words.get(heading, f"{heading}{serial}") for heading in found.headings}
    return row | {
        "姓名": "钱多多" if serial % 2 else "孙小圣",
        "性别": "男" if serial % 2 else "女",
        "出生日期": "20100512",
        "身份证件类型": "居民身份证",
        "身份证件号": identity(serial),
        "班级名称": "25数控1班",
        "学号": f"20250177{serial:02d}",
        "学习形式": "全日制",
        "入学年月": "202509",
        "专业简称": "数控技术应用",
        "学制": "三年制",
        "分段培养方式": "非分段培养",
    }


def upload(reader: Reader, version: str, rows: list[dict[str, str]]) -> str:
    content = national_sheet(sheet_versions()[version], rows, made_on=date(2026, 6, 30))
    return uploaded(reader, content)


def uploaded(reader: Reader, content: bytes) -> str:
    answer = reader.post(ADDRESS, {"file": (io.BytesIO(content), "导入表.xlsx")})
    assert answer.status_code == 302, unescape(answer.get_data(as_text=True))
    return answer.headers["Location"]


def page_of(reader: Reader, address: str) -> str:
    return unescape(reader.get(address).get_data(as_text=True))


def exported(reader: Reader, version: str) -> list[dict[str, str]]:
    form = {"version": version, "scope": "2025-25数控1班", "reason": "上报学籍系统"}
    answer = reader.post(f"{ADDRESS}/file", form)
    assert answer.status_code == 200
    (sheet,) = read_workbook(answer.data).sheets
    assert sheet.rows[0] == sheet_versions()[version].headings
    return [
        {head: sheet.text(at, column) for column, head in enumerate(sheet.rows[0], start=1)}
        for at in range(2, len(sheet.rows) + 1)
    ]


@pytest.mark.parametrize(("version", "serial"), [("2019", 1), ("2022", 11)])
def test_a_sheet_that_was_read_is_written_again_as_it_was(registrar, version, serial):
    rows = [learner(version, serial), learner(version, serial + 1)]
    address = upload(registrar, version, rows)
    page = page_of(registrar, address)
    assert f"{version}版表头" in page
    assert "新登记 2 名学生" in page, page
    registrar.post(f"{address}/registration", {})
    assert "已登记" in page_of(registrar, address)

    numbers = {row["学号"] for row in rows}
    assert [row for row in exported(registrar, version) if row["学号"] in numbers] == rows

    again = upload(registrar, version, rows)
    assert "没有新内容" in page_of(registrar, again)
    moved = [rows[0], rows[1] | {"家庭电话": "0531-87880000"}]
    address = upload(registrar, version, moved)
    assert "更新 1 名学生的其他信息" in page_of(registrar, address)
    registrar.post(f"{address}/registration", {})
    assert [row for row in exported(registrar, version) if row["学号"] in numbers] == moved


def test_what_a_cell_may_not_say_is_named_and_mended(registrar):
    row = learner("2019", 21) | {"就读方式": "走读生", "专业简称": "数控技术应用"}
    row["身份证件号"] = row["身份证件号"][:17] + ("0" if row["身份证件号"][-1] != "0" else "1")
    address = upload(registrar, "2019", [row])
    page = page_of(registrar, address)
    assert "改为 走读" in page
    registrar.post(f"{address}/cells", {"cell.2.L": "走读"})
    page = page_of(registrar, address)
    assert f"改为 {identity(21)}" in page
    registrar.post(f"{address}/cells", {"cell.2.E": identity(21)})
    assert "新登记 1 名学生" in page_of(registrar, address)


def test_a_heading_that_differs_is_named(registrar):
    version = sheet_versions()["2019"]
    content = national_sheet(version, [learner("2019", 31)], made_on=date(2026, 6, 30))

    book = openpyxl.load_workbook(io.BytesIO(content))
    book.worksheets[0]["K1"] = "入学方法"
    target = io.BytesIO()
    book.save(target)
    answer = registrar.post(ADDRESS, {"file": (io.BytesIO(target.getvalue()), "x.xlsx")})
    assert answer.status_code == 422
    assert "2019版此列应为“入学方式”，现为“入学方法”" in unescape(answer.get_data(as_text=True))


def test_whole_numbers_leave_with_a_reason_only(registrar):
    answer = registrar.post(f"{ADDRESS}/file", {"version": "2019", "scope": "", "reason": " "})
    assert answer.status_code == 422
    assert "请写明用途" in unescape(answer.get_data(as_text=True))
