"""Awards and what they stand in for, a line each, as papers from the books say them: zh, en."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from creditbank.domain import labels
from creditbank.domain.awards import AwardLevel, AwardRank, InnovationCategory
from creditbank.domain.credits import credits_text
from creditbank.domain.ledger import EntryKind
from creditbank.domain.verdicts import Use
from creditbank.services.study_books import StudyBooks
from creditbank.store.name_keys import spelled_words

AWARDS = (EntryKind.COMPETITION, EntryKind.INNOVATION)
_LEVELS_EN: Mapping[AwardLevel, str] = {
    AwardLevel.INTERNATIONAL: "international",
    AwardLevel.NATIONAL: "national",
    AwardLevel.PROVINCE: "provincial",
    AwardLevel.CITY: "city",
    AwardLevel.COUNTY: "county",
    AwardLevel.SCHOOL: "school",
}
_RANKS_EN: Mapping[AwardRank, str] = {
    AwardRank.SPECIAL: "special prize",
    AwardRank.FIRST: "first prize",
    AwardRank.SECOND: "second prize",
    AwardRank.THIRD: "third prize",
    AwardRank.FOURTH: "fourth prize",
}
_CATEGORIES_EN: Mapping[InnovationCategory, str] = {
    InnovationCategory.PATENT_INVENTION: "Invention patent",
    InnovationCategory.PATENT_UTILITY: "Utility model patent",
    InnovationCategory.PATENT_DESIGN: "Design patent",
    InnovationCategory.SOFTWARE_COPYRIGHT: "Software copyright",
    InnovationCategory.PUBLISHED_WORK: "Published paper or work",
    InnovationCategory.TECHNICAL_INNOVATION: "Technical innovation",
    InnovationCategory.ENTERPRISE: "Enterprise",
    InnovationCategory.SCHOOL_PROJECT: "Innovation project",
    InnovationCategory.SOCIAL_PRACTICE: "Social practice",
    InnovationCategory.VOLUNTEERING: "Volunteering",
    InnovationCategory.SKILL_CERTIFICATE: "Skill certificate",
    InnovationCategory.GENERAL_CERTIFICATE: "General certificate",
}
_INNOVATION = ("创新实践", "Innovation")


def award_lines(books: StudyBooks) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Each award and outcome, then which modules they stand in for, by the verdict of the day."""
    found = [*map(_award, books.of_kind(*AWARDS)), *_replaced(books)]
    return tuple(zh for zh, _ in found), tuple(en for _, en in found)


def category(row: Mapping[str, Any]) -> tuple[str, str]:
    """Of what sort an innovation is."""
    written = row["detail"].get("category", "")
    if written not in set(InnovationCategory):
        return _INNOVATION
    sort = InnovationCategory(written)
    return labels.INNOVATION_CATEGORIES[sort][0], _CATEGORIES_EN[sort]


def _award(row: Mapping[str, Any]) -> tuple[str, str]:
    """A title without English is spelled in pinyin, as those of courses are."""
    detail, units = row["detail"], row["units"]
    title, day = detail.get("title", ""), row["earned_on"]
    sort = category(row) if row["kind"] == EntryKind.INNOVATION else ("", "")
    rank = _rank(detail) if row["kind"] == EntryKind.COMPETITION else ("", "")
    zh = (sort[0], title, rank[0], _month(day), f"{credits_text(units)}学分")
    en = (sort[1], spelled_words(title), rank[1], f"{day:%m/%Y}", _credits_en(units))
    return " ".join(filter(None, zh)), ", ".join(filter(None, en))


def _rank(detail: Mapping[str, Any]) -> tuple[str, str]:
    zh, en = "", []
    if detail.get("level"):
        level = AwardLevel(detail["level"])
        zh += labels.AWARD_LEVELS[level][0]
        en.append(_LEVELS_EN[level])
    if detail.get("rank"):
        rank = AwardRank(detail["rank"])
        zh += labels.AWARD_RANKS[rank][0]
        en.append(_RANKS_EN.get(rank, ""))
    return zh, " ".join(filter(None, en))


def _replaced(books: StudyBooks) -> Iterator[tuple[str, str]]:
    names = {
        block.code: (block.name, block.name_en or spelled_words(block.name))
        for block in books.graduation.blocks
    }
    units: dict[str, int] = defaultdict(int)
    for placement in books.graduation.placements:
        if placement.use is Use.SUBSTITUTED:
            units[placement.block_code] += placement.units
    for code, count in units.items():
        zh, en = names.get(code, (code, code))
        yield f"替代{zh}{credits_text(count)}学分", f"{_credits_en(count)} used for {en}"


def _credits_en(units: int) -> str:
    return f"{credits_text(units)} credit{'' if units == 100 else 's'}"  # noqa: PLR2004 (one)


def _month(day: date) -> str:
    return f"{day.year}年{day.month}月"
