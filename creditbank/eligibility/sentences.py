"""A verdict in sentences a sixteen-year-old understands: the verdict, then what is missing."""

from __future__ import annotations

from typing import Literal

from creditbank.domain.credits import credits_text
from creditbank.domain.verdicts import (
    BlockResult,
    Outcome,
    SubjectKind,
    Verdict,
)
from creditbank.eligibility.condition_words import condition_sentence

Language = Literal["zh", "en"]

_FIRST: dict[Outcome, dict[Language, str]] = {
    Outcome.ELIGIBLE: {
        "zh": "可以毕业:要求 {required} 学分,已计入 {counted} 学分,各项条件均已满足。",
        "en": "You can graduate: {counted} of {required} credits count, every condition is met.",
    },
    Outcome.ELIGIBLE_EARLY: {
        "zh": "可以申请提前毕业:要求 {required} 学分,已计入 {counted} 学分,各项条件均已满足。",
        "en": "You can apply to graduate early: {counted} of {required} credits count.",
    },
    Outcome.NOT_YET: {
        "zh": "还不能毕业:要求 {required} 学分,已计入 {counted} 学分{short}。",
        "en": "Not ready to graduate yet: {counted} of {required} credits count{short}.",
    },
    Outcome.COMPLETION_DUE: {
        "zh": "已到最长修业年限,尚未达到毕业要求,应按结业办理。",
        "en": "The longest time of study is over without graduation: a completion is due.",
    },
    Outcome.NEEDS_REVIEW: {
        "zh": "需要人工复核:结论取决于一项有争议的证明材料。",
        "en": "A person must check this: the answer depends on disputed evidence.",
    },
    Outcome.ON_TRACK: {
        "zh": "转段进度正常:目前应得 {required} 学分,已得 {counted} 学分。",
        "en": "On track for the advance: {counted} credits of {required} due by now.",
    },
    Outcome.BEHIND: {
        "zh": "转段进度落后,请尽快补上下列各项。",
        "en": "Behind on the way to the advance: make up the points below soon.",
    },
    Outcome.QUALIFIED: {
        "zh": "已达到转段资格的全部条件。",
        "en": "All conditions for the advance are met.",
    },
    Outcome.NOT_QUALIFIED: {
        "zh": "还未达到转段资格,差下列各项。",
        "en": "Not qualified for the advance yet; the points below are missing.",
    },
    Outcome.ENDED: {
        "zh": "已不在贯通培养班级,转段资格终止。",
        "en": "No longer in the through-training class: the way to the advance has ended.",
    },
    Outcome.CLOSED: {
        "zh": "学籍已结束,不再判定。",
        "en": "The enrolment is closed; nothing is decided any more.",
    },
}
_SILENT = frozenset({Outcome.CLOSED, Outcome.ENDED})


def sentences(verdict: Verdict, language: Language) -> list[str]:
    """The verdict in one sentence, then one sentence for each thing that is missing."""
    found = [first_sentence(verdict, language)]
    if verdict.outcome in _SILENT:
        return found
    found += [_block(block, language) for block in verdict.blocks if block.missing]
    if verdict.subject_kind is SubjectKind.GRADUATION and len(verdict.proof) > 1:
        found.append(_proof(verdict, language))
    found += [
        condition_sentence(condition, language)
        for condition in verdict.conditions
        if not condition.met
    ]
    return found


def first_sentence(verdict: Verdict, language: Language) -> str:
    """The whole verdict in one sentence."""
    short = ""
    if verdict.shortfall_units:
        units = credits_text(verdict.shortfall_units)
        short = f",至少还差 {units} 学分" if language == "zh" else f", at least {units} are missing"
    elif verdict.outcome is Outcome.NOT_YET:
        short = ",学分已够" if language == "zh" else ", which is enough"
    return _FIRST[verdict.outcome][language].format(
        required=credits_text(verdict.required_units),
        counted=credits_text(verdict.counted_units),
        short=short,
    )


def _block(block: BlockResult, language: Language) -> str:
    required, missing = credits_text(block.required), credits_text(block.missing)
    counted = credits_text(block.required - block.missing)
    if language == "zh":
        return f"{block.name}:要求 {required} 学分,已有 {counted},还差 {missing}。"
    return f"{block.name_en or block.name}: {counted} of {required} credits, {missing} missing."


def _proof(verdict: Verdict, language: Language) -> str:
    names = {
        block.code: block.name if language == "zh" else block.name_en or block.name
        for block in verdict.blocks
    }
    if language == "zh":
        joined = "、".join(names[code] for code in verdict.proof)
        return f"{joined}不能同时修满:已有的学分怎样分配都不够。"
    joined = ", ".join(names[code] for code in verdict.proof)
    return f"{joined} cannot all be filled: however the credits are placed, they do not suffice."
