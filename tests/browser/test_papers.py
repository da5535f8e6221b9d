"""A certificate from the registrar's click to a stranger's phone; a class in one file."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import DEMO_STUDENT, click_twice, fits, open_learner

pytestmark = pytest.mark.browser


def issue(page: Page) -> str:
    """Issue a certificate on the learner's page; its number."""
    panel = page.locator("#papers")
    click_twice(panel.get_by_role("button", name="签发学籍证明"))
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


def test_a_class_gets_one_file(visit: Visit, county: LiveCounty, picture: Callable[..., None]):
    registrar = visit("registrar", width=360)
    registrar.goto("/learners")
    registrar.get_by_role("link", name="按班级签发学籍证明").click()
    assert fits(registrar)
    registrar.locator("main tbody a").first.click()
    boxes = registrar.get_by_role("checkbox")
    count = boxes.count()
    assert boxes.and_(registrar.locator(":checked")).count() == count > 0
    assert fits(registrar)
    picture(registrar, "class-certificates-360")
    boxes.first.uncheck()
    before = int(str(county.scalar("SELECT count(*) FROM issued_papers")))
    with registrar.context.expect_event(
        "response", lambda answer: "/papers/files?" in answer.url
    ) as opened:
        registrar.get_by_role("button", name="签发并打开 PDF").click()
    assert opened.value.headers["content-type"] == "application/pdf"
    issued = int(str(county.scalar("SELECT count(*) FROM issued_papers"))) - before
    assert issued == count - 1


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
