"""The cheapest way to fill a gap, in words a sixteen-year-old understands."""

from __future__ import annotations

from typing import Literal

from creditbank.domain.credits import credits_text
from creditbank.domain.labels import AWARD_LEVELS, AWARD_RANKS
from creditbank.domain.ledger import EntryKind
from creditbank.eligibility.gap import Choice, Gap, Proposal
from creditbank.eligibility.offers import Offer

Language = Literal["zh", "en"]

_NAMED_MAX = 6
"""So many things are named one by one; of more the first ones, and how many there are."""
_INSTEAD_MAX = 3
_LEVELS_EN = {
    "70": "an international", "10": "a national", "23": "a provincial", "33": "a city",
    "43": "a county", "60": "a school",
}  # fmt: skip
_RANKS_EN = {
    "1": "special prize", "2": "first prize", "3": "second prize", "4": "third prize",
    "5": "fourth prize", "6": "unranked prize", "9": "other prize",
}  # fmt: skip
_INNOVATIONS: dict[str, dict[Language, str]] = {
    "patent_invention": {"zh": "一项发明专利", "en": "an invention patent"},
    "patent_utility": {"zh": "一项实用新型专利", "en": "a utility patent"},
    "patent_design": {"zh": "一项外观设计专利", "en": "a design patent"},
    "software_copyright": {"zh": "一项软件著作权", "en": "a software copyright"},
    "published_work": {"zh": "公开发表一篇论文或作品", "en": "one published paper or work"},
    "technical_innovation": {"zh": "一项技术革新", "en": "a technical innovation"},
    "enterprise": {"zh": "创业", "en": "an enterprise of one's own"},
    "school_project": {"zh": "完成一个校内创新项目", "en": "one innovation project at school"},
    "social_practice": {"zh": "{count}天社会实践", "en": "{count} days of social practice"},
    "volunteering": {"zh": "{count}小时志愿服务", "en": "{count} hours of volunteering"},
    "general_certificate": {
        "zh": "一本普通话、计算机或英语证书",
        "en": "a Mandarin, computer or English certificate",
    },
    "skill_certificate.elementary": {
        "zh": "初级(五级)职业技能证书",
        "en": "an elementary skill certificate",
    },
    "skill_certificate.intermediate": {
        "zh": "中级(四级)职业技能证书",
        "en": "an intermediate skill certificate",
    },
    "skill_certificate.advanced": {
        "zh": "高级(三级)职业技能证书",
        "en": "an advanced skill certificate",
    },
}


def gap_sentences(gap: Gap, language: Language) -> list[str]:
    """The cheapest way first, then other ways, then what stands in the way; [] where it is closed.

    What no credit replaces is said by the conditions themselves (see condition_words).
    """
    if gap.is_closed:
        return []
    found = [
        proposal_sentence(proposal, language, is_first=number == 0)
        for number, proposal in enumerate(gap.proposals)
    ]
    if not gap.proposals and not gap.is_bounded:
        found.append(_OUT_OF_REACH[language])
    if gap.is_bounded:
        found.append(_BOUNDED[bool(gap.proposals)][language])
    return found


def proposal_sentence(proposal: Proposal, language: Language, *, is_first: bool) -> str:
    """One way to fill the gap: what to earn, how much it is, what it asks."""
    what = _listed(proposal, language)
    units, hours = credits_text(proposal.units), proposal.hours
    if language == "zh":
        head = "最省的补法" if is_first else "也可以"
        return f"{head}:{what},共 {units} 学分,约 {hours} 学时。"
    head = "The least you need" if is_first else "Or"
    return f"{head}: {what}; {units} credits, about {hours} class hours."


def offer_name(offer: Offer, language: Language, *, count: int = 1) -> str:
    """What is to be earned. count: how many of the same, counted together."""
    record = offer.record
    if record.kind is EntryKind.COURSE:
        return f"《{record.title}》" if language == "zh" else record.title
    if record.kind is EntryKind.COMPETITION:
        return _prize(offer, language)
    key = record.category
    if record.certificate_level:
        key = f"{key}.{record.certificate_level.value}"
    return _INNOVATIONS[key][language].format(count=offer.quantity * count)


def _prize(offer: Offer, language: Language) -> str:
    if language == "en":
        return f"{_LEVELS_EN[offer.level]} {_RANKS_EN[offer.rank]}"
    level = next(names[0] for code, names in AWARD_LEVELS.items() if code.value == offer.level)
    rank = next(names[0] for code, names in AWARD_RANKS.items() if code.value == offer.rank)
    return f"{level}竞赛{rank}"


def _listed(proposal: Proposal, language: Language) -> str:
    parts, named = [], 0
    for choice in proposal.choices:
        if named >= _NAMED_MAX:
            break
        parts.append(_choice(choice, _NAMED_MAX - named, language))
        named += len(choice.offers)
    joined = ("、" if language == "zh" else ", ").join(parts)
    total = len(proposal.offers)
    if named <= _NAMED_MAX and named == total:
        return joined
    return f"{joined}等 {total} 项" if language == "zh" else f"{joined} … {total} things in all"


def _choice(choice: Choice, most: int, language: Language) -> str:
    comma = "、" if language == "zh" else ", "
    first = choice.offers[0]
    if first.code == choice.offers[-1].code:
        text = offer_name(first, language, count=len(choice.offers))
    else:
        text = comma.join(offer_name(offer, language) for offer in choice.offers[:most])
    others = [offer_name(offer, language) for offer in choice.instead]
    if not others:
        return text
    listed = comma.join(others[:_INSTEAD_MAX])
    more = len(others) > _INSTEAD_MAX
    if language == "zh":
        return f"{text}(也可换成{listed}{'等' if more else ''})"
    return f"{text} (or instead {listed}{' and others' if more else ''})"


_OUT_OF_REACH: dict[Language, str] = {
    "zh": "方案里没修的课和常见奖项、证书全部加上也还不够,请到教务科问怎么办。",
    "en": "All open courses and the usual awards together do not suffice: ask the registrar.",
}
_BOUNDED: dict[bool, dict[Language, str]] = {
    False: {
        "zh": "可选的办法太多,没能算出最省的一种,请到教务科咨询。",
        "en": "There are too many ways to find the cheapest; ask the registrar.",
    },
    True: {
        "zh": "可选的办法太多,没有全部比较,可能还有别的补法。",
        "en": "There are too many ways to compare them all; there may be others.",
    },
}
