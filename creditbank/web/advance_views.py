"""What pages of the advance share: the head of an agreement, its road, learners, conditions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from werkzeug.exceptions import NotFound

from creditbank.domain.advance_calendar import CalendarDay
from creditbank.domain.advance_rankings import EXEMPTION
from creditbank.domain.advances import MoveKind, Stage, Standing
from creditbank.domain.agreement_terms import ScoreKind
from creditbank.domain.agreements import Agreement
from creditbank.domain.permissions import Action
from creditbank.domain.verdicts import ConditionResult
from creditbank.queries.advances import AdvanceLine
from creditbank.queries.agreements import AgreementLine
from creditbank.services.advances import ACTION_OF
from creditbank.store.grade_imports import courses_of
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.advance_labels import STAGE_FILLS, STAGE_TONES
from creditbank.web.condition_lines import ConditionLine, condition_line, condition_name
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named
from creditbank.web.pages import day
from creditbank.web.stacks import Part, Stack
from creditbank.web.visits import may

ADVANCE = "/agreements/<int(min=1, max=2147483647):agreement_id>/advance"
"""The address below which everything about one agreement's advance stands."""
UNPROCESSABLE = 422
_ID_MAX = 2**31 - 1
_NUMBER = re.compile("[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Head:
    """The agreement at the top of a page. kind: such as 3+2."""

    agreement_id: int
    name: str
    school: str
    college: str
    kind: str
    quota: int


@dataclass(frozen=True, slots=True)
class RoadStep:
    """One step of the road for a class. count: who stands before it; url: "" for who may not."""

    text: str
    who: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class ConditionMark:
    """A condition as a small mark: met or not, and its name."""

    met: bool
    text: str


@dataclass(frozen=True, slots=True)
class AdvanceRow:
    """One learner of a cohort in the reader's language."""

    enrolment_id: int
    learner_id: int
    name: str
    student_no: str
    class_name: str
    stage: str
    tone: str
    marks: tuple[ConditionMark, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    changed: tuple[str, ...]
    is_flagged: bool
    is_appealed: bool
    review_url: str


def partners_text(line: AgreementLine) -> str:
    """Who the agreement is between, and its stages: "A → B · 3+2"."""
    school = named(line.school_name, line.school_name_en)
    college = named(line.college_name, line.college_name_en)
    return f"{school} → {college} ·\N{NO-BREAK SPACE}{years_of(line.agreement)}"


def head_of(line: AgreementLine, quota: int | None = None) -> Head:
    """The head of an agreement's pages. quota: of the terms in force."""
    agreement = line.agreement
    return Head(
        agreement.agreement_id,
        agreement.name,
        named(line.school_name, line.school_name_en),
        named(line.college_name, line.college_name_en),
        years_of(agreement),
        agreement.quota if quota is None else quota,
    )


def years_of(agreement: Agreement) -> str:
    """Such as "3+2"; half years are written 2.5."""
    years = (agreement.pre_years_tenths, agreement.post_years_tenths)
    return "+".join(str(tenths // 10) if tenths % 10 == 0 else f"{tenths / 10}" for tenths in years)


_ROAD: tuple[tuple[MoveKind, str, Action, Stage], ...] = (
    (MoveKind.QUALIFY, "web.show_qualify", Action.CONFIRM_QUALIFICATION, Stage.QUALIFICATION),
    (MoveKind.PASS_ASSESSMENT, "web.advance_assessments", Action.ASSESS_PROCESS, Stage.QUALIFIED),
    (MoveKind.ANNOUNCE, "web.show_announce", Action.ANNOUNCE_ADVANCE, Stage.ASSESSED),
    (MoveKind.FILE, "web.show_file", Action.ANNOUNCE_ADVANCE, Stage.NOTICE),
    (MoveKind.SCORE, "web.advance_scores", Action.SCORE_ADVANCE, Stage.FILED),
    (MoveKind.PROPOSE, "web.advance_ranking", Action.RANK_ADVANCE, Stage.TESTED),
    (MoveKind.ADMIT, "web.advance_admissions", Action.ADMIT_ADVANCE, Stage.PROPOSED),
    (MoveKind.RETURN_ADMISSION, "web.advance_returns", Action.ADMIT_ADVANCE, Stage.ADVANCED),
)
_ASIDE: tuple[tuple[MoveKind, str], ...] = (
    (MoveKind.REGISTER_EXAM, "web.show_register_exam"),
    (MoveKind.RETRY, "web.show_retry"),
    (MoveKind.DISQUALIFY, "web.show_disqualify"),
)


def road_of(agreement_id: int, counts: Mapping[str, int]) -> list[RoadStep]:
    """The steps of the road, with how many stand before each."""
    titles = {
        MoveKind.QUALIFY: (_("确认资格"), _("学校审批")),
        MoveKind.PASS_ASSESSMENT: (_("过程考核"), _("学校教务")),
        MoveKind.ANNOUNCE: (_("公示"), _("学校审批")),
        MoveKind.FILE: (_("报送"), _("学校审批")),
        MoveKind.SCORE: (_("测试成绩"), _("学校教务或院校")),
        MoveKind.PROPOSE: (_("排名与拟录取"), _("学校审批或院校")),
        MoveKind.ADMIT: (_("录取"), _("院校")),
        MoveKind.RETURN_ADMISSION: (_("返回录取信息"), _("院校")),
    }
    return [
        RoadStep(
            *titles[kind],
            counts.get(stage.value, 0),
            url_for(endpoint, agreement_id=agreement_id) if may(action) else "",
        )
        for kind, endpoint, action, stage in _ROAD
    ]


def aside_of(agreement_id: int) -> list[tuple[str, str]]:
    """(name, address) of the steps beside the road that the reader may make."""
    return [
        (name_of(kind), url_for(endpoint, agreement_id=agreement_id))
        for kind, endpoint in _ASIDE
        if may(ACTION_OF[kind])
    ]


def stage_stack(counts: Mapping[str, int]) -> Stack:
    """How many are where, in the order of the road."""
    return Stack.of(
        tuple(
            Part(STAGE_FILLS[stage], f"{name_of(stage)} {counts[stage.value]}", counts[stage.value])
            for stage in Stage
            if counts.get(stage.value)
        )
    )


def row_of(line: AdvanceLine) -> AdvanceRow:
    """A learner of a cohort."""
    standing = line.standing
    review = standing.review_case_id
    return AdvanceRow(
        enrolment_id=line.enrolment_id,
        learner_id=line.learner_id,
        name=line.name,
        student_no=line.student_no,
        class_name=line.class_name,
        stage=name_of(standing.stage),
        tone=STAGE_TONES[standing.stage],
        marks=tuple(ConditionMark(item.met, _short_name(item)) for item in line.conditions),
        missing=tuple(_short_name(item) for item in line.conditions if not item.met),
        notes=_notes(standing),
        changed=tuple(map(changed_name, standing.changed)),
        is_flagged=standing.is_flagged,
        is_appealed=standing.is_appealed,
        review_url=url_for("web.review", review_case_id=review)
        if review and may(Action.SEE_REVIEWS)
        else "",
    )


def _notes(standing: Standing) -> tuple[str, ...]:
    """What stands beside the stage."""
    found = []
    if standing.attempt > 1:
        found.append(_("第 %(number)s 次转段", number=standing.attempt))
    if standing.is_held:
        found.append(_("休学等，暂停"))
    if standing.is_appealed:
        found.append(_("有异议待处理"))
    if standing.gives_up and standing.stage is not Stage.GIVEN_UP:
        found.append(_("放弃已一方签署"))
    if standing.sits_parallel_exam:
        found.append(_("已报春季高考"))
    if standing.stage is Stage.NOTICE and standing.appeal_until is not None:
        found.append(_("异议至 %(day)s", day=day(standing.appeal_until)))
    if standing.stage is Stage.ADVANCED and standing.has_admission_numbers:
        found.append(_("录取信息已返回"))
    if standing.ranking_changed:
        found.append(
            _("排名依据有变，撤回未通过后可以重新排名")
            if standing.is_passed_over
            else _("排名依据有变，撤回拟录取后重新排名")
        )
    return tuple(found)


def _short_name(item: ConditionResult) -> str:
    return named(item.name, item.name_en) or _name_of_code(item.code)


def changed_name(code: str) -> str:
    """What has changed, by name: a condition, a score or the exemption."""
    if code == EXEMPTION:
        return _("免测")
    return name_of(ScoreKind(code)) if code in {*ScoreKind} else _name_of_code(code)


def _name_of_code(code: str) -> str:
    try:
        return condition_name(code)
    except KeyError:
        return code


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One line of the 转段资格审核表: 要求, 实际, 达标, 证据. evidence: (text, address or "")."""

    name: str
    required: str
    actual: str
    met: bool
    sentence: str
    evidence: tuple[tuple[str, str], ...]


def condition_text(item: ConditionResult, courses: Mapping[str, str]) -> ConditionLine:
    """A condition as a sentence."""
    return condition_line(item, courses)


def course_names(uow: UnitOfWork, school_id: int) -> dict[str, str]:
    """Names of the school's courses by code."""
    return {course.code: course.name for course in courses_of(uow.connection, school_id)}


def calendar_text(item: CalendarDay | None) -> str:
    """Such as "报送备案：2027年1月5日（按往年）"; "" for no day."""
    if item is None:
        return ""
    days = day(item.starts_on)
    if item.ends_on != item.starts_on:
        days = _("%(first)s至%(last)s", first=days, last=day(item.ends_on))
    if item.is_announced:
        return _("%(step)s：%(days)s", step=name_of(item.step), days=days)
    return _("%(step)s：%(days)s（按往年，以公布为准）", step=name_of(item.step), days=days)


def chosen_numbers(texts: Sequence[str]) -> tuple[int, ...]:
    """Enrolments that a form names; a number that can be nobody's is answered as nobody's."""
    if not all(_NUMBER.fullmatch(text) and 0 < int(text) <= _ID_MAX for text in texts):
        raise NotFound
    return tuple(dict.fromkeys(map(int, texts)))
