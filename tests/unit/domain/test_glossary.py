"""The glossary names what exists: each name in it that looks like code is found in the code."""

from __future__ import annotations

import re

from tests.processes import ROOT

_CODE = re.compile(r"`([A-Za-z][A-Za-z_]+)(?:\.\*)?`")
_WORD = re.compile(r"\w+")


def test_every_name_in_the_glossary_is_one_of_the_code():
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    sources = [
        path.read_text(encoding="utf-8")
        for pattern in ("*.py", "*.yaml")
        for path in (ROOT / "creditbank").rglob(pattern)
    ]
    words = {word for text in sources for word in _WORD.findall(text)} | {"creditbank"}
    named = set(_CODE.findall(glossary))
    assert len(named) > 50
    assert named - words == set()


def test_no_chinese_term_is_explained_twice():
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    terms = re.findall(r"^\| ([^|`]*[\u4e00-\u9fff][^|`]*) \|", glossary, re.MULTILINE)
    explained = [term for term in terms if term != "中文"]  # the heading of each table
    assert len(explained) == len(set(explained)) > 80
