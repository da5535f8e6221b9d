"""Sheets of marks as pages show them: the grid's cells, the list, what can be done next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import LazyString

from creditbank.domain.courses import ExamKind
from creditbank.domain.errors import Problem
from creditbank.domain.grade_drafts import (
    EDITABLE,
    DraftState,
    DraftStep,
    SecondPerson,
    may_review,
)
from creditbank.domain.permissions import Action, Role
from creditbank.domain.sheets import column_letters
from creditbank.queries.grade_drafts import DraftLine, DraftSheet
from creditbank.services.grade_draft_sheets import FIRST_COURSE, without_place
from creditbank.store.grade_drafts import KeptStep
from creditbank.store.grade_imports import TaughtCourse
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language, ngettext
from creditbank.web.languages import lazy_gettext as _l
from creditbank.web.pages import moment
from creditbank.web.transcripts import term_label
from creditbank.web.visits import actor, may, now

_HOUR_S, _DAY_S = 3_600, 86_400
STATES: Mapping[DraftState, tuple[LazyString, str]] = {
    DraftState.DRAFT: (_l("录入中"), "neutral"),
    DraftState.SUBMITTED: (_l("待复核"), "progress"),
    DraftState.RETURNED: (_l("已退回"), "warn"),
    DraftState.POSTED: (_l("已入账"), "good"),
    DraftState.DISCARDED: (_l("已作废"), "other"),
}
"""What a state is called, and the tone of its badge."""
_STEPS: Mapping[DraftStep, LazyString] = {
    DraftStep.OPENED: _l("打开录入表"),
    DraftStep.SUBMITTED: _l("提交复核"),
    DraftStep.TAKEN_BACK: _l("撤回提交"),
    DraftStep.RETURNED: _l("退回"),
    DraftStep.POSTED: _l("入账"),
    DraftStep.DISCARDED: _l("作废"),
    DraftStep.AGEING: _l("久未改动，提醒录入人"),
    DraftStep.EXPIRED: _l("久未改动，自动作废"),
}


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell. text: of the draft; posted: of the ledger, shown where no draft stands over it.

    note: what else the ledger says.
    """

    text: str = ""
    version: int = 0
    posted: str = ""
    note: str = ""

    @property
    def shown(self) -> str:
        """What is read in it."""
        return self.text or self.posted

    @property
    def is_posted(self) -> bool:
        """Whether the ledger speaks in it."""
        return bool(self.posted) and not self.text


@dataclass(frozen=True, slots=True)
class GridRow:
    """One learner."""

    enrolment_id: int
    student_no: str
    name: str
    cells: tuple[GridCell, ...]


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of the sheet's history."""

    text: str
    by: str
    at: str
    reason: str


