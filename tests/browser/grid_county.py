"""Schools whose one class of 60 has 12 courses in a term, behind a live server; see grade_grid.

For the browser's test and for `python -m bench grade_grid`: each school takes the same marks by
another way.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from argon2 import PasswordHasher
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import text
from werkzeug.serving import make_server

from creditbank.db import make_engine
from creditbank.domain.permissions import Role
from creditbank.settings import Settings
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.apps import make_app
from tests.factories.county_parts import add_account
from tests.factories.grade_files import Cells, mark_at
from tests.factories.school import School, make_school

PUPILS = 60
COURSES = (
    ("GG02", "语文", 1100), ("GG03", "数学", 800), ("GG04", "英语", 800), ("GG05", "历史", 400),
    ("GG06", "信息技术", 600), ("GG08", "艺术", 200), ("ZY01", "机械制图", 600),
    ("ZY02", "机械基础", 400), ("ZY03", "电工电子", 400), ("ZY04", "公差与测量", 300),
    ("ZY05", "数控编程", 600), ("ZY06", "数控加工", 600),
)  # fmt: skip
PASSWORD = "a grid in the browser"
_WORDS = {0: "优秀", 1: "合格", 2: "缓考", 3: "旷考", 4: "免修 86", 5: "B", 6: "59.5"}
"""What stands in the first course for the first learners: every scale, and the words."""
_LEDGER = text("""
SELECT right(e.student_no, 2) AS learner, l.course_code, l.exam_kind, l.scale, l.mark, l.passed,
  l.units, l.grade_point, l.term_code, l.earned_on, l.detail
FROM ledger_entries l JOIN enrolments e USING (learner_id)
WHERE l.institution_id = :school ORDER BY 1, 2
""")


@dataclass(frozen=True, slots=True)
class GridCounty:
    """Where the pages are; schools: each with an account registrar1, registrar2 and so on."""

    url: str
    database_url: str
    schools: tuple[School, ...]

    def ledger(self, school: School) -> list[tuple[object, ...]]:
        """What a school's books say, whoever the learners are."""
        engine = make_engine(self.database_url)
        try:
            with UnitOfWork(engine, EVERYWHERE) as uow:
                rows = uow.connection.execute(_LEDGER, {"school": school.institution_id})
                return [tuple(map(str, row)) for row in rows]
        finally:
            engine.dispose()


@contextmanager
def grid_county(
    database_url: str, redis_url: str, var: Path, *, schools: int
) -> Iterator[GridCounty]:
    """Fill an empty, migrated database and serve it."""
    engine = make_engine(database_url)
    with UnitOfWork(engine, EVERYWHERE) as uow:
        made = tuple(
            make_school(uow.connection, number=number, pupils=PUPILS, courses=COURSES)
            for number in range(1, schools + 1)
        )
        add_account(uow.connection, "registrar-b", Role.REGISTRAR, made[0].institution_id)
        add_account(uow.connection, "approver1", Role.APPROVER, made[0].institution_id)
        uow.connection.execute(
            text("UPDATE accounts SET password_hash = :hash"),
            {"hash": PasswordHasher().hash(PASSWORD)},
        )
    settings = Settings.from_environment(
        {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "CREDITBANK_VAR": str(var)}
    )
    server = make_server("127.0.0.1", 0, make_app(settings), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield GridCounty(f"http://127.0.0.1:{server.server_port}", database_url, made)
    finally:
        server.shutdown()
        thread.join()
        engine.dispose()


def mark_of(row: int, column: int) -> str:
    """The mark of a learner and a course, both from 0."""
    return _WORDS.get(row, "") if column == 0 and row in _WORDS else f"{mark_at(row, column):g}"


def marks(rows: int = PUPILS) -> list[list[str]]:
    """The marks of a class, or of its first learners."""
    return [[mark_of(row, column) for column in range(len(COURSES))] for row in range(rows)]


def sheet_of(school: School) -> Cells:
    """The same as a sheet for the upload."""
    head: Cells = [
        [f"{school.class_name} 成绩登记表"],
        ["学年学期", school.term.code, "考试性质", "正常"],
        ["学号", "姓名", *(f"{name}({code})" for code, name in school.courses)],
    ]
    rows: Cells = [
        [pupil.student_no, pupil.name, *written]
        for pupil, written in zip(school.pupils, marks(), strict=True)
    ]
    return [*head, *rows]


def block_of(written: Sequence[Sequence[str]]) -> str:
    """As a spreadsheet puts it on the clipboard."""
    return "".join("\t".join(row) + "\r\n" for row in written)


def enter_as(page: Page, username: str) -> None:
    """Sign in, and go to where sheets are opened."""
    page.goto("/sign-in")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("main .card [type=submit]")
    page.wait_for_url(lambda address: "/sign-in" not in address)


def open_grid(page: Page, school: School, term: str = "") -> None:
    """Open the sheet of the class and wait until the keyboard works in it."""
    page.goto("/grade-drafts")
    page.select_option("[name=class]", index=0)
    page.select_option("[name=term]", term or school.term.code)
    page.get_by_role("button", name="打开", exact=True).click()
    page.locator("#grade-grid[data-ready]").wait_for()


def copy(context: BrowserContext, page: Page, block: str) -> None:
    """Put a text on the clipboard, as if it had been copied elsewhere."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", block)


def type_marks(page: Page, written: Sequence[Sequence[str]]) -> None:
    """Type row by row: Tab to the right, Enter to the beginning of the next row."""
    for row in written:
        for column, mark in enumerate(row):
            page.keyboard.type(mark)
            page.keyboard.press("Enter" if column == len(row) - 1 else "Tab")


def saved(page: Page) -> None:
    """Wait until the server has confirmed every cell."""
    page.locator("[data-said=status][data-state=saved]").wait_for()
    expect(page.locator("#grade-grid td.is-unsaved")).to_have_count(0)


def post(page: Page) -> None:
    """Post the sheet and wait until it is in the ledger."""
    page.get_by_role("button", name="核对无误，入账").click()
    page.locator("h1 .badge", has_text="已入账").wait_for()


def upload(page: Page, name: str, content: bytes) -> int:
    """Upload a file and post it, where there is anything new; how many marks were new."""
    page.goto("/grade-sheets")
    kind = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.locator("[name=sheet]").set_input_files(kind)  # type: ignore[arg-type]
    page.get_by_role("button", name="上传并预览").click()
    page.locator("#import").wait_for()
    button = page.locator("#import form [type=submit]")
    if not button.count():
        return 0
    count = int("".join(filter(str.isdigit, button.inner_text())))
    button.click()
    page.locator("#outcomes").wait_for()
    return count
