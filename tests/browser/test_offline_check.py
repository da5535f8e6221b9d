"""The page that checks credentials, opened from the disk in Chromium with the network off."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from creditbank.credentials.data_integrity import add_proof, canonical
from creditbank.credentials.did_web import KnownKey
from creditbank.credentials.status_list import list_document
from creditbank.domain.credentials import CredentialKind
from creditbank.web.offline_page import offline_page
from tests.factories.credentials import (
    DID,
    INDEX,
    LIST_URL,
    NOW,
    altered_at,
    keys,
    leaves,
    public_key,
    signed,
    signer,
    status_list,
    step_of,
)

pytestmark = pytest.mark.browser
STEP = 61
WITHOUT_ED25519 = """
const importKey = crypto.subtle.importKey.bind(crypto.subtle);
crypto.subtle.importKey = (...asked) => asked[2] === 'Ed25519'
  ? Promise.reject(new DOMException('no', 'NotSupportedError')) : importKey(...asked);
"""
BELIEVED = """async ([texts, keys, lists, at, step]) => {
  const {read, verify} = globalThis.creditbankOffline;
  const places = [];
  function* asked() {  // the texts, or with a step the one text with one byte changed at a time
    if (!step) { yield* texts; return; }
    const whole = new TextEncoder().encode(texts[0]);
    for (let place = 0; place < whole.length; place += step) {
      for (const flip of [0x01, 0x20]) {
        const changed = whole.slice();
        changed[place] ^= flip;
        try { yield new TextDecoder('utf-8', {fatal: true}).decode(changed); } catch { continue; }
      }
    }
  }
  let place = -1;
  for (const text of asked()) {
    place += 1;
    let document;
    try { document = read(text); } catch { continue; }
    const found = await verify(document, keys, lists, at);
    if (found.verdict === 'accepted') places.push(place);
  }
  return places;
}"""


@dataclass
class Desk:
    """A page without a network. asked: every request that was not for the page itself."""

    page: Page
    asked: list[str]

    def believed(
        self, *texts: str, known: Any = None, listed: Any = None, step: int = 0
    ) -> list[int]:
        """Of some texts, the places of those that are accepted.

        step: of the one text, with a byte changed at every so many; the page changes it itself.
        """
        at = int(NOW.timestamp() * 1000) + 1000
        asked = [list(texts), [known or keys()], [listed or status_list()], at, step]
        found: list[int] = self.page.evaluate(BELIEVED, asked)
        return found


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    contexts: list[BrowserContext] = []
    desks: list[Desk] = []

    def open_page(script: str = "", *, language: str = "zh", **how: Any) -> Desk:
        file = tmp_path / "verify.html"
        file.write_text(
            offline_page(
                {"language": language, "taken": "2026年7月1日", "keys": [], "lists": []}
                | how.pop("snapshot", {})
            ),
            "utf-8",
        )
        context = browser.new_context(reduced_motion="reduce", locale="zh-CN", **how)
        contexts.append(context)
        context.set_offline(True)
        context.clock.set_fixed_time(datetime.now(UTC))
        page = context.new_page()
        desk = Desk(page, [])
        desks.append(desk)
        page.on("request", lambda request: desk.asked.append(request.url))
        page.on("pageerror", lambda error: desk.asked.append(str(error)))
        page.on("console", lambda message: desk.asked.append(message.text))
        if script:
            page.add_init_script(script)
        page.goto(file.as_uri())
        return desk

    yield open_page
    for context in contexts:
        context.close()
    for desk in desks:
        assert [url for url in desk.asked if not url.endswith("/verify.html")] == []


def snapshot(*ended: CredentialKind) -> dict[str, Any]:
    """As the page is got today: the example's keys, and a list that is good today."""
    today = datetime.now(UTC)
    unsigned = list_document(
        LIST_URL, DID, [INDEX[kind] for kind in ended], valid_from=NOW,
        valid_until=today + timedelta(days=7),
    )  # fmt: skip
    return {"keys": [keys()], "lists": [add_proof(unsigned, signer(), created=NOW)]}


