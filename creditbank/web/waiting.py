"""今天等我办的 in the reader's words: for each source what it is called, and where it is done.

SOURCES is the registry. A feature adds itself with one provider in queries/waiting_*.py and one
Source here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import LazyString

from creditbank.domain.access import Actor
from creditbank.domain.advances import Stage
from creditbank.domain.agreements import EducationLevel
from creditbank.domain.permissions import Action, Role
from creditbank.queries.waiting import COUNT_MAX, Provider, Waiting
from creditbank.queries.waiting_advances import FLAGGED, advance_steps, days_to_announce
from creditbank.queries.waiting_changes import (
    TRANSFER,
    ending_notices,
    ending_times,
    intakes_due,
    waiting_opinions,
)
from creditbank.queries.waiting_entries import (
    claims_objected,
    claims_on_notice,
    claims_to_confirm,
    claims_to_review,
    classes_without_marks,
    drafts_returned,
    drafts_to_finish,
    drafts_to_review,
)
from creditbank.queries.waiting_family import (
    appeals_open,
    claims_to_hand_in,
    claims_to_mend,
    consents_to_give,
    warnings_standing,
)
from creditbank.queries.waiting_operations import (
    failing_webhooks,
    late_evaluations,
    set_aside,
    unread_messages,
)
from creditbank.queries.waiting_records import (
    disputed_evidence,
    ending_papers,
    not_contacted,
    not_registered,
    open_reviews,
    ready_to_graduate,
    unruled_exceptions,
)
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.languages import gettext as _
from creditbank.web.languages import lazy_gettext as _l
from creditbank.web.languages import ngettext
from creditbank.web.pages import day, learners_text
from creditbank.web.visits import may

_SOON_DAYS = 3


def classes_text(count: int) -> str:
    """Such as "3 个班"."""
    return ngettext("%(num)s 个班", "%(num)s 个班", count)


def items_text(count: int) -> str:
    """Such as "3 件"."""
    return ngettext("%(num)s 件", "%(num)s 件", count)


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of work. action: who is asked for it at all; place: where a line leads to."""

    action: Action
    find: Provider
    text: LazyString | Callable[[Waiting], str]
    place: Callable[[Waiting], str]
    counts: Callable[[int], str] = items_text

    def say(self, item: Waiting) -> str:
        """What waits."""
        return str(self.text(item)) if callable(self.text) else str(self.text)


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One line of the page. tone: bad when the last day is over, warn when it is near."""

    text: str
    count: str
    since: str
    until: str
    left: str
    tone: str
    url: str
    order: tuple[bool, date, date]


def _to(endpoint: str) -> Callable[[Waiting], str]:
    return lambda _item: url_for(endpoint)


def _to_one(endpoint: str, name: str, several: str) -> Callable[[Waiting], str]:
    """The one that waits alone, or the list of several."""

    def place(item: Waiting) -> str:
        if item.number is None:
            return url_for(several)
        chosen: dict[str, Any] = {name: item.number}
        return url_for(endpoint, **chosen)

    return place


_STEPS: dict[str, tuple[LazyString, str]] = {
    Stage.QUALIFICATION: (_l("转段资格待确认"), "web.show_qualify"),
    Stage.QUALIFIED: (_l("过程考核待登记结果"), "web.advance_assessments"),
    Stage.ASSESSED: (_l("过程考核结果待公示"), "web.show_announce"),
    Stage.NOTICE: (_l("公示期满，待报送对接院校"), "web.show_file"),
    Stage.FILED: (_l("测试成绩待登记"), "web.advance_scores"),
    Stage.TESTED: (_l("待排名并列出拟录取"), "web.advance_ranking"),
    Stage.PROPOSED: (_l("拟录取待确认录取"), "web.advance_admissions"),
    FLAGGED: (_l("转段依据有变，需要复核"), "web.advance"),
}


def _advance_text(item: Waiting) -> str:
    what, _bar, name = item.about.partition("|")
    if item.number is None:
        step, several = _STEPS[what][0], item.second or 0
        return ngettext(
            "%(step)s · %(num)s 个协议", "%(step)s · %(num)s 个协议", several, step=step
        )
    return _("%(step)s · %(agreement)s", step=_STEPS[what][0], agreement=name)


def _advance_place(item: Waiting) -> str:
    what = item.about.partition("|")[0]
    if item.number is None:
        return url_for("web.advance_overview")
    stage = FLAGGED if what == FLAGGED else None
    return url_for(_STEPS[what][1], agreement_id=item.number, stage=stage)


def _calendar_text(item: Waiting) -> str:
    level = _("3+4 转本科") if item.about == EducationLevel.BACHELOR else _("3+2 转高职")
    return _("公布 %(year)s 年转段日程 · %(level)s", year=item.number, level=level)


def _calendar_place(item: Waiting) -> str:
    return url_for("web.advance_calendar_page", year=item.number, level=item.about)


def _opinion_text(item: Waiting) -> str:
    return _("转学申请待签署意见") if item.about == TRANSFER else _("学籍异动待签署意见")


def _opinion_place(item: Waiting) -> str:
    if item.about == TRANSFER and item.number is not None:
        return url_for("web.transfer", status_change_id=item.number)
    return url_for("web.status_changes")


def _entry_place(item: Waiting) -> str:
    return url_for("web.learner", learner_id=item.number, _anchor=f"entry-{item.second}")


def _own(anchor: str) -> Callable[[Waiting], str]:
    return lambda item: url_for("web.learner", learner_id=item.second, _anchor=anchor)


def _claims(item: Waiting) -> str:
    if item.number is None:
        return url_for("web.claims", learner_id=item.second)
    return url_for("web.claim", claim_id=item.number)


_MESSAGES = Source(
    Action.SEE_MESSAGES,
    unread_messages,
    _l("办理消息未读"),
    lambda _item: url_for("web.messages", state="unread"),
)
SOURCES: tuple[Source, ...] = (
    Source(Action.GIVE_OPINION, waiting_opinions, _opinion_text, _opinion_place),
    Source(
        Action.GIVE_OPINION, ending_notices, _l("转学公示将结束"),
        _to_one("web.transfer", "status_change_id", "web.status_changes"),
    ),
    Source(
        Action.REVIEW_GRADES, drafts_to_review, _l("成绩录入表待复核"),
        _to_one("web.grade_draft", "grade_draft_id", "web.grade_drafts"),
    ),
    Source(
        Action.IMPORT_GRADES, drafts_returned, _l("成绩录入表被退回，待修改"),
        _to_one("web.grade_draft", "grade_draft_id", "web.grade_drafts"),
    ),
    Source(
        Action.IMPORT_GRADES, drafts_to_finish, _l("成绩录入表还没有提交"),
        _to_one("web.grade_draft", "grade_draft_id", "web.grade_drafts"),
    ),
    Source(
        Action.IMPORT_GRADES, classes_without_marks, _l("本学期成绩还没有录入"),
        _to("web.grade_drafts"), classes_text,
    ),
    Source(
        Action.REVIEW_CLAIM, claims_to_review, _l("学分申报待初审"), _to("web.claim_reviews"),
    ),
    Source(
        Action.CONFIRM_CLAIM, claims_to_confirm, _l("学分申报待终审"),
        _to("web.claim_confirmations"),
    ),
    Source(
        Action.CONFIRM_CLAIM, claims_objected, _l("认定公示有异议，待处理"),
        _to("web.claim_confirmations"),
    ),
    Source(
        Action.SEE_REVIEWS, open_reviews, _l("已作的决定与现在的结论不一致，待复核"),
        _to_one("web.review", "review_case_id", "web.reviews"),
    ),
    Source(
        Action.RULE_ON_EXCEPTION, unruled_exceptions, _l("个人例外待批准"), _to("web.exceptions"),
    ),
    Source(
        Action.CHECK_EVIDENCE, disputed_evidence, _l("同一证书编号登记在多名学生名下，待核查"),
        _entry_place, learners_text,
    ),
    Source(
        Action.APPROVE_GRADUATION, ready_to_graduate, _l("达到毕业条件，待办理毕业"),
        _to("web.graduations"), learners_text,
    ),
    Source(
        Action.REGISTER_TERM, not_registered, _l("本学期还没有登记注册情况"),
        _to("web.term_registrations"), learners_text,
    ),
    Source(
        Action.NOTE_WARNING_CONTACT, not_contacted, _l("学业预警，还没有联系"),
        lambda _item: url_for("web.academic_progress", level="warned"), learners_text,
    ),
    Source(
        Action.SEE_DEADLINES, ending_times, _l("休学期满或修业年限将到"),
        _to("web.deadlines"), learners_text,
    ),
    Source(
        Action.REGISTER_LEARNER, intakes_due, _l("新生还没有学籍号"),
        _to("web.deadlines"), learners_text,
    ),
    Source(
        Action.SEE_CLAIM_NOTICE, claims_on_notice, _l("学分认定公示中，有异议可以提出"),
        _to("web.claim_notice"),
    ),
    Source(Action.SEE_AGREEMENTS, advance_steps, _advance_text, _advance_place, learners_text),
    Source(Action.ANNOUNCE_ADVANCE_CALENDAR, days_to_announce, _calendar_text, _calendar_place),
    Source(Action.ISSUE_PAPER, ending_papers, _l("学籍证明即将过期"), _to("web.class_papers")),
    Source(
        Action.MANAGE_WEBHOOKS, failing_webhooks, _l("院校通知地址已停用：多次投递失败"),
        _to("web.college_access"),
    ),
    _MESSAGES,
)  # fmt: skip
"""Everything that can wait for an office, in the order of lines that have no last day."""
OPERATIONS: tuple[Source, ...] = (
    Source(
        Action.SEE_HEALTH, set_aside, _l("学生的结论多次计算失败，已搁置"),
        _to("api_health.get_readiness"), learners_text,
    ),
    Source(
        Action.SEE_HEALTH, late_evaluations, _l("结论没有跟上记账，后台进程可能停止"),
        _to("api_health.get_readiness"),
    ),
)  # fmt: skip
"""For who looks after the installation."""
FAMILY: tuple[Source, ...] = (
    Source(
        Action.SEE_WARNING, warnings_standing, _l("学业预警：已得学分低于方案进度"),
        _own("warning"),
    ),
    Source(
        Action.APPEAL_ADVANCE, appeals_open, _l("转段过程考核结果公示中，有异议可以申诉"),
        lambda item: url_for("web.learner_advance", learner_id=item.second),
    ),
    Source(Action.HAND_IN_CLAIM, claims_to_mend, _l("学分申报被退回，请修改后再提交"), _claims),
    Source(Action.HAND_IN_CLAIM, claims_to_hand_in, _l("学分申报还没有提交"), _claims),
    Source(
        Action.GIVE_CONSENT, consents_to_give, _l("对接院校能否查看学业情况，还没有表示意见"),
        _own("sharing"),
    ),
)  # fmt: skip
"""For a family, about one learner."""
_BY_ROLE: Mapping[Role, tuple[Source, ...]] = {
    Role.SYSADMIN: OPERATIONS,
    Role.STUDENT: (_MESSAGES,),
    Role.GUARDIAN: (_MESSAGES,),
}
"""Where a role has others than the offices; what is about a learner stands beside the learner."""


def waiting_rows(uow: UnitOfWork, actor: Actor, *, now: datetime, today: date) -> list[WaitingRow]:
    """What waits for the actor: what is late first, then by its last day, then by its age."""
    sources = _BY_ROLE.get(actor.role, SOURCES)
    return sorted(_rows(uow, actor, sources, now, today), key=lambda row: row.order)


def own_rows(
    uow: UnitOfWork, actor: Actor, learner_id: int, *, now: datetime, today: date
) -> list[WaitingRow]:
    """What waits for the family about one learner of the actor's, in the same order."""
    about = replace(actor, learner_ids=frozenset({learner_id}))
    return sorted(_rows(uow, about, FAMILY, now, today), key=lambda row: row.order)


