"""成绩录入 in a real browser: worked in like a spreadsheet, by keyboard and by the clipboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from creditbank.embedded import ServerUrls
from tests.browser import grid_county as grids
from tests.browser.conftest import PATIENCE_MS
from tests.browser.grid_county import GridCounty, block_of, marks, open_grid, saved
from tests.browser.roads import fits
from tests.databases import clone_template, drop_database
from tests.factories.grade_files import csv_of, xlsx_of

pytestmark = pytest.mark.browser
Come = Callable[..., Page]


@pytest.fixture
def schools(
    servers: ServerUrls,
    worker_number: int,
    browser_redis_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[GridCounty]:
    """Two schools without a mark, anew for each test."""
    name = f"creditbank_grid_{worker_number}"
    database = clone_template(servers, name)
    var = tmp_path_factory.mktemp("var")
    with grids.grid_county(database.owner_url, browser_redis_url, var, schools=2) as made:
        yield made
    drop_database(servers, name)


@pytest.fixture
def come(browser: Browser, schools: GridCounty) -> Iterator[Come]:
    """`come("registrar1")`: a page, signed in; no page may complain in its console."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "ERR_INTERNET_DISCONNECTED" not in message.text:
            complaints.append(message.text)

    def visit(
        username: str, *, width: int = 1440, language: str = "zh", theme: str = "light"
    ) -> Page:
        context = browser.new_context(
            base_url=schools.url, viewport={"width": width, "height": 900}, locale="zh-CN",
            color_scheme="dark" if theme == "dark" else "light", has_touch=width < 500,
        )  # fmt: skip
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": "language", "value": language, "url": schools.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", note)
        grids.enter_as(page, username)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


def shown(page: Page) -> list[list[str]]:
    """What stands in the cells."""
    found: list[list[str]] = page.evaluate(
        "[...document.querySelectorAll('#grade-grid tbody tr')].map("
        "row => [...row.querySelectorAll('td span')].map(cell => cell.textContent))"
    )
    return found


def where(page: Page) -> str:
    """Whose mark the keyboard is at, as a screen reader says it."""
    return page.locator(".grid-field").get_attribute("aria-label") or ""


def test_a_class_is_entered_by_keys_and_clipboard_and_is_the_same_as_a_file(
    schools: GridCounty, come: Come, picture: Callable[..., None]
) -> None:
    first, second = schools.schools
    page = come("registrar1")
    open_grid(page, first)
    written = marks()
    assert where(page) == f"{first.pupils[0].name}，语文"
    grids.type_marks(page, written[:6])
    assert shown(page)[:6] == written[:6]
    saved(page)
    grids.copy(page.context, page, block_of([*written[6:], ["88", "99"]]))
    page.keyboard.press("Control+v")
    expect(page.locator("[data-said=report]")).to_contain_text("超出表格的 2 格没有粘贴：88、99")
    saved(page)
    page.reload()
    page.locator("#grade-grid[data-ready]").wait_for()
    assert shown(page) == written
    expect(page.locator("#grade-grid td.is-bad")).to_have_count(0)
    picture(page, "grade-grid")
    grids.post(page)
    other = come("registrar2")
    assert grids.upload(other, "成绩.xlsx", xlsx_of(grids.sheet_of(second))) == 720
    assert schools.ledger(first) == schools.ledger(second)
    assert len(schools.ledger(first)) == 720
    content = csv_of(grids.sheet_of(first), "gb18030")
    assert grids.upload(page, "成绩.csv", content) == 0


def test_keys_do_what_they_do_in_a_spreadsheet(schools: GridCounty, come: Come) -> None:
    page, school = come("registrar2"), schools.schools[1]
    assert grids.upload(page, "成绩.xlsx", xlsx_of(grids.sheet_of(school))) == 720
    open_grid(page, school)
    keys = page.keyboard
    assert page.locator("td.is-posted").count() == 719  # 缓考 is still to be sat
    pupil = school.pupils
    keys.press("Control+End")
    assert where(page) == f"{pupil[59].name}，数控加工"
    keys.press("Control+Home")
    for _ in range(2):
        keys.press("ArrowDown")
    expect(page.locator("#grid-why")).to_contain_text("账中已有：缓考")
    keys.type("7")
    keys.press("Escape")
    assert shown(page)[2][0] == ""
    keys.type("77")
    keys.press("Enter")
    assert where(page) == f"{pupil[3].name}，语文"
    keys.press("Shift+Enter")
    keys.press("F2")
    keys.press("End")
    keys.type(".5")
    keys.press("Tab")
    assert shown(page)[2][0] == "77.5"
    keys.press("Shift+Tab")
    keys.press("Delete")
    assert shown(page)[2][0] == ""
    keys.press("Control+z")
    assert shown(page)[2][0] == "77.5"
    keys.press("Control+y")
    assert shown(page)[2][0] == ""
    keys.type("101")
    keys.press("Enter")
    expect(page.locator("td.is-bad")).to_have_count(1)
    keys.press("F8")
    expect(page.locator("#grid-why")).to_contain_text("超出0-100")
    expect(page.locator(".grid-field")).to_have_attribute("aria-invalid", "true")
    keys.type("66")
    keys.press("Shift+Enter")
    saved(page)
    expect(page.locator("td.is-bad")).to_have_count(0)


