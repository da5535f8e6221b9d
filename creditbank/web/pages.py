"""What all pages share: their blueprint, what the bar at the top links to, how time is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, request, url_for

from creditbank.domain.calendar import COUNTY_TIME
from creditbank.domain.permissions import Action, Role
from creditbank.web.languages import gettext as _
from creditbank.web.languages import language, ngettext
from creditbank.web.visits import actor, may

pages = Blueprint("web", __name__, template_folder="templates")
_LEARNERS = frozenset({Role.STUDENT, Role.GUARDIAN})
"""Their plan is a link on their own page."""
LEARNER = "/learners/<int(min=1, max=2147483647):learner_id>"


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the bar."""

    url: str
    text: str
    is_here: bool


def navigation() -> list[Link]:
    """Where this reader can go, in the order of their work."""
    found = [
        ("web.home", _("首页"), Action.SEE_HOME),
        ("web.learners", _("查找学生"), Action.FIND_LEARNERS),
        ("web.registration", _("登记学生"), Action.REGISTER_LEARNER),
        ("web.paste", _("从表格粘贴"), Action.POST_CREDIT),
        ("web.grade_sheets", _("班级成绩单"), Action.IMPORT_GRADES),
        ("web.reviews", _("复核"), Action.SEE_REVIEWS),
        ("web.exceptions", _("个人例外"), Action.RULE_ON_EXCEPTION),
        ("web.status_changes", _("待办异动"), Action.GIVE_OPINION),
        ("web.graduations", _("毕业办理"), Action.APPROVE_GRADUATION),
        ("web.plans", _("培养方案"), Action.SEE_PLANS),
        ("web.agreements", _("贯通培养"), Action.SEE_AGREEMENTS),
        ("web.college_access", _("接口与通知"), Action.MANAGE_COLLEGE_KEYS),
        ("web.transfer_overview", _("普职互转"), Action.SEE_TRANSFER_NUMBERS),
        ("web.indicators", _("全县统计"), Action.SEE_INDICATORS),
        ("web.rules", _("规则"), Action.SEE_POLICIES),
    ]
    here = request.path
    return [
        Link(url_for(endpoint), text, is_here=_is_within(here, url_for(endpoint)))
        for endpoint, text, action in found
        if may(action) and not (endpoint == "web.plans" and actor().role in _LEARNERS)
    ]


def _is_within(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(f"{url}/"))


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


def moment(value: datetime) -> str:
    """Day and time of day in the county."""
    local = value.astimezone(COUNTY_TIME)
    return f"{day(local.date())} {local:%H:%M}"


def learners_text(count: int) -> str:
    """Such as "12 名学生", in the reader's language."""
    return ngettext("%(num)s 名学生", "%(num)s 名学生", count)