def _rows(
    uow: UnitOfWork, actor: Actor, sources: Iterable[Source], now: datetime, today: date
) -> Iterator[WaitingRow]:
    for source in sources:
        if may(source.action):
            for item in source.find(uow, actor, now):
                yield _row(source, item, today)


def _row(source: Source, item: Waiting, today: date) -> WaitingRow:
    is_over = item.is_over(today)
    left = None if item.until is None else (item.until - today).days
    is_near = left is not None and left <= _SOON_DAYS
    count = source.counts(item.count)
    return WaitingRow(
        text=source.say(item),
        count=_("%(count)s以上", count=count) if item.count >= COUNT_MAX else count,
        since="" if is_over or item.since is None else _age(item.since, today),
        until="" if item.until is None else day(item.until),
        left=_left(left),
        tone="bad" if is_over else "warn" if is_near else "neutral",
        url=source.place(item),
        order=(not is_over, item.until or date.max, item.since or date.max),
    )


def _age(since: date, today: date) -> str:
    days = (today - since).days
    return _("今天开始") if days <= 0 else ngettext("已等 %(num)s 天", "已等 %(num)s 天", days)


def _left(days: int | None) -> str:
    if days is None:
        return ""
    if days < 0:
        return ngettext("超期 %(num)s 天", "超期 %(num)s 天", -days)
    return _("今天到期") if days == 0 else ngettext("还剩 %(num)s 天", "还剩 %(num)s 天", days)