def test_input_methods_selections_and_the_way_out(schools: GridCounty, come: Come) -> None:
    page = come("registrar2")
    open_grid(page, schools.schools[1])
    keys = page.keyboard
    grids.type_marks(page, marks(3))
    keys.press("ArrowUp")
    # An input method composes over the selected text, and its keys are its own.
    method = page.context.new_cdp_session(page)
    method.send("Input.imeSetComposition", {"text": "lian", "selectionStart": 4, "selectionEnd": 4})
    expect(page.locator(".grid-field")).to_have_value("lian")
    method.send("Input.insertText", {"text": "良好"})
    keys.press("Enter")
    saved(page)
    assert shown(page)[2][0] == "良好"
    keys.press("Control+Home")
    keys.press("Shift+ArrowRight")
    keys.press("Shift+ArrowDown")
    expect(page.locator("[aria-selected=true]")).to_have_count(4)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    keys.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.replace("\r\n", "\n") == "\n".join("\t".join(row[:2]) for row in shown(page)[:2])
    keys.press("Escape")
    keys.press("Tab")
    assert page.evaluate("!document.activeElement.matches('.grid-field')")


def test_a_lost_network_and_a_colleague_lose_nothing(schools: GridCounty, come: Come) -> None:
    mine = come("registrar1")
    open_grid(mine, schools.schools[0])
    theirs = come("registrar-b")
    open_grid(theirs, schools.schools[0])
    for page in (mine, theirs):
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
    mine.context.set_offline(True)
    mine.keyboard.type("81")
    mine.keyboard.press("Enter")
    expect(mine.locator("[data-said=status]")).to_contain_text("连接中断：1 格暂存在本机")
    theirs.keyboard.type("82")
    theirs.keyboard.press("Enter")
    saved(theirs)
    mine.context.set_offline(False)
    expect(mine.locator("td.is-conflict")).to_have_count(1)
    mine.reload()
    expect(mine.locator("td.is-conflict")).to_have_count(1)
    mine.keyboard.press("F8")
    expect(mine.locator("#grid-why")).to_contain_text("您填 81，registrar-b 在")
    expect(mine.locator("#grid-why")).to_contain_text("填 82")
    mine.get_by_role("button", name="用我的").click()
    saved(mine)
    theirs.reload()
    theirs.locator("#grade-grid[data-ready]").wait_for()
    assert shown(theirs)[2][0] == "81"


def test_a_block_with_student_numbers_goes_to_its_learners(schools: GridCounty, come: Come) -> None:
    page = come("registrar1")
    open_grid(page, schools.schools[0])
    pupils = schools.schools[0].pupils
    rows = [
        ["学号", "姓名", "语文", "班会"],
        [pupils[2].student_no, pupils[2].name, "64", "1"],
        ["19990101", "查无此人", "70", "1"],
        [pupils[5].student_no, "别人", "71", "1"],
    ]
    grids.copy(page.context, page, block_of(rows))
    page.keyboard.press("Control+v")
    report = page.locator("[data-said=report]")
    for said in ("已按学号对齐粘贴，改动 1 格", "19990101", "别人", "班会"):
        expect(report).to_contain_text(said)
    saved(page)
    assert shown(page)[2][0] == "64"


@pytest.mark.parametrize(("width", "language"), [(1440, "en"), (360, "zh")])
def test_the_grid_fits_and_is_read_in_both_languages(
    schools: GridCounty, come: Come, picture: Callable[..., None], width: int, language: str
) -> None:
    open_grid(come("registrar1"), schools.schools[0])
    page = come("registrar1", width=width, language=language)
    page.goto("/grade-drafts")
    assert fits(page)
    picture(page, f"grade-drafts-{width}")
    page.locator("main tbody a").first.click()
    page.locator("#grade-grid[data-ready]").wait_for()
    assert fits(page)
    picture(page, f"grade-grid-{width}", full=True)


def test_a_block_and_a_typed_text_fill_what_is_selected(schools: GridCounty, come: Come) -> None:
    page = come("registrar2")
    open_grid(page, schools.schools[1])
    heads = page.locator("#grade-grid thead th")
    heads.nth(3).click()
    page.keyboard.type("合格")
    page.keyboard.press("Control+Enter")
    assert [row[1] for row in shown(page)] == ["合格"] * grids.PUPILS
    page.locator("#grade-grid tbody tr").nth(2).locator("th, td").nth(1).click()
    page.keyboard.press("Delete")
    assert shown(page)[2] == [""] * len(grids.COURSES)
    page.keyboard.press("Control+Home")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowDown")
    grids.copy(page.context, page, "70\t80\r\n71\t81\r\n")
    page.keyboard.press("Control+v")
    assert [row[:2] for row in shown(page)[:5]] == [
        ["70", "80"], ["71", "81"], ["70", "80"], ["71", "81"], ["", "合格"],
    ]  # fmt: skip
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert shown(page)[0] == [""] * len(grids.COURSES)
    saved(page)
