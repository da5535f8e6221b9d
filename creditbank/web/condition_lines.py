"""The conditions of a verdict as lines of a list: met or not, what it is called, what was found.

A condition that is not met is said in the sentence of eligibility.condition_words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from creditbank.domain.credits import credits_text
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.verdicts import ConditionResult
from creditbank.eligibility.condition_words import condition_sentence, value_words
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import language, named, typeset
from creditbank.web.languages import lazy_gettext as _l

CONDITION_NAMES = {
    "conduct": _l("思想品德评价"),
    "internship": _l("岗位实习"),
    "academic_pass_exams": _l("学业水平合格性考试"),
    "comprehensive_evaluation": _l("综合素质评价"),
    "status": _l("学籍状态"),
    "min_duration": _l("修业时间"),
    "in_class_since_entry": _l("自入学起在贯通培养班"),
    "year_of_study": _l("就读学年"),
    "credits_to_date": _l("截至目前的学分"),
    "no_failed_core": _l("专业核心课全部及格"),
    "no_sanction": _l("无记过及以上处分"),
    "certificate": _l("职业技能证书"),
    "exam_registration": _l("春季高考报名"),
    "medical_check": _l("体检"),
}

_SAID_BY_NAME = frozenset(
    {"in_class_since_entry", "no_failed_core", "no_sanction", "academic_pass_exams"}
)
_OF_SO_MANY = frozenset({"credits_to_date", "floor", "choice", "hours"})


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """One condition. text: its name, or the sentence if it is not met; found: a short value."""

    code: str
    met: bool
    text: str
    found: str = ""


def condition_line(
    condition: ConditionResult, course_names: Mapping[str, str] | None = None
) -> ConditionLine:
    """A condition in the reader's words. course_names: by code, for what is missing."""
    if condition.met:
        name = named(condition.name, condition.name_en) or condition_name(condition.code)
        return ConditionLine(condition.code, met=True, text=name, found=_found(condition))
    names = course_names or {}
    missing = tuple(names.get(code, code) for code in condition.missing_codes)
    sentence = condition_sentence(condition._replace(missing_codes=missing), language())
    return ConditionLine(condition.code, met=False, text=typeset(sentence))


def condition_name(code: str) -> str:
    """What a condition is called, for the head of a column."""
    return str(CONDITION_NAMES[code])


def _found(condition: ConditionResult) -> str:
    kind = condition.code.partition(".")[0]
    if kind in _SAID_BY_NAME:
        return ""
    if kind in _OF_SO_MANY:
        found = condition.actual, condition.required
        in_credits = kind in {"credits_to_date", "floor"}
        return " / ".join(credits_text(int(value)) if in_credits else value for value in found)
    match kind:
        case "status":
            return name_of(EnrolmentStatus(condition.actual))
        case "min_duration":
            return _("%(count)s 个月", count=condition.required)
        case "year_of_study":
            return _("第 %(year)s 学年", year=condition.actual)
        case _:
            return value_words(condition.actual, language())
