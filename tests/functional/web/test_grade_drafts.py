"""成绩录入 on a page: typed cells are kept and judged at once, reviewed, and posted as a file's."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from creditbank.domain.access import Actor
from creditbank.domain.permissions import Role
from creditbank.services.policy_changes import change_policy
from creditbank.services.policy_commands import ChangePolicy
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.county import NOW, CountyInSmall
from tests.factories.county_parts import add_account
from tests.factories.grade_files import Cells, csv_of
from tests.functional.web.conftest import Reader, Visitor

TERM = "2025-2026-1"
_CSRF = re.compile(r'"X-CSRFToken": "([^"]+)"')
_ENTRIES = text("""
SELECT e.student_no, l.course_code, l.exam_kind, l.scale, l.mark, l.units, l.earned_on,
  l.posted_by
FROM ledger_entries l JOIN enrolments e USING (learner_id)
WHERE l.institution_id = :school AND l.kind = 'course' AND l.course_code = ANY (:courses)
ORDER BY 1, 2
""")


class Desk:
    """A registrar before the sheet of a kind of exam of the first school's class."""

    def __init__(self, reader: Reader, county: CountyInSmall, exam_kind: str = "01") -> None:
        self.reader, self.county, self.school = reader, county, county.schools[0]
        form = {"class": f"2025/{self.school.class_name}", "term": TERM, "exam_kind": exam_kind}
        self.opened = reader.post("/grade-drafts", form)
        self.path = self.opened.headers["Location"]

    def at(self, reader: Reader) -> Desk:
        """The same sheet before somebody else."""
        desk = object.__new__(Desk)
        desk.reader, desk.county, desk.school = reader, self.county, self.school
        desk.path = self.path
        return desk

    def page(self) -> str:
        return self.reader.get(self.path).get_data(as_text=True)

    def cell(self, pupil: int, course: str, written: str, version: int = 0) -> dict[str, Any]:
        number = self.school.pupils[pupil].enrolment_id
        return {"e": number, "c": course, "v": version, "t": written}

    def save(self, *cells: dict[str, Any]) -> TestResponse:
        return send(self.reader.client, f"{self.path}/cells", {"cells": list(cells)})

    def step(self, name: str, **form: str) -> TestResponse:
        seen = re.search(r'data-change-no="(\d+)"', self.page())
        sent = {"seen": seen[1] if seen else "0"} | form
        return self.reader.post(f"{self.path}/{name}", sent)


def send(client: FlaskClient, address: str, body: Any) -> TestResponse:
    found = _CSRF.search(client.get("/grade-drafts").get_data(as_text=True))
    assert found is not None
    return client.post(address, json=body, headers={"X-CSRFToken": found[1], "HX-Request": "true"})


def entries(owner: Engine, county: CountyInSmall, *courses: str) -> list[tuple[Any, ...]]:
    with UnitOfWork(owner, EVERYWHERE) as uow:
        asked = {"school": county.schools[0].institution_id, "courses": list(courses)}
        return [tuple(row) for row in uow.connection.execute(_ENTRIES, asked)]


def rule(owner: Engine, county: CountyInSmall, key: str, value: str) -> None:
    """A rule that the school has put in force today."""
    school = county.schools[0].institution_id
    approver = Actor(county.account_ids[Role.APPROVER], Role.APPROVER, school)
    command = ChangePolicy(
        key=key, value=value, effective_from=date(2026, 6, 30), reference="测试规定"
    )
    with UnitOfWork(owner, EVERYWHERE) as uow:
        change_policy(uow, approver, command, idempotency_key=str(uuid4()), now=NOW)


@pytest.fixture
def desk(visitor: Visitor, county: CountyInSmall) -> Desk:
    return Desk(visitor(Role.REGISTRAR), county)


