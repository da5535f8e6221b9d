"""The first page: what waits for the reader, what they did last, and where to begin.

A student is led to the own record; a guardian of several sees them side by side.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.errors import EvaluationQuarantinedError
from creditbank.domain.permissions import Action
from creditbank.domain.verdicts import Outcome, SubjectKind
from creditbank.queries.learners import learner_summary, own_learner_ids
from creditbank.queries.messages import list_messages
from creditbank.queries.own_uploads import OwnUpload, own_uploads
from creditbank.services.fresh_verdicts import FreshVerdict, fresh_verdicts
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named
from creditbank.web.messages import message_row
from creditbank.web.navigation import FAMILY
from creditbank.web.pages import day, moment, pages
from creditbank.web.upload_lists import upload_state, upload_url
from creditbank.web.verdict_cards import TONES
from creditbank.web.visits import actor, may, now, today, unit_of_work
from creditbank.web.waiting import WaitingRow, own_rows, waiting_rows

_RECENT_MAX = 5


@dataclass(frozen=True, slots=True)
class Tile:
    """One way on."""

    url: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Recent:
    """Something that happened lately."""

    url: str
    title: str
    said: str
    tone: str
    at: str
    order: datetime


@dataclass(frozen=True, slots=True)
class Child:
    """A ward of the reader. outcomes: (what about, outcome, tone); rows: what is to be done."""

    learner_id: int
    name: str
    place: str
    outcomes: tuple[tuple[str, str, str], ...]
    rows: tuple[WaitingRow, ...]


@pages.get("/")
@declares(Action.SEE_HOME)
def home() -> str | Response:
    """Lead everybody to what they come for."""
    own = own_learner_ids(actor())
    if len(own) == 1:
        return redirect(url_for("web.learner", learner_id=own[0]))
    with unit_of_work() as uow:
        rows = waiting_rows(uow, actor(), now=now(), today=today())
        recent = sorted(_recent(uow), key=lambda item: item.order, reverse=True)
        children = [_child(uow, learner_id) for learner_id in own]
    return render_template(
        "home.html",
        rows=rows,
        late=sum(row.tone == "bad" for row in rows),
        recent=recent[:_RECENT_MAX],
        children=children,
        tiles=_tiles(),
        is_unlinked=not own and actor().role in FAMILY,
        date=day(today()),
        may_find=may(Action.FIND_LEARNERS),
    )


def _child(uow: UnitOfWork, learner_id: int) -> Child:
    summary = learner_summary(uow, actor(), learner_id, now=now())
    place = ""
    if summary.enrolments:
        first = summary.enrolments[0]
        school = named(first.institution_name, first.institution_name_en)
        place = f"{school} · {first.class_name}"
    try:
        found = fresh_verdicts(uow, learner_id, as_of=today(), now=now())
    except EvaluationQuarantinedError:
        found = ()
    rows = own_rows(uow, actor(), learner_id, now=now(), today=today())
    return Child(learner_id, summary.name, place, tuple(_outcomes(found)), tuple(rows))


def _outcomes(found: Iterable[FreshVerdict]) -> Iterable[tuple[str, str, str]]:
    for item in found:
        outcome = item.verdict.outcome
        if outcome not in {Outcome.CLOSED, Outcome.ENDED}:
            is_graduation = item.verdict.subject_kind is SubjectKind.GRADUATION
            yield _("毕业") if is_graduation else _("转段"), name_of(outcome), TONES[outcome]


def _recent(uow: UnitOfWork) -> Iterable[Recent]:
    if may(Action.SEE_MESSAGES):
        for line in list_messages(uow, actor(), limit=_RECENT_MAX).items:
            row = message_row(line)
            url = url_for("web.open_message", message_id=row.message_id)
            yield Recent(url, row.about, row.said, row.tone, row.at, line.created_at)
    if may(Action.IMPORT_GRADES):
        yield from map(_upload, own_uploads(uow, actor(), limit=_RECENT_MAX))


def _upload(item: OwnUpload) -> Recent:
    said, tone = upload_state(item)
    return Recent(
        url=upload_url(item),
        title=item.file_name,
        said=said,
        tone=tone,
        at=moment(item.created_at),
        order=item.created_at,
    )


def _tiles() -> list[Tile]:
    found = [
        ("web.learners", Action.FIND_LEARNERS, _("查找学生"), _("按姓名、拼音首字母或学号。")),
        ("web.indicators", Action.SEE_INDICATORS, _("全县统计"), _("学分、毕业、转段与互转。")),
        ("web.paste", Action.POST_CREDIT, _("从表格粘贴"), _("课程、竞赛、创新学分一次入账。")),
        ("web.grade_sheets", Action.IMPORT_GRADES, _("班级成绩单"), _("下载模板，上传后入账。")),
        (
            "web.registration",
            Action.REGISTER_LEARNER,
            _("登记学生"),
            _("新生入学，逐个登记或整班上传。"),
        ),
        (
            "web.term_registrations",
            Action.SEE_TERM_NUMBERS,
            _("学期注册"),
            _("每学期按班确认学生到校。"),
        ),
        ("web.agreements", Action.SEE_AGREEMENTS, _("贯通培养"), _("谁达标，谁还差什么。")),
        (
            "web.transfer_overview",
            Action.SEE_TRANSFER_NUMBERS,
            _("普职互转"),
            _("人数、窗口期与互认。"),
        ),
        ("web.plans", Action.WRITE_PLAN, _("培养方案"), _("编写、试算和启用方案。")),
        ("web.rules", Action.CHANGE_POLICY, _("规则"), _("改规则之前先看影响到谁。")),
        (
            "web.recognition_rules",
            Action.SEE_RECOGNITION_RULES,
            _("学分互认对照表"),
            _("哪些课程互认、怎样折算。"),
        ),
    ]
    return [
        Tile(url_for(endpoint), title, text)
        for endpoint, action, title, text in found
        if may(action)
    ]
