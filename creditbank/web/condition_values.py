"""What a condition asks and what was found, as two short texts: 要求 and 实际 of a form."""

from __future__ import annotations

from collections.abc import Sequence

from creditbank.domain.credits import credits_text
from creditbank.domain.snapshots import SanctionLevel
from creditbank.domain.verdicts import ConditionResult
from creditbank.eligibility.condition_words import value_words
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import language, typeset

_IN_CREDITS = frozenset({"credits_to_date", "floor"})


def required_words(item: ConditionResult) -> str:
    """要求."""
    kind = item.code.partition(".")[0]
    if kind in _IN_CREDITS:
        return _("%(count)s 学分", count=credits_text(int(item.required)))
    said = {
        "in_class_since_entry": _("自入学起"),
        "year_of_study": _("第 %(year)s 学年起", year=item.required),
        "no_failed_core": _("全部及格"),
        "min_duration": _("%(count)s 个月", count=item.required),
    }
    if kind == "no_sanction":
        return _("无%(level)s及以上", level=_sanction(item.required))
    return said.get(kind) or typeset(value_words(item.required, language()))


def actual_words(item: ConditionResult, missing: Sequence[str]) -> str:
    """实际. missing: what is lacking, by name."""
    kind = item.code.partition(".")[0]
    if kind in _IN_CREDITS:
        return _("%(count)s 学分", count=credits_text(int(item.actual)))
    match kind:
        case "in_class_since_entry":
            return _since(item.actual)
        case "year_of_study":
            return _("第 %(year)s 学年", year=item.actual)
        case "no_failed_core":
            return _("未通过：%(names)s", names=_joined(missing)) if missing else _("全部及格")
        case "no_sanction":
            return _sanction(item.actual)
        case _:
            return typeset(value_words(item.actual, language()))


def _since(text: str) -> str:
    joined, _slash, left = text.partition("/")
    if not joined:
        return _("不在班")
    if left:
        return _("%(first)s 至 %(last)s", first=joined, last=left)
    return _("%(day)s 起", day=joined)


def _sanction(code: str) -> str:
    return name_of(SanctionLevel(code)) if code else _("无")


def _joined(texts: Sequence[str]) -> str:
    return ("、" if language() == "zh" else ", ").join(texts)
