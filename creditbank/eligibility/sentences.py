"""A verdict in sentences a sixteen-year-old understands: the verdict, then what is missing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from creditbank.domain.credits import credits_text
from creditbank.domain.plans import Plan, Substitution
from creditbank.domain.verdicts import BlockResult, Outcome, Use, Verdict
from creditbank.eligibility.condition_words import condition_sentence
from creditbank.eligibility.exception_words import exception_sentences
from creditbank.eligibility.fillers import Filler, fillers

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
        "zh": "需要人工复核:证明材料有争议,或与已作出的决定不一致;复核前原决定不变。",
        "en": "A person must check this: evidence is disputed, or it contradicts what was decided"
        " before; until then the decision stands.",
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
_NOT_COUNTED: dict[Use, dict[Language, str]] = {
    Use.SURPLUS: {
        "zh": "另有 {units} 学分留在账户里,不计入。",
        "en": "{units} more credits stay in the account and do not count.",
    },
    Use.CAPPED: {
        "zh": "有 {units} 学分超过规定的上限,不计入。",
        "en": "{units} credits are above a cap and do not count.",
    },
    Use.EXPIRED: {
        "zh": "有 {units} 学分的证书已过有效期,不计入。",
        "en": "{units} credits rest on expired certificates and do not count.",
    },
    Use.DISPUTED: {
        "zh": "有 {units} 学分的证书编号与他人重复,核查清楚前不计入,请联系教务科。",
        "en": "{units} credits have a certificate number that stands in another account too; they"
        " count only after a check: ask the registrar.",
    },
}
_AWARDS: dict[Substitution, dict[Language, str]] = {
    Substitution.AUTOMATIC: {
        "zh": "竞赛、创新实践学分可自动替代",
        "en": "Competition and innovation credits count here by themselves.",
    },
    Substitution.APPROVED: {
        "zh": "竞赛、创新实践学分经批准可替代",
        "en": "Competition and innovation credits count here once approved.",
    },
}
_COURSES_NAMED = 4
_SILENT = frozenset({Outcome.CLOSED, Outcome.ENDED})


def sentences(
    verdict: Verdict,
    language: Language,
    *,
    plan: Plan | None = None,
    passed_codes: Collection[str] = (),
) -> list[str]:
    """The verdict in one sentence, then one for each exception and each thing that is missing.

    With the plan and the codes of the courses passed, what would fill each block is named too.
    """
    found = [first_sentence(verdict, language)]
    if verdict.outcome in _SILENT:
        return found
    found += exception_sentences(verdict, language, plan)
    fill = {
        item.block_code: fill_sentence(item, language)
        for item in (fillers(verdict, plan, passed_codes) if plan is not None else ())
    }
    for block in verdict.blocks:
        if block.missing:
            found.append(_block(block, language))
            found += [fill[block.code]] if fill.get(block.code) else []
    found += _proof(verdict, language)
    found += [
        condition_sentence(condition, language)
        for condition in verdict.conditions
        if not condition.met
    ]
    return found + _unused(verdict, language)


def first_sentence(verdict: Verdict, language: Language) -> str:
    """The whole verdict in one sentence."""
    return _FIRST[verdict.outcome][language].format(
        required=credits_text(verdict.required_units),
        counted=credits_text(verdict.counted_units),
        short=_short(verdict, language),
    )


def _short(verdict: Verdict, language: Language) -> str:
    if verdict.shortfall_units:
        units = credits_text(verdict.shortfall_units)
        return f",至少还差 {units} 学分" if language == "zh" else f"; at least {units} are missing"
    return ",学分已够" if language == "zh" else ", which is enough"


def _block(block: BlockResult, language: Language) -> str:
    required, missing = credits_text(block.required), credits_text(block.missing)
    counted = credits_text(block.required - block.missing)
    if language == "zh":
        return f"{block.name}:要求 {required} 学分,已有 {counted},还差 {missing}。"
    return f"{block.name_en or block.name}: {counted} of {required} credits, {missing} missing."


def fill_sentence(filler: Filler, language: Language) -> str:
    """What would fill one block; empty if nothing in the plan would."""
    names = [course.name for course in filler.courses[:_COURSES_NAMED]]
    parts = []
    if names:
        more = len(filler.courses) > len(names)
        if language == "zh":
            parts.append(f"可修:{'、'.join(names)}{'等' if more else ''}")
        else:
            parts.append(f"Courses that count: {', '.join(names)}{' and others' if more else ''}.")
    if filler.awards is not Substitution.NONE:
        parts.append(_AWARDS[filler.awards][language])
    if not parts:
        return ""
    return ";".join(parts) + "。" if language == "zh" else " ".join(parts)


def _proof(verdict: Verdict, language: Language) -> list[str]:
    """Why blocks that look full cannot help: only where several are in one conflict."""
    if len(verdict.proof) <= 1:
        return []
    names = {
        block.code: block.name if language == "zh" else block.name_en or block.name
        for block in verdict.blocks
    }
    if language == "zh":
        joined = "、".join(names[code] for code in verdict.proof)
        return [f"{joined}不能同时修满:已有的学分怎样分配都不够。"]
    joined = ", ".join(names[code] for code in verdict.proof)
    return [f"{joined} cannot all be filled: however the credits are placed, they do not suffice."]


def _unused(verdict: Verdict, language: Language) -> list[str]:
    """What stands in the account and counts nothing, where a learner would ask why."""
    found = []
    for use, text in _NOT_COUNTED.items():
        units = sum(place.units for place in verdict.placements if place.use is use)
        if units:
            found.append(text[language].format(units=credits_text(units)))
    return found
