"""转段: cohorts by stage, one learner's way, and every step for one or for a class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from creditbank.api.calls import actor, cursor_and_limit, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.advances import MoveKind
from creditbank.domain.permissions import Action
from creditbank.queries.advances import (
    AdvanceCohort,
    Chosen,
    advance_cohort,
    advance_forms,
    learner_advances,
)
from creditbank.services.advance_admissions import decide_admissions, return_admissions
from creditbank.services.advance_commands import (
    AdmissionLine,
    AssessmentLine,
    DecideAdmissions,
    DimensionResult,
    ProposeByRanking,
    RecordAssessments,
    RecordScores,
    ReturnAdmissions,
    ReturnLine,
    ScoreLine,
    StepForMany,
    StepForOne,
    TakenSteps,
    WithdrawStep,
)
from creditbank.services.advance_rankings import RankedLearner, propose_by_ranking, see_ranking
from creditbank.services.advance_scores import record_scores
from creditbank.services.advances import (
    record_assessments,
    take_step_for_many,
    take_step_for_one,
    withdraw_step,
)
from schemas.advances import (
    AdmissionDecisionsSchema,
    AdmissionsSchema,
    AdvanceCohortSchema,
    AdvanceFormsSchema,
    AdvanceProposalSchema,
    AdvanceQuerySchema,
    AdvanceWithdrawalSchema,
    AppealRulingSchema,
    AppealSchema,
    AssessmentsSchema,
    DisqualificationSchema,
    GivingUpSchema,
    LearnerAdvancesSchema,
    RankingSchema,
    ScoresSchema,
    StepForManySchema,
    TakenStepsSchema,
)
from schemas.pages import PageQuerySchema

blueprint = Blueprint("advances", "转段 Advances")


@blueprint.reads(
    f"/agreements/<{ID}:agreement_id>/advances",
    Action.SEE_ADVANCE_COHORT,
    AdvanceCohortSchema(),
    query=AdvanceQuerySchema(),
)
def get_advances(query: dict[str, Any], agreement_id: int) -> AdvanceCohort:
    """一个协议的学生各在哪个阶段 Where the learners of an agreement stand."""
    chosen = Chosen(stage=query["stage"], flagged=bool(query["flagged"]), **cursor_and_limit(query))
    with unit_of_work() as uow:
        return advance_cohort(uow, actor(), agreement_id, chosen, now=now())


@blueprint.reads(
    f"/agreements/<{ID}:agreement_id>/advance-forms",
    Action.SEE_ADVANCE_COHORT,
    AdvanceFormsSchema(),
    query=PageQuerySchema(),
)
def get_advance_forms(query: dict[str, Any], agreement_id: int) -> dict[str, Any]:
    """转段资格审核表:条件、成绩、公示、意见 The forms: conditions, scores, notice, opinions."""
    chosen = Chosen(**cursor_and_limit(query))
    with unit_of_work() as uow:
        page = advance_cohort(uow, actor(), agreement_id, chosen, now=now()).members
        ids = [item.enrolment_id for item in page.items]
        found = advance_forms(uow, actor(), agreement_id, ids, now=now())
    return {"items": found, "next_cursor": page.next_cursor}


@blueprint.reads(
    f"/agreements/<{ID}:agreement_id>/advance-ranking",
    Action.SEE_ADVANCE_COHORT,
    RankingSchema(),
)
def get_advance_ranking(agreement_id: int) -> dict[str, Any]:
    """按协议计分排名,尚未决定 The ranking as it would be now; nothing is decided."""
    with unit_of_work() as uow:
        action = Action.SEE_ADVANCE_COHORT
        _terms, found = see_ranking(uow, actor(), agreement_id, action=action, now=now())
    return {"places": found.places, "items": list(map(_ranked, found.items))}


def _ranked(item: RankedLearner) -> dict[str, Any]:
    seat, ranked = item.known.seat, item.ranked
    return {
        "enrolment_id": seat.enrolment_id,
        "learner_id": seat.learner_id,
        "name": seat.row["name"],
        "student_no": seat.row["student_no"],
        "score_lines": [
            {"part": kind, "units": units} for kind, units in sorted(item.scores.items())
        ],
        "award": item.award,
        "total": ranked.total,
        "rank": ranked.rank,
        "place": ranked.place.value,
        "lacks": [
            {"code": lack.value, "part": "" if part is None else part.value}
            for lack, part in ranked.lacks
        ],
    }


@blueprint.reads(
    f"/learners/<{ID}:learner_id>/advances", Action.SEE_ADVANCES, LearnerAdvancesSchema()
)
def get_learner_advances(learner_id: int) -> dict[str, Any]:
    """一名学生的转段全过程 One learner's way, with every step."""
    with unit_of_work() as uow:
        return {"items": learner_advances(uow, actor(), learner_id, now=now())}