@pytest.mark.parametrize("script", ["", WITHOUT_ED25519], ids=["own", "vendored"])
def test_each_kind_is_accepted_and_nothing_altered_is(opened: Callable[..., Desk], script: str):
    desk = opened(script)
    for kind in CredentialKind:
        credential = signed(kind)
        whole = canonical(credential).decode()
        assert desk.believed(whole, json.dumps(credential, indent=1)) == [0, 1]
        texts = [canonical(altered_at(credential, path)).decode() for path in leaves(credential)]
        is_dear = bool(script) or kind is CredentialKind.LEARNER_RECORD
        assert desk.believed(*texts[:: step_of(9) if is_dear else 1]) == []
        assert desk.believed(whole, step=step_of(STEP * 9 if is_dear else STEP)) == []


def test_wrong_keys_and_ended_ones_are_refused(opened: Callable[..., Desk]):
    desk = opened()
    kind = CredentialKind.TRANSCRIPT
    whole = canonical(signed(kind)).decode()
    day = timedelta(days=1)
    assert desk.believed(canonical(signed(kind, signer(2))).decode()) == []
    assert desk.believed(whole, listed=status_list(kind)) == []
    assert desk.believed(whole, listed=status_list(CredentialKind.ACHIEVEMENT)) == [0]
    assert desk.believed(whole, listed=status_list(signed_by=signer(2))) == []
    revoked = keys(KnownKey(public_key(1), NOW - day, revoked_at=NOW))
    retired = keys(KnownKey(public_key(1), NOW - day, used_until=NOW + day))
    before = keys(KnownKey(public_key(1), NOW - 2 * day, used_until=NOW - day))
    assert desk.believed(whole, known=revoked) == []
    assert desk.believed(whole, known=retired) == [0]
    assert desk.believed(whole, known=before) == []
    doubled = whole.replace('"name":"成绩单"', '"name":"毕业证","name":"成绩单"')
    assert doubled != whole
    assert desk.believed(doubled) == []


@pytest.mark.parametrize("width", [1280, 360])
def test_a_file_is_chosen_and_judged(
    opened: Callable[..., Desk], tmp_path: Path, picture: Callable[..., None], width: int
):
    kind = CredentialKind.TRANSCRIPT
    desk = opened(snapshot=snapshot(), viewport={"width": width, "height": 900})
    page = desk.page
    file = tmp_path / "成绩单.json"
    file.write_bytes(canonical(signed(kind)))
    page.set_input_files("#files", file)
    expect(page.locator(".banner")).to_have_text("核对通过")
    expect(page.locator("#result")).to_contain_text("王小明")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, f"offline-check-{width}", full=True)
    file.write_bytes(canonical(altered_at(signed(kind), ("credentialSubject", "name"))))
    page.set_input_files("#files", file)
    expect(page.locator(".banner")).to_have_text("未通过，请勿采信")
    picture(page, f"offline-check-refused-{width}", full=True)
    file.write_text("{", "utf-8")
    page.set_input_files("#files", file)
    expect(page.locator(".banner")).to_contain_text("不是可读的 JSON 文件")
    page.get_by_role("button", name="English").click()
    expect(page.locator(".banner")).to_contain_text("no JSON that can be read")


def test_it_is_pasted_and_the_keys_come_as_files(opened: Callable[..., Desk], tmp_path: Path):
    page = opened(language="en").page
    page.get_by_role("textbox", name="Or paste a credential").fill(
        json.dumps(signed(CredentialKind.TRANSCRIPT))
    )
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".banner")).to_contain_text("Not everything was checked")
    did, listed = tmp_path / "did.json", tmp_path / "list.json"
    did.write_text(json.dumps(keys()), "utf-8")
    listed.write_text(json.dumps(snapshot()["lists"][0]), "utf-8")
    page.set_input_files("#files", [did, listed])
    expect(page.locator("#result .note").first).to_contain_text("https://xuefen.example/schools")


def test_the_served_page_is_the_same_and_ended_ones_are_named(
    opened: Callable[..., Desk], tmp_path: Path
):
    kind = CredentialKind.ARTICULATION_STATUS
    page = opened(snapshot=snapshot(kind)).page
    file = tmp_path / "x.json"
    file.write_bytes(canonical(signed(kind)))
    page.set_input_files("#files", file)
    expect(page.locator("#result")).to_contain_text("已被更正或作废")
