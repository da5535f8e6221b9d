"""贯通培养 agreements: by levels and years, never by a name like "3+2"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditbank.domain.institutions import InstitutionKind


class EducationLevel(StrEnum):
    """Level of a stage: 中职, 普高, 高职专科, 本科."""

    SECONDARY_VOCATIONAL = "secondary_voc"
    GENERAL_HIGH = "general_high"
    HIGHER_VOCATIONAL = "higher_voc"
    BACHELOR = "bachelor"


FIRST_STAGES: Mapping[EducationLevel, frozenset[InstitutionKind]] = {
    EducationLevel.SECONDARY_VOCATIONAL: frozenset({InstitutionKind.VOCATIONAL_SCHOOL}),
    EducationLevel.HIGHER_VOCATIONAL: frozenset(
        {InstitutionKind.VOCATIONAL_SCHOOL, InstitutionKind.COLLEGE}
    ),
}
"""Who may teach the first stage, by its level: 五年制高职 is taught at 中职 too."""
SECOND_STAGES: Mapping[EducationLevel, frozenset[InstitutionKind]] = {
    EducationLevel.HIGHER_VOCATIONAL: frozenset({InstitutionKind.COLLEGE}),
    EducationLevel.BACHELOR: frozenset({InstitutionKind.COLLEGE, InstitutionKind.UNIVERSITY}),
}
"""Who may teach the second stage, by its level."""


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
