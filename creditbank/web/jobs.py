"""Long work as pages show it: how far it is, what came of it, and the last of it as a list."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from creditbank.domain.jobs import Job, JobKind, JobState, Phase
from creditbank.services.grade_imports import ALREADY_POSTED
from creditbank.services.jobs import CANCELLABLE
from creditbank.web.credit_panels import Posted
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language, ngettext
from creditbank.web.languages import lazy_gettext as _l
from creditbank.web.pages import moment

_PROBLEMS_SHOWN = 20
_SOON_MS = 500


@dataclass(frozen=True, slots=True)
class Step:
    """One phase of the work. state: "done", "now" or "later"."""

    text: str
    state: str


@dataclass(frozen=True, slots=True)
class ProgressView:
    """How far something is. share: of the bar, None where nobody can tell."""

    title: str
    text: str
    steps: tuple[Step, ...]
    share: int | None
    url: str
    cancel_url: str
    wait_ms: int = _SOON_MS


@dataclass(frozen=True, slots=True)
class JobLine:
    """One line of the list. tone: of its badge."""

    title: str
    url: str
    kind: str
    state: str
    tone: str
    text: str
    created: str


def progress_view(job: Job | None) -> ProgressView | None:
    """What a page shows of a job that is not over; None for others."""
    if job is None or job.is_over:
        return None
    is_cancellable = job.kind in CANCELLABLE and not job.is_cancelled
    return ProgressView(
        title=_title(job),
        text=_progress_text(job),
        steps=_steps(job),
        share=job.percent if job.total else None,
        url=url_for("web.import_progress", import_id=job.subject),
        cancel_url=url_for("web.cancel_import", import_id=job.subject) if is_cancellable else "",
    )


def ended_view(job: Job | None) -> Posted | None:
    """What to say of the last job above what it was about; None where the page itself says it."""
    if job is None or not job.is_over:
        return None
    if job.state is JobState.DONE:
        is_posting = job.kind is JobKind.POST_GRADES
        return Posted("good", posted_text(job.count)) if is_posting else None
    texts = tuple(in_language(item.message) for item in job.problems[:_PROBLEMS_SHOWN])
    if job.state is JobState.CANCELLED:
        return Posted("warn", _("已取消，没有任何内容入账。"))
    return Posted("bad", _not_done_text(job), texts)


def job_line(job: Job) -> JobLine:
    """A job as a line of the list."""
    state, tone = _STATES[job.state]
    if _has_nothing_new(job):
        tone = "warn"
    return JobLine(
        title=job.title,
        url=url_for("web.grade_import", import_id=job.subject),
        kind=str(_KINDS[job.kind]),
        state=str(state) if job.is_over else _title(job),
        tone=tone,
        text=_line_text(job),
        created=moment(job.created_at),
    )


def posted_text(count: int) -> str:
    """What to say once a file is posted."""
    if not count:
        return in_language(ALREADY_POSTED)
    return ngettext("已入账 %(num)s 个成绩", "已入账 %(num)s 个成绩", count)


def _not_done_text(job: Job) -> str:
    if job.kind is JobKind.CHECK_GRADES:
        return _("文件没有读入")
    if job.kind is JobKind.TAKE_BACK_GRADES:
        return _("没有冲销")
    count = len(job.problems)
    return ngettext("有 %(num)s 处问题，全部未入账", "有 %(num)s 处问题，全部未入账", count)


def _title(job: Job) -> str:
    if job.is_cancelled:
        return _("正在取消…")
    if not job.is_begun:
        return _("等待处理")
    return {
        JobKind.CHECK_GRADES: _("正在读取和检查"),
        JobKind.POST_GRADES: _("正在入账…"),
        JobKind.TAKE_BACK_GRADES: _("正在冲销…"),
    }[job.kind]


def _progress_text(job: Job) -> str:
    if not job.total:
        return ""
    return _(
        "%(done)s / %(total)s（%(percent)s）",
        done=f"{job.done:,}",
        total=f"{job.total:,}",
        percent=f"{job.percent}%",
    )


def _steps(job: Job) -> tuple[Step, ...]:
    if job.kind is JobKind.TAKE_BACK_GRADES:
        return ()
    order = [Phase.READING, Phase.CHECKING, Phase.POSTING]
    names = [_("读取"), _("检查"), _("入账")]
    is_posting = job.kind is JobKind.POST_GRADES
    at = order.index(job.phase) if job.phase else (2 if is_posting else 0)
    return tuple(
        Step(name, "done" if number < at else "now" if number == at else "later")
        for number, name in enumerate(names)
    )


def _has_nothing_new(job: Job) -> bool:
    return job.state is JobState.DONE and job.kind is JobKind.CHECK_GRADES and not job.count


def _line_text(job: Job) -> str:
    if _has_nothing_new(job):
        return _("没有可以入账的成绩，打开查看原因")
    if not job.is_over:
        return _progress_text(job)
    if job.state in {JobState.REFUSED, JobState.FAILED}:
        return in_language(job.problems[0].message) if job.problems else ""
    if job.state is JobState.DONE and job.kind is JobKind.POST_GRADES:
        return posted_text(job.count)
    if job.state is JobState.DONE and job.kind is JobKind.CHECK_GRADES:
        return ngettext("%(num)s 个新成绩", "%(num)s 个新成绩", job.count)
    return ""


_KINDS = {
    JobKind.CHECK_GRADES: _l("检查"),
    JobKind.POST_GRADES: _l("入账"),
    JobKind.TAKE_BACK_GRADES: _l("冲销"),
}
_STATES = {
    JobState.WAITING: (_l("等待处理"), "neutral"),
    JobState.DONE: (_l("已完成"), "good"),
    JobState.REFUSED: (_l("未通过"), "bad"),
    JobState.FAILED: (_l("处理中断"), "bad"),
    JobState.CANCELLED: (_l("已取消"), "warn"),
}