def test_a_sheet_has_the_class_and_the_plans_courses_and_is_found_again(
    desk: Desk, visitor: Visitor, county: CountyInSmall
) -> None:
    page = desk.page()
    assert page.count("<tr data-e=") == 7
    assert page.count("data-name=") == 8
    assert page.count('class="is-posted"') == 4  # 思想政治 was posted before, of four of them
    assert Desk(visitor(Role.REGISTRAR), county).path == desk.path
    listed = desk.reader.get("/grade-drafts").get_data(as_text=True)
    assert f'href="{desk.path}"' in listed
    assert "录入中" in listed


def test_a_cell_is_kept_whatever_it_says_and_judged_at_once(desk: Desk) -> None:
    answer = desk.save(
        desk.cell(0, "GG02", "85.5"), desk.cell(1, "GG02", "101"), desk.cell(2, "GG02", "优"),
        desk.cell(3, "GG02", "55"), desk.cell(4, "GG02", "免修"), desk.cell(0, "GG01", "90"),
    ).json  # fmt: skip
    assert answer is not None
    said = {(cell["e"], cell["c"]): cell for cell in answer["cells"]}
    found = [said[desk.school.pupils[at].enrolment_id, "GG02"] for at in range(5)]
    assert [cell["ok"] for cell in found] == [True, False, True, True, False]
    assert "超出0-100" in found[1]["why"]
    assert [cell["failed"] for cell in found] == [False, False, False, True, False]
    taken = said[desk.school.pupils[0].enrolment_id, "GG01"]
    assert "另一成绩" in taken["why"]
    assert 'data-t="101"' in desk.page()
    refused = desk.step("posting")
    assert refused.status_code == 422
    named = f"{desk.school.pupils[1].name} · 语文：成绩“101”超出0-100"
    assert named in refused.get_data(as_text=True)
    cleared = desk.save(*({**cell, "t": ""} for cell in said.values()))
    assert cleared.json is not None
    assert [cell["t"] for cell in cleared.json["cells"]] == [""] * 6


def test_who_comes_later_sees_both_values_and_nothing_is_overwritten(
    desk: Desk, visitor: Visitor, county: CountyInSmall, owner_engine: Engine
) -> None:
    first = desk.save(desk.cell(0, "GG03", "70")).json
    colleague = desk.at(second_registrar(visitor, county, owner_engine))
    theirs = colleague.save(colleague.cell(0, "GG03", "71", 1)).json
    assert first is not None
    assert theirs is not None
    assert [cell["v"] for cell in theirs["cells"]] == [2]
    mine = desk.save(desk.cell(0, "GG03", "72", 1), desk.cell(1, "GG03", "80")).json
    assert mine is not None
    assert [cell["t"] for cell in mine["cells"]] == ["80"]
    (conflict,) = mine["conflicts"]
    assert (conflict["t"], conflict["v"], conflict["by"]) == ("71", 2, "registrar-b")
    assert desk.save(desk.cell(0, "GG03", "71", 1)).json["conflicts"] == []  # type: ignore[index]
    kept = desk.save(desk.cell(0, "GG03", "", 2), desk.cell(1, "GG03", "", 1)).json
    assert kept is not None
    assert kept["conflicts"] == []


def second_registrar(visitor: Visitor, county: CountyInSmall, owner: Engine) -> Reader:
    """Another registrar of the first school; the same one on every call."""
    with UnitOfWork(owner, EVERYWHERE) as uow:
        found = uow.connection.execute(
            text("SELECT account_id FROM accounts WHERE username = 'registrar-b'")
        ).scalar()
        number = found or add_account(
            uow.connection, "registrar-b", Role.REGISTRAR, county.schools[0].institution_id
        )
    return visitor(Role.REGISTRAR, account_id=number)


def test_a_save_whose_answer_was_lost_is_sent_again_without_harm(desk: Desk) -> None:
    desk.save(desk.cell(0, "GG04", "60"))
    again = desk.save(desk.cell(0, "GG04", "60")).json
    typed_on = desk.save(desk.cell(0, "GG04", "61")).json
    assert again is not None
    assert typed_on is not None
    assert (again["conflicts"], typed_on["conflicts"]) == ([], [])
    assert [cell["t"] for cell in typed_on["cells"]] == ["61"]
    desk.save(desk.cell(0, "GG04", "", typed_on["cells"][0]["v"]))


