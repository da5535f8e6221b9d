"""What a rule rests on, in the reader's language: documents as they are cited, the rest in words.

A document keeps its Chinese name and number on English pages, as it is looked up by them; that a
value is only this program's suggestion is said in English.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import LazyString

from creditbank.web.languages import full_width
from creditbank.web.languages import lazy_gettext as _l

_PHRASES: Sequence[tuple[str, LazyString]] = (
    ("；上限为项目默认值（学校可改）", _l("；上限为项目默认值（学校可改）")),
    ("；分值为项目默认值（学校可改）", _l("；分值为项目默认值（学校可改）")),
    ("；对照关系为项目默认值（县可改）", _l("；对照关系为项目默认值（县可改）")),
    ("（计分为项目默认值，县校可改）", _l("（计分为项目默认值，县校可改）")),
    ("（权重为项目默认值，县校可改）", _l("（权重为项目默认值，县校可改）")),
    ("项目默认值（学校可改），参照", _l("项目默认值（学校可改），参照")),
    ("项目默认值（学校可改）", _l("项目默认值（学校可改）")),
    ("项目默认值，各校可在学校规定中修改", _l("项目默认值，各校可在学校规定中修改")),
    ("项目默认值", _l("项目默认值")),
)
"""Longer ones first."""


def reference_text(reference: str) -> str:
    """A reference of a rule, an agreement's template or the recognition table."""
    text = full_width(reference)
    for phrase, said in _PHRASES:
        text = text.replace(phrase, str(said))
    return text
