"""What all pages share: their blueprint, what the bar at the top links to, how time is written."""

from __future__ import annotations

import re
from datetime import date, datetime

from flask import Blueprint, request, url_for
from markupsafe import Markup, escape

from creditbank.domain.calendar import COUNTY_TIME
from creditbank.web.languages import gettext as _
from creditbank.web.languages import language, ngettext

pages = Blueprint("web", __name__, template_folder="templates")
LEARNER = "/learners/<int(min=1, max=2147483647):learner_id>"


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日")


def whole_days(text: str) -> Markup:
    """A text whose days no line breaks."""
    return Markup(_DAY.sub(r'<span class="day">\g<0></span>', str(escape(text))))  # noqa: S704 (escaped)


def clock(value: datetime) -> str:
    """The time of day in the county."""
    return f"{value.astimezone(COUNTY_TIME):%H:%M}"


def is_fragment() -> bool:
    """Whether htmx asks for a part of the page rather than a browser for the whole."""
    return request.headers.get("HX-Request") == "true"


def here() -> str:
    """Where to come back to after a change of language: the page itself, if it can be asked for."""
    return request.full_path.rstrip("?") if request.method == "GET" else url_for("web.home")


def day(value: date) -> str:
    """A day as people of the language write it."""
    if language() == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return value.isoformat()


def month(value: date) -> str:
    """The month of a day as people of the language write it."""
    return f"{value.year}年{value.month}月" if language() == "zh" else f"{value:%Y-%m}"


def moment(value: datetime) -> str:
    """Day and time of day in the county."""
    local = value.astimezone(COUNTY_TIME)
    return f"{day(local.date())} {local:%H:%M}"


def learners_text(count: int) -> str:
    """Such as "12 名学生", in the reader's language."""
    return ngettext("%(num)s 名学生", "%(num)s 名学生", count)


def class_text(name: str, count: int) -> str:
    """A class with how many are in it, for a list to choose from."""
    return _("%(name)s（%(count)s 人）", name=name, count=count)
