"""One status change as pages show it: what is applied for, whose turn it is, what was said."""

from __future__ import annotations

from dataclasses import dataclass

from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.permissions import Action, Role
from creditbank.domain.status_changes import (
    OPEN_STATES,
    ChangeKind,
    ChangeReason,
    ChangeState,
    MajorChangeGround,
    Office,
    Proof,
    speaks_for,
)
from creditbank.queries.status_changes import OpinionLine, StatusChangeLine
from creditbank.registry.routes import SOON_DAYS
from creditbank.services.status_changes import is_of_same_side
from creditbank.web.forms import Form
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named, ngettext, typeset
from creditbank.web.pages import day, moment
from creditbank.web.status_change_forms import OPINION_FIELDS
from creditbank.web.visits import actor, may, today

_TONES = {
    ChangeState.WAITING: "progress",
    ChangeState.AGREED: "progress",
    ChangeState.EXECUTED: "good",
    ChangeState.REFUSED: "bad",
    ChangeState.WITHDRAWN: "neutral",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One office. tone: as of a badge, "other" where it has not been asked yet."""

    office: str
    said: str
    tone: str
    words: str = ""
    is_now: bool = False


@dataclass(frozen=True, slots=True)
class StatusChangeView:
    """One application. state: how long the office has left, or how it ended; turn: who has it.

    form: of the opinion that the reader may give, None for others; take_back: likewise. paper: the
    name of the one that the reader may print, "" for none.
    """

    status_change_id: int
    kind: str
    state: str
    tone: str
    turn: str
    what: str
    facts: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    form: Form | None
    needs_document: bool
    take_back: Form | None
    paper: str
    is_transfer: bool


def status_change_view(line: StatusChangeLine, returned: Form | None = None) -> StatusChangeView:
    """The view for this reader; returned: an opinion that came back with faults."""
    state = ChangeState(line.state)
    is_mine = (
        may(Action.GIVE_OPINION)
        and bool(line.office)
        and speaks_for(actor(), Office(line.office), line.ends)
    )
    is_receiving = line.to_institution_id == actor().institution_id is not None
    theirs = (
        may(Action.APPLY_FOR_CHANGE)
        and not is_receiving
        and is_of_same_side(actor().role, Role(line.applied_as))
    )
    said, tone = name_of(state), "bad" if _is_stuck(line) else _TONES[state]
    if line.days_left is not None:
        said, tone = age_words(line.days_left)
    return StatusChangeView(
        status_change_id=line.status_change_id,
        kind=name_of(ChangeKind(line.kind)),
        state=said,
        tone=tone,
        turn=_turn(line),
        what=_what(line),
        facts=tuple((name, text) for name, text in _facts(line) if text),
        steps=tuple(_steps(line)),
        form=(returned or Form(kind="opinion", fields=OPINION_FIELDS)) if is_mine else None,
        needs_document=line.office == line.offices[-1],
        take_back=Form(kind="take_back") if theirs and state in OPEN_STATES else None,
        paper=_paper(line) if may(Action.ISSUE_PAPER) else "",
        is_transfer=line.to_institution_id is not None,
    )


def _paper(line: StatusChangeLine) -> str:
    """Which paper the reader's school prints of it, "" for none."""
    if line.institution_id == actor().institution_id:
        return _("打印审批表") if line.to_institution_id is None else _("打印转学申请表")
    has_arrived = line.state == ChangeState.EXECUTED
    is_receiving = line.to_institution_id == actor().institution_id
    return _("打印学分认定表") if has_arrived and is_receiving else ""


def _is_stuck(line: StatusChangeLine) -> bool:
    """Whether its day has gone by: the rules refuse it by now (see services.status_changes)."""
    return line.state == ChangeState.AGREED and line.takes_effect_on < today()


def age_words(days_left: int) -> tuple[str, str]:
    """How long an office has left, and the tone to say it in."""
    if days_left < 0:
        late = ngettext("已超期 %(num)s 个工作日", "已超期 %(num)s 个工作日", -days_left)
        return late, "bad"
    left = ngettext("还剩 %(num)s 个工作日", "还剩 %(num)s 个工作日", days_left)
    return left, "warn" if days_left <= SOON_DAYS else "progress"


def _turn(line: StatusChangeLine) -> str:
    """Who has it and until when; of what is agreed, the day on which it is carried out."""
    if line.due_on is not None:
        office = name_of(Office(line.office))
        return _("待%(office)s办理，至 %(day)s", office=office, day=day(line.due_on))
    if _is_stuck(line):
        return _("应于 %(day)s 生效，但按规定未能执行；请核对后撤回", day=day(line.takes_effect_on))
    if line.state == ChangeState.AGREED:
        return _("各部门已同意，%(day)s 生效", day=day(line.takes_effect_on))
    return ""


def _what(line: StatusChangeLine) -> str:
    since = day(line.takes_effect_on)
    if line.until is not None:
        return _("%(since)s至%(until)s", since=since, until=day(line.until))
    return _("%(day)s 起", day=since)


def _facts(line: StatusChangeLine) -> list[tuple[str, str]]:
    """What the application says beside its days, in the order of the form."""
    has_reason = line.reason != ChangeReason.OTHER
    ground = name_of(MajorChangeGround(line.ground)) if line.ground else ""
    places = (
        named(line.to_institution_name, line.to_institution_name_en),
        line.plan_name,
        line.class_name,
    )
    place = " · ".join(part for part in places if part)
    absence = (
        _("一学期旷课 %(hours)s 课时，连续旷课 %(days)s 天",
          hours=line.absent_hours, days=line.absent_days)
        if line.absent_hours or line.absent_days
        else ""
    )  # fmt: skip
    proofs = "; ".join(
        " ".join(
            part
            for part in (
                name_of(Proof(item.kind)), item.issuer, item.document_no, day(item.issued_on),
            )
            if part
        )
        for item in line.proofs
    )  # fmt: skip
    status = (
        f"{name_of(EnrolmentStatus(line.status_before))} → "
        f"{name_of(EnrolmentStatus(line.status_after))}"
        if line.status_after
        else ""
    )
    return [
        (_("原因"), name_of(ChangeReason(line.reason)) if has_reason else ""),
        (_("理由"), ground),
        (_("转入"), place),
        (_("由学校处理"), absence or (_("是") if line.by_school else "")),
        (_("说明"), line.note),
        (_("证明材料"), typeset(proofs)),
        (_("申请"), f"{name_of(Role(line.applied_as))} · {day(line.applied_on)}"),
        (_("状态"), status),
    ]


def _steps(line: StatusChangeLine) -> list[Step]:
    said = {item.office: item for item in line.opinions}
    is_waiting = line.state == ChangeState.WAITING
    return [
        _answered(said[office])
        if office in said
        else Step(
            name_of(Office(office)),
            _("办理中") if is_waiting and office == line.office else _("未办理"),
            "progress" if is_waiting and office == line.office else "neutral",
            is_now=is_waiting and office == line.office,
        )
        for office in line.offices
    ]


def _answered(item: OpinionLine) -> Step:
    words = (item.opinion, item.document_no, moment(item.given_at))
    return Step(
        name_of(Office(item.office)),
        _("同意") if item.agrees else _("不同意"),
        "good" if item.agrees else "bad",
        " · ".join(text for text in words if text),
    )
