"""A file of a school's own making, from its odd columns to the ledger and back."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.identifiers import check_character
from creditbank.domain.permissions import Role
from tests.factories.grade_files import csv_of
from tests.functional.web.conftest import Reader, Visitor

HEAD: list[Any] = ["序号", "学籍编码", "学生姓名", "语文成绩", "形体课"]
PUPILS = range(4)


@pytest.fixture
def registrar(visitor: Visitor) -> Reader:
    return visitor(Role.REGISTRAR)


def sheet(reader: Reader, marks: list[tuple[str, str]], *more: list[Any]) -> bytes:
    school = reader.county.schools[0]
    rows: list[list[Any]] = [
        [str(at + 1), school.pupils[at].student_no, school.pupils[at].name, *marks[at]]
        for at in PUPILS
    ]
    return csv_of([["25数控1班成绩"], HEAD, *rows, *more])


def upload(reader: Reader, content: bytes) -> str:

    form = {"sheet": (io.BytesIO(content), "各科成绩.csv"), "term": "2025-2026-1"}
    answer = reader.post("/grade-sheets", form)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def page_of(reader: Reader, address: str) -> str:
    return unescape(reader.get(address).get_data(as_text=True))


def problems(page: str) -> list[str]:
    """Where each problem stands; the words after it do not say it again."""
    return re.findall(r'<p>\s*<span class="place">(\w+)</span>\s*(?!第)', page)


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

    answer = registrar.post("/grade-sheets", {"sheet": (io.BytesIO(b"1,2\n3,4\n"), "x.csv")})
    assert answer.status_code == 422
    assert "没有找到表头" in answer.get_data(as_text=True)


AWARDS: list[Any] = [
    "序号",
    "学号",
    "获奖学生",
    "奖项名称",
    "获奖级别",
    "奖次",
    "证书号",
    "获奖时间",
    "部门",
]


def award_upload(reader: Reader, *rows: list[Any], kind: str = "competition") -> str:
    content = csv_of([["2026年获奖名单"], *rows])
    form = {"file": (io.BytesIO(content), "获奖.csv"), "kind": kind}
    answer = reader.post("/award-sheets", form)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def award_count(engine: Engine) -> int:
    with engine.connect() as connection:
        query = "SELECT count(*) FROM ledger_entries WHERE kind = 'competition'"
        return int(connection.execute(text(query)).scalar_one())


def test_a_list_of_awards_is_mended_and_posted_once(registrar, owner_engine):
    pupils = registrar.county.schools[0].pupils
    rows = [
        ["1", pupils[0].student_no, pupils[0].name, "省职业院校技能大赛车工", "省赛", "二等奖",
         "SD2026-1", "2026.5.10", "机电部"],
        ["2", pupils[1].student_no, pupils[1].name, "市技能节钳工", "市级", "一等", "", "46150",
         ""],
        ["合计", "", "", "", "", "", "", "", ""],
    ]  # fmt: skip
    before = award_count(owner_engine)
    address = award_upload(registrar, AWARDS, *rows)
    page = page_of(registrar, address)
    assert re.findall(r'name="(column\.\w+)"', page) == ["column.I"]
    registrar.post(f"{address}/columns", {"column.I": "-"})

    page = page_of(registrar, address)
    assert "改为 省级" in page
    registrar.post(f"{address}/cells", {"cell.3.E": "省级"})
    page = page_of(registrar, address)
    assert "改为 2026-05-08" in page, "the number that Excel has for that day"
    registrar.post(f"{address}/cells", {"cell.4.H": "2026-05-08"})
    assert "2 行可以入账，涉及 2 名学生" in page_of(registrar, address)
    registrar.post(f"{address}/posting", {})
    assert award_count(owner_engine) == before + 2
    assert "这份名单已经入账" in page_of(registrar, address)

    again = award_upload(registrar, AWARDS, *rows)
    registrar.post(f"{again}/cells", {"cell.3.E": "省级", "cell.4.H": "2026-05-08"})
    assert "没有新内容" in page_of(registrar, again)
    better = award_upload(registrar, AWARDS, [*rows[0][:4], "省级", "一等奖", *rows[0][6:]])
    assert "已经入账，不能重复" in page_of(registrar, better), "another rank is a correction"

    registrar.post(f"{address}/reversal", {"reason": "名单有误"})
    assert "整批冲销" in page_of(registrar, address)
    assert "2 行可以入账" in page_of(registrar, again)


LIST: list[Any] = ["姓名", "身份证号码(18位)", "学生学号", "所在班级", "生源学校"]


def list_upload(reader: Reader, *rows: list[Any]) -> str:
    content = csv_of([["2025级新生"], LIST, *rows])
    form = {
        "file": (io.BytesIO(content), "新生.csv"), "cohort": cohort_of(reader),
        "entered_on": "2025-09-01", "study_mode": "full_time", "agreement_id": "",
    }  # fmt: skip
    answer = reader.post("/registration/class-lists", form)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def cohort_of(reader: Reader) -> str:
    page = page_of(reader, "/registration/class-lists")
    found = re.search(r'<option value="(2025:[^"]+)"', page)
    assert found is not None
    return found[1]


def test_a_class_list_is_mended_and_registers_nobody_twice(registrar):
    rows = [
        ["高小满", "370124201003150016", "2025018801", "25数控1班", "实验中学"],
        ["田一诺", "37O124201004O20027", "2025018802", "25数控1班", "第二中学"],
    ]
    rows[0][1] = rows[0][1][:17] + ("1" if identity("37012420100315001")[-1] != "1" else "2")
    rows[1][1] = identity("37012420100402002").replace("0", "O", 2)
    address = list_upload(registrar, *rows)
    page = page_of(registrar, address)
    assert re.findall(r'name="(column\.\w+)"', page) == ["column.E"]
    registrar.post(f"{address}/columns", {"column.E": "-"})
    page = page_of(registrar, address)
    assert f"改为 {identity('37012420100315001')}" in page
    assert f"改为 {identity('37012420100402002')}" in page
    mended = {
        "cell.3.B": identity("37012420100315001"), "cell.4.B": identity("37012420100402002"),
    }  # fmt: skip
    registrar.post(f"{address}/cells", mended)
    assert "2 名学生可以登记" in page_of(registrar, address)
    registrar.post(f"{address}/registration", {})
    assert "已登记 2 名学生" in page_of(registrar, address)

    again = list_upload(registrar, *rows)
    registrar.post(f"{again}/cells", mended)
    assert "2 名学生已经登记，不再重复" in page_of(registrar, again)


def identity(stem: str) -> str:
    return stem + check_character(stem)