def test_a_cell_that_is_cleared_before_it_was_ever_saved_is_answered(desk: Desk) -> None:
    answer = desk.save(desk.cell(6, "GG04", "")).json
    assert answer is not None
    assert [(cell["t"], cell["v"], cell["ok"]) for cell in answer["cells"]] == [("", 0, True)]


@pytest.mark.parametrize(
    "body",
    [
        {"cells": []}, {"cells": [{"e": 1}]}, {"cells": "x"}, [],
        {"cells": [{"e": 10**9, "c": "GG02", "v": 0, "t": "1"}]},
        {"cells": [{"e": 1, "c": "GG02", "v": 0, "t": "1"}] * 2001},
    ],
)  # fmt: skip
def test_what_no_page_sends_is_refused_whole(desk: Desk, body: Any) -> None:
    assert send(desk.reader.client, f"{desk.path}/cells", body).status_code == 422


def test_cells_are_not_taken_without_the_pages_token(desk: Desk) -> None:
    answer = desk.reader.client.post(f"{desk.path}/cells", json={"cells": []})
    assert answer.status_code == 400


def test_the_same_marks_typed_or_in_a_file_are_the_same_entries(
    desk: Desk, county: CountyInSmall, owner_engine: Engine
) -> None:
    marks = ["85.5", "优", "缓考", "旷考", "免修 86", "合格", "B"]
    typed = [desk.cell(at, "GG05", mark) for at, mark in enumerate(marks)]
    saved = desk.save(*typed).json
    assert saved is not None
    assert all(cell["ok"] for cell in saved["cells"])
    assert desk.step("posting").status_code == 302
    posted = entries(owner_engine, county, "GG05")
    assert len(posted) == 7
    assert "已入账" in desk.page()
    assert len(uploaded(desk, ["历史(GG05)"], [[mark] for mark in marks])) == 0
    page = Desk(desk.reader, county)
    assert page.page().count('class="is-posted"') == 10  # the deferred exam is still to come
    # The other way round: what came as a file is nothing new in the sheet.
    assert len(uploaded(desk, ["信息技术(GG06)"], [[mark] for mark in marks])) == 7
    page.save(*(page.cell(at, "GG06", mark) for at, mark in enumerate(marks)))
    assert page.step("posting").status_code == 302
    assert len(entries(owner_engine, county, "GG06")) == 7
    assert [row[2:7] for row in entries(owner_engine, county, "GG06")] == [
        (*row[2:5], 600 if row[5] else 0, row[6]) for row in posted
    ]


def uploaded(desk: Desk, courses: list[str], marks: list[list[str]]) -> list[str]:
    """Upload the marks as a GB18030 file and post it; the new ones that the preview shows."""
    head: Cells = [["学年学期", TERM, "考试性质", "正常"], ["学号", "姓名", *courses]]
    rows: Cells = [
        [pupil.student_no, pupil.name, *written]
        for pupil, written in zip(desk.school.pupils, marks, strict=True)
    ]
    cells: Cells = [["成绩"], *head, *rows]
    content = csv_of(cells, "gb18030")
    preview = desk.reader.post(
        "/grade-sheets", {"sheet": (io.BytesIO(content), "成绩.csv"), "term": "", "exam_kind": ""}
    ).headers["Location"]
    shown = desk.reader.get(preview).get_data(as_text=True)
    desk.reader.post(f"{preview}/posting", {})
    found = re.search(r"入账 (\d+) 个成绩", shown)
    return ["new"] * int(found[1]) if found else []


