"""What a college's computers read: agreements, changes of a cohort, verified status, transcript.

Calls are signed, see domain.college_keys.
"""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, cursor_and_limit, now, today, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.eligibility import sentences
from creditbank.queries.advances import standings_of
from creditbank.queries.agreements import AgreementLine, list_agreements
from creditbank.queries.cohort_changes import CohortChanges, cohort_changes
from creditbank.queries.pages import Page
from creditbank.queries.transcripts import Transcript, shared_transcript
from creditbank.services.cohort_changes import settle_changes
from creditbank.services.fresh_cohorts import verdicts_now
from creditbank.services.verified_statuses import verified_status
from schemas.agreements import AgreementsSchema
from schemas.colleges import CohortChangesQuerySchema, CohortChangesSchema, VerifiedStatusSchema
from schemas.pages import PageQuerySchema
from schemas.transcripts import TranscriptSchema

blueprint = Blueprint("colleges", "高校接口(签名调用) For colleges: signed calls", is_signed=True)
_MEMBER = f"/college/agreements/<{ID}:agreement_id>/learners/<{ID}:learner_id>"


@blueprint.reads(
    "/college/agreements", Action.FOLLOW_COHORT, AgreementsSchema(), query=PageQuerySchema()
)
def get_college_agreements(query: dict[str, Any]) -> Page[AgreementLine]:
    """今天有效的本院校协议 The college's agreements that are valid today."""
    with unit_of_work() as uow:
        return list_agreements(uow, actor(), now=now(), **cursor_and_limit(query))


@blueprint.reads(
    f"/college/agreements/<{ID}:agreement_id>/cohort",
    Action.FOLLOW_COHORT,
    CohortChangesSchema(),
    query=CohortChangesQuerySchema(),
)
def get_cohort_changes(query: dict[str, Any], agreement_id: int) -> CohortChanges:
    """协议班级及其变更:从某一位置起 The cohort, from a position of its changes on."""
    with unit_of_work() as uow:
        settle_changes(uow, actor(), agreement_id, now=now())
    with unit_of_work() as uow:
        found = cohort_changes(
            uow, actor(), agreement_id,
            since=query["changed_since"], limit=query["limit"], now=now(),
        )  # fmt: skip
        verdicts = verdicts_now(uow, found.behind, as_of=today())
        return found.renewed(verdicts).at_stages(uow, verdicts, now=now())


@blueprint.reads(f"{_MEMBER}/status", Action.VERIFY_STATUS, VerifiedStatusSchema())
def get_verified_status(agreement_id: int, learner_id: int) -> dict[str, Any]:
    """核验一名学生此刻的转段状态 How one learner stands at this moment, and why."""
    with unit_of_work() as uow:
        found = verified_status(uow, actor(), agreement_id, learner_id, now=now())
        number = found.advance.verdict.enrolment_id
        standings = standings_of(
            uow, agreement_id, [number], now=now(), verdicts=[found.advance.verdict]
        )
    verdict, graduation = found.advance.verdict, found.graduation
    return {
        "agreement_id": found.agreement_id,
        "advance": found.advance,
        "standing": standings[number],
        "conditions": found.conditions,
        "graduation_outcome": graduation.verdict.outcome.value if graduation else "",
        "sentences": {"zh": sentences(verdict, "zh"), "en": sentences(verdict, "en")},
    }


@blueprint.reads(f"{_MEMBER}/transcript", Action.SEE_SHARED_TRANSCRIPT, TranscriptSchema())
def get_shared_transcript(agreement_id: int, learner_id: int) -> Transcript:
    """一名学生的成绩单 The transcript of one learner of the agreement."""
    with unit_of_work() as uow:
        return shared_transcript(uow, actor(), agreement_id, learner_id, now=now())
