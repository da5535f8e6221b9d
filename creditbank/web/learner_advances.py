"""转段 for the learner and the family: where one stands, what comes next, what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.advance_calendar import AdvanceStep, CalendarDay
from creditbank.domain.advances import MoveKind, Signature, Stage, Standing
from creditbank.domain.errors import BusyError, InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.queries.advance_histories import HistoryRow
from creditbank.queries.advance_notices import notice_runs
from creditbank.queries.advances import LearnerAdvance, learner_advances
from creditbank.queries.learners import learner_summary
from creditbank.services.advance_commands import StepForOne, WithdrawStep
from creditbank.services.advances import take_step_for_one, withdraw_step
from creditbank.services.grounds import DOCUMENT_MAX, REASON_MAX
from creditbank.web.advance_labels import STAGE_TONES
from creditbank.web.advance_steps import sent_form
from creditbank.web.advance_views import (
    UNPROCESSABLE,
    calendar_text,
    changed_name,
    condition_text,
)
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.pages import LEARNER, day, pages
from creditbank.web.visits import actor, now, today, unit_of_work

_FIELDS = ("reason", "document_no", "kind", "enrolment_id", "agreement_id")
_WHOLE_MAX = 2**31 - 1
_ROAD: tuple[tuple[Stage, ...], ...] = (
    (Stage.NOT_DUE, Stage.IN_PROCESS, Stage.QUALIFICATION),
    (Stage.QUALIFIED,),
    (Stage.ASSESSED, Stage.NOTICE, Stage.ASSESSMENT_FAILED),
    (Stage.FILED,),
    (Stage.TESTED,),
    (Stage.PROPOSED,),
    (Stage.ADVANCED,),
)
"""The steps as a family sees them; a stage stands before the step that it waits for."""
_DUE: Mapping[Stage, AdvanceStep] = {
    Stage.QUALIFICATION: AdvanceStep.PROCESS_UPLOADED,
    Stage.QUALIFIED: AdvanceStep.PROCESS_UPLOADED,
    Stage.ASSESSED: AdvanceStep.FILED,
    Stage.NOTICE: AdvanceStep.FILED,
    Stage.FILED: AdvanceStep.TESTS,
    Stage.TESTED: AdvanceStep.PASS_LINE,
    Stage.PROPOSED: AdvanceStep.ADMISSION,
}


@dataclass(frozen=True, slots=True)
class LineStep:
    """One step of the line: done, here or to come."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class PastStep:
    """One step as it was taken. number: of a row that the reader can take back."""

    text: str
    at: str
    detail: str
    is_withdrawn: bool
    number: int | None


@dataclass(frozen=True, slots=True)
class AdvanceCard:
    """A learner under one agreement in the reader's language."""

    agreement_id: int
    enrolment_id: int
    name: str
    stage: str
    tone: str
    steps: tuple[LineStep, ...]
    next: str
    due: str
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    changed: tuple[str, ...]
    notice_runs: bool
    may_appeal: bool
    may_answer: bool
    may_give_up: bool
    past: tuple[PastStep, ...]
    form: Form


@pages.get(f"{LEARNER}/advance")
@declares(Action.SEE_ADVANCES)
def learner_advance(learner_id: int) -> str:
    """Every agreement that the learner is in."""
    return _page(learner_id)


def _mount(name: str, slug: str, action: Action, kinds: frozenset[MoveKind]) -> None:
    """A step of one learner; what it is, is in the form where there are several."""

    @declares(action)
    def take(learner_id: int) -> Response | tuple[str, int]:
        return _taken(learner_id, kinds)

    pages.add_url_rule(f"{LEARNER}/advance/{slug}", name, take, methods=["POST"])


_mount("appeal_advance", "appeals", Action.APPEAL_ADVANCE, frozenset({MoveKind.APPEAL}))
_mount("give_up_advance", "giving-up", Action.GIVE_UP_ADVANCE, frozenset({MoveKind.GIVE_UP}))
_mount(
    "answer_advance_appeal",
    "appeal-answers",
    Action.ANNOUNCE_ADVANCE,
    frozenset({MoveKind.DISMISS_APPEAL, MoveKind.GRANT_APPEAL}),
)


