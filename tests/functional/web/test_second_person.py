"""Where a school's rule asks for a second person, no road leads marks around them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.permissions import Role
from tests.factories.county import CountyInSmall
from tests.factories.grade_files import Cells, csv_of
from tests.functional.conftest import Ask
from tests.functional.web.conftest import Reader, Visitor
from tests.functional.web.test_grade_drafts import TERM, Desk, rule

COURSE = "GG07"
WHAT_TO_DO = {"zh": "提交复核", "en": "submit it"}
Road = Callable[[Reader, Ask, list[str]], Any]


def marks_in_ledger(engine: Engine) -> int:
    query = text("SELECT count(*) FROM ledger_entries WHERE course_code = :code")
    with engine.connect() as connection:
        return int(connection.execute(query, {"code": COURSE}).scalar_one())


def bodies(reader: Reader, marks: list[str]) -> list[dict[str, Any]]:
    return [
        {"kind": "course", "learner_id": pupil.learner_id, "course_code": COURSE, "term": TERM,
         "mark": mark, "earned_on": "2026-01-20"}
        for pupil, mark in zip(reader.county.schools[0].pupils, marks, strict=False)
    ]  # fmt: skip


def by_api_one(reader: Reader, ask: Ask, marks: list[str]) -> Any:
    return ask(Role.REGISTRAR, "POST", "/credits", bodies(reader, marks)[0])


def by_api_batch(reader: Reader, ask: Ask, marks: list[str]) -> Any:
    return ask(Role.REGISTRAR, "POST", "/credits/batch", {"rows": bodies(reader, marks)})


def by_form(reader: Reader, _: Ask, marks: list[str]) -> Any:
    body = bodies(reader, marks)[0]
    form = {**body, "exam_kind": "01", "scale": "percent", "idempotency_key": marks[0]}
    return reader.post(f"/learners/{body['learner_id']}/credits/course", form, part=True)


def pasted(reader: Reader, marks: list[str]) -> dict[str, str]:
    pupils = reader.county.schools[0].pupils
    rows = [
        f"{pupil.student_no}\t{pupil.name}\t{COURSE}\t{TERM}\t正常\t{mark}"
        for pupil, mark in zip(pupils, marks, strict=False)
    ]
    return {"rows": "\n".join(rows), "term": "", "exam_kind": "", "idempotency_key": marks[0]}


def by_preview(reader: Reader, _: Ask, marks: list[str]) -> Any:
    return reader.post("/paste/course/preview", pasted(reader, marks), part=True)


def by_paste(reader: Reader, _: Ask, marks: list[str]) -> Any:
    return reader.post("/paste/course", pasted(reader, marks), part=True)


def by_file(reader: Reader, _: Ask, marks: list[str]) -> Any:
    pupils = reader.county.schools[0].pupils
    rows: Cells = [
        [pupil.student_no, pupil.name, mark] for pupil, mark in zip(pupils, marks, strict=False)
    ]
    cells: Cells = [
        ["成绩"],
        ["学年学期", TERM, "考试性质", "正常"],
        ["学号", "姓名", COURSE],
        *rows,
    ]
    sent = {"sheet": (io.BytesIO(csv_of(cells, "utf-8")), "x.csv"), "term": "", "exam_kind": ""}
    preview = reader.post("/grade-sheets", sent).headers["Location"]
    return reader.post(f"{preview}/posting", {})


def by_grid(reader: Reader, _: Ask, marks: list[str]) -> Any:
    desk = Desk(reader, reader.county)
    desk.save(*(desk.cell(at, COURSE, mark) for at, mark in enumerate(marks)))
    answer = desk.step("posting")
    desk.step("discarding")
    return answer


ROADS = [by_api_one, by_api_batch, by_form, by_preview, by_paste, by_file, by_grid]


@pytest.fixture
def reader(visitor: Visitor) -> Reader:
    return visitor(Role.REGISTRAR)


@pytest.mark.parametrize("road", ROADS)
def test_every_road_is_held_to_the_rule(
    road: Road, reader: Reader, ask: Ask, county: CountyInSmall, owner_engine: Engine
) -> None:
    rule(owner_engine, county, "grades.second_person", "always")
    answer = road(reader, ask, ["80"])
    said = answer.get_data(as_text=True)
    assert answer.status_code == (200 if road is by_preview else 422), said
    assert WHAT_TO_DO["zh"] in said
    assert marks_in_ledger(owner_engine) == 0
    # The limit is of what is posted at once, and speaks of failed marks: one is all of them.
    rule(owner_engine, county, "grades.second_person", "above")
    assert WHAT_TO_DO["zh"] in road(reader, ask, ["40"]).get_data(as_text=True)
    assert marks_in_ledger(owner_engine) == 0


def test_the_refusal_speaks_the_readers_language(
    ask: Ask, reader: Reader, county: CountyInSmall, owner_engine: Engine
) -> None:
    rule(owner_engine, county, "grades.second_person", "always")
    body = bodies(reader, ["80"])[0]
    refused = ask(Role.REGISTRAR, "POST", "/credits", body, Accept_Language="en")
    answer: Any = refused.json
    (problem,) = answer["problems"]
    assert problem["code"] == "second_person_needed"
    assert WHAT_TO_DO["en"] in str(problem)


def test_what_is_no_mark_and_what_is_below_the_limits_is_posted(
    ask: Ask, reader: Reader, county: CountyInSmall, owner_engine: Engine
) -> None:
    rule(owner_engine, county, "grades.second_person", "always")
    award = {
        "kind": "innovation", "learner_id": county.schools[0].pupils[0].learner_id,
        "category": "social_practice", "title": "暑期社会实践", "quantity": 5,
        "earned_on": "2026-06-01",
    }  # fmt: skip
    assert ask(Role.REGISTRAR, "POST", "/credits", award).status_code == 201
    rule(owner_engine, county, "grades.second_person", "above")
    assert by_api_one(reader, ask, ["80"]).status_code == 201
    assert marks_in_ledger(owner_engine) == 1
