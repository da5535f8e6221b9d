"""The recognition table: read on a phone, changed by the bureau, with the file taken away first."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.roads import fits, go

pytestmark = pytest.mark.browser
TITLE = "学分互认对照表"
TITLES = {"zh": TITLE, "en": "Recognition table"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_school_reads_the_table_on_a_phone(visit: Visit, language: str):
    page = visit("registrar", width=360, height=740, language=language)
    go(page, TITLES[language])
    expect(page.locator("h1")).to_have_text(TITLES[language])
    expect(page.locator("table .badge").first).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name="ZZ-01").click()
    expect(page.locator(".page-head")).to_contain_text("ZZ-01")
    assert fits(page)


def test_the_bureau_changes_a_line_in_the_file_and_puts_it_in_force(
    visit: Visit, picture, tmp_path: Path
):
    page = visit("county")
    go(page, TITLE)
    expect(page.locator("h1")).to_have_text(TITLE)
    picture(page, "recognition-table", full=True)
    with page.expect_download() as started:
        page.get_by_role("button", name="导出 Excel").click()
    path = tmp_path / "table.xlsx"
    started.value.save_as(path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    row = next(cells for cells in sheet.iter_rows(min_row=2) if cells[0].value == "GZ-11")
    for heading, text in (
        ("学分上限", "12"),
        ("文号", "平教字〔2026〕12号"),
        ("生效日期", date(2099, 9, 1).isoformat()),
    ):
        row[headings.index(heading)].value = text
    book.save(path)
    page.get_by_text("上传整张对照表").click()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="上传并预览").click()
    expect(page.locator("#clean-title")).to_have_text("1 条将有变化")
    assert fits(page)
    page.get_by_role("button", name="施行 1 条").click()
    expect(page.locator(".notice")).to_contain_text("已施行 1 条")
    page.get_by_role("link", name="2099年9月1日起有变化").click()
    expect(page.locator("main")).to_contain_text("至多 12 学分")
    page.get_by_text("新增或替换一条").click()
    page.set_viewport_size({"width": 360, "height": 740})
    assert fits(page)
