"""A school's own template: refused for an unknown name, filled in for a class and for a learner."""

from __future__ import annotations

import io
import zipfile
from html import unescape

import openpyxl
import pytest

from creditbank.domain.permissions import Role
from creditbank.exchange.workbooks import read_workbook
from tests.factories.county import OWN
from tests.functional.web.conftest import Reader, Visitor

ADDRESS = "/document-templates"
CLASS = "2025-25数控1班"


@pytest.fixture
def registrar(visitor: Visitor) -> Reader:
    return visitor(Role.REGISTRAR)


def workbook(*rows: list[str]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def upload(reader: Reader, name: str, content: bytes) -> str:
    reader.post(ADDRESS, {"file": (io.BytesIO(content), f"{name}.xlsx")})
    page = unescape(reader.get(ADDRESS).get_data(as_text=True))
    before = page.partition(f">{name}</option>")[0]
    return before.rpartition('value="')[2].rstrip('">')


def filled(reader: Reader, number: str, **asked: str):
    form = {"document_template_id": number, "reason": "存档", "class": "", "student_no": ""}
    return reader.post(f"{ADDRESS}/file", form | asked)


def test_a_list_is_filled_in_for_a_class_and_read_back_as_it_is(registrar):
    number = upload(
        registrar, "名册",
        workbook(["{{学校}}{{班级名称}}"], ["姓名", "学号"], ["{{姓名}}", "{{学号}}"]),
    )  # fmt: skip
    answer = filled(registrar, number, **{"class": CLASS})
    assert answer.status_code == 200
    (sheet,) = read_workbook(answer.data).sheets
    with_class = {(pupil.name, pupil.student_no) for pupil in registrar.county.schools[0].pupils}
    found = {tuple(row[:2]) for row in sheet.rows[2:]}
    assert found
    assert found <= with_class


def test_a_sheet_of_marks_is_filled_in_for_each_learner(registrar):
    number = upload(
        registrar, "成绩单",
        workbook(["{{姓名}} {{学号}} 共{{已得学分}}"], ["{{课程}}", "{{成绩}}", "{{学分}}"]),
    )  # fmt: skip
    one = filled(registrar, number, student_no=registrar.county.numbers[OWN])
    (sheet,) = read_workbook(one.data).sheets
    assert registrar.county.numbers[OWN] in sheet.rows[0][0]
    everybody = filled(registrar, number, **{"class": CLASS})
    assert everybody.headers["Content-Type"] == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(everybody.data)).namelist()
    assert len(names) > 1
    assert all(name.endswith(".xlsx") for name in names)


def test_an_unknown_placeholder_is_named_at_the_upload(registrar):
    content = workbook(["{{姓名}} {{银行卡号}} {{''.__class__}}"])
    answer = registrar.post(ADDRESS, {"file": (io.BytesIO(content), "x.xlsx")})
    assert answer.status_code == 422
    page = unescape(answer.get_data(as_text=True))
    assert "没有“{{银行卡号}}”这个占位符" in page
    assert "没有“{{''.__class__}}”这个占位符" in page


def test_a_template_is_ended_and_nobody_elses_is_found(registrar, visitor: Visitor):
    number = upload(registrar, "旧表", workbook(["{{姓名}}"]))
    assert filled(registrar, "2000000000", student_no="1").status_code == 404
    assert filled(registrar, number, student_no="", **{"class": "x"}).status_code == 404
    assert filled(registrar, number, **{"class": CLASS, "reason": " "}).status_code == 422
    registrar.post(f"{ADDRESS}/{number}/end", {})
    assert filled(registrar, number, **{"class": CLASS}).status_code == 404
