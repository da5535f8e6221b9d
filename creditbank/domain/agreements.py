"""贯通培养 agreements: by levels and years, never by a name like "3+2"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class EducationLevel(StrEnum):
    """Level of a stage: 中职, 普高, 高职专科, 本科."""

    SECONDARY_VOCATIONAL = "secondary_voc"
    GENERAL_HIGH = "general_high"
    HIGHER_VOCATIONAL = "higher_voc"
    BACHELOR = "bachelor"


class HardConditionKind(StrEnum):
    """资格初审 conditions; each is one line on the college's page."""

    IN_CLASS_SINCE_ENTRY = "in_class_since_entry"
    YEAR_OF_STUDY = "year_of_study"
    CREDITS_TO_DATE = "credits_to_date"
    NO_FAILED_CORE = "no_failed_core"
    CONDUCT = "conduct"
    NO_SANCTION = "no_sanction"
    INTERNSHIP = "internship"
    CERTIFICATE = "certificate"
    EXAM_REGISTRATION = "exam_registration"
    MEDICAL_CHECK = "medical_check"


@dataclass(frozen=True, slots=True)
class HardCondition:
    """One condition; what threshold says depends on the kind.

    YEAR_OF_STUDY: years. CREDITS_TO_DATE: percent of the plan to date. NO_SANCTION: the mildest
    SanctionLevel that blocks ("3"). INTERNSHIP: "started" or "passed". CERTIFICATE: the lowest
    CertificateLevel. The others leave it empty.
    """

    kind: HardConditionKind
    threshold: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One signed agreement for one cohort. Years are integers in tenths (25 = 2.5 years)."""

    agreement_id: int
    school_id: int
    college_id: int
    name: str
    document_no: str
    entry_year: int
    pre_level: EducationLevel
    pre_years_tenths: int
    post_level: EducationLevel
    post_years_tenths: int
    pre_major_code: str
    pre_catalogue_year: int
    post_major_code: str
    post_catalogue_year: int
    quota: int
    valid_from: date
    valid_to: date
    hard_conditions: tuple[HardCondition, ...]
