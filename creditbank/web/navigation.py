"""What the side of a page links to: the ways that a reader's role has, in the groups of their work.

A page that people come to by themselves has a line in _ways; what another page leads to has none.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request, url_for

from creditbank.domain.permissions import Action, Role
from creditbank.web.languages import gettext as _
from creditbank.web.visits import actor, may

FAMILY = frozenset({Role.STUDENT, Role.GUARDIAN})
"""Their plan is a link on their own page; the few ways that they have stand in the bar."""
_FEW = 4
_Way = tuple[str, str, str, Action]


@dataclass(frozen=True, slots=True)
class Link:
    """A way on. icon: the name of a symbol in static/icons/symbols.svg."""

    url: str
    text: str
    icon: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Links that belong to one kind of work; title "" for those above all."""

    title: str
    links: tuple[Link, ...]


def navigation() -> list[Group]:
    """Where this reader can go, in the order of their work; one group where the ways are few.

    A page asks several times.
    """
    if "navigation" not in g:
        g.navigation = _groups()
    found: list[Group] = g.navigation
    return found


def _groups() -> list[Group]:
    groups = [
        Group(title, links)
        for title, ways in _ways().items()
        if (links := tuple(_link(*way) for way in ways if _is_open(way)))
    ]
    links = tuple(link for group in groups for link in group.links)
    return [Group("", links)] if links and len(links) <= _FEW else groups


def _ways() -> dict[str, list[_Way]]:
    return {
        "": [
            ("web.home", _("首页"), "house", Action.SEE_HOME),
            ("web.indicators", _("全县统计"), "chart-column", Action.SEE_INDICATORS),
        ],
        _("学生与学籍"): [
            ("web.learners", _("查找学生"), "users", Action.FIND_LEARNERS),
            ("web.registration", _("登记学生"), "user-plus", Action.REGISTER_LEARNER),
            (
                "web.academic_progress",
                _("学业预警"),
                "flag",
                Action.SEE_ACADEMIC_PROGRESS,
            ),
            ("web.term_registrations", _("学期注册"), "calendar-check", Action.SEE_TERM_NUMBERS),
            ("web.status_changes", _("待办异动"), "file-pen", Action.GIVE_OPINION),
            (
                "web.transfer_overview",
                _("普职互转"),
                "repeat",
                Action.SEE_TRANSFER_NUMBERS,
            ),
        ],
        _("学分"): [
            ("web.grade_drafts", _("成绩录入"), "grid-3x3", Action.SEE_GRADE_DRAFTS),
            ("web.grade_sheets", _("班级成绩单"), "file-spreadsheet", Action.IMPORT_GRADES),
            ("web.award_sheets", _("获奖与证书"), "award", Action.POST_CREDIT),
            ("web.paste", _("从表格粘贴"), "clipboard-paste", Action.POST_CREDIT),
            ("web.claim_reviews", _("学分申报"), "inbox", Action.REVIEW_CLAIM),
            ("web.claim_confirmations", _("学分申报"), "inbox", Action.CONFIRM_CLAIM),
            ("web.claim_notice", _("认定公示"), "bell", Action.SEE_CLAIM_NOTICE),
            ("web.reviews", _("复核"), "clipboard-check", Action.SEE_REVIEWS),
            ("web.exceptions", _("个人例外"), "sliders-horizontal", Action.RULE_ON_EXCEPTION),
        ],
        _("毕业与升学"): [
            ("web.graduations", _("毕业办理"), "graduation-cap", Action.APPROVE_GRADUATION),
            ("web.agreements", _("贯通培养"), "route", Action.SEE_AGREEMENTS),
            ("web.college_access", _("接口与通知"), "plug", Action.MANAGE_COLLEGE_KEYS),
        ],
        _("证明与数据"): [
            ("web.class_papers", _("证明与表格"), "file-text", Action.ISSUE_PAPER),
            (
                "web.document_templates",
                _("自有模板"),
                "layout-template",
                Action.EXPORT_NATIONAL_SHEET,
            ),
            ("web.standard_exports", _("标准数据导出"), "file-down", Action.EXPORT_NATIONAL_SHEET),
        ],
        _("方案与规则"): [
            ("web.plans", _("培养方案"), "book-open", Action.SEE_PLANS),
            ("web.recognition_rules", _("学分互认对照表"), "library", Action.SEE_RECOGNITION_RULES),
            ("web.rules", _("规则"), "scale", Action.SEE_POLICIES),
        ],
    }


def _is_open(way: _Way) -> bool:
    endpoint, _text, _icon, action = way
    if endpoint == "web.plans" and actor().role in FAMILY:
        return False
    # Who reviews claims comes to the notice from there.
    if endpoint == "web.claim_notice" and (may(Action.REVIEW_CLAIM) or may(Action.CONFIRM_CLAIM)):
        return False
    return may(action)


def _link(endpoint: str, text: str, icon: str, _action: Action) -> Link:
    url = url_for(endpoint)
    return Link(url, text, icon, is_here=_is_within(request.path, url))


def _is_within(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(f"{url}/"))
