"""A file too long to wait for: the page says how far it is and goes on by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from creditbank.domain.jobs import Phase
from creditbank.store.jobs import note_begin, note_progress
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.browser.conftest import LiveCounty, Visit, today
from tests.browser.roads import fits
from tests.factories.grade_files import Cells, csv_of
from workers.jobs import run_waiting_jobs

pytestmark = pytest.mark.browser

HEAD: list[str | float | None] = [
    "学号",
    "姓名",
    "课程代码",
    "学年学期",
    "考试性质",
    "成绩",
    "备注",
]


def long_file(county: LiveCounty, folder: Path) -> Path:
    """Five marks of a course that nobody has taken, and thousands of rows with a note alone."""
    with UnitOfWork(county.engine, EVERYWHERE) as uow:
        uow.connection.execute(text(
            "INSERT INTO courses (institution_id, code, name, name_en, nature, units, theory_hours,"
            " practice_hours) VALUES (1, 'DF01', '大文件课程', '', '1', 200, 18, 18)"
        ))  # fmt: skip
        pupils = uow.connection.execute(text(
            "SELECT e.student_no, l.name FROM enrolments e JOIN learners l USING (learner_id)"
            " WHERE e.institution_id = 1 AND e.is_open ORDER BY e.entry_year, 1 LIMIT 5"
        )).all()  # fmt: skip
        term = uow.connection.execute(
            text("SELECT max(code) FROM academic_terms WHERE starts_on <= :today"),
            {"today": today()},
        ).scalar_one()
    rows: Cells = [[*pupil, "DF01", term, "正常", "88", ""] for pupil in pupils]
    notes: Cells = [["", "", "", "", "", "", "只有备注的一行,没有学生"]] * 2_100
    target = folder / "全校期末成绩.csv"
    target.write_bytes(csv_of([HEAD, *rows, *notes]))
    return target


def tell(county: LiveCounty, phase: Phase, done: int, total: int) -> None:
    job_id = str(county.scalar("SELECT job_id FROM jobs WHERE state = 'waiting'"))
    with UnitOfWork(county.engine, EVERYWHERE) as uow:
        if phase is Phase.NONE:
            note_begin(uow.connection, job_id, now=datetime.now(UTC))
        else:
            note_progress(uow.connection, job_id, phase, done, total, now=datetime.now(UTC))


def test_a_long_file_says_how_far_it_is_and_is_found_again(
    visit: Visit, county: LiveCounty, tmp_path: Path, picture
):
    page = visit("registrar")
    page.goto("/grade-sheets")
    page.locator("[name=sheet]").set_input_files(long_file(county, tmp_path))
    page.get_by_role("button", name="上传并预览").click()
    expect(page.locator("#job-title")).to_have_text("等待处理")
    address = page.url
    tell(county, Phase.NONE, 0, 0)
    tell(county, Phase.CHECKING, 38_000, 100_000)
    expect(page.locator("#job")).to_contain_text("38,000 / 100,000（38%）")
    picture(page, "large-upload", full=True)
    page.goto("/grade-sheets")
    expect(page.get_by_role("link", name="全校期末成绩.csv")).to_be_visible()
    picture(page, "large-uploads", full=True)
    phone = visit("registrar", width=360, height=740)
    phone.goto(address)
    assert fits(phone)
    picture(phone, "large-upload-phone", full=True)
    page.get_by_role("link", name="全校期末成绩.csv").click()
    run_waiting_jobs(county.engine)
    page.get_by_role("button", name="入账 5 个成绩").click()
    expect(page.locator("#job")).to_be_visible()
    run_waiting_jobs(county.engine)
    expect(page.locator("#import")).to_contain_text("已入账 5 个成绩")
    phone.goto("/grade-sheets")
    assert fits(phone)
    picture(phone, "large-uploads-phone", full=True)
