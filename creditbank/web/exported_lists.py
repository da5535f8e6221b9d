"""Which lists can be taken out as Excel files, and what stands in their columns."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Any

from creditbank.domain.courses import ExamKind
from creditbank.domain.decisions import ReviewState
from creditbank.domain.enrolments import EnrolmentStatus, Term
from creditbank.domain.errors import NotFoundError
from creditbank.domain.ledger import EntryKind
from creditbank.domain.messages import MessageFilter
from creditbank.domain.permissions import Action
from creditbank.domain.status_changes import ChangeKind, DeadlineKind
from creditbank.domain.term_registrations import TermStanding
from creditbank.domain.verdicts import Outcome
from creditbank.queries.agreements import list_agreements
from creditbank.queries.classes import school_classes
from creditbank.queries.cohorts import Chosen as Members
from creditbank.queries.cohorts import cohort
from creditbank.queries.deadlines import list_deadlines
from creditbank.queries.learners import find_learners
from creditbank.queries.messages import list_messages
from creditbank.queries.plan_lists import PlanVersion, plan_versions
from creditbank.queries.reviews import list_reviews
from creditbank.queries.status_changes import list_waiting_changes
from creditbank.queries.term_registrations import Chosen, present_term, term_learners
from creditbank.queries.transcripts import transcript
from creditbank.services.fresh_cohorts import verdicts_now
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import lazy_gettext as _l
from creditbank.web.list_exports import (
    ROWS_MAX,
    ExportColumn,
    Filter,
    ListExport,
    all_pages,
    register_exports,
)
from creditbank.web.messages import message_row
from creditbank.web.visits import actor, now, today

_ID_MAX = 2_147_483_647
_NAME, _NUMBER, _CLASS, _SCHOOL = _l("姓名"), _l("学号"), _l("班级"), _l("学校")


def _said(kind: type[StrEnum], code: str) -> str:
    """The name of a code; "" where there is none yet."""
    return str(name_of(kind(code))) if code else ""


def _credits(units: int) -> Decimal:
    return Decimal(units) / 100


def _yes(value: bool) -> str:  # noqa: FBT001 (a cell)
    return _("是") if value else ""


def _number(text: str) -> int:
    """A number of an address. Raises NotFoundError for anything else."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _ID_MAX):
        raise NotFoundError
    return int(text)


def _learners(uow: UnitOfWork, asked: Filter) -> Iterator[Any]:
    if not asked["words"].strip():
        return iter(())
    return all_pages(
        lambda limit, cursor: find_learners(
            uow, actor(), asked["words"], now=now(), limit=limit, cursor=cursor
        )
    )


def _members(uow: UnitOfWork, asked: Filter) -> Iterator[Any]:
    """Verdicts that are behind the books are computed for this file, as for the page."""
    agreement_id, cursor = _number(asked["agreement_id"]), ""
    while True:
        chosen = Members(outcome=asked["outcome"] or None, cursor=cursor)
        found = cohort(uow, actor(), agreement_id, now=now(), chosen=chosen)
        fresh = found.renewed(verdicts_now(uow, found.behind, as_of=today()))
        yield from fresh.members.items
        cursor = found.members.next_cursor
        if not cursor:
            return


def _term(uow: UnitOfWork, asked: Filter) -> Iterator[Any]:
    try:
        term = Term.parse(asked["term"]) if asked["term"] else present_term(uow, now=now())
    except ValueError as error:
        raise NotFoundError from error
    chosen = Chosen(
        class_name=asked["class_name"] or None,
        entry_year=_number(asked["entry_year"]) if asked["entry_year"] else None,
        limit=ROWS_MAX + 1,
    )
    return iter(term_learners(uow, actor(), term, chosen, now=now()))


def _entries(uow: UnitOfWork, asked: Filter) -> Iterator[Any]:
    found = transcript(uow, actor(), _number(asked["learner_id"]), now=now())
    return (entry for term in found.terms for entry in term.entries)


def _reviews(uow: UnitOfWork, asked: Filter) -> Iterator[Any]:
    state = ReviewState.ALL if asked["state"] == "all" else ReviewState.OPEN
    return all_pages(
        lambda limit, cursor: list_reviews(
            uow, actor(), now=now(), state=state, limit=limit, cursor=cursor
        )
    )


def _messages(uow: UnitOfWork, asked: Filter) -> Iterator[Any]:
    state = MessageFilter.UNREAD if asked["state"] == "unread" else MessageFilter.ALL
    return all_pages(
        lambda limit, cursor: list_messages(uow, actor(), state=state, limit=limit, cursor=cursor)
    )


