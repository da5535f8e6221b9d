"""The registrar before the credits: register a learner, record facts, see the verdict move."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect

from creditbank.domain.identifiers import check_character
from creditbank.exchange.class_lists import COLUMNS
from tests.browser.conftest import LiveCounty, Visit, today
from tests.browser.roads import fits, go, stay, stayed

pytestmark = pytest.mark.browser


def identity(serial: int) -> str:
    stem = f"37012420100315{serial:03d}"
    return stem + check_character(stem)


def choose_cohort(page: Page) -> int:
    """The latest cohort that has entered; its year of entry."""
    options = page.locator("[name=cohort] option").evaluate_all("all => all.map(one => one.value)")
    years = {int(value.partition(":")[0]): value for value in reversed(options) if value}
    year = max(year for year in years if year < today().year)
    page.select_option("[name=cohort]", years[year])
    return year


def fill_person(page: Page, serial: int, name: str) -> int:
    page.fill("[name=name]", name)
    page.fill("[name=citizen_id]", identity(serial))
    year = choose_cohort(page)
    page.fill("[name=student_no]", f"NEW{serial:03d}")
    page.fill("[name=class_name]", f"{year}级新生班")
    page.fill("[name=entered_on]", f"{year}-09-01")
    return year


def choose_fact(page: Page, name: str) -> None:
    page.locator("#facts-panel .tabs").get_by_text(name, exact=True).click()
    expect(page.locator("#facts-panel [aria-current]")).to_have_text(name)


def record(page: Page) -> None:
    page.locator("#facts-panel [type=submit]").click()
    expect(page.locator("#facts-panel .notice")).to_be_visible()


def test_a_learner_is_registered_and_conduct_and_internship_move_the_verdict(
    visit: Visit, county: LiveCounty
):
    page = visit("registrar")
    go(page, "登记学生")
    year = fill_person(page, 501, "欧阳新生")
    page.fill("[name=citizen_id]", identity(501)[:-1] + ("1" if identity(501)[-1] != "1" else "2"))
    page.locator("main form [type=submit]").click()
    expect(page.locator("#citizen_id-fault")).to_contain_text("校验位")
    expect(page.locator("[name=student_no]")).to_have_value("NEW501")
    page.fill("[name=citizen_id]", identity(501))
    page.locator("main form [type=submit]").click()
    expect(page.locator("main .notice")).to_contain_text(f"注册截止为{year}年11月20日")
    page.get_by_role("link", name="打开学生页面").click()
    expect(page.locator("h1")).to_have_text("欧阳新生")
    assert "370124" not in page.url
    stay(page)
    verdict = page.locator("#verdicts article").first
    before = verdict.inner_text()
    record(page)
    expect(page.locator("#facts-panel .notice")).to_contain_text("已登记思想品德")
    choose_fact(page, "实习鉴定")
    page.fill("[name=organisation]", "平阴机床厂")
    page.fill("[name=started_on]", f"{year}-10-01")
    page.locator("#facts-panel [type=submit]").click()
    expect(page.locator("#ended_on-fault")).to_be_visible()
    page.fill("[name=ended_on]", f"{year}-12-01")
    record(page)
    assert stayed(page)
    expect(verdict).not_to_have_text(before, use_inner_text=True)
    stored = county.scalar(
        "SELECT count(*) FROM internship_appraisals JOIN enrolments USING (enrolment_id)"
        " WHERE student_no = 'NEW501' AND result = 'passed'"
    )
    assert stored == 1


def test_a_class_list_is_previewed_by_cell_and_registered(
    visit: Visit, county: LiveCounty, tmp_path: Path
):
    page = visit("registrar")
    page.goto("/registration/class-lists")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载模板").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    bad, good = tmp_path / "错误名单.xlsx", tmp_path / "名单.xlsx"
    bad.write_bytes(workbook([(601, "王小明"), (601, "李小红")]))
    good.write_bytes(workbook([(601, "王小明"), (602, "李小红")]))
    upload(page, bad)
    expect(page.locator("#problems-title")).to_be_visible()
    expect(page.locator("main")).to_contain_text("B3")
    # Whole in the field where it is mended, and nowhere else.
    assert page.content().count(identity(601)) == 1
    page.get_by_role("link", name="重新上传").click()
    upload(page, good)
    expect(page.locator(".notice")).to_contain_text("注册已逾期")
    page.get_by_role("button", name="登记 2 名学生").click()
    expect(page.locator(".notice")).to_contain_text("已登记 2 名学生")
    assert county.scalar("SELECT count(*) FROM enrolments WHERE student_no LIKE 'NEW60%'") == 2


@pytest.mark.parametrize("address", ["/registration", "/registration/class-lists"])
@pytest.mark.parametrize("width", [360, 1440])
def test_the_pages_fit_their_screen(visit: Visit, address: str, width: int):
    page = visit("registrar", width=width)
    page.goto(address)
    assert fits(page)


def upload(page: Page, file: Path) -> None:
    page.set_input_files("[name=file]", file)
    year = choose_cohort(page)
    page.fill("[name=entered_on]", f"{year}-09-01")
    page.get_by_role("button", name="上传并预览").click()
    expect(page.locator("h1")).to_have_text(file.name)


def workbook(people: list[tuple[int, str]]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(COLUMNS.values()))
        for row, (serial, name) in enumerate(people, start=1):
            cells = (name, identity(serial), "", "", f"NEW{serial}", "", "新生班")
            for column, cell in enumerate(cells):
                sheet.write_string(row, column, cell)
    return target.getvalue()
