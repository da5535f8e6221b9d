"""查找一切: one field on every page that leads to people, things and pages, by `/` or Ctrl+K.

What is typed is posted, so that no name stands in an address or a log. Without scripts the icon
leads to the same search as a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask_babel import LazyString

from creditbank.domain.access import declares
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import clean_text
from creditbank.queries.learners import TEXT_MAX, FoundLearner
from creditbank.queries.palette import Found, FoundClass, FoundPlan, find_anything, is_named
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import lazy_gettext as _l
from creditbank.web.languages import named
from creditbank.web.navigation import navigation
from creditbank.web.pages import is_fragment, pages
from creditbank.web.visits import actor, may, now, unit_of_work

_PAGES_MAX = 8
PLACES: tuple[tuple[LazyString, Action, str, dict[str, Any]], ...] = (
    (_l("粘贴成绩"), Action.POST_CREDIT, "web.paste", {"kind": "course"}),
    (_l("粘贴竞赛获奖"), Action.POST_CREDIT, "web.paste", {"kind": "competition"}),
    (_l("粘贴创新学分"), Action.POST_CREDIT, "web.paste", {"kind": "innovation"}),
    (_l("上传班级名单"), Action.REGISTER_LEARNER, "web.class_lists", {}),
    (_l("学期注册"), Action.SEE_TERM_NUMBERS, "web.term_registrations", {}),
    (_l("未注册名单"), Action.SEE_TERM_REGISTRATIONS, "web.unregistered", {}),
    (_l("期限提醒"), Action.SEE_DEADLINES, "web.deadlines", {}),
    (_l("编写新方案"), Action.WRITE_PLAN, "web.new_plan", {}),
    (_l("转段总览"), Action.SEE_ADVANCE_COHORT, "web.advance_overview", {}),
    (_l("转段年历"), Action.SEE_AGREEMENTS, "web.advance_calendar_page", {}),
    (_l("签订新协议"), Action.SIGN_AGREEMENT, "web.new_agreement", {}),
    (_l("学分互认对照表"), Action.SEE_RECOGNITION_RULES, "web.recognition_rules", {}),
    (_l("结对学校"), Action.SEE_PAIRED_SCHOOLS, "web.paired_school_list", {}),
    (_l("转学公示"), Action.SEE_NOTICES, "web.notices", {}),
    (_l("办理消息"), Action.SEE_MESSAGES, "web.messages", {}),
    (_l("验证证明"), Action.VERIFY_PAPER, "web.verify", {}),
)
"""Pages and what is done on them, beside those of the bar at the top."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to go to."""

    url: str
    title: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Things of one kind."""

    key: str
    title: str
    lines: tuple[Line, ...]


@pages.get("/palette")
@declares(Action.SEE_HOME)
def palette() -> str:
    """The search as a page, with the pages that there are."""
    return render_template("palette.html", words="", groups=_groups("", Found()))


@pages.post("/palette")
@declares(Action.SEE_HOME)
def find_from_palette() -> str:
    """What was found for the words."""
    words = clean_text(request.form.get("words", ""))[:TEXT_MAX]
    with unit_of_work() as uow:
        found = find_anything(uow, actor(), words, now=now())
    template = "parts/palette_found.html" if is_fragment() else "palette.html"
    return render_template(template, words=words, groups=_groups(words, found))


def palette_hint() -> str:
    """What the field finds, for this reader."""
    if may(Action.FIND_LEARNERS):
        return _("姓名、拼音首字母、学号，或班级、课程、方案、页面")
    return _("课程、方案、页面")


def _groups(words: str, found: Found) -> list[Group]:
    lines = (
        ("learners", _("学生"), list(_learners(found))),
        ("pages", _("页面"), list(_places(words))),
        ("classes", _("班级"), list(_classes(found))),
        ("courses", _("课程"), list(_courses(found))),
        ("plans", _("培养方案"), list(_plans(found))),
        ("agreements", _("贯通培养协议"), list(_agreements(found))),
    )
    return [Group(key, title, tuple(some)) for key, title, some in lines if some]


def _school(item: FoundLearner | FoundClass | FoundPlan) -> str:
    return named(item.institution_name, item.institution_name_en)


def _learners(found: Found) -> Iterator[Line]:
    for item in found.learners:
        parts = (
            item.student_no,
            item.class_name,
            _school(item),
        )
        status = name_of(EnrolmentStatus(item.status))
        url = url_for("web.learner", learner_id=item.learner_id)
        yield Line(url, item.name, " · ".join((*parts, status)))


def _places(words: str) -> Iterator[Line]:
    """Pages by their name in either language; for no words the first ones."""
    named = [(link.text, link.url) for group in navigation() for link in group.links]
    known = {url for _name, url in named}
    for name, action, endpoint, arguments in PLACES:
        if may(action):
            url = url_for(endpoint, **arguments)
            if url not in known:
                named.append((str(name), url))
    wanted = [Line(url, name) for name, url in named if not words or is_named(words, name)]
    yield from wanted[:_PAGES_MAX]


def _classes(found: Found) -> Iterator[Line]:
    for item in found.classes:
        asked: dict[str, Any] = {"class_name": item.class_name, "entry_year": item.entry_year}
        if may(Action.SEE_ACADEMIC_PROGRESS):
            url = url_for("web.academic_progress", **asked)
        else:
            url = url_for("web.term_registrations", school=item.institution_id, **asked)
        yield Line(url, item.class_name, _school(item))


def _courses(found: Found) -> Iterator[Line]:
    for item in found.courses:
        url = url_for("web.plan", plan_id=item.plan_id, _anchor="courses-title")
        yield Line(url, item.name, f"{item.code} · {item.plan_name}")


def _plans(found: Found) -> Iterator[Line]:
    for item in found.plans:
        version = _("第 %(number)s 版", number=item.version)
        url = url_for("web.plan", plan_id=item.plan_id)
        yield Line(url, item.name, f"{item.code} · {version} · {_school(item)}")


def _agreements(found: Found) -> Iterator[Line]:
    for item in found.agreements:
        url = url_for("web.cohort", agreement_id=item.agreement_id)
        yield Line(url, item.name, item.partners)
