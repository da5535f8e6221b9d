"""A page after its first form was sent with nothing sensible in it: how it says so.

Only on a throw-away installation: what a page takes for sensible it does.
"""

from __future__ import annotations

from playwright.sync_api import Error, Page

_SPOIL = """() => {
  const form = [...document.querySelectorAll("main form")].find(form =>
    form.method === "post" && form.checkVisibility() && form.querySelector("[type=submit]")
    && form.querySelector("input:not([type=hidden]), select, textarea"));
  if (!form) return false;
  form.noValidate = true;
  for (const field of form.querySelectorAll("input, textarea")) {
    if (["text", "search", "number", "", "textarea"].includes(field.type)) field.value = "?";
    field.required = false;
  }
  for (const field of form.querySelectorAll("select")) field.required = false;
  form.querySelector("[type=submit]").click();
  return true;
}"""
_SAYS_SO = ".fault, [aria-invalid=true], .notice.tone-bad, [role=alert], .empty, .cell-problems"


def spoil(page: Page) -> bool:
    """Send it; False where there is no form, or where nothing is said of faults."""
    try:
        if not page.evaluate(_SPOIL):
            return False
        page.wait_for_load_state("networkidle")
        return page.locator(_SAYS_SO).count() > 0
    except Error:
        return False
