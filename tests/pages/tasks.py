"""Ten everyday tasks, done as a new user would from the first page, and what each took.

Counted is each click or tap, each key that acts, each field filled in, each file chosen and each
paste; signing in is not. SMALLEST was written down before the pages were looked at
(docs/tasks.md); a task may take half as much again.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from tests.pages.browsing import Browsing

DESK, PHONE = 1440, 360
_MORE = 1.5
_STUDENT = "2023010101"


@dataclass
class Hands:
    """What somebody does at a page, counted."""

    page: Page
    acts: int = 0
    done: list[str] = field(default_factory=list)

    def click(self, target: Locator, said: str) -> None:
        self._count(said)
        target.click()

    def press(self, key: str) -> None:
        self._count(key)
        self.page.keyboard.press(key)

    def fill(self, target: Locator, text: str, said: str) -> None:
        self._count(said)
        target.fill(text)

    def write(self, text: str) -> None:
        """Into the field that has the focus."""
        self._count("words")
        self.page.keyboard.type(text, delay=5)

    def choose(self, target: Locator, value: dict[str, str | int], said: str) -> None:
        self._count(said)
        target.select_option(**value)  # type: ignore[arg-type]

    def attach(self, target: Locator, file: Path) -> None:
        self._count("file")
        target.set_input_files(file)

    def _count(self, said: str) -> None:
        self.acts += 1
        self.done.append(said)


@dataclass(frozen=True, slots=True)
class Task:
    """reader: whose it is; smallest: the fewest acts that it could take."""

    name: str
    reader: str
    smallest: int
    do: Callable[[Hands, Path], None]
    width: int = DESK


def _can_she_graduate(hands: Hands, _folder: Path) -> None:
    hands.press("/")
    hands.write(_STUDENT)
    expect(hands.page.locator("#palette [role=option]", has_text=_STUDENT).first).to_be_visible()
    hands.press("Enter")
    expect(hands.page.locator("#verdicts .said").first).to_be_visible()


def _one_mark(hands: Hands, folder: Path) -> None:
    _can_she_graduate(hands, folder)
    form = hands.page.locator("#post form")
    hands.choose(form.locator("[name=course_code]"), {"index": 1}, "course")
    hands.fill(form.locator("[name=mark]"), "88", "mark")
    hands.click(form.get_by_role("button", name="入账"), "post")
    expect(hands.page.locator("#post")).to_contain_text("已入账")


def _filled_template(hands: Hands, folder: Path) -> Path:
    """A class's sheet as it is handed to a teacher and comes back: no act of the registrar's."""
    page = hands.page.context.new_page()
    page.goto("/grade-sheets")
    with page.expect_download() as made:
        page.get_by_role("button", name="下载模板").click()
    sheet = folder / "marks.xlsx"
    book = load_workbook(io.BytesIO(made.value.path().read_bytes()))
    table = book.worksheets[0]
    head = next(row[0].row for row in table.iter_rows() if row[0].value == "学号")
    for row in range(head + 1, table.max_row + 1):
        if table.cell(row, 1).value:
            table.cell(row, 3).value = 86
    book.save(sheet)
    page.close()
    return sheet


def _marks_of_a_class(hands: Hands, folder: Path) -> None:
    sheet = _filled_template(hands, folder)
    hands.click(hands.page.get_by_role("link", name="班级成绩单").first, "班级成绩单")
    hands.attach(hands.page.locator("input[type=file]"), sheet)
    hands.click(hands.page.get_by_role("button", name="上传并预览"), "upload")
    hands.click(hands.page.get_by_role("button", name="入账").first, "post")
    expect(hands.page.locator("main")).to_contain_text("已入账")


def _grid(hands: Hands, _folder: Path) -> None:
    page = hands.page
    hands.click(page.get_by_role("link", name="成绩录入").first, "成绩录入")
    hands.choose(page.locator("main select[name=class]"), {"index": 1}, "class")
    hands.click(page.get_by_role("button", name="打开"), "open")
    expect(page.locator("[role=grid]")).to_be_visible()
    rows = page.locator("[role=grid] tbody tr").count()
    page.evaluate("text => navigator.clipboard.writeText(text)", "\n".join(["82"] * rows))
    hands.press("Control+v")
    submit = page.get_by_role("button", name="提交").or_(page.get_by_role("button", name="入账"))
    hands.click(submit.first, "submit")
    expect(page.locator("main")).to_contain_text("已")


def _review_a_claim(hands: Hands, _folder: Path) -> None:
    hands.click(hands.page.get_by_role("link", name="学分申报待初审"), "line")
    hands.press("a")
    expect(hands.page.get_by_role("status").first).to_be_visible()


def _papers_of_a_class(hands: Hands, _folder: Path) -> None:
    page = hands.page
    hands.click(page.get_by_role("link", name="证明与表格").first, "证明与表格")
    hands.choose(page.locator("main select[name=kind]"), {"label": "成绩单"}, "kind")
    hands.click(page.locator("main table a").first, "class")
    hands.click(page.get_by_role("button", name="签发"), "issue")
    expect(page.get_by_text("打开 PDF")).to_be_visible()


def _what_is_missing(hands: Hands, _folder: Path) -> None:
    expect(hands.page.get_by_text("还差").first).to_be_in_viewport()


def _hand_in_a_certificate(hands: Hands, folder: Path) -> None:
    page = hands.page
    photo = folder / "certificate.png"
    photo.write_bytes(page.screenshot())
    hands.click(page.locator("main").get_by_text("申报学分", exact=True).first, "申报学分")
    hands.click(page.get_by_role("link", name="证书").first, "kind")
    hands.fill(page.get_by_label("证书名称"), "普通话水平测试二级乙等", "title")
    hands.choose(page.get_by_label("类别"), {"index": 2}, "category")
    hands.fill(page.get_by_label("取得日期"), "2026-09-20", "day")
    hands.fill(page.get_by_label("证书编号"), "PTH2026370124", "number")
    hands.attach(page.locator("input[type=file]"), photo)
    hands.click(page.get_by_role("button", name="提交"), "submit")
    expect(page.locator("main")).to_contain_text("待初审")


def _class_of_the_college(hands: Hands, _folder: Path) -> None:
    hands.click(hands.page.locator("main a[href^='/agreements/']").first, "class")
    expect(hands.page.locator("main table").first).to_be_visible()


def _month_of_the_county(hands: Hands, _folder: Path) -> None:
    hands.click(hands.page.get_by_role("link", name="全县统计").first, "全县统计")
    with hands.page.expect_download() as made:
        hands.click(hands.page.locator("main").get_by_text("PDF").first, "PDF")
    assert made.value.path().read_bytes().startswith(b"%PDF")


TASKS = (
    Task("某生能不能毕业", "registrar", 3, _can_she_graduate),
    Task("给一名学生录一门成绩", "registrar", 6, _one_mark),
    Task("一个班的成绩单（Excel）入账", "registrar", 4, _marks_of_a_class),
    Task("在网页上粘贴一个班的成绩", "registrar", 5, _grid),
    Task("初审一项申报", "registrar", 2, _review_a_claim),
    Task("给一个班签发成绩单", "registrar", 4, _papers_of_a_class),
    Task("我还差什么", "student", 0, _what_is_missing, PHONE),
    Task("申报一张证书", "student", 8, _hand_in_a_certificate, PHONE),
    Task("班里谁达标", "college", 1, _class_of_the_college),
    Task("出本月报表", "county", 2, _month_of_the_county),
)


def perform(browsing: Browsing, only: str, into: Path) -> list[dict[str, object]]:
    """Each task once; what could not be done says where it stopped, with a picture in `into`."""
    into.mkdir(parents=True, exist_ok=True)
    found: list[dict[str, object]] = []
    for task in TASKS:
        if only not in task.name:
            continue
        with TemporaryDirectory() as folder, browsing.page(task.reader, width=task.width) as page:
            page.context.grant_permissions(["clipboard-read", "clipboard-write"])
            page.set_default_timeout(10_000)
            page.goto("/", wait_until="networkidle")
            hands = Hands(page)
            stopped = ""
            try:
                task.do(hands, Path(folder))
            except Exception as error:  # noqa: BLE001 (whatever stops a user is an answer)
                stopped = str(error).splitlines()[0]
                page.screenshot(path=into / f"task-{TASKS.index(task) + 1}.png")
        found.append(
            {
                "task": task.name,
                "reader": task.reader,
                "smallest": task.smallest,
                "taken": hands.acts,
                "done": hands.done,
                "stopped": stopped,
                "passed": not stopped and hands.acts <= task.smallest * _MORE,
            }
        )
    return found
