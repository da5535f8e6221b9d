"""A credential from the registrar's click to a stranger's phone and a page without a network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import DEMO_STUDENT, fits, open_learner

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1440, 360])
def test_a_credential_is_signed_checked_and_taken_back(
    visit: Visit,
    county: LiveCounty,
    picture: Callable[..., None],
    tmp_path: Path,
    width: int,
):
    registrar = visit("registrar", width=width)
    open_learner(registrar, DEMO_STUDENT)
    panel = registrar.locator("#credentials")
    panel.get_by_label("凭证").select_option("credit_statement")
    panel.get_by_role("button", name="签发电子凭证").click()
    expect(panel.locator(".notice")).to_contain_text("已签发电子凭证")
    assert fits(registrar)
    panel.scroll_into_view_if_needed()
    picture(registrar, f"credentials-{width}")
    with registrar.expect_download() as saved:
        panel.get_by_role("link", name="下载带签名的文件").first.click()
    file = tmp_path / "credential.json"
    saved.value.save_as(file)

    stranger = visit(width=width)
    stranger.clock.set_fixed_time(datetime.now(UTC))
    stranger.goto("/verify/offline")
    stranger.context.set_offline(True)
    stranger.set_input_files("#files", file)
    expect(stranger.locator(".banner")).to_have_text("核对通过")
    assert fits(stranger)
    stranger.context.set_offline(False)
    token = county.scalar(
        "SELECT token FROM issued_credentials ORDER BY issued_credential_id DESC LIMIT 1"
    )
    stranger.goto(f"/verify/{token}")
    expect(stranger.locator("main .badge")).to_have_text("有效")
    assert fits(stranger)
    picture(stranger, f"verify-credential-{width}")

    paper = panel.locator(".exception").first
    paper.get_by_text("作废", exact=True).click()
    paper.get_by_label("原因").fill("信息有误")
    paper.get_by_role("button", name="作废这一份").click()
    expect(panel.locator(".notice")).to_contain_text("已作废")
    stranger.goto(f"/verify/{token}")
    expect(stranger.locator("main .badge")).to_have_text("作废")
    stranger.goto("/verify/offline")
    stranger.set_input_files("#files", file)
    expect(stranger.locator(".banner")).to_have_text("未通过，请勿采信")


def test_a_student_signs_an_own_one_and_is_told_what_cannot_be_signed(visit: Visit):
    student = visit("student", width=360)
    panel = student.locator("#credentials")
    if not panel.count():
        student.locator("main a", has_text="我的").first.click()
    panel.get_by_label("凭证").select_option("transcript")
    panel.get_by_role("button", name="签发电子凭证").click()
    expect(panel.locator(".notice")).to_contain_text("已签发电子凭证")
    panel.get_by_label("凭证").select_option("graduation_eligibility")
    panel.get_by_role("button", name="签发电子凭证").click()
    expect(panel.locator(".fault")).to_contain_text("目前未达到毕业条件")
    assert fits(student)
