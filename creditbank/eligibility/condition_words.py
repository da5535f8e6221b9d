"""Conditions in words: their names, a sentence for one that is not met, 要求 and 实际 of a form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from creditbank.domain.credits import credits_text
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.labels import STATUSES
from creditbank.domain.verdicts import ConditionResult

Language = Literal["zh", "en"]
NAMES: dict[str, tuple[str, str]] = {
    "conduct": ("思想品德评价", "Conduct evaluation"),
    "internship": ("岗位实习", "Internship"),
    "academic_pass_exams": ("学业水平合格性考试", "Academic pass exams"),
    "comprehensive_evaluation": ("综合素质评价", "Comprehensive evaluation"),
    "status": ("学籍状态", "Enrolment"),
    "min_duration": ("修业时间", "Time of study"),
    "in_class_since_entry": (
        "自入学起在贯通培养班", "In the through-training class since entry",
    ),
    "year_of_study": ("就读学年", "Year of study"),
    "credits_to_date": ("截至目前的学分", "Credits to date"),
    "no_failed_core": ("专业核心课全部及格", "All core courses passed"),
    "no_sanction": ("无记过及以上处分", "No demerit or heavier sanction"),
    "certificate": ("职业技能证书", "Skill certificate"),
    "exam_registration": ("春季高考报名", "Registered for the spring exam"),
    "medical_check": ("体检", "Medical check"),
}  # fmt: skip
"""By code; a plan's own conditions bring their names."""
_WORDS: dict[str, tuple[str, str]] = {
    "conduct": (
        "思想品德评价须合格,目前{actual}。",
        "The conduct evaluation must be passed; it is {actual}.",
    ),
    "internship": (
        "岗位实习须{required},目前{actual}。",
        "The internship must be {required}; it is {actual}.",
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
        "在读才能毕业,请先到教务科办理复学等手续。",
        "Only a studying learner can graduate; ask the registrar to resume your studies first.",
    ),
    "min_duration": (
        "学习时间须满 {required} 个月,到 {actual} 才满。",
        "At least {required} months of study are needed; they are complete on {actual}.",
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
        "不能有{required_sanction}及以上且未撤销的处分,目前有{actual_sanction}。",
        "No sanction from {required_sanction} upwards may be in force; found: {actual_sanction}.",
    ),
    "certificate": (
        "须取得{required}及以上职业技能证书,目前{actual}。",
        "A skill certificate at {required} level or higher is needed; so far {actual}.",
    ),
    "exam_registration": (
        "须完成春季高考报名,目前{actual}。",
        "Registration for the spring college exam is needed; it is {actual}.",
    ),
    "medical_check": (
        "须体检合格,目前{actual}。",
        "The medical check must be passed; it is {actual}.",
    ),
    "choice": (
        "{name}:下列课程须至少通过 {required} 门,已通过 {actual} 门,可选:{missing}。",
        "{name}: at least {required} of its courses must be passed, {actual} are; open: {missing}.",
    ),
    "hours": (
        "{name}:须完成 {required} 学时,已完成 {actual} 学时。",
        "{name}: {required} hours are needed; {actual} are done.",
    ),
    "floor": (
        "{name}:计入的学分须达到 {required_credits},目前 {actual_credits}。",
        "{name}: {required_credits} credits must count; {actual_credits} do.",
    ),
}
_IN_CREDITS = frozenset({"credits_to_date", "floor"})
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
_SANCTIONS: dict[str, tuple[str, str]] = {
    "": ("无", "none"),
    "1": ("警告", "warning"),
    "2": ("严重警告", "serious warning"),
    "3": ("记过", "demerit"),
    "4": ("留校察看", "probation"),
    "5": ("开除学籍", "expulsion"),
}


