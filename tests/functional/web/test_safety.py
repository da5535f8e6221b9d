"""Pages keep to themselves: no foreign address, nothing inline, no forged form, no cache."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from flask import Flask

import creditbank.web
from creditbank.domain.permissions import Role
from tests.factories.county import OWN
from tests.functional.web.conftest import Visitor

WEB = Path(creditbank.web.__file__).parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
OWN_FILES = [*TEMPLATES, *(WEB / "static").glob("*.css"), *(WEB / "static").glob("*.js")]
_INLINE = re.compile(
    r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE
)
_FOREIGN = re.compile(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}", re.IGNORECASE)
_VENDORED = re.compile(r"^\| (\S+) \|.*\| ([0-9a-f]{64}) \|$", re.MULTILINE)


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_no_template_holds_an_inline_script_or_style(file: Path):
    assert not _INLINE.search(file.read_text("utf-8"))


@pytest.mark.parametrize("file", OWN_FILES, ids=lambda file: file.name)
def test_nothing_of_our_own_names_another_host(file: Path):
    assert not _FOREIGN.search(file.read_text("utf-8"))


def test_vendored_files_are_the_published_ones():
    folder = WEB / "static" / "vendor"
    listed = dict(_VENDORED.findall((folder / "VENDORED.md").read_text("utf-8")))
    present = {file.name for file in folder.iterdir()} - {"VENDORED.md"}
    assert set(listed) == {name for name in present if "LICENSE" not in name}
    for name, expected in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == expected


def test_every_answer_carries_the_content_policy(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    for address in ("/", "/nowhere", f"/learners/{reader.county.learners[OWN]}"):
        policy = reader.get(address).headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy


def test_a_page_with_a_record_is_kept_nowhere(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    answer = reader.get(f"/learners/{reader.county.learners[OWN]}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]


def test_an_asset_with_its_hash_is_kept_for_good(visitor: Visitor, app: Flask):
    page = visitor(Role.ANONYMOUS).get("/sign-in").get_data(as_text=True)
    found = re.search(r'href="(/static/creditbank\.css\?v=[0-9a-f]+)"', page)
    assert found is not None
    answer = app.test_client().get(found[1])
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("theme", "media"), [("dark", "screen"), ("auto", "screen and (prefers-color-scheme: dark)")]
)
def test_paper_is_white_whatever_the_screen_is_in(visitor: Visitor, theme: str, media: str):
    reader = visitor(Role.ANONYMOUS)
    reader.client.set_cookie("theme", theme)
    page = " ".join(reader.get("/sign-in").get_data(as_text=True).split())
    found = re.search(r'dark\.css[^>]*?media="([^"]*)"', page)
    assert found is not None
    assert found[1] == media


@pytest.mark.parametrize("address", ["/sign-out", "/learners", "/language", "/paste/course"])
def test_a_forged_form_is_refused(visitor: Visitor, address: str):
    reader = visitor(Role.REGISTRAR)
    answer = reader.client.post(address, data={"words": "王", "csrf_token": "forged"})
    assert answer.status_code == 400
    assert "页面已过期" in answer.get_data(as_text=True)


def test_a_token_of_another_session_is_refused(visitor: Visitor):
    theirs = visitor(Role.TEACHER).get("/learners").get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', theirs)
    assert found is not None
    answer = visitor(Role.REGISTRAR).client.post(
        "/learners", data={"words": "王", "csrf_token": found[1]}
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "%", "_", "\\", "'; --"])
def test_what_was_typed_comes_back_as_text(visitor: Visitor, words: str):
    answer = visitor(Role.REGISTRAR).post("/learners", {"words": words}, part=True)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.get_data(as_text=True)
    assert "没有找到" in answer.get_data(as_text=True)


def test_an_unknown_address_is_a_page_in_both_languages(visitor: Visitor):
    answer = visitor(Role.ANONYMOUS).get("/nowhere")
    assert answer.status_code == 404
    body = answer.get_data(as_text=True)
    assert "没有找到" in body
    assert "Not found" in body


def test_a_role_without_the_action_is_told_so(visitor: Visitor):
    answer = visitor(Role.STUDENT).get("/grade-sheets")
    assert answer.status_code == 403
    assert "您的角色不能进行此操作" in answer.get_data(as_text=True)


def test_a_part_asked_for_after_the_session_ended_leads_to_the_form(visitor: Visitor):
    reader = visitor(Role.ANONYMOUS)
    answer = reader.get(f"/learners/{reader.county.learners[OWN]}/credits/course", part=True)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in"


def test_a_page_is_packed_for_who_takes_it_and_its_length_says_little(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    plain = reader.get("/rules")
    packing = {"Accept-Encoding": "gzip"}
    packed = [reader.client.get("/rules", headers=packing) for _ in range(20)]
    assert "Content-Encoding" not in plain.headers
    assert {answer.headers["Content-Encoding"] for answer in packed} == {"gzip"}
    assert all("Accept-Encoding" in answer.headers["Vary"] for answer in [plain, *packed])
    assert len(gzip.decompress(packed[0].data)) > 4 * len(packed[0].data)
    assert len({len(answer.data) for answer in packed}) > 5


def test_a_style_sheet_is_packed_and_the_same_each_time(app: Flask):
    ask = app.test_client().get
    one, two = (ask("/static/tokens.css", headers={"Accept-Encoding": "gzip"}) for _ in range(2))
    assert one.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(one.data) == ask("/static/tokens.css").data
    assert one.data == two.data