def _made(service: Callable[..., TakenSteps], command: object) -> TakenSteps:
    with unit_of_work() as uow:
        return service(uow, actor(), command, idempotency_key=idempotency_key(), now=now())


def _many(kind: MoveKind, loaded: dict[str, Any]) -> TakenSteps:
    command = StepForMany(kind=kind, **loaded | {"enrolment_ids": tuple(loaded["enrolment_ids"])})
    return _made(take_step_for_many, command)


@blueprint.writes(
    "/advances/qualifications",
    Action.CONFIRM_QUALIFICATION,
    StepForManySchema(),
    TakenStepsSchema(),
)
def post_qualifications(loaded: dict[str, Any]) -> TakenSteps:
    """整班确认资格,仅凭达标的当前结论 Confirm qualifications, on positive verdicts of now."""
    return _many(MoveKind.QUALIFY, loaded)


@blueprint.writes(
    "/advances/assessments", Action.ASSESS_PROCESS, AssessmentsSchema(), TakenStepsSchema()
)
def post_assessments(loaded: dict[str, Any]) -> TakenSteps:
    """登记过程考核表 Record the sheets of the process assessment."""
    lines = tuple(
        AssessmentLine(
            **line
            | {
                "results": {
                    item["dimension"]: DimensionResult(item["passed"], item["remark"])
                    for item in line["results"]
                }
            }
        )
        for line in loaded.pop("lines")
    )
    return _made(record_assessments, RecordAssessments(**loaded, lines=lines))


@blueprint.writes(
    "/advances/notices", Action.ANNOUNCE_ADVANCE, StepForManySchema(), TakenStepsSchema()
)
def post_notices(loaded: dict[str, Any]) -> TakenSteps:
    """公示考核结果 Announce the results, for the days of the agreement."""
    return _many(MoveKind.ANNOUNCE, loaded)


@blueprint.writes("/advances/appeals", Action.APPEAL_ADVANCE, AppealSchema(), TakenStepsSchema())
def post_appeal(loaded: dict[str, Any]) -> TakenSteps:
    """对公示结果提出异议 Appeal against a result."""
    return _made(take_step_for_one, StepForOne(kind=MoveKind.APPEAL, **loaded))


@blueprint.writes(
    "/advances/appeal-rulings", Action.ANNOUNCE_ADVANCE, AppealRulingSchema(), TakenStepsSchema()
)
def post_appeal_ruling(loaded: dict[str, Any]) -> TakenSteps:
    """异议的处理:成立则重新考核 Answer an appeal; granted, the assessment is open again."""
    kind = MoveKind.GRANT_APPEAL if loaded.pop("granted") else MoveKind.DISMISS_APPEAL
    return _made(take_step_for_one, StepForOne(kind=kind, **loaded))


@blueprint.writes(
    "/advances/filings", Action.ANNOUNCE_ADVANCE, StepForManySchema(), TakenStepsSchema()
)
def post_filings(loaded: dict[str, Any]) -> TakenSteps:
    """报送对接院校 File with the college."""
    return _many(MoveKind.FILE, loaded)


