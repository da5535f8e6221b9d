"""Which language a page is in: Chinese unless the reader chose English; kept in a cookie."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Literal, TypeVar

from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import LazyString
from markupsafe import Markup

from creditbank.domain.errors import Message

Language = Literal["zh", "en"]
_Text = TypeVar("_Text", bound=str)

_CHINESE = "\u4e00-\u9fff“”《》「」（）"
_HALF_WIDTH = re.compile(f"(?<=[{_CHINESE}])[,:;] ?|[,:;](?=[{_CHINESE}])")
_BRACKETS = re.compile(r"\(([^()]*[\u4e00-\u9fff][^()]*)\)")
_DAY = re.compile(
    f"(?:(?<=[{_CHINESE}]) )?(?<![0-9A-Za-z“-])(?<!如 )(?<!写成 )"
    f"([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}})(?![0-9A-Za-z”-])(?: (?=[{_CHINESE}]))?"
)
_ONE = re.compile(r"(?<![\w.,])1 (credit|course|item|hour|condition|year)s\b")
"""Credits are text by the time they are told of: one of them needs no plural form of its own."""
_FULL_WIDTH = {",": "，", ":": "：", ";": "；"}

_TRANSLATIONS = Path(__file__).parent / "translations"
_TEXTS_MAX = 16_384

COOKIE = "language"
COOKIE_SECONDS = 365 * 24 * 3600


def init_languages(app: Flask) -> None:
    """Set up translation. The strings in code and templates are Chinese; the catalogue is English.

    No time zone is set up: times are turned into the county's by who shows them.
    """
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.globals |= {"gettext": _in_templates, "_": _in_templates, "ngettext": ngettext}


def language() -> Language:
    """The language of this request; Chinese where a text is said outside of any."""
    if not has_request_context():
        return "zh"
    if (chosen := g.get("language")) is None:
        chosen = g.language = "en" if request.cookies.get(COOKIE) == "en" else "zh"
    found: Language = chosen
    return found


def gettext(text: str, **values: object) -> str:
    """A Chinese string of the pages in the reader's language."""
    chosen = language()
    said = _said(chosen, text)
    return _singular(said % values if values else said, chosen)


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """As gettext, for a number; both Chinese forms are the same."""
    return _catalogue(language()).ngettext(one, many, num) % {"num": num, **values}


def lazy_gettext(text: str) -> LazyString:
    """As gettext, said when it is drawn: for tables of names."""
    return LazyString(gettext, text)


def _in_templates(text: str, /, **values: object) -> Markup:
    """As gettext, for templates: there each text is a format, and values are escaped."""
    chosen = language()
    if not values:
        return _drawn(chosen, text)
    return _singular(Markup(_said(chosen, text)) % values, chosen)  # noqa: S704 (our own text)


# A page says hundreds of texts, the same ones each time.
@functools.lru_cache(_TEXTS_MAX)
def _drawn(chosen: Language, text: str) -> Markup:
    return _singular(Markup(_said(chosen, text)) % {}, chosen)  # noqa: S704 (as above)


@functools.lru_cache(_TEXTS_MAX)
def _said(chosen: Language, text: str) -> str:
    return _catalogue(chosen).gettext(text)


@functools.cache
def _catalogue(chosen: Language) -> NullTranslations:
    return Translations.load(_TRANSLATIONS, [chosen])


def _singular(said: _Text, chosen: Language) -> _Text:
    """The same, one of a thing without its plural s."""
    return type(said)(_ONE.sub(r"1 \1", said)) if chosen == "en" else said


def in_language(message: Message) -> str:
    """A message of the domain in the reader's language."""
    return typeset(message.zh) if language() == "zh" else message.en.replace("'", "’")


def typeset(text: str) -> str:
    """Chinese text with full-width punctuation beside Chinese characters (GB/T 15834).

    Messages of the domain are written with half-width punctuation and days as 2026-09-01, as files
    and terminals like it. What somebody typed, in quotation marks, and samples of how to write a
    day stay as they are.
    """
    return full_width(text) if language() == "zh" else text


def full_width(text: str) -> str:
    """Chinese text typeset so on whatever page it stands, as what is cited."""
    dated = _DAY.sub(lambda found: f"{found[1]}年{int(found[2])}月{int(found[3])}日", text)
    bracketed = _BRACKETS.sub(r"（\1）", dated)
    return _HALF_WIDTH.sub(lambda found: _FULL_WIDTH[found[0][0]], bracketed)


def named(name: str, name_en: str) -> str:
    """A name from the records in the reader's language, the Chinese one where there is no other."""
    return name_en if language() == "en" and name_en else name
