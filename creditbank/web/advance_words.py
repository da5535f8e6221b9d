"""Terms of agreements and the advance's year in the reader's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any

from flask_babel import LazyString

from creditbank.domain.advance_calendar import AdvanceStep
from creditbank.domain.agreement_terms import (
    AgreementTerms,
    AssessmentDimension,
    ExemptionEffect,
    ScoreKind,
    ScorePart,
    TieBreak,
)
from creditbank.domain.agreements import EducationLevel, HardCondition, HardConditionKind
from creditbank.domain.awards import CertificateLevel
from creditbank.domain.credits import credits_text
from creditbank.domain.snapshots import SanctionLevel
from creditbank.web.condition_lines import condition_name
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import lazy_gettext as _l
from creditbank.web.languages import ngettext
from creditbank.web.pages import day

ADVANCE_NAMES: Mapping[StrEnum, LazyString] = {
    ScoreKind.COURSE_AVERAGE: _l("课程平均成绩"),
    ScoreKind.CULTURE_EXAM: _l("文化基础考试"),
    ScoreKind.KNOWLEDGE_TEST: _l("专业基础知识测试"),
    ScoreKind.SKILL_TEST: _l("专业技能测试"),
    ScoreKind.QUALITY: _l("综合素质"),
}
TIE_BREAK_NAMES: Mapping[TieBreak, LazyString] = {
    **{TieBreak(kind.value): name for kind, name in ADVANCE_NAMES.items()},
}
DIMENSION_NAMES: Mapping[AssessmentDimension, LazyString] = {
    AssessmentDimension.CONDUCT: _l("思想品德"),
    AssessmentDimension.STUDY: _l("学习"),
    AssessmentDimension.PRACTICE: _l("社会实践"),
    AssessmentDimension.CONTESTS: _l("技能大赛与证书"),
    AssessmentDimension.HEALTH: _l("身体健康"),
    AssessmentDimension.TALENT: _l("特长"),
}
EFFECT_NAMES: Mapping[ExemptionEffect, LazyString] = {
    ExemptionEffect.FULL_MARKS: _l("技能测试按满分计"),
    ExemptionEffect.SPREAD: _l("技能测试的权重按比例分给其他成绩"),
}
LEVEL_NAMES: Mapping[EducationLevel, LazyString] = {
    EducationLevel.SECONDARY_VOCATIONAL: _l("中职"),
    EducationLevel.GENERAL_HIGH: _l("普通高中"),
    EducationLevel.HIGHER_VOCATIONAL: _l("高职专科"),
    EducationLevel.BACHELOR: _l("本科"),
}
STEP_NAMES: Mapping[AdvanceStep, LazyString] = {
    AdvanceStep.COURSES_DRAWN: _l("抽取考试课程"),
    AdvanceStep.PROCESS_UPLOADED: _l("过程考核结果上传"),
    AdvanceStep.FILED: _l("报送对接院校"),
    AdvanceStep.TESTS: _l("专业测试"),
    AdvanceStep.MARKING: _l("阅卷"),
    AdvanceStep.SCORES_SENT: _l("成绩报送考试机构"),
    AdvanceStep.CULTURE_EXAM: _l("文化基础考试"),
    AdvanceStep.PASS_LINE: _l("公布合格线"),
    AdvanceStep.ADMISSION: _l("录取"),
}
TERMS_NAMES: Mapping[str, LazyString] = {
    "quota": _l("计划人数"),
    "valid_from": _l("生效日期"),
    "valid_to": _l("截止日期"),
    "hard_conditions": _l("资格条件"),
    "scores": _l("计分办法"),
    "pass_total": _l("总分合格线"),
    "tie_breaks": _l("同分排序"),
    "exemption_level": _l("免测"),
    "exemption_effect": _l("免测者的计分"),
    "assessment_dimensions": _l("过程考核"),
    "notice_days": _l("公示"),
    "appeal_days": _l("申诉期限"),
    "attempts_max": _l("转段机会"),
    "allows_parallel_exam": _l("可同时参加春季高考"),
}
"""Every term that versions are compared by, in the order in which they are read."""


def threshold_text(item: HardCondition) -> str:
    """What a condition asks, "" where its name says all."""
    match item.kind:
        case HardConditionKind.YEAR_OF_STUDY:
            return _("第%(year)s学年起", year=item.threshold)
        case HardConditionKind.CREDITS_TO_DATE:
            return _("不少于方案进度的%(percent)s%%", percent=item.threshold)
        case HardConditionKind.NO_SANCTION:
            return _("不得有%(level)s及以上", level=name_of(SanctionLevel(item.threshold)))
        case HardConditionKind.INTERNSHIP:
            return _("合格") if item.threshold == "passed" else _("已开始")
        case HardConditionKind.CERTIFICATE:
            return _("%(level)s及以上", level=name_of(CertificateLevel(item.threshold)))
    return ""


def condition_text(item: HardCondition) -> str:
    """A condition with what it asks."""
    asked = threshold_text(item)
    name = condition_name(item.kind.value)
    return _("%(name)s：%(asked)s", name=name, asked=asked) if asked else name


def score_text(part: ScorePart) -> str:
    """A score with its weight, full marks and pass mark."""
    said = _(
        "%(name)s %(weight)s%%，满分%(full)s",
        name=ADVANCE_NAMES[part.kind],
        weight=part.weight,
        full=credits_text(part.full_marks),
    )
    if part.by_announced_line:
        return said + _("，合格线以当年公布为准")
    if not part.pass_mark:
        return said
    return said + _("，合格线%(mark)s", mark=credits_text(part.pass_mark))


def terms_lines(terms: AgreementTerms) -> list[tuple[str, tuple[str, ...]]]:
    """Every term by its name, each as one or several texts."""
    return [(str(name), term_texts(terms, field)) for field, name in TERMS_NAMES.items()]


def term_texts(terms: AgreementTerms, field: str) -> tuple[str, ...]:
    """One term in words."""
    value = getattr(terms, field)
    found = _TEXTS[field](value)
    return (found,) if isinstance(found, str) else tuple(found)


def changes(terms: AgreementTerms, before: AgreementTerms) -> list[tuple[str, str, str]]:
    """(name, before, now) of every term that differs."""
    return [
        (str(name), _joined(term_texts(before, field)), _joined(term_texts(terms, field)))
        for field, name in TERMS_NAMES.items()
        if getattr(terms, field) != getattr(before, field)
    ]


def _joined(texts: Iterable[str]) -> str:
    return _("；").join(texts)


def _or_none(texts: Iterable[Any]) -> tuple[str, ...]:
    return tuple(map(str, texts)) or (_("没有约定"),)


def _working_days(count: int) -> str:
    return ngettext("%(num)s 个工作日", "%(num)s 个工作日", count)


_TEXTS: Mapping[str, Callable[[Any], str | tuple[str, ...]]] = {
    "quota": lambda value: _("%(num)s 人", num=value),
    "valid_from": day,
    "valid_to": day,
    "hard_conditions": lambda value: _or_none(map(condition_text, value)),
    "scores": lambda value: _or_none(map(score_text, value)),
    "pass_total": lambda value: (
        _("%(mark)s 分（满分100）", mark=credits_text(value)) if value else _("没有约定")
    ),
    "tie_breaks": lambda value: _joined(_or_none(TIE_BREAK_NAMES[item] for item in value)),
    "exemption_level": lambda value: (
        _("没有约定") if value is None else _("%(level)s及以上获奖", level=name_of(value))
    ),
    "exemption_effect": lambda value: str(EFFECT_NAMES[value]),
    "assessment_dimensions": lambda value: _joined(_or_none(DIMENSION_NAMES[one] for one in value)),
    "notice_days": _working_days,
    "appeal_days": _working_days,
    "attempts_max": lambda value: ngettext("%(num)s 次", "%(num)s 次", value),
    "allows_parallel_exam": lambda value: _("是") if value else _("否"),
}
