"""学期注册 on a page: a class is registered at once, and who is not stands on a list."""

from __future__ import annotations

import io
import re

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, text

from creditbank.domain.permissions import Role
from tests.factories.county import OWN, CountyInSmall
from tests.factories.school import CLASS_NAME
from tests.functional.web.conftest import Reader, Visitor

PATH = "/term-registrations"
TERM = "2025-2026-2"
CLASS = {"term": TERM, "class_name": CLASS_NAME, "entry_year": "2025", "day": "2026-06-30"}
ASKED = f"{PATH}?term={TERM}&class_name={CLASS_NAME}&entry_year=2025"
_BADGES = re.compile(r'class="badge tone-\w+">.*?</svg>([^<]+)</span>', re.DOTALL)
_SHOWN = re.compile(r'name="was_(\d+)"\s+value="([^"]*)"')


def sent(reader: Reader, county: CountyInSmall, **form: str) -> tuple[int, str]:
    """A class as a browser sends it: all lines with what was shown on them."""
    shown = dict(_SHOWN.findall(reader.get(ASKED).get_data(as_text=True)))
    lines = {f"was_{number}": was for number, was in shown.items()}
    chosen = {f"state_{number}": was[:1].strip("-") for number, was in shown.items()}
    values = CLASS | lines | chosen | {"enrolment_id": [*shown]} | form
    answer = reader.post(PATH, values, part=True)
    return answer.status_code, answer.get_data(as_text=True)


def badges(body: str) -> list[str]:
    return [text.strip() for text in _BADGES.findall(body)]


def test_a_class_is_registered_and_who_is_absent_stands_on_the_list(
    visitor: Visitor, county: CountyInSmall
) -> None:
    registrar = visitor(Role.REGISTRAR)
    first, second, *_ = (pupil.enrolment_id for pupil in county.schools[0].pupils)
    assert badges(registrar.get(ASKED).get_data(as_text=True)).count("未登记") == 7
    status, body = sent(registrar, county, idempotency_key="w1", **{f"state_{first}": "9"})
    assert (status, badges(body).count("未登记")) == (200, 7)
    assert "1 名未登记，原因见名单" in body
    assert "未报到须填写原因" in body
    absent = {f"state_{first}": "9", f"reason_{first}": "随父母外出", f"leave_{first}": "1"}
    status, body = sent(
        registrar, county, idempotency_key="w2", **absent, **{f"state_{second}": "2"}
    )
    assert (status, sorted({*badges(body)})) == (200, ["已报到", "未报到", "未登记"])
    assert "已登记 2 名" in body
    status, body = sent(registrar, county, idempotency_key="w3", do="all", **absent)
    assert badges(body).count("已注册") == 6
    assert badges(body).count("未报到") == 1
    assert "已登记 6 名" in body
    status, body = sent(registrar, county, idempotency_key="w4", do="all", **absent)
    assert (status, "请为1至500名学生选择注册状况" in body) == (422, True)
    page = registrar.get(f"{PATH}/unregistered?term={TERM}").get_data(as_text=True)
    assert "随父母外出" in page
    assert "请假" in page
    assert page.count('<th scope="row">') == 1
    sheet = registrar.get(f"{PATH}/unregistered.xlsx?term={TERM}")
    cells = [*load_workbook(io.BytesIO(sheet.data))["未注册名单"].values]
    assert cells[-1][1:3] == (county.schools[0].pupils[0].student_no, county.names[OWN])
    assert cells[-1][3:] == ("未报到", "是", "随父母外出")


def test_the_learner_and_the_family_see_their_own(visitor: Visitor, county: CountyInSmall) -> None:
    registrar = visitor(Role.REGISTRAR)
    sent(registrar, county, idempotency_key="own", do="all")
    for role in (Role.STUDENT, Role.GUARDIAN, Role.ADVISOR):
        page = visitor(role).get(f"/learners/{county.learners[OWN]}").get_data(as_text=True)
        assert f"{TERM} " in page
        assert "随父母外出" not in page


@pytest.mark.parametrize("role", [Role.ADVISOR, Role.APPROVER])
def test_other_offices_read_without_a_form(visitor: Visitor, role: Role) -> None:
    body = visitor(role).get(ASKED).get_data(as_text=True)
    assert "class-title" in body
    assert "保存登记" not in body
    assert "was_" not in body


