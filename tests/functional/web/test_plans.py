"""The pages of plans: list, one version, comparison, editor, cohorts."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text as sql

from creditbank.domain.permissions import Role
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.county import OWN
from tests.factories.plan_documents import block, course, plan, text_of
from tests.functional.web.conftest import Reader, Visitor


def body(response) -> str:
    text: str = response.get_data(as_text=True)
    return text


def written(**changes) -> str:
    return text_of(plan(code="WEB", name="网页方案") | changes)


def saved(reader: Reader, text: str, **more) -> int:
    answer = reader.post("/plans", {"view": "text", "text": text, "idempotency_key": "", **more})
    assert answer.status_code == 303, body(answer)
    return int(answer.headers["Location"].rpartition("/")[2])


def first_plan(reader: Reader) -> int:
    return reader.county.schools[0].plan_id


def test_the_list_shows_versions_with_cohorts_and_learners(visitor: Visitor):
    page = body(visitor(Role.TEACHER).get("/plans"))
    assert "数控技术应用" in page
    assert re.search(r"2025级 \d+ 名学生", page)
    assert "新建方案" not in page
    assert "新建方案" in body(visitor(Role.REGISTRAR).get("/plans"))


def test_the_county_sees_all_schools_and_a_learner_the_own_plan(visitor: Visitor):
    assert body(visitor(Role.COUNTY).get("/plans")).count("<h2") == 2
    page = body(visitor(Role.STUDENT).get("/plans"))
    assert page.count("第 1 版") == 1
    assert "名学生" not in page


def test_a_learner_finds_the_plan_from_the_verdict_and_sees_no_history(visitor: Visitor):
    reader = visitor(Role.STUDENT)
    address = f"/plans/{first_plan(reader)}"
    assert address in body(reader.get(f"/learners/{reader.county.learners[OWN]}"))
    page = body(reader.get(address))
    assert "公共基础必修" in page
    assert "变动记录" not in page
    assert "施行与迁移" not in page
    assert "名学生" not in page


def test_a_plan_is_a_picture_with_its_words_beside_it(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    page = body(reader.get(f"/plans/{first_plan(reader)}"))
    assert 'aria-label="总学分 57：公共基础必修 55、任选课 2"' in page
    assert "任选课的缺口由竞赛、创新学分自动替代。" in page
    assert "思想品德评价" in page
    assert "第 1 学期" in page
    assert "style=" not in page


def test_the_editor_shows_a_form_and_the_same_as_text(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    text = written(caps=[{"code": "c", "selector": {"kinds": ["competition"]}, "credits": "1"}])
    form = body(
        reader.post("/plans/editor", {"view": "text", "text": text, "do": "form"}, part=True)
    )
    assert 'name="blocks.0.code" value="A"' in re.sub(r"\s+", " ", form)
    assert "caps:" in form
    sent = fields_of(form)
    same = fields_of(body(reader.post("/plans/editor", sent | {"do": "text"}, part=True)))
    assert same["text"].strip() == text.strip()
    sent |= {"name": "改名", "do": "text"}
    again = body(reader.post("/plans/editor", sent, part=True))
    assert "<textarea" in again
    assert "code: WEB" in again
    assert "kinds: [competition]" in again


def fields_of(form: str) -> dict[str, str]:
    """What a browser would send of a drawn form."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or "checked" in tag):
            found[name[1]] = value[1] if value else ""
    for name, inner in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)"[^>]*selected', inner)
        found[name] = chosen[1] if chosen else ""
    for tag, inner in re.findall(r"<textarea([^>]*)>(.*?)</textarea>", form, re.DOTALL):
        name = re.search(r'name="([^"]+)"', tag)
        if name:
            found[name[1]] = inner.removeprefix("\n").replace("&#39;", "'").replace("&amp;", "&")
    return found


