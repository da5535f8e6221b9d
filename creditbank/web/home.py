"""The first page: for a student the own record, for the others where their work begins."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.permissions import Action
from creditbank.queries.learners import own_learner_ids
from creditbank.web.languages import gettext as _
from creditbank.web.pages import pages
from creditbank.web.visits import actor, may


@dataclass(frozen=True, slots=True)
class Tile:
    """One way on."""

    url: str
    title: str
    text: str


@pages.get("/")
@declares(Action.SEE_HOME)
def home() -> str | Response:
    """Lead everybody to what they come for."""
    own = own_learner_ids(actor())
    if len(own) == 1:
        return redirect(url_for("web.learner", learner_id=own[0]))
    if may(Action.SEE_INDICATORS):
        return redirect(url_for("web.indicators"))
    if may(Action.SEE_COHORT) and not may(Action.FIND_LEARNERS):
        return redirect(url_for("web.agreements"))
    return render_template(
        "home.html",
        own=own,
        may_find=may(Action.FIND_LEARNERS),
        tiles=_tiles(),
        words="",
        found=(),
        focus_search=True,
    )


def _tiles() -> list[Tile]:
    found = [
        (
            "web.paste",
            Action.POST_CREDIT,
            _("从表格粘贴"),
            _("把 Excel 中的课程、竞赛或创新学分粘贴进来，逐格检查后一次入账。"),
        ),
        (
            "web.grade_sheets",
            Action.IMPORT_GRADES,
            _("班级成绩单"),
            _("下载班级模板，上传填好的成绩单，预览无误后入账，并查看全班结论的变化。"),
        ),
        (
            "web.term_registrations",
            Action.SEE_TERM_NUMBERS,
            _("学期注册"),
            _("每学期按班级确认学生到校，未注册的列出原因。"),
        ),
        (
            "web.agreements",
            Action.SEE_AGREEMENTS,
            _("贯通培养"),
            _("3+2、3+4 协议班级中谁达标、谁未达标、还差什么。"),
        ),
        (
            "web.recognition_rules",
            Action.SEE_RECOGNITION_RULES,
            _("学分互认对照表"),
            _("普高与中职互转时，哪些课程互认、怎样折算。"),
        ),
    ]
    return [
        Tile(url_for(endpoint), title, text)
        for endpoint, action, title, text in found
        if may(action)
    ]
