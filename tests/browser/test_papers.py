"""A certificate from the registrar's click to a stranger's phone; a class in one file."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import FilePayload, Page, expect

from creditbank.domain.papers import PaperKind
from creditbank.papers.layouts import standard_layout
from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import DEMO_STUDENT, click_twice, fits, open_learner

pytestmark = pytest.mark.browser


def issue(page: Page) -> str:
    """Issue a certificate on the learner's page; its number."""
    panel = page.locator("#papers")
    click_twice(panel.get_by_role("button", name="签发", exact=True))
    expect(panel.locator(".notice")).to_contain_text("已签发学籍证明")
    return str(panel.locator(".exception a").first.text_content()).strip()


@pytest.mark.parametrize("width", [1440, 360])
def test_a_paper_is_issued_verified_and_taken_back(
    visit: Visit, county: LiveCounty, picture: Callable[..., None], width: int
):
    registrar = visit("registrar", width=width)
    open_learner(registrar, DEMO_STUDENT)
    number = issue(registrar)
    assert fits(registrar)
    registrar.locator("#papers").scroll_into_view_if_needed()
    picture(registrar, f"papers-{width}")
    token = str(county.scalar("SELECT token FROM issued_papers WHERE number = :n", n=number))
    name = str(
        county.scalar("SELECT document ->> 'name' FROM issued_papers WHERE number = :n", n=number)
    )

    stranger = visit(width=width)
    stranger.goto(f"/verify/{token}")
    expect(stranger.locator("main")).to_contain_text("相符")
    expect(stranger.locator("main")).not_to_contain_text(name)
    assert fits(stranger)
    picture(stranger, f"verify-{width}")
    stranger.goto("/verify")
    stranger.get_by_label("编号").fill(number.replace("-", " "))
    stranger.get_by_label("姓名、身份证号后六位或验证码").fill(name)
    stranger.keyboard.press("Enter")
    expect(stranger.locator("main .badge")).to_have_text("有效")
    assert urlsplit(stranger.url).query == ""

    paper = registrar.locator("#papers .exception", has_text=number)
    paper.get_by_text("作废", exact=True).click()
    paper.get_by_label("原因").fill("姓名有误")
    paper.get_by_role("button", name="作废这一份").click()
    expect(registrar.locator("#papers .notice")).to_contain_text("已作废")
    stranger.goto(f"/verify/{token}")
    expect(stranger.locator("main .badge")).to_have_text("作废")
    stranger.get_by_label("编号").fill(number)
    stranger.get_by_label("姓名、身份证号后六位或验证码").fill("查无此人")
    stranger.get_by_role("button", name="查验").click()
    expect(stranger.locator("main .notice")).to_contain_text("不相符")
    assert fits(stranger)


@pytest.mark.parametrize("width", [1440, 360])
def test_a_class_gets_one_file_and_sees_how_far_it_is(
    visit: Visit, county: LiveCounty, picture: Callable[..., None], width: int
):
    registrar = visit("registrar", width=width)
    registrar.goto("/learners")
    registrar.get_by_role("button", name="按班级签发证明与表格").click()
    assert fits(registrar)
    registrar.locator("select[name=kind]").select_option("transcript")
    registrar.locator("main tbody a").first.click()
    issuing = registrar.get_by_role("button", name="签发勾选的")
    expect(issuing).to_be_visible()
    boxes = registrar.get_by_role("checkbox")
    count = boxes.count()
    assert boxes.and_(registrar.locator(":checked")).count() == count > 0
    assert fits(registrar)
    boxes.first.uncheck()
    told = registrar.evaluate_handle(
        """() => { const told = []; new MutationObserver(() => {
          const now = document.querySelector("#paper-batch progress");
          const said = now && now.parentElement.textContent.trim();
          if (said && told.at(-1) !== said) told.push(said);
        }).observe(document.querySelector("main"), { childList: true, subtree: true });
        return told; }"""
    )
    issuing.press("Enter")
    opening = registrar.get_by_role("button", name=f"打开 PDF（{count - 1} 份）")
    expect(opening).to_be_focused()
    assert told.json_value() == [
        f"成绩单：{done} / {count - 1}" for done in range(10, count - 1, 10)
    ]
    assert fits(registrar)
    picture(registrar, f"class-papers-{width}")
    with registrar.context.expect_event(
        "response", lambda answer: "/papers/files?" in answer.url
    ) as opened:
        opening.press("Enter")
    assert opened.value.headers["content-type"] == "application/pdf"
    names = "SELECT count(DISTINCT learner_id) FROM issued_papers WHERE kind = 'transcript'"
    assert int(str(county.scalar(names))) == count - 1


@pytest.mark.parametrize("width", [1440, 360])
def test_a_school_looks_at_its_layout_before_it_is_in_force(
    visit: Visit, picture: Callable[..., None], width: int
):
    registrar = visit("registrar", width=width)
    registrar.goto("/papers")
    picture(registrar, f"papers-classes-{width}")
    registrar.get_by_role("button", name="文件版式").click()
    assert fits(registrar)
    picture(registrar, f"paper-layouts-{width}")
    registrar.get_by_role("link", name="成绩单的版式", exact=True).click()
    own = standard_layout(PaperKind.TRANSCRIPT).replace("学生成绩单", "学业成绩证明")
    file = FilePayload(name="own.typ", mimeType="text/plain", buffer=own[:-3].encode())
    registrar.get_by_label("版式文件").set_input_files(file)
    registrar.get_by_role("button", name="检查并预览").click()
    expect(registrar.locator(".fault")).to_contain_text("行")
    assert fits(registrar)
    picture(registrar, f"paper-layout-refused-{width}")
    file["buffer"] = own.encode()
    registrar.get_by_label("版式文件").set_input_files(file)
    registrar.get_by_role("button", name="检查并预览").click()
    sample = registrar.get_by_alt_text("样张第 1 页")
    expect(sample).to_be_visible()
    assert sample.evaluate("image => image.complete && image.naturalWidth > 400")
    assert fits(registrar)
    picture(registrar, f"paper-layout-version-{width}")
    registrar.get_by_role("button", name="启用").click()
    expect(registrar.locator(".page-head")).to_contain_text("版")
    registrar.get_by_role("button", name="恢复标准版式").click()
    expect(registrar.locator(".page-head")).to_contain_text("标准版式")


def test_a_student_finds_the_certificate(visit: Visit):
    registrar = visit("registrar")
    open_learner(registrar, DEMO_STUDENT)
    number = issue(registrar)
    student = visit("student", width=360)
    link = student.locator("#papers").get_by_role("link", name=number)
    if not link.count():
        student.locator("main a", has_text="我的").first.click()
    expect(link).to_be_visible()
    expect(student.locator("#papers button")).to_have_count(0)
    assert fits(student)
