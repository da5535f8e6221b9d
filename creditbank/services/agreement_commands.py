"""What is asked of services.agreements, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

from creditbank.domain.agreement_terms import AgreementTerms
from creditbank.domain.agreements import EducationLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class SignAgreement:
    """A new agreement with its first terms, whose numbers the service gives.

    The terms come into force on the first day of their validity. Years in tenths.
    """

    school_id: int
    college_id: int
    name: str
    entry_year: int
    pre_level: EducationLevel
    pre_years_tenths: int
    pre_major_code: str
    pre_catalogue_year: int
    post_level: EducationLevel
    post_years_tenths: int
    post_major_code: str
    post_catalogue_year: int
    terms: AgreementTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendAgreement:
    """Another version. of_version_no: the version that the writer saw last."""

    agreement_id: int
    of_version_no: int
    terms: AgreementTerms


@dataclass(frozen=True, slots=True)
class TermsKept:
    """The version that was written."""

    agreement_id: int
    version_no: int
    replayed: bool = False