def condition_sentence(condition: ConditionResult, language: Language) -> str:
    """The sentence for one condition that is not met."""
    column = 0 if language == "zh" else 1
    kind = condition.code.partition(".")[0]
    credit = kind in _IN_CREDITS
    sanction = kind == "no_sanction"
    return _WORDS[kind][column].format(
        name=condition.name if column == 0 else condition.name_en or condition.name,
        required=value_words(condition.required, language),
        actual=value_words(condition.actual, language),
        required_credits=credits_text(int(condition.required)) if credit else "",
        actual_credits=credits_text(int(condition.actual)) if credit else "",
        required_sanction=_SANCTIONS[condition.required][column] if sanction else "",
        actual_sanction=_SANCTIONS[condition.actual][column] if sanction else "",
        missing=("、" if column == 0 else ", ").join(condition.missing_codes),
    )


def value_words(value: str, language: Language) -> str:
    """A required or actual value in words; what has none stays as it is."""
    words = _VALUES.get(value)
    return value if words is None else words[0 if language == "zh" else 1]


def sanction_words(level: str, language: Language) -> str:
    """A level of sanction in words."""
    return _SANCTIONS[level][_column(language)]


def condition_name(code: str, language: Language) -> str:
    """What a condition is called. Raises KeyError for a plan's own, which bring their names."""
    return NAMES[code][_column(language)]


def required_words(item: ConditionResult, language: Language) -> str:
    """要求, in short."""
    return _words_of(
        item, language, _REQUIRED, item.required, sanction=("无{}及以上", "no {} or worse")
    )


def actual_words(item: ConditionResult, missing: Sequence[str], language: Language) -> str:
    """实际, in short. missing: what is lacking, by name."""
    kind, column = item.code.partition(".")[0], _column(language)
    if kind == "in_class_since_entry":
        return _since(item.actual, column)
    if kind == "no_failed_core" and missing:
        return ("未通过:", "not passed: ")[column] + ("、", ", ")[column].join(missing)
    return _words_of(item, language, _ACTUAL, item.actual, sanction=("{}", "{}"))


_REQUIRED: dict[str, tuple[str, str]] = {
    "academic_pass_exams": ("{} 科合格", "{} subjects passed"),
    "choice": ("{} 门", "{} courses"),
    "hours": ("{} 学时", "{} hours"),
    "in_class_since_entry": ("自入学起", "since entry"),
    "year_of_study": ("第 {} 学年起", "from year {}"),
    "no_failed_core": ("全部及格", "all passed"),
    "min_duration": ("{} 个月", "{} months"),
}
_ACTUAL: dict[str, tuple[str, str]] = {
    "academic_pass_exams": ("{} 科合格", "{} subjects passed"),
    "choice": ("{} 门", "{} courses"),
    "hours": ("{} 学时", "{} hours"),
    "min_duration": ("{} 届满", "over on {}"),
    "year_of_study": ("第 {} 学年", "Year {}"),
    "no_failed_core": ("全部及格", "all passed"),
}


def _words_of(
    item: ConditionResult,
    language: Language,
    words: dict[str, tuple[str, str]],
    value: str,
    *,
    sanction: tuple[str, str],
) -> str:
    kind, column = item.code.partition(".")[0], _column(language)
    if kind in _IN_CREDITS:
        return ("{} 学分", "{} credits")[column].format(credits_text(int(value)))
    if kind == "no_sanction":
        return sanction[column].format(_SANCTIONS[value][column])
    if kind == "status":
        status = EnrolmentStatus(value)
        return (STATUSES[status][0], status.name.lower().replace("_", " "))[column]
    if kind in words:
        return words[kind][column].format(value)
    return value_words(value, language)


def _since(text: str, column: int) -> str:
    joined, _slash, left = text.partition("/")
    if not joined:
        return ("不在班", "not in the class")[column]
    if left:
        return ("{} 至 {}", "{} to {}")[column].format(joined, left)
    return ("{} 起", "from {}")[column].format(joined)


def _column(language: Language) -> int:
    return 0 if language == "zh" else 1
