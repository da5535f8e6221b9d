"""Which language a page is in: Chinese unless the reader chose English; kept in a cookie."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, TypeVar, cast

import flask_babel
from flask import Flask, g, request
from flask_babel import Babel, LazyString
from jinja2 import pass_context
from jinja2.runtime import Context
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

COOKIE = "language"
COOKIE_SECONDS = 365 * 24 * 3600


def init_languages(app: Flask) -> None:
    """Set up translation. The strings in code and templates are Chinese; the catalogue is English.

    No time zone is set up: times are turned into the county's by who shows them.
    """
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "zh")
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", f"{_package_folder()}/translations")
    Babel(app, locale_selector=language)
    translated = cast("Callable[..., Markup]", app.jinja_env.globals["gettext"])

    @pass_context
    def in_templates(context: Context, text: str, /, **values: object) -> Markup:
        return _singular(translated(context, text, **values))

    app.jinja_env.globals["gettext"] = in_templates


def _package_folder() -> str:
    return __file__.rpartition("/")[0]


def language() -> Language:
    """The language of this request."""
    if "language" not in g:
        g.language = "en" if request.cookies.get(COOKIE) == "en" else "zh"
    chosen: Language = g.language
    return chosen


def gettext(text: str, **values: object) -> str:
    """A Chinese string of the pages in the reader's language."""
    return _singular(cast("str", flask_babel.gettext(text, **values)))


def _singular(said: _Text) -> _Text:
    """The same, one of a thing without its plural s."""
    return type(said)(_ONE.sub(r"1 \1", said)) if language() == "en" else said


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """As gettext, for a number; both Chinese forms are the same."""
    return cast("str", flask_babel.ngettext(one, many, num, **values))


def lazy_gettext(text: str) -> LazyString:
    """As gettext, said when it is drawn: for tables of names."""
    return flask_babel.lazy_gettext(text)


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