def _cohorts(plan: PlanVersion) -> str:
    return "、".join(str(line.entry_year) for line in plan.cohorts)


EXPORTS = (
    ListExport(
        "learners", Action.FIND_LEARNERS, _l("查找学生"),
        (
            ExportColumn(_NAME, lambda item: item.name),
            ExportColumn(_NUMBER, lambda item: item.student_no),
            ExportColumn(_CLASS, lambda item: item.class_name),
            ExportColumn(_SCHOOL, lambda item: item.institution_name),
            ExportColumn(_l("状态"), lambda item: _said(EnrolmentStatus, item.status)),
        ),
        _learners, ("words",), frozenset({"words"}),
    ),
    ListExport(
        "classes", Action.IMPORT_GRADES, _l("班级"),
        (
            ExportColumn(_l("年级"), lambda item: item.entry_year),
            ExportColumn(_CLASS, lambda item: item.class_name),
            ExportColumn(_l("人数"), lambda item: item.learner_count),
        ),
        lambda uow, _asked: iter(school_classes(uow, actor())),
    ),
    ListExport(
        "cohort", Action.SEE_COHORT, _l("贯通培养名单"),
        (
            ExportColumn(_NAME, lambda item: item.name),
            ExportColumn(_NUMBER, lambda item: item.student_no),
            ExportColumn(_CLASS, lambda item: item.class_name),
            ExportColumn(_l("状态"), lambda item: _said(EnrolmentStatus, item.status)),
            ExportColumn(_l("入班日期"), lambda item: item.joined_on),
            ExportColumn(_l("离班日期"), lambda item: item.left_on),
            ExportColumn(_l("转段结论"), lambda item: _said(Outcome, item.outcome)),
            ExportColumn(_l("转段差学分"), lambda item: _credits(item.shortfall_units)),
            ExportColumn(_l("毕业结论"), lambda item: _said(Outcome, item.graduation_outcome)),
            ExportColumn(
                _l("毕业差学分"), lambda item: _credits(item.graduation_shortfall_units)
            ),
            ExportColumn(_l("结论日期"), lambda item: item.as_of),
        ),
        _members, ("agreement_id", "outcome"),
    ),
    ListExport(
        "agreements", Action.SEE_AGREEMENTS, _l("贯通培养协议"),
        (
            ExportColumn(_l("协议"), lambda item: item.agreement.name),
            ExportColumn(_SCHOOL, lambda item: item.school_name),
            ExportColumn(_l("对接院校"), lambda item: item.college_name),
            ExportColumn(_l("年级"), lambda item: item.agreement.entry_year),
            ExportColumn(_l("分段培养方式"), lambda item: item.staged_mode),
            ExportColumn(_l("有效"), lambda item: _yes(item.is_valid)),
        ),
        lambda uow, _asked: all_pages(
            lambda limit, cursor: list_agreements(
                uow, actor(), now=now(), limit=limit, cursor=cursor
            )
        ),
    ),
    ListExport(
        "plans", Action.SEE_PLANS, _l("培养方案"),
        (
            ExportColumn(_SCHOOL, lambda item: item.institution_name),
            ExportColumn(_l("专业代码"), lambda item: item.major_code),
            ExportColumn(_l("专业"), lambda item: item.major_name),
            ExportColumn(_l("方案代码"), lambda item: item.code),
            ExportColumn(_l("版本"), lambda item: item.version),
            ExportColumn(_l("名称"), lambda item: item.name),
            ExportColumn(_l("学制（年）"), lambda item: item.years),
            ExportColumn(_l("总学分"), lambda item: _credits(item.units_min)),
            ExportColumn(_l("执行年级"), _cohorts),
        ),
        lambda uow, _asked: iter(plan_versions(uow, actor())),
    ),
    ListExport(
        "term-registrations", Action.SEE_TERM_REGISTRATIONS, _l("学期注册"),
        (
            ExportColumn(_l("年级"), lambda item: item.entry_year),
            ExportColumn(_CLASS, lambda item: item.class_name),
            ExportColumn(_NUMBER, lambda item: item.student_no),
            ExportColumn(_NAME, lambda item: item.name),
            ExportColumn(_l("注册状况"), lambda item: _said(TermStanding, item.standing)),
            ExportColumn(_l("日期"), lambda item: item.day),
            ExportColumn(_l("请假"), lambda item: _yes(item.on_leave)),
            ExportColumn(_l("原因"), lambda item: item.reason),
        ),
        _term, ("term", "class_name", "entry_year"),
    ),
    ListExport(
        "waiting-changes", Action.SEE_WAITING_CHANGES, _l("待办异动"),
        (
            ExportColumn(_l("编号"), lambda item: item.status_change_id),
            ExportColumn(_NAME, lambda item: item.name),
            ExportColumn(_NUMBER, lambda item: item.student_no),
            ExportColumn(_CLASS, lambda item: item.class_name),
            ExportColumn(_SCHOOL, lambda item: item.institution_name),
            ExportColumn(_l("转入学校"), lambda item: item.to_institution_name),
            ExportColumn(_l("异动"), lambda item: _said(ChangeKind, item.kind)),
            ExportColumn(_l("申请日期"), lambda item: item.applied_on),
            ExportColumn(_l("生效日期"), lambda item: item.takes_effect_on),
            ExportColumn(_l("办理期限"), lambda item: item.due_on),
            ExportColumn(_l("剩余工作日"), lambda item: item.days_left),
        ),
        lambda uow, _asked: all_pages(
            lambda limit, cursor: list_waiting_changes(
                uow, actor(), now=now(), limit=limit, cursor=cursor
            )
        ),
    ),
    ListExport(
        "deadlines", Action.SEE_DEADLINES, _l("学籍期限提醒"),
        (
            ExportColumn(_NAME, lambda item: item.name),
            ExportColumn(_NUMBER, lambda item: item.student_no),
            ExportColumn(_CLASS, lambda item: item.class_name),
            ExportColumn(_SCHOOL, lambda item: item.institution_name),
            ExportColumn(_l("提醒"), lambda item: _said(DeadlineKind, item.kind)),
            ExportColumn(_l("日期"), lambda item: item.on),
            ExportColumn(_l("已过"), lambda item: _yes(item.is_over)),
        ),
        lambda uow, _asked: all_pages(
            lambda limit, cursor: list_deadlines(
                uow, actor(), now=now(), limit=limit, cursor=cursor
            )
        ),
    ),
    ListExport(
        "reviews", Action.SEE_REVIEWS, _l("复核"),
        (
            ExportColumn(_NAME, lambda item: item.name),
            ExportColumn(_NUMBER, lambda item: item.student_no),
            ExportColumn(_CLASS, lambda item: item.class_name),
            ExportColumn(_SCHOOL, lambda item: item.institution_name),
            ExportColumn(_l("决定日期"), lambda item: item.decided_on),
            ExportColumn(_l("文号"), lambda item: item.document_no),
            ExportColumn(_l("原结论"), lambda item: _said(Outcome, item.frozen_outcome)),
            ExportColumn(_l("后来的结论"), lambda item: _said(Outcome, item.outcome)),
            ExportColumn(_l("差学分"), lambda item: _credits(item.shortfall_units)),
            ExportColumn(_l("发现时间"), lambda item: item.opened_at),
            ExportColumn(_l("处理时间"), lambda item: item.resolved_at),
            ExportColumn(_l("原因"), lambda item: item.reason),
        ),
        _reviews, ("state",),
    ),
    ListExport(
        "credits", Action.SEE_TRANSCRIPT, _l("学分明细"),
        (
            ExportColumn(_l("序号"), lambda item: item.ledger_seq),
            ExportColumn(_l("类别"), lambda item: _said(EntryKind, item.kind)),
            ExportColumn(_l("名称"), lambda item: item.title),
            ExportColumn(_l("课程代码"), lambda item: item.course_code),
            ExportColumn(_l("学年学期"), lambda item: item.term_code),
            ExportColumn(_l("考试性质"), lambda item: _said(ExamKind, item.exam_kind)),
            ExportColumn(_l("成绩"), lambda item: item.mark),
            ExportColumn(_l("学分"), lambda item: _credits(item.units)),
            ExportColumn(_l("学时"), lambda item: item.hours),
            ExportColumn(_l("取得日期"), lambda item: item.earned_on),
            ExportColumn(_l("证书编号"), lambda item: item.evidence_no),
            ExportColumn(_l("已冲销"), lambda item: _yes(item.is_reversed)),
            ExportColumn(_l("入账时间"), lambda item: item.recorded_at),
        ),
        _entries, ("learner_id",),
    ),
    ListExport(
        "messages", Action.SEE_MESSAGES, _l("办理消息"),
        (
            ExportColumn(_l("时间"), lambda item: item.created_at),
            ExportColumn(_l("事项"), lambda item: message_row(item).about),
            ExportColumn(_l("消息"), lambda item: message_row(item).said),
            ExportColumn(_l("已读"), lambda item: _yes(item.is_read)),
        ),
        _messages, ("state",),
    ),
)  # fmt: skip
"""One entry for each list; its page links to `web.export_<name>` with its filter."""

register_exports(EXPORTS)
