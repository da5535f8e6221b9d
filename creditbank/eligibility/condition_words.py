"""One sentence for each condition that is not met: what was asked, what was found, what to do."""

from __future__ import annotations

from typing import Literal

from creditbank.domain.credits import credits_text
from creditbank.domain.verdicts import ConditionResult

_WORDS: dict[str, tuple[str, str]] = {
    "conduct": (
        "思想品德评价须合格,目前{actual}。",
        "The conduct evaluation must be passed; it is {actual}.",
    ),
    "internship": (
        "岗位实习须达到要求,目前{actual}。",
        "The internship must meet the requirement; it is {actual}.",
    ),
    "academic_pass_exams": (
        "学业水平合格性考试须全部合格,还差:{missing}。",
        "All academic pass exams must be passed; missing: {missing}.",
    ),
    "comprehensive_evaluation": (
        "综合素质评价须合格,目前{actual}。",
        "The comprehensive evaluation must be passed; it is {actual}.",
    ),
    "status": (
        "须为在读状态才能毕业,请先办理复学等手续。",
        "Only a studying learner can graduate; resume your studies first.",
    ),
    "min_duration": (
        "学习时间须满 {required} 个月,目前 {actual} 个月。",
        "At least {required} months of study are needed; so far {actual}.",
    ),
    "in_class_since_entry": (
        "须自入学起一直在贯通培养班就读。",
        "You must have been in the through-training class since entry.",
    ),
    "year_of_study": (
        "须到第 {required} 学年,目前第 {actual} 学年。",
        "Year {required} of study must be reached; this is year {actual}.",
    ),
    "credits_to_date": (
        "截至目前须得 {required_credits} 学分,实得 {actual_credits} 学分。",
        "{required_credits} credits are needed by now; {actual_credits} are earned.",
    ),
    "no_failed_core": (
        "专业核心课须全部及格,未通过:{missing}。",
        "All core courses must be passed; not passed: {missing}.",
    ),
    "no_sanction": (
        "不能有记过及以上且未撤销的处分。",
        "No demerit or heavier sanction may be in force.",
    ),
    "certificate": (
        "须取得{required}及以上职业技能证书,目前{actual}。",
        "A skill certificate of level {required} or higher is needed; so far {actual}.",
    ),
    "exam_registration": (
        "须完成春季高考报名,目前{actual}。",
        "Registration for the spring college exam is needed; it is {actual}.",
    ),
    "medical_check": (
        "须体检合格,目前{actual}。",
        "The medical check must be passed; it is {actual}.",
    ),
}
_VALUES: dict[str, tuple[str, str]] = {
    "pending": ("尚无结果", "pending"),
    "passed": ("合格", "passed"),
    "failed": ("不合格", "failed"),
    "started": ("已开始", "started"),
    "not_started": ("未开始", "not started"),
    "": ("无", "none"),
    "elementary": ("初级(五级)", "elementary"),
    "intermediate": ("中级(四级)", "intermediate"),
    "advanced": ("高级(三级)", "advanced"),
}


def condition_sentence(condition: ConditionResult, language: Literal["zh", "en"]) -> str:
    """The sentence for one condition that is not met."""
    column = 0 if language == "zh" else 1
    credit = condition.code == "credits_to_date"
    return _WORDS[condition.code][column].format(
        required=value_words(condition.required, language),
        actual=value_words(condition.actual, language),
        required_credits=credits_text(int(condition.required)) if credit else "",
        actual_credits=credits_text(int(condition.actual)) if credit else "",
        missing=("、" if column == 0 else ", ").join(condition.missing_codes),
    )


def value_words(value: str, language: Literal["zh", "en"]) -> str:
    """A required or actual value in words; what has none stays as it is."""
    words = _VALUES.get(value)
    return value if words is None else words[0 if language == "zh" else 1]