def test_rows_are_added_and_removed_without_losing_what_was_typed(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    sent = {"view": "form", "name": "改到一半", "courses.0.course_code": "A1",
            "courses.1.course_code": "A2", "courses.1.credits": "很多"}  # fmt: skip
    more = body(reader.post("/plans/editor", sent | {"do": "add:courses"}, part=True))
    assert "courses.2.course_code" in more
    assert "改到一半" in more
    assert "很多" in more
    less = body(reader.post("/plans/editor", sent | {"do": "remove:courses.0"}, part=True))
    assert fields_of(less)["courses.0.course_code"] == "A2"
    assert "courses.1.course_code" not in less


def test_a_text_that_has_no_form_stays_a_text(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    sent = {"view": "text", "text": "blocks: [", "do": "form"}
    page = body(reader.post("/plans/editor", sent, part=True))
    assert "blocks: [" in page
    assert "内容还不能用另一种方式显示" in page


@pytest.mark.parametrize("view", ["text", "form"])
def test_the_check_names_place_and_clause(visitor: Visitor, view: str):
    reader = visitor(Role.REGISTRAR)
    text = written(credits_min="9", courses=[course("A1", "X", "6")])
    sent = {"view": "text", "text": text}
    if view == "form":
        sent = fields_of(body(reader.post("/plans/editor", sent | {"do": "form"}, part=True)))
    page = body(reader.post("/plans/check", sent, part=True))
    assert "还不能保存" in page
    assert "P2" in page
    assert 'data-field="courses.0.block_code"' in page
    line = text.splitlines().index("  block_code: X") + 1 if view == "text" else 0
    assert (f'data-line="{line}"' in page) is (view == "text")


def test_a_plan_is_saved_and_a_draft_is_changed(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    plan_id = saved(reader, written(name="保存的方案"))
    page = body(reader.get(f"/plans/{plan_id}"))
    assert "保存的方案" in page
    assert "草稿" in page
    assert "修改草稿" in page
    editor = fields_of(body(reader.get(f"/plans/{plan_id}/edit")))
    assert editor["plan_id"] == str(plan_id)
    answer = reader.post("/plans", editor | {"name": "改过的方案"})
    assert answer.headers["Location"].endswith(f"/plans/{plan_id}")
    page = body(reader.get(f"/plans/{plan_id}"))
    assert "改过的方案" in page
    assert page.count("保存第 1 版") == 2


def test_a_save_with_faults_comes_back_with_all_that_was_typed(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    answer = reader.post("/plans", {"view": "text", "text": written(credits_min="9")})
    assert answer.status_code == 422
    assert "方案有错误，没有保存" in body(answer)
    assert "网页方案" in body(answer)


def test_a_version_in_force_is_only_followed_by_a_new_one(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    editor = fields_of(body(reader.get(f"/plans/{first_plan(reader)}/edit")))
    assert editor["plan_id"] == "0"
    assert editor["code"] == "SK"


def test_two_versions_are_compared_in_words_and_figures(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    saved(reader, written(code="CMP"))
    changed = written(
        code="CMP",
        name="第二版",
        blocks=[block("A", "6"), block("B", "4", nature="3", credits_max="6")],
        courses=[course("A1", "A", "6"), course("B1", "B", "4")],
        floors=[{"code": "f", "name": "本校", "name_en": "", "selector": {"is_outside": False},
                 "credits_min": "5"}],
        conditions=["conduct"],
    )  # fmt: skip
    second = saved(reader, changed)
    answer = reader.get(f"/plans/{second}/changes")
    assert answer.status_code == 302
    page = re.sub(r"\s+", " ", body(reader.get(answer.headers["Location"])))
    assert "最多计入学分 <del>无</del> → <ins>6</ins>" in page
    assert "学分 <del>2</del> → <ins>4</ins>" in page
    assert "本校：本校取得的学分至少 5 学分，不占用学分。" in page
    assert page.count("删除") == 2
    assert "思想品德评价" in page


def moved_to(visitor: Visitor) -> int:
    """A second version of the plan that the first school's cohort follows."""
    reader = visitor(Role.REGISTRAR)
    editor = fields_of(body(reader.get(f"/plans/{first_plan(reader)}/edit")))
    editor |= {"blocks.1.credits_min": "0", "credits_min": "55"}
    return int(reader.post("/plans", editor).headers["Location"].rpartition("/")[2])


def test_a_cohort_is_looked_at_then_put_in_force_then_migrated(visitor: Visitor, owner_engine):
    plan_id = moved_to(visitor)
    registrar, approver = visitor(Role.REGISTRAR), visitor(Role.APPROVER)
    look = f"/plans/{plan_id}/cohort?entry_year="
    assert "还没有在任何年级施行" in body(registrar.get(look + "2025", part=True))
    running = body(approver.get(look + "2025", part=True))
    assert re.search(r"2025 级现按第 1 版执行。\d+ 名在籍学生将改按这一版本", running)
    assert "迁移在读年级" in running
    assert "施行于新年级" in body(approver.get(look + "2026", part=True))

    revision = fields_of(body(approver.get(f"/plans/{plan_id}")))["revision"]
    sent = {"entry_year": "2026", "document_no": "测教1号", "revision": revision}
    refused = approver.post(f"/plans/{plan_id}/assignments", sent | {"document_no": ""})
    assert refused.status_code == 422
    assert "请填写此项" in body(refused)
    assert approver.post(f"/plans/{plan_id}/assignments", sent).status_code == 303

    moving = sent | {"entry_year": "2025", "reason": "新方案"}
    assert registrar.post(f"/plans/{plan_id}/migrations", moving).status_code == 303
    page = body(registrar.get(f"/plans/{plan_id}"))
    assert "将 2025 级由第 1 版迁移到第 2 版" in page
    assert "施行于 2026 级，测教1号" in page
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        causes = uow.connection.execute(
            sql("SELECT DISTINCT cause FROM pending_evaluations WHERE cause LIKE 'plan:%'")
        ).scalars()
        assert list(causes) == [f"plan:{plan_id}"]


def test_the_pages_speak_english(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    reader.client.set_cookie("language", "en")
    page = body(reader.get(f"/plans/{first_plan(reader)}"))
    for words in ("Credits by block", "Rules", "Courses by semester", "Semester 1"):
        assert words in page
    assert re.search(r"\b20\d\d: \d+ students?\b", body(reader.get("/plans")))
    faults = body(reader.post("/plans/check", {"view": "text", "text": written(credits_min="9")}))
    assert "The blocks ask 10 credits, more than the total of 9." in faults
