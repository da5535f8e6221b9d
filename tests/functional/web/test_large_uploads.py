"""A file too long to wait for: kept, read and checked behind the page, posted once and whole."""

from __future__ import annotations

import io
from html import unescape

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.permissions import Role
from creditbank.exchange.large_uploads import BYTES_AT_ONCE
from tests.factories.grade_files import Cells, csv_of, zip_bomb
from tests.functional.web.conftest import Reader, Visitor
from workers.jobs import run_waiting_jobs

HEAD: list[str | float | None] = [
    "学号",
    "姓名",
    "课程代码",
    "学年学期",
    "考试性质",
    "成绩",
    "备注",
]
NOTES = 2_100
"""Rows in which no mark stands; they make the file a long one."""


@pytest.fixture
def registrar(visitor: Visitor) -> Reader:
    return visitor(Role.REGISTRAR)


def long_sheet(reader: Reader, *, head: list[str | float | None] = HEAD, marks: int = 8) -> bytes:
    school = reader.county.schools[0]
    rows: Cells = [
        [pupil.student_no, pupil.name, code, "2025-2026-1", "正常", str(60 + at), ""]
        for at, pupil in enumerate(school.pupils[:marks])
        for code in ("GG02", "GG08")
    ]
    notes: Cells = [["", "", "", "", "", "", "这一行只有备注,没有学生"] for _ in range(NOTES)]
    return csv_of([head, *rows[:marks], *notes])


def upload(reader: Reader, content: bytes) -> str:
    answer = reader.post("/grade-sheets", {"sheet": (io.BytesIO(content), "全校成绩.csv")})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def page_of(reader: Reader, address: str) -> str:
    return unescape(reader.get(address).get_data(as_text=True))


def entry_count(engine: Engine) -> int:
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT count(*) FROM ledger_entries WHERE course_code IN ('GG02', 'GG08')")
        )
        return int(found.scalar_one())


def test_a_long_file_is_read_posted_and_taken_back_behind_the_page(registrar, engine, owner_engine):
    before = entry_count(owner_engine)
    address = upload(registrar, long_sheet(registrar))
    assert "等待处理" in page_of(registrar, address)
    assert 'hx-trigger="every 500ms"' in page_of(registrar, f"{address}/progress")
    assert run_waiting_jobs(engine) == 1
    told = registrar.get(f"{address}/progress", part=True)
    assert (told.status_code, told.headers["HX-Redirect"]) == (204, address)
    assert "8 个成绩可以入账" in page_of(registrar, address)
    assert entry_count(owner_engine) == before

    answer = registrar.post(f"{address}/posting", {}, part=True).get_data(as_text=True)
    assert "等待处理" in answer
    registrar.post(f"{address}/posting", {})  # pressed twice: the same job
    assert run_waiting_jobs(engine) == 1
    assert "已入账 8 个成绩" in page_of(registrar, address)
    assert entry_count(owner_engine) == before + 8
    listed = page_of(registrar, "/grade-sheets")
    assert "全校成绩.csv" in listed
    assert "已入账 8 个成绩" in listed

    registrar.post(f"{address}/posting", {})
    assert run_waiting_jobs(engine) == 1
    assert "已经全部入账" in page_of(registrar, address)
    assert entry_count(owner_engine) == before + 8

    registrar.post(f"{address}/reversal", {"reason": "传错文件"})
    assert run_waiting_jobs(engine) == 1
    assert "整批冲销" in page_of(registrar, address)
    with owner_engine.connect() as connection:
        left = connection.execute(
            text("SELECT content IS NULL FROM grade_imports WHERE is_large")
        ).scalars()
        assert all(left)


def test_a_file_of_few_bytes_with_many_marks_is_a_long_one(registrar, engine):
    courses: list[str | float | None] = ["数学(GG03)", "语文(GG02)", "英语(GG04)"]
    rows: Cells = [[f"99{at:04d}", "查无此人", "60", "70", "80"] for at in range(700)]
    content = csv_of([["学年学期", "2025-2026-1"], ["学号", "姓名", *courses], *rows])
    assert len(content) < BYTES_AT_ONCE
    address = upload(registrar, content)
    assert "等待处理" in page_of(registrar, address)
    assert run_waiting_jobs(engine) == 1
    assert "本校没有这个学号" in page_of(registrar, address)


def test_a_long_file_is_called_off_before_anything_is_posted(registrar, engine, owner_engine):
    before = entry_count(owner_engine)
    address = upload(registrar, long_sheet(registrar))
    assert registrar.post(f"{address}/cancel", {}).status_code == 303
    assert run_waiting_jobs(engine) == 0
    assert "已取消" in page_of(registrar, address)
    assert entry_count(owner_engine) == before


def test_a_long_file_that_is_none_says_why(registrar, engine):
    address = upload(registrar, zip_bomb())
    assert run_waiting_jobs(engine) == 1
    page = page_of(registrar, address)
    assert "文件没有读入" in page
    assert "压缩炸弹" in page


def test_the_columns_of_a_long_file_are_asked_about_once(registrar, engine):
    head = [*HEAD[:2], "科目编号栏", *HEAD[3:]]
    address = upload(registrar, long_sheet(registrar, head=head))
    assert run_waiting_jobs(engine) == 1
    assert "科目编号栏" in page_of(registrar, address)
    registrar.post(f"{address}/columns", {"column.C": "course"})
    assert run_waiting_jobs(engine) == 1
    assert "个成绩可以入账" in page_of(registrar, address)


def test_nobody_else_sees_or_calls_off_a_long_file(registrar, visitor, engine):
    address = upload(registrar, long_sheet(registrar))
    teacher = visitor(Role.TEACHER)
    assert teacher.get(f"{address}/progress").status_code in {403, 404}
    assert teacher.post(f"{address}/cancel", {}).status_code in {403, 404}
    assert run_waiting_jobs(engine) == 1