@pytest.mark.parametrize("role", [Role.COUNTY, Role.AUDITOR])
def test_the_bureau_reads_numbers(visitor: Visitor, county: CountyInSmall, role: Role) -> None:
    body = visitor(role).get(f"{ASKED}&school={county.schools[0].institution_id}")
    text = body.get_data(as_text=True)
    assert CLASS_NAME in text
    assert county.names[OWN] not in text
    assert "第2测试职业学校" in visitor(role).get(PATH).get_data(as_text=True)


@pytest.mark.parametrize("address", [PATH, "/deadlines"])
def test_the_bureau_reads_english_names_of_schools(
    visitor: Visitor, owner_engine: Engine, address: str
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE institutions SET name_en = 'School ' || institution_id"))
    reader = visitor(Role.COUNTY)
    reader.client.set_cookie("language", "en")
    shown = reader.get(address).get_data(as_text=True)
    assert "School 1" in shown
    assert "测试职业学校" not in shown


@pytest.mark.parametrize("form", [{"state_1": "5"}, {"enrolment_id": "x"}, {"term": "x"}])
def test_what_no_browser_sends_is_not_found(visitor: Visitor, form: dict[str, str]) -> None:
    values = CLASS | {"enrolment_id": "1", "idempotency_key": "odd"} | form
    assert visitor(Role.REGISTRAR).post(PATH, values).status_code == 404


@pytest.mark.parametrize("day", ["", "2026-09-01", "x"])
def test_a_day_that_is_none_comes_back_with_what_was_chosen(
    visitor: Visitor, county: CountyInSmall, day: str
) -> None:
    number = county.schools[0].pupils[4].enrolment_id
    chosen = {f"state_{number}": "9", f"reason_{number}": "走亲戚未归"}
    status, body = sent(
        visitor(Role.REGISTRAR), county, idempotency_key=f"d{day}", **chosen, day=day
    )
    assert status == 422
    assert 'id="day-fault"' in body
    assert "走亲戚未归" in body


def test_a_term_that_is_none_is_not_found(visitor: Visitor) -> None:
    assert visitor(Role.REGISTRAR).get(f"{PATH}?term=1999-2000-1").status_code == 404
    assert visitor(Role.REGISTRAR).get(f"{PATH}?term=x").status_code == 404


def test_a_class_that_is_none_is_said(visitor: Visitor) -> None:
    body = visitor(Role.REGISTRAR).get(f"{PATH}?class_name=X&entry_year=2025")
    assert "这个班本学期没有学生" in body.get_data(as_text=True)


def test_deadlines_show_classes_without_national_numbers(visitor: Visitor) -> None:
    body = visitor(Role.REGISTRAR).get("/deadlines").get_data(as_text=True)
    assert "还没有学籍号的新生" in body
    assert "7 名学生" in body
    assert "2025年11月20日，已过" in body


def test_a_batch_is_taken_back_with_a_reason(visitor: Visitor, county: CountyInSmall) -> None:
    registrar, batches = visitor(Role.REGISTRAR), f"{PATH}/batches?term={TERM}"
    sent(registrar, county, idempotency_key="before", do="all")
    standing = badges(registrar.get(ASKED).get_data(as_text=True))
    number = county.schools[0].pupils[6].enrolment_id
    absent = {f"state_{number}": "9", f"reason_{number}": "误填"}
    sent(registrar, county, idempotency_key="mistake", **absent)
    page = registrar.get(batches).get_data(as_text=True)
    (undo, *earlier) = re.findall(r'action="([^"]+/withdrawals)"', page)
    assert earlier
    unsaid = registrar.post(undo, {"term": TERM, "reason": ""})
    assert (unsaid.status_code, 'id="reason-fault"' in unsaid.get_data(as_text=True)) == (422, True)
    rests = registrar.post(earlier[0], {"term": TERM, "reason": "登记有误"})
    said = rests.get_data(as_text=True)
    assert (rests.status_code, "请先撤销那一次" in said) == (422, True)
    assert county.schools[0].pupils[6].student_no in said
    assert registrar.post(undo, {"term": TERM, "reason": "登记有误"}).status_code == 302
    assert badges(registrar.get(ASKED).get_data(as_text=True)) == standing
    after = registrar.get(batches).get_data(as_text=True)
    assert len(re.findall(r'action="([^"]+/withdrawals)"', after)) == len(earlier)
    assert "已撤销" in after
