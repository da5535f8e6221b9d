"""Light or dark: as the machine has it, unless the reader chose; kept in a cookie."""

from __future__ import annotations

from typing import Literal, cast, get_args

from flask import request

Theme = Literal["auto", "light", "dark"]
COOKIE = "theme"


def theme() -> Theme:
    """The theme of this request."""
    return theme_of(request.cookies.get(COOKIE, ""))


def theme_of(written: str) -> Theme:
    """A theme by its name; what is none is "auto"."""
    return cast("Theme", written) if written in get_args(Theme) else "auto"