def test_a_second_person_reviews_where_the_school_asks_for_one(
    desk: Desk, visitor: Visitor, county: CountyInSmall, owner_engine: Engine
) -> None:
    rule(owner_engine, county, "grades.second_person", "always")
    desk.save(desk.cell(0, "GG07", "88"), desk.cell(1, "GG07", "77"))
    direct = desk.step("posting")
    assert direct.status_code == 422
    assert "须由第二人复核" in direct.get_data(as_text=True)
    assert uploaded(desk, ["艺术(GG08)"], [["80"]] * 7)
    assert entries(owner_engine, county, "GG08") == []  # a file is no way around
    assert desk.step("submission").status_code == 302
    closed = desk.save(desk.cell(0, "GG07", "99", 1))
    assert (closed.status_code, closed.json["code"]) == (409, "sheet_closed")  # type: ignore[index]
    assert "由提交人以外的人" in desk.step("review").get_data(as_text=True)
    approver = desk.at(visitor(Role.APPROVER))
    told = approver.reader.get("/messages?state=unread").get_data(as_text=True)
    assert "成绩待复核" in told
    assert f"{desk.school.class_name} {TERM}" in told
    assert approver.step("review", do="return", reason=" ").status_code == 422
    assert approver.step("review", do="return", reason="与卷面不符").status_code == 302
    assert "复核后退回：与卷面不符" in desk.page()
    assert "成绩被退回" in desk.reader.get("/messages").get_data(as_text=True)
    desk.save(desk.cell(0, "GG07", "89", 1))
    assert desk.step("submission").status_code == 302
    assert desk.step("withdrawal").status_code == 302
    assert desk.step("submission").status_code == 302
    assert approver.step("review", do="post").status_code == 302
    assert [(row[4], row[7]) for row in entries(owner_engine, county, "GG07")] == [
        ("89", county.account_ids[Role.APPROVER]), ("77", county.account_ids[Role.APPROVER]),
    ]  # fmt: skip
    rule(owner_engine, county, "grades.second_person", "never")


def test_what_was_changed_after_it_was_looked_at_is_not_posted(desk: Desk) -> None:
    desk.save(desk.cell(5, "GG02", "66"))
    late = desk.reader.post(f"{desk.path}/posting", {"seen": "0"})
    assert late.status_code == 422
    assert "又有改动" in late.get_data(as_text=True)


def test_columns_come_and_go_and_marks_do_not_go_with_them(desk: Desk) -> None:
    desk.save(desk.cell(6, "GG08", "71"))
    kept = desk.step("courses", do="remove", course_code="GG08")
    assert (kept.status_code, "先清空" in kept.get_data(as_text=True)) == (422, True)
    assert desk.step("courses", do="remove", course_code="GG04").status_code == 302
    assert desk.page().count("data-name=") == 7
    assert desk.step("courses", do="add", course_code="GG04").status_code == 302
    assert desk.step("courses", do="add", course_code="XX1").status_code == 422
    assert desk.page().count("data-name=") == 8


def test_a_sheet_that_is_discarded_is_done_and_the_next_one_is_empty(
    desk: Desk, county: CountyInSmall
) -> None:
    desk.save(desk.cell(2, "GG03", "64"))
    assert desk.step("discarding").status_code == 302
    assert desk.save(desk.cell(2, "GG03", "65", 1)).status_code == 409
    assert "已作废" in desk.reader.get("/grade-drafts?state=all").get_data(as_text=True)
    following = Desk(desk.reader, county)
    assert following.path != desk.path
    assert "data-t=" not in following.page()


@pytest.mark.parametrize("form", [{"class": "x"}, {"term": "2099-2100-1"}, {"exam_kind": "77"}])
def test_a_sheet_of_nothing_is_not_opened(desk: Desk, form: dict[str, str]) -> None:
    values = {"class": f"2025/{desk.school.class_name}", "term": TERM, "exam_kind": "01"} | form
    assert desk.reader.post("/grade-drafts", values).status_code == 422


def test_looking_at_a_sheet_stands_in_the_access_log(desk: Desk, owner_engine: Engine) -> None:
    desk.page()
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        found = uow.connection.execute(
            text("SELECT learner_ids FROM access_log WHERE action = 'see_grade_drafts'"
                 " ORDER BY seen_at DESC LIMIT 1")
        ).scalar_one()  # fmt: skip
    assert sorted(found) == sorted(pupil.learner_id for pupil in desk.school.pupils)