def _taken(learner_id: int, kinds: frozenset[MoveKind]) -> Response | tuple[str, int]:
    form = sent_form(*_FIELDS)
    kind = next((item for item in kinds if item.value == form.value("kind")), None)
    with unit_of_work() as uow:
        known = {
            (item.line.agreement_id, item.line.enrolment_id)
            for item in learner_advances(uow, actor(), learner_id, now=now())
        }
    place = _whole(form, "agreement_id"), _whole(form, "enrolment_id")
    if kind is None or place not in known:
        raise NotFound
    try:
        reading = Reading(form)
        reason = reading.text("reason", length_max=REASON_MAX, required=False)
        document_no = reading.text("document_no", length_max=DOCUMENT_MAX, required=False)
        reading.done()
        command = StepForOne(
            kind=kind,
            agreement_id=place[0],
            enrolment_id=place[1],
            reason=reason,
            document_no=document_no,
        )
        with unit_of_work() as uow:
            take_step_for_one(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        return _page(learner_id, form.with_problems(refusal_problems(error))), UNPROCESSABLE
    return redirect(url_for("web.learner_advance", learner_id=learner_id))


@pages.post(f"{LEARNER}/advance/withdrawals")
@declares(Action.WITHDRAW_ADVANCE)
def withdraw_advance_step(learner_id: int) -> Response | tuple[str, int]:
    """Take one step back, with a reason."""
    form = sent_form("advance_move_id", "withdrawal_reason")
    number = _whole(form, "advance_move_id")
    with unit_of_work() as uow:
        found = learner_advances(uow, actor(), learner_id, now=now())
    if not any(row.advance_move_id == number for item in found for row in item.history):
        raise NotFound
    try:
        reading = Reading(form)
        reason = reading.text("withdrawal_reason", length_max=REASON_MAX)
        reading.done()
        command = WithdrawStep(advance_move_id=number, reason=reason)
        with unit_of_work() as uow:
            withdraw_step(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        return _page(learner_id, form.with_problems(refusal_problems(error))), UNPROCESSABLE
    return redirect(url_for("web.learner_advance", learner_id=learner_id))


def _whole(form: Form, name: str) -> int:
    text = form.value(name)
    if not (text.isascii() and text.isdigit() and len(text) < len(str(_WHOLE_MAX))):
        raise NotFound
    return int(text)


def _page(learner_id: int, form: Form | None = None) -> str:
    with unit_of_work() as uow:
        found = learner_advances(uow, actor(), learner_id, now=now())
        summary = learner_summary(uow, actor(), learner_id, now=now(), action=Action.SEE_ADVANCES)
    return render_template(
        "learner_advance.html",
        learner=summary,
        cards=[_card(item, form) for item in found],
        general=form.general_faults if form else [],
        needs_document=actor().role.value == "registrar",
        reason_max=REASON_MAX,
        document_max=DOCUMENT_MAX,
    )


def _card(item: LearnerAdvance, form: Form | None) -> AdvanceCard:
    standing, line = item.line.standing, item.line
    is_open = standing.stage in {Stage.NOT_DUE, Stage.IN_PROCESS, Stage.QUALIFICATION}
    shows = is_open or standing.is_in_review
    return AdvanceCard(
        agreement_id=line.agreement_id,
        enrolment_id=line.enrolment_id,
        name=item.agreement_name,
        stage=name_of(standing.stage),
        tone=STAGE_TONES[standing.stage],
        steps=_steps(standing),
        next=_next(standing, item),
        due=_due(standing, item.calendar),
        missing=tuple(condition_text(found, {}).text for found in line.conditions if not found.met)
        if shows
        else (),
        notes=_notes(standing),
        changed=standing.changed,
        notice_runs=notice_runs(standing, today()),
        may_appeal=MoveKind.APPEAL in item.may,
        may_answer=MoveKind.DISMISS_APPEAL in item.may,
        may_give_up=MoveKind.GIVE_UP in item.may,
        past=tuple(_past(row, item.withdrawable) for row in reversed(item.history)),
        form=form or Form(kind="one", fields=frozenset({"reason", "document_no"})),
    )


def _steps(standing: Standing) -> tuple[LineStep, ...]:
    names = (
        _("资格初审"), _("过程考核"), _("公示"), _("报送后测试"), _("排名"), _("录取"), _("转段"),
    )  # fmt: skip
    at = next((place for place, held in enumerate(_ROAD) if standing.stage in held), None)
    if standing.stage is Stage.ADVANCED:
        at = len(_ROAD)
    return tuple(
        LineStep(name, "" if at is None else _state(place, at)) for place, name in enumerate(names)
    )


def _state(place: int, at: int) -> str:
    if place < at:
        return "done"
    return "here" if place == at else ""


def _next(standing: Standing, item: LearnerAdvance) -> str:
    """What comes next, in one sentence."""
    until = day(standing.appeal_until) if standing.appeal_until else ""
    sentences: Mapping[Stage, str] = {
        Stage.NOT_DUE: _("还没到转段的时候，先按培养方案修满学分。"),
        Stage.IN_PROCESS: _("学校正在跟踪各项条件，补齐下面所缺的即可进入资格初审。"),
        Stage.QUALIFICATION: _("条件已齐，等学校确认资格。")
        if standing.is_qualified
        else _("资格初审还缺下面几项，补齐后学校才能确认。"),
        Stage.QUALIFIED: _("资格已确认，接下来学校进行过程考核。"),
        Stage.ASSESSED: _("过程考核合格，接下来公示结果。"),
        Stage.ASSESSMENT_FAILED: _("过程考核不合格，不报送院校；可以报名春季高考。"),
        Stage.NOTICE: _("结果正在公示，对结果有异议请在 %(day)s 前提出。", day=until),
        Stage.FILED: _("已报送对接院校，接下来参加转段测试。"),
        Stage.TESTED: _("成绩已登记，等待排名。"),
        Stage.PROPOSED: _("已列为拟录取，等院校作出录取决定。"),
        Stage.ADVANCED: _("已录取，请按录取通知书报到。"),
        Stage.NOT_PASSED: _not_passed(standing, item),
        Stage.GIVEN_UP: _("本人和监护人已签署放弃，转段结束。"),
        Stage.DISQUALIFIED: _("转段资格已被取消，有疑问请联系学校。"),
        Stage.ENDED: _("已离开贯通班，不再参加转段。"),
    }
    if standing.is_held:
        return _("休学等期间转段暂停，复学后继续。")
    return sentences[standing.stage]


def _not_passed(standing: Standing, item: LearnerAdvance) -> str:
    left = item.terms.attempts_max - standing.attempt
    if left > 0 and not standing.is_closed:
        return _("这次未通过，明年还可以再参加一次；也可以报名春季高考。")
    return _("这次未通过，转段结束；可以报名春季高考。")


def _due(standing: Standing, calendar: tuple[CalendarDay, ...]) -> str:
    step = _DUE.get(standing.stage)
    return calendar_text(next((item for item in calendar if item.step is step), None))


def _notes(standing: Standing) -> tuple[str, ...]:
    found = []
    if standing.attempt > 1:
        found.append(_("这是第 %(number)s 次转段", number=standing.attempt))
    if standing.sits_parallel_exam:
        found.append(_("已并行报名春季高考，转段录取后自动退出"))
    if standing.is_appealed:
        found.append(_("您的异议学校正在处理"))
    if standing.is_in_review:
        found.append(_("确认资格之后情况有变，学校正在复核"))
    if standing.ranking_changed:
        names = _("、").join(map(changed_name, standing.ranking_changed))
        found.append(
            _("排名之后，所依据的%(names)s有变，学校和院校正在核对", names=names)
            if standing.is_passed_over
            else _("列为拟录取之后，排名所依据的%(names)s有变，须重新排名", names=names)
        )
    if standing.gives_up and standing.stage is not Stage.GIVEN_UP:
        signed = _("学生") if Signature.STUDENT in standing.gives_up else _("监护人")
        found.append(_("%(who)s已签署放弃，另一方签署后生效", who=signed))
    return tuple(found)


def _past(row: HistoryRow, withdrawable: frozenset[int]) -> PastStep:
    text = _("撤回一步") if row.kind == "withdraw" else name_of(MoveKind(row.kind))
    detail = [item for item in (row.document_no, row.reason) if item]
    if row.starts_on and row.ends_on:
        detail.append(_("%(first)s至%(last)s", first=day(row.starts_on), last=day(row.ends_on)))
    if row.admission_no:
        detail.append(_("录取通知书号 %(number)s", number=row.admission_no))
    if row.college_student_no:
        detail.append(_("学号 %(number)s", number=row.college_student_no))
    may = row.advance_move_id in withdrawable and not row.is_withdrawn
    return PastStep(
        text,
        day(row.decided_on),
        " · ".join(detail),
        row.is_withdrawn,
        row.advance_move_id if may else None,
    )
