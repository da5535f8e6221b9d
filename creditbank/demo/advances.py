"""What the demo's agreements say: how many places, which scores count, what breaks a tie."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from creditbank.domain.agreement_terms import (
    AgreementTerms,
    AssessmentDimension,
    ScoreKind,
    ScorePart,
    TieBreak,
)
from creditbank.domain.agreements import Agreement, EducationLevel
from creditbank.domain.awards import AwardLevel
from creditbank.store.agreement_terms import terms_row

PLACES = 25
"""Of each agreement: fewer than a class has learners, so that the ranking decides something."""
_TO_COLLEGE = (
    ScorePart(ScoreKind.COURSE_AVERAGE, 10_000, 50),
    ScorePart(ScoreKind.SKILL_TEST, 10_000, 30),
    ScorePart(ScoreKind.QUALITY, 10_000, 20),
)
_TO_UNIVERSITY = (
    ScorePart(ScoreKind.CULTURE_EXAM, 32_000, 50),
    ScorePart(ScoreKind.KNOWLEDGE_TEST, 20_000, 30, 12_000),
    ScorePart(ScoreKind.SKILL_TEST, 10_000, 20, 6_000),
)


def terms_of(agreement: Agreement, *, decided_by: int) -> dict[str, Any]:
    """The first version of an agreement's terms as a row, signed with it."""
    to_university = agreement.post_level is EducationLevel.BACHELOR
    terms = AgreementTerms(
        agreement_id=agreement.agreement_id,
        version_no=1,
        in_force_from=agreement.valid_from,
        document_no=agreement.document_no,
        quota=PLACES,
        valid_from=agreement.valid_from,
        valid_to=agreement.valid_to,
        hard_conditions=agreement.hard_conditions,
        scores=_TO_UNIVERSITY if to_university else _TO_COLLEGE,
        pass_total=6_000,
        tie_breaks=(TieBreak.SKILL_TEST,) if to_university else (
            TieBreak.SKILL_TEST, TieBreak.COURSE_AVERAGE,
        ),
        exemption_level=None if to_university else AwardLevel.PROVINCE,
        assessment_dimensions=tuple(AssessmentDimension),
        notice_days=5,
        appeal_days=5,
        attempts_max=2 if to_university else 1,
        allows_parallel_exam=to_university,
    )  # fmt: skip
    signed = datetime.combine(agreement.valid_from, time(1), UTC) - timedelta(days=30)
    return {**terms_row(terms), "decided_by": decided_by, "decided_at": signed}
