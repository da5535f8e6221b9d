"""Evidence in words: what a record is, in one line, and why it does not count."""

from __future__ import annotations

from creditbank.domain.labels import term_of
from creditbank.domain.marks import LEVELS_EN
from creditbank.eligibility.condition_evidence import Aside, ConditionLine, Evidence, EvidenceKind
from creditbank.eligibility.condition_words import Language, sanction_words, value_words

_ASIDE: dict[Aside, tuple[str, str]] = {
    Aside.REVOKED: ("已撤销", "revoked"),
    Aside.DISPUTED: ("编号重复,待核查", "number in dispute"),
    Aside.EXPIRED: ("已过期", "expired"),
    Aside.LEVEL_TOO_LOW: ("等级不够", "level too low"),
    Aside.MILDER: ("轻于约定", "milder than agreed"),
}
_DATED: dict[EvidenceKind, tuple[str, str]] = {
    EvidenceKind.MEMBERSHIP: ("{} 进班", "joined on {}"),
    EvidenceKind.ENROLMENT: ("{} 入学", "entered on {}"),
    EvidenceKind.SANCTION: ("{} 处分", "decided on {}"),
    EvidenceKind.INTERNSHIP: ("{} 起", "from {}"),
    EvidenceKind.CERTIFICATE: ("{} 发证", "issued on {}"),
    EvidenceKind.EXAM_REGISTRATION: ("{}", "{}"),
    EvidenceKind.MEDICAL_CHECK: ("{}", "{}"),
}
_UNTIL: dict[EvidenceKind, tuple[str, str]] = {
    EvidenceKind.MEMBERSHIP: ("{} 退出", "left on {}"),
    EvidenceKind.SANCTION: ("{} 解除", "lifted on {}"),
    EvidenceKind.INTERNSHIP: ("{} 止", "to {}"),
    EvidenceKind.CERTIFICATE: ("有效期至 {}", "valid until {}"),
}
TRANSCRIPT_CODES = frozenset({"credits_to_date", "no_failed_core"})
"""Conditions that rest on the courses of the transcript."""


def evidence_words(item: Evidence, language: Language) -> str:
    """One record in one line, such as 数控车铣加工 中级(四级) 编号 Y1 2025-05-01 发证."""
    column = 0 if language == "zh" else 1
    name, number = item.name, ""
    if item.number:
        is_certificate = item.kind is EvidenceKind.CERTIFICATE
        label = (("文号", "document"), ("编号", "no."))[is_certificate][column]
        number = f"{label} {item.number}"
    level = item.level
    if item.kind is EvidenceKind.CONDUCT:
        term = term_of(name)
        name = (term.label_zh, term.label_en)[column] if term else name
        level = (level, LEVELS_EN.get(level, level))[column]
    elif item.kind is EvidenceKind.SANCTION:
        level = sanction_words(item.level, language)
    elif item.kind is EvidenceKind.CERTIFICATE:
        level = value_words(item.level, language)
    days = [
        words[item.kind][column].format(day.isoformat())
        for words, day in ((_DATED, item.dated), (_UNTIL, item.until))
        if day is not None and item.kind in words
    ]
    result = value_words(item.result, language) if item.result else ""
    found = dict.fromkeys((name, item.issuer, level, result, number, *days))
    return (" ", ", ")[column].join(filter(None, found))


def aside_words(item: Evidence, language: Language) -> str:
    """Why it does not count, "" where it does or where its days say so, as of what was lifted."""
    if item.aside is None or item.aside is Aside.LIFTED:
        return ""
    return _ASIDE[item.aside][0 if language == "zh" else 1]


def line_words(line: ConditionLine, language: Language) -> list[str]:
    """What a condition rests on, each as a text; where it is on record, or that nothing is."""
    if line.items:
        zh = language == "zh"
        said = [
            (evidence_words(item, language), aside_words(item, language)) for item in line.items
        ]
        return [
            text if not why else f"{text}({why})" if zh else f"{text} ({why})" for text, why in said
        ]
    column = 0 if language == "zh" else 1
    code = line.result.code
    if code in TRANSCRIPT_CODES:
        return [("成绩单", "transcript")[column]]
    if code == "no_sanction":
        level = sanction_words(line.result.required, language)
        words = ("{} 没有生效的{}及以上处分", "no {1} or worse in force on {0}")[column]
        return [words.format(line.concluded_on.isoformat(), level)]
    return [("没有记录", "nothing on record")[column]]
