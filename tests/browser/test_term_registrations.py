"""学期注册: one of a class is absent for a reason, the others are registered with one press."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import click_twice, fits

pytestmark = pytest.mark.browser
_CLASS = """
SELECT class_name FROM (SELECT class_name, entry_year FROM enrolments
  WHERE institution_id = 1 AND is_open GROUP BY class_name, entry_year HAVING count(*) > 1
  ORDER BY entry_year DESC, class_name LIMIT 1 OFFSET :at) c
"""


@pytest.mark.parametrize(("at", "width"), [(0, 1440), (1, 360)])
def test_a_class_is_registered(
    visit: Visit, county: LiveCounty, picture: Callable[..., None], at: int, width: int
):
    registrar = visit("registrar", width=width)
    registrar.goto("/term-registrations")
    assert fits(registrar)
    picture(registrar, f"term-registrations-{width}")
    name = str(county.scalar(_CLASS, at=at))
    registrar.get_by_role("link", name=name, exact=True).first.click()
    heading = registrar.get_by_role("heading", name=name)
    expect(heading).to_be_visible()
    save = registrar.get_by_role("button", name="保存登记")
    expect(save).to_be_visible()
    chosen = registrar.locator("select[name^=state_]")
    count = chosen.count()
    assert count > 1
    chosen.first.focus()
    registrar.keyboard.press("End")
    assert chosen.first.input_value() == "9"
    registrar.get_by_role("button", name="全部注册").click()
    said = registrar.locator("#term-registrations .notice").first
    expect(said).to_contain_text("1 名未登记")
    expect(registrar.locator("#term-registrations .fault")).to_have_count(1)
    assert chosen.first.input_value() == "9"
    registrar.locator("input[name^=reason_]").first.fill("随父母外出务工")
    registrar.locator("input[name^=leave_]").first.check()
    assert fits(registrar)
    registrar.locator("#class-title").scroll_into_view_if_needed()
    picture(registrar, f"class-for-a-term-{width}")
    click_twice(save)
    expect(said).to_contain_text("已登记 1 名")
    expect(registrar.locator("#term-registrations .badge", has_text="已注册")).to_have_count(
        count - 1
    )
    registrar.get_by_role("link", name="本班未注册名单").click()
    row = registrar.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("随父母外出务工")
    assert fits(registrar)
    picture(registrar, f"unregistered-{width}")


@pytest.mark.parametrize("width", [1440, 360])
def test_the_bureau_sees_schools_and_their_classes(
    visit: Visit, picture: Callable[..., None], width: int
):
    bureau = visit("county", width=width)
    bureau.goto("/term-registrations")
    assert fits(bureau)
    bureau.locator("main tbody a").first.click()
    expect(bureau.locator("main th[scope=row]").first).to_be_visible()
    expect(bureau.locator("main svg.stacked").first).to_be_visible()
    picture(bureau, f"bureau-terms-{width}")
    assert bureau.locator("select[name^=state_]").count() == 0
    assert fits(bureau)
