"""Every string of the pages is said in English too; the compiled catalogue is the written one."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from flask import Flask, get_template_attribute

import creditbank.web
from creditbank.domain.permissions import Role
from creditbank.eligibility import condition_words
from creditbank.web import labels
from creditbank.web.languages import typeset
from tests.factories.county import OWN
from tests.functional.web.conftest import Visitor

WEB = Path(creditbank.web.__file__).parent
FOLDER = WEB / "translations" / "en" / "LC_MESSAGES"
_PLACEHOLDER = re.compile(r"%\(\w+\)s")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_FULL_WIDTH = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_SAID = re.compile(r"""\b(?:_|ngettext)\((?:"[^"]*"|'[^']*')(?:,\s*(?:"[^"]*"|'[^']*'))?""")
_IN_BOTH = {"shared.html", "parts/language.html"}
"""Templates that say something in the other language, too."""
_AS_TYPED = ("例如 24数控", "如 85.5", "如 优秀", "标准的学分字段", "百分制（", "课程名的开头")
"""Strings that show what is typed, or what a file calls its sheet."""


def catalogue() -> Catalog:
    with (FOLDER / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


def said_in_the_pages() -> set[str]:
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    keywords = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2)}
    found = extract_from_dir(WEB, methods, keywords=keywords)
    return {text[0] if isinstance(text, tuple) else text for _, _, text, _, _ in found}


def contents(found: Catalog) -> list[tuple[str, str]]:
    return sorted((repr(item.id), repr(item.string)) for item in found if item.id)


def forms(text: object) -> tuple[str, ...]:
    """The one form of a string, or its singular and plural."""
    return tuple(map(str, text)) if isinstance(text, (list, tuple)) else (str(text),)


def test_every_string_of_the_pages_is_translated():
    known = {
        message.id[0] if isinstance(message.id, tuple) else message.id: message
        for message in catalogue()
        if message.id
    }
    assert said_in_the_pages() == set(known)
    assert [text for text, message in known.items() if not message.string or message.fuzzy] == []


def test_nothing_is_left_for_a_look():
    """A fuzzy string is not compiled: the page says it in Chinese."""
    assert [message.id for message in catalogue() if message.id and message.fuzzy] == []


def test_english_holds_no_chinese():
    """No sign of it either, such as a full-width colon."""
    found = [
        forms(message.id)[0]
        for message in catalogue()
        if message.id and any(map(_FULL_WIDTH.search, forms(message.string)))
    ]
    assert [text for text in found if not text.startswith(_AS_TYPED)] == []
    assert len(found) == len(_AS_TYPED)


def test_templates_say_nothing_outside_the_catalogue():
    templates = WEB / "templates"
    found = {
        f"{path.relative_to(templates)}: {part}"
        for path in templates.rglob("*.html")
        for part in _FULL_WIDTH.findall(_beside_the_catalogue(path.read_text("utf-8")))
    }
    assert {text for text in found if text.partition(":")[0] not in _IN_BOTH} == set()


def _beside_the_catalogue(template: str) -> str:
    return _CODE.sub(lambda code: _SAID.sub("", code[0]), _COMMENT.sub("", template))


def test_translations_keep_their_placeholders():
    for message in catalogue():
        wanted = set(_PLACEHOLDER.findall(forms(message.id)[0]))
        if message.id:
            assert all(set(_PLACEHOLDER.findall(text)) == wanted for text in forms(message.string))


def test_the_compiled_catalogue_is_the_written_one():
    compiled = io.BytesIO()
    write_mo(compiled, catalogue())
    with (FOLDER / "messages.mo").open("rb") as file:
        kept = read_mo(file)
    compiled.seek(0)
    fresh = read_mo(compiled)
    assert contents(kept) == contents(fresh)


@pytest.mark.parametrize("codes", labels.NAMES, ids=lambda codes: codes.__name__)
def test_every_code_has_a_name(codes):
    named = {code.name for code in labels.NAMES[codes]}
    assert named == {code.name for code in codes} - {"ANONYMOUS"}


def test_every_condition_has_a_name():
    own_names = {"choice", "hours", "floor"}  # named by the plan
    assert set(condition_words.NAMES) == set(condition_words._WORDS) - own_names


def test_the_english_page_of_a_learner_is_english_but_for_the_records(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    reader.client.set_cookie("language", "en")
    body = reader.get(f"/learners/{reader.county.learners[OWN]}").get_data(as_text=True)
    texts = re.findall(r">([^<>]*[\u4e00-\u9fff][^<>]*)<", body)
    headings = re.findall(r"<(?:h\d|dt|th scope=\"col\"|label)[^>]*>\s*([^<]+)", body)
    assert texts
    assert [text for text in headings if _CHINESE.search(text) and text.strip() != name(body)] == []


def name(body: str) -> str:
    found = re.search(r"<h1>([^<]+)</h1>", body)
    return found[1].strip() if found else ""


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("可以毕业:要求 170 学分,已计入 168 学分。", "可以毕业：要求 170 学分，已计入 168 学分。"),
        ("第5行 C列(数学 GG03): 成绩“101”", "第5行 C列（数学 GG03）：成绩“101”"),
        ("超出0-100,请改", "超出0-100，请改"),
        ("学期 2025-2026-1, 12:30", "学期 2025-2026-1, 12:30"),
        ("须满 24 个月,到 2027-09-01 才满", "须满 24 个月，到2027年9月1日才满"),
        ("2025-09-01 至 2026-12-31", "2025年9月1日至2026年12月31日"),
        ("“2026-02-30”不是日期", "“2026-02-30”不是日期"),
        ("日期无法识别,请写成 2026-09-01。", "日期无法识别，请写成 2026-09-01。"),
    ],
)  # fmt: skip
def test_chinese_is_set_with_full_width_punctuation(app, written: str, shown: str):
    with app.test_request_context("/"):
        assert typeset(written) == shown


@pytest.mark.parametrize(("language", "words"), [("zh", "下一页"), ("en", "Next page")])
def test_a_long_list_leads_to_its_next_page(app: Flask, language: str, words: str):
    with app.test_request_context("/", headers={"Cookie": f"language={language}"}):
        next_page = get_template_attribute("macros.html", "next_page")
        drawn = str(next_page("/reviews?cursor=9&state=open"))
    assert '<a href="/reviews?cursor=9&amp;state=open">' in drawn
    assert words in drawn