@dataclass(frozen=True, slots=True)
class SheetView:
    """A sheet in the reader's language, and what the reader may do with it."""

    grade_draft_id: int
    class_name: str
    term: str
    exam_kind: str
    state: str
    state_text: str
    tone: str
    change_no: int
    courses: tuple[TaughtCourse, ...]
    others: tuple[TaughtCourse, ...]
    rows: tuple[GridRow, ...]
    steps: tuple[StepLine, ...]
    returned: str
    rule: str
    store: str
    is_editable: bool
    may_post: bool
    may_take_back: bool
    may_review: bool
    posted_at: datetime | None
    learner_ids: tuple[int, ...]
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Such as 25数控1班 · 2025-2026学年第一学期 · 正常."""
        return f"{self.class_name} · {self.term} · {self.exam_kind}"


@dataclass(frozen=True, slots=True)
class ListedDraft:
    """One sheet of the list."""

    grade_draft_id: int
    class_name: str
    term: str
    exam_kind: str
    state: str
    tone: str
    marks: str
    step: str
    changed: str
    age: str


def sheet_view(sheet: DraftSheet) -> SheetView:
    """One sheet."""
    draft, when = sheet.draft, SecondPerson(sheet.policy.text("grades.second_person"))
    text, tone = STATES[draft.state]
    is_editable = draft.state in EDITABLE and may(Action.IMPORT_GRADES)
    is_submitted = draft.state is DraftState.SUBMITTED
    submitter = _last(sheet, DraftStep.SUBMITTED)
    is_own = submitter is not None and submitter.taken_by == actor().account_id
    is_reviewer = may_review(sheet.policy, is_approver=actor().role is Role.APPROVER)
    returned = _last(sheet, DraftStep.RETURNED)
    posted = _last(sheet, DraftStep.POSTED)
    return SheetView(
        grade_draft_id=draft.grade_draft_id,
        class_name=draft.class_name,
        term=term_label(draft.term.code),
        exam_kind=name_of(draft.exam_kind),
        state=draft.state.value,
        state_text=str(text),
        tone=tone,
        change_no=draft.change_no,
        courses=sheet.courses,
        others=sheet.others,
        rows=tuple(
            GridRow(
                enrolment_id=seat.enrolment_id,
                student_no=seat.student_no,
                name=seat.name,
                cells=tuple(
                    _cell(sheet, (seat.enrolment_id, course.code)) for course in sheet.courses
                ),
            )
            for seat in sheet.seats
        ),
        steps=tuple(_step(step) for step in sheet.steps),
        returned=returned.reason if returned and draft.state is DraftState.RETURNED else "",
        rule=_rule(sheet, when),
        store=f"grade-draft-{actor().account_id}-{draft.grade_draft_id}",
        is_editable=is_editable,
        may_post=is_editable and when is not SecondPerson.ALWAYS,
        may_take_back=is_submitted and may(Action.IMPORT_GRADES),
        may_review=is_submitted and not is_own and is_reviewer and may(Action.REVIEW_GRADES),
        posted_at=posted.taken_at if posted else None,
        learner_ids=tuple(seat.learner_id for seat in sheet.seats),
        words=_words(),
    )


def _last(sheet: DraftSheet, step: DraftStep) -> KeptStep | None:
    return next((item for item in reversed(sheet.steps) if item.step is step), None)


def _cell(sheet: DraftSheet, place: tuple[int, str]) -> GridCell:
    cell, posted = sheet.cells.get(place), sheet.posted.get(place)
    text, version = (cell.written, cell.version) if cell else ("", 0)
    if text and posted is not None and sheet.draft.state is DraftState.POSTED:
        return GridCell(version=version, posted=text)
    locked = posted.mark if posted and posted.is_locked else ""
    note = ""
    if posted is not None and not posted.is_locked:
        note = _("账中已有：%(mark)s，可以继续录入成绩", mark=posted.mark)
    # What is written as it stands in the ledger is shown as posted, once.
    return GridCell("" if text == locked else text, version, locked, note)


def problem_text(view: SheetView, problem: Problem) -> str:
    """A fault of a sheet with the learner and course in place of row and column."""
    row = view.rows[problem.row - 1] if problem.row and problem.row <= len(view.rows) else None
    if row is None:
        return in_language(problem.message)
    columns = {
        column_letters(number): course.name
        for number, course in enumerate(view.courses, start=FIRST_COURSE)
    }
    place = _("%(name)s · %(course)s", name=row.name, course=columns.get(problem.field, ""))
    return _("%(step)s：%(count)s", step=place, count=in_language(without_place(problem.message)))


def _step(step: KeptStep) -> StepLine:
    text = str(_STEPS[step.step])
    if step.marks:
        text = _("%(step)s：%(count)s", step=text, count=_marks(step.marks))
    return StepLine(
        text=text, by=step.name or _("系统自动"), at=moment(step.taken_at), reason=step.reason
    )


def _marks(count: int) -> str:
    return ngettext("%(num)s 个成绩", "%(num)s 个成绩", count)


def _rule(sheet: DraftSheet, when: SecondPerson) -> str:
    """What the school asks for before marks are posted."""
    if when is SecondPerson.NEVER:
        return _("本校规定：录入后可直接入账，也可提交另一人复核。")
    if when is SecondPerson.ALWAYS:
        return _("本校规定：成绩须由第二人复核后入账。")
    return _(
        "本校规定：一次多于 %(marks)s 个成绩，或不及格超过 %(share)s%%，须由第二人复核。",
        marks=sheet.policy.integer("grades.second_person_marks"),
        share=sheet.policy.integer("grades.second_person_failed_percent"),
    )


def listed_draft(line: DraftLine) -> ListedDraft:
    """One line of the list."""
    text, tone = STATES[line.state]
    return ListedDraft(
        grade_draft_id=line.grade_draft_id,
        class_name=line.class_name,
        term=term_label(line.term_code),
        exam_kind="" if line.exam_kind is ExamKind.NORMAL else name_of(line.exam_kind),
        state=str(text),
        tone=tone,
        marks=_marks(line.marks),
        step=f"{line.by} {moment(line.since)}".strip(),
        changed=f"{line.changed_by} {moment(line.changed_at)}",
        age=_age(line.since),
    )


def _age(since: datetime) -> str:
    """How long a sheet has been in its state, in whole hours or days."""
    seconds = int((now() - since).total_seconds())
    if seconds < _HOUR_S:
        return _("不到 1 小时")
    if seconds < _DAY_S:
        return ngettext("%(num)s 小时", "%(num)s 小时", seconds // _HOUR_S)
    return ngettext("%(num)s 天", "%(num)s 天", seconds // _DAY_S)


def _words() -> dict[str, str]:
    """What the grid says by itself; placeholders are filled in by the browser."""
    return {
        "label": _("%(name)s，%(course)s", **_KEPT),
        "place": _("%(name)s · %(course)s", **_KEPT),
        "counts": _("已录 %(written)s · 账中 %(posted)s · 空 %(blank)s", **_KEPT),
        "faults": _("%(count)s 处问题，到下一处（F8）", **_KEPT),
        "selected": _("已选 %(rows)s 行 %(columns)s 列", **_KEPT),
        "posted": _("账中已有，不能在此修改；如需更正，请在学生页面冲销。"),
        "blank": _("空"),
        "saving": _("正在保存…"),
        "saved": _("已保存 %(at)s", **_KEPT),
        "offline": _(
            "连接中断：%(count)s 格暂存在本机，恢复后自动保存，请勿清除浏览器数据。", **_KEPT
        ),
        "signed_out": _(
            "登录已过期：%(count)s 格暂存在本机，重新登录后打开此页即可保存。", **_KEPT
        ),
        "expired": _("页面已过期：%(count)s 格暂存在本机，请刷新页面。", **_KEPT),
        "closed": _("%(said)s 有 %(count)s 格没有保存，仍暂存在本机。", **_KEPT),
        "refused": _("没有保存：%(said)s", **_KEPT),
        "stepped": _("这张表的状态刚刚变了，请刷新页面查看。"),
        "conflict": _(
            "两人同时改了这一格：您填 %(mine)s，%(by)s 在 %(at)s 填 %(theirs)s。", **_KEPT
        ),
        "conflicted": _("%(name)s 的%(course)s与他人的修改冲突，请选择。", **_KEPT),
        "pasted": _("已粘贴，改动 %(count)s 格。", **_KEPT),
        "aligned": _("已按学号对齐粘贴，改动 %(count)s 格。", **_KEPT),
        "beyond": _("超出表格的 %(count)s 格没有粘贴：%(texts)s", **_KEPT),
        "locked": _("%(count)s 格账中已有成绩，没有改动。", **_KEPT),
        "long": _("%(count)s 格超过 120 个字，没有粘贴。", **_KEPT),
        "unknown": _("%(count)s 行的学号不在本班，没有粘贴：%(texts)s", **_KEPT),
        "named": _("%(count)s 行姓名与学号不符，没有粘贴：%(texts)s", **_KEPT),
        "columns": _("%(count)s 列不是本表的课程，没有粘贴：%(texts)s", **_KEPT),
        "lost": _("此前有 %(count)s 格没有存上，这张表现在已不能再改：%(texts)s", **_KEPT),
        "leaving": _("按 Tab 离开表格"),
        "unsettled": _("还有成绩没有保存，稍候再试。"),
        "others": _("他人刚刚改了这张表，改动已显示，请核对后再办理。"),
        "unresolved": _("还有冲突没有选择，请先处理。"),
    }


_KEPT: Mapping[str, str] = {
    name: f"%({name})s"
    for name in (
        "name", "course", "written", "posted", "blank", "count", "rows", "columns", "at", "said",
        "mine", "by", "theirs", "texts",
    )
}  # fmt: skip
"""Placeholders that stay as they are until the browser knows what to put there."""
