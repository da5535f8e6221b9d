"""How a learner's verdicts changed, what changed them, and how the credits grew; newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, url_for
from flask_babel import LazyString

from creditbank.domain.access import declares
from creditbank.domain.calendar import local_date
from creditbank.domain.causes import Cause, CauseKind
from creditbank.domain.credits import credits_text
from creditbank.domain.permissions import Action
from creditbank.domain.policy_keys import POLICY_KEYS
from creditbank.domain.verdicts import Outcome, SubjectKind
from creditbank.queries.verdicts import CountedPoint, HistoricVerdict, counted_over_time
from creditbank.queries.verdicts import verdict_history as read_history
from creditbank.web.figures import Steps, steps
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import lazy_gettext as _l
from creditbank.web.pages import LEARNER, day, is_fragment, moment, pages
from creditbank.web.policy_words import key_name
from creditbank.web.stacks import tone_of
from creditbank.web.visits import actor, may, now, unit_of_work

_ENTRIES: Mapping[CauseKind, LazyString] = {
    CauseKind.CREDIT: _l("第 %(seq)s 号账目入账"),
    CauseKind.REVERSAL: _l("第 %(seq)s 号账目冲销"),
    CauseKind.SUBSTITUTION: _l("第 %(seq)s 号账目替代"),
}
_OTHERS: Mapping[CauseKind, LazyString] = {
    CauseKind.EVIDENCE: _l("证书编号核查"),
    CauseKind.PLAN: _l("培养方案变化"),
    CauseKind.POLICY: _l("政策规定变化"),
    CauseKind.AGREEMENT: _l("协议变化"),
    CauseKind.EXCEPTION: _l("个人例外"),
    CauseKind.STATUS_CHANGE: _l("学籍异动"),
    CauseKind.DECISION: _l("毕业或转段决定"),
    CauseKind.DAY: _l("日期变化"),
    CauseKind.ENGINE: _l("计算程序更新"),
    CauseKind.SEED: _l("首次判定"),
    CauseKind.IMPORT: _l("批量导入"),
}
_FACTS: Mapping[str, LazyString] = {
    "enrolments": _l("学籍变化"),
    "conduct_evaluations": _l("思想品德评价"),
    "internship_appraisals": _l("岗位实习鉴定"),
    "sanctions": _l("处分变化"),
    "sanction_liftings": _l("处分解除"),
    "attestations": _l("考试、体检等证明"),
    "agreement_members": _l("贯通班成员变化"),
}
_SOME_FACT = _l("学籍或评价变化")


@dataclass(frozen=True, slots=True)
class CauseLine:
    """One cause in words; url: the entry or the rule it speaks of, "" where there is none."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One change, in the reader's words."""

    subject: str
    outcome: str
    tone: str
    shortfall: str
    when: str
    causes: tuple[CauseLine, ...]


@dataclass(frozen=True, slots=True)
class Growth:
    """The chart: credits counted over time beside what the plan asks, and the words around it."""

    steps: Steps
    label: str
    counted: str
    required: str
    since: str
    until: str


@pages.get(f"{LEARNER}/history")
@declares(Action.SEE_VERDICTS)
def verdict_history(learner_id: int) -> str:
    """The chart, and the last fifty changes."""
    with unit_of_work() as uow:
        page = read_history(uow, actor(), learner_id, now=now())
        points = counted_over_time(uow, learner_id)
    return render_template(
        "parts/history.html" if is_fragment() else "history.html",
        learner_id=learner_id,
        growth=_growth(points),
        changes=[_change(item, learner_id) for item in page.items],
        has_more=bool(page.next_cursor),
    )


def _change(item: HistoricVerdict, learner_id: int) -> Change:
    return Change(
        subject=name_of(SubjectKind(item.subject_kind)),
        outcome=name_of(Outcome(item.outcome)),
        tone=tone_of(item.outcome),
        shortfall=credits_text(item.shortfall_units) if item.shortfall_units else "",
        when=moment(item.decided_at),
        causes=tuple(cause_line(cause, learner_id) for cause in item.causes),
    )


def cause_line(cause: Cause, learner_id: int) -> CauseLine:
    """What led to it: an entry by its number, or something else by its name."""
    seq = cause.ledger_seq
    if cause.kind in _ENTRIES and seq is not None:
        page = url_for("web.learner", learner_id=learner_id)
        return CauseLine(str(_ENTRIES[cause.kind]) % {"seq": seq}, f"{page}#entry-{seq}")
    if cause.kind is CauseKind.FACT:
        return CauseLine(str(_FACTS.get(cause.reference, _SOME_FACT)))
    if cause.kind is CauseKind.PLAN and cause.reference.isdecimal():
        url = url_for("web.plan", plan_id=int(cause.reference))
        return CauseLine(str(_OTHERS[cause.kind]), url)
    rule = POLICY_KEYS.get(cause.reference) if cause.kind is CauseKind.POLICY else None
    if rule is not None:
        url = url_for("web.rule", key=rule.key) if may(Action.SEE_POLICIES) else ""
        return CauseLine(_("规定变化：%(name)s", name=key_name(rule)), url)
    return CauseLine(str(_OTHERS.get(cause.kind, _SOME_FACT)))


def _growth(points: Sequence[CountedPoint]) -> Growth | None:
    """The chart; one point alone is no line."""
    if len(points) < 2:  # noqa: PLR2004 (a first and a second)
        return None
    last = points[-1]
    drawn = [
        (int(point.decided_at.timestamp()), point.counted_units, point.required_units)
        for point in points
    ]
    counted, required = credits_text(last.counted_units), credits_text(last.required_units)
    since = day(local_date(points[0].decided_at))
    return Growth(
        steps=steps(drawn, max(int(now().timestamp()), drawn[-1][0])),
        label=_(
            "已计入学分自 %(since)s 以来的变化：现为 %(counted)s，要求 %(required)s",
            since=since,
            counted=counted,
            required=required,
        ),
        counted=counted,
        required=required,
        since=since,
        until=day(local_date(now())),
    )
