"""Competitions and innovation achievements. Codes: JY/T 1001 JB (级别) and JLDJ (等级)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class AwardLevel(StrEnum):
    """级别码 JB."""

    INTERNATIONAL = "70"
    NATIONAL = "10"
    PROVINCE = "23"
    CITY = "33"
    COUNTY = "43"
    SCHOOL = "60"


class AwardRank(StrEnum):
    """等级码 JLDJ."""

    SPECIAL = "1"
    FIRST = "2"
    SECOND = "3"
    THIRD = "4"
    FOURTH = "5"
    UNRANKED = "6"
    OTHER = "9"


class TeamRole(StrEnum):
    """Who the learner was in the contest; the factor belongs to policy."""

    INDIVIDUAL = "individual"
    CAPTAIN = "captain"
    MEMBER = "member"


class InnovationCategory(StrEnum):
    """What an innovation credit was given for; values and caps belong to policy."""

    PATENT_INVENTION = "patent_invention"
    PATENT_UTILITY = "patent_utility"
    PATENT_DESIGN = "patent_design"
    SOFTWARE_COPYRIGHT = "software_copyright"
    PUBLISHED_WORK = "published_work"
    TECHNICAL_INNOVATION = "technical_innovation"
    ENTERPRISE = "enterprise"
    SCHOOL_PROJECT = "school_project"
    SOCIAL_PRACTICE = "social_practice"
    VOLUNTEERING = "volunteering"
    SKILL_CERTIFICATE = "skill_certificate"
    GENERAL_CERTIFICATE = "general_certificate"


class CertificateLevel(StrEnum):
    """技能等级: 初级/五级, 中级/四级, 高级/三级."""

    NONE = ""
    ELEMENTARY = "elementary"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


SKILL_LEVELS: Mapping[str, CertificateLevel] = {
    "5": CertificateLevel.ELEMENTARY,
    "4": CertificateLevel.INTERMEDIATE,
    "3": CertificateLevel.ADVANCED,
    "2": CertificateLevel.ADVANCED,
    "1": CertificateLevel.ADVANCED,
}
"""人社 levels, 五级初级工 to 一级高级技师; above 三级 nothing is told apart."""