@blueprint.writes("/advances/scores", Action.SCORE_ADVANCE, ScoresSchema(), TakenStepsSchema())
def post_scores(loaded: dict[str, Any]) -> TakenSteps:
    """登记或更正测试成绩 Record test scores, or correct them."""
    lines = tuple(
        ScoreLine(
            enrolment_id=line["enrolment_id"],
            scores={item["part"]: item["points"] for item in line["scores"]},
        )
        for line in loaded.pop("lines")
    )
    return _made(record_scores, RecordScores(**loaded, lines=lines))


@blueprint.writes(
    "/advances/proposals", Action.RANK_ADVANCE, AdvanceProposalSchema(), TakenStepsSchema()
)
def post_proposals(loaded: dict[str, Any]) -> TakenSteps:
    """按排名拟录取 Propose by the ranking; what it rests on is frozen."""
    command = ProposeByRanking(
        **loaded | {name: tuple(loaded[name]) for name in ("left_out", "chosen")}
    )
    return _made(propose_by_ranking, command)


@blueprint.writes(
    "/advances/admission-decisions",
    Action.ADMIT_ADVANCE,
    AdmissionDecisionsSchema(),
    TakenStepsSchema(),
)
def post_admission_decisions(loaded: dict[str, Any]) -> TakenSteps:
    """院校录取或不录取 The college admits or refuses."""
    lines = tuple(AdmissionLine(**line) for line in loaded.pop("lines"))
    return _made(decide_admissions, DecideAdmissions(**loaded, lines=lines))


@blueprint.writes(
    "/advances/admissions", Action.ADMIT_ADVANCE, AdmissionsSchema(), TakenStepsSchema()
)
def post_admissions(loaded: dict[str, Any]) -> TakenSteps:
    """返回录取通知书号、学号和认定学分 What the college returns of those who have advanced."""
    lines = tuple(ReturnLine(**line) for line in loaded.pop("lines"))
    return _made(return_admissions, ReturnAdmissions(**loaded, lines=lines))


@blueprint.writes(
    "/advances/second-attempts", Action.ANNOUNCE_ADVANCE, StepForManySchema(), TakenStepsSchema()
)
def post_second_attempts(loaded: dict[str, Any]) -> TakenSteps:
    """次年再次转段 Open another attempt, in the year after."""
    return _many(MoveKind.RETRY, loaded)


@blueprint.writes(
    "/advances/exam-registrations", Action.ASSESS_PROCESS, StepForManySchema(), TakenStepsSchema()
)
def post_exam_registrations(loaded: dict[str, Any]) -> TakenSteps:
    """标记并行报考春季高考 Mark who sits 春季高考 beside the advance."""
    return _many(MoveKind.REGISTER_EXAM, loaded)


@blueprint.writes(
    "/advances/give-ups", Action.GIVE_UP_ADVANCE, GivingUpSchema(), TakenStepsSchema()
)
def post_give_up(loaded: dict[str, Any]) -> TakenSteps:
    """放弃转段,学生和监护人都要签署 Give up; student and guardian both sign."""
    return _made(take_step_for_one, StepForOne(kind=MoveKind.GIVE_UP, **loaded))


@blueprint.writes(
    "/advances/disqualifications",
    Action.DISQUALIFY_ADVANCE,
    DisqualificationSchema(),
    TakenStepsSchema(),
)
def post_disqualifications(loaded: dict[str, Any]) -> TakenSteps:
    """取消资格,写明原因和文号 Disqualify, with reason and document."""
    return _many(MoveKind.DISQUALIFY, loaded)


@blueprint.writes(
    "/advances/withdrawals",
    Action.WITHDRAW_ADVANCE,
    AdvanceWithdrawalSchema(),
    TakenStepsSchema(),
)
def post_advance_withdrawal(loaded: dict[str, Any]) -> TakenSteps:
    """撤回自己办理的最后一步 Take the last step back."""
    return _made(withdraw_step, WithdrawStep(**loaded))
