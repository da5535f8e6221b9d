"""The conditions of a verdict as lines of a list: met or not, what it is called, what was found.

A condition that is not met is said in the sentence of eligibility.condition_words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from creditbank.domain.credits import credits_text
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.verdicts import ConditionResult
from creditbank.eligibility import condition_words as words
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import language, named, typeset

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
    sentence = words.condition_sentence(condition._replace(missing_codes=missing), language())
    return ConditionLine(condition.code, met=False, text=typeset(sentence))


def condition_name(code: str) -> str:
    """What a condition is called, for the head of a column."""
    return words.condition_name(code, language())


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
            return words.value_words(condition.actual, language())
