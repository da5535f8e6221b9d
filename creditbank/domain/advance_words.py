"""Why a step of the advance is refused, in the registrar's words and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from creditbank.domain.advance_moves import Obstacle
from creditbank.domain.advances import Stage
from creditbank.domain.errors import Message, Problem

STAGE_NAMES: Mapping[Stage, Message] = {
    Stage.NOT_DUE: Message("未到期", "not due yet"),
    Stage.IN_PROCESS: Message("过程跟踪", "in process"),
    Stage.QUALIFICATION: Message("资格初审", "qualification check"),
    Stage.QUALIFIED: Message("资格初审通过", "qualified"),
    Stage.ASSESSED: Message("过程考核合格", "process assessment passed"),
    Stage.ASSESSMENT_FAILED: Message("过程考核不合格", "process assessment failed"),
    Stage.NOTICE: Message("公示", "public notice"),
    Stage.FILED: Message("报送", "filed with the college"),
    Stage.TESTED: Message("测试", "tested"),
    Stage.PROPOSED: Message("拟录取", "proposed for admission"),
    Stage.ADVANCED: Message("已转段", "advanced"),
    Stage.NOT_PASSED: Message("未通过", "not passed"),
    Stage.GIVEN_UP: Message("放弃", "given up"),
    Stage.DISQUALIFIED: Message("取消资格", "disqualified"),
    Stage.ENDED: Message("已退出", "left the class"),
}

_WORDS: Mapping[Obstacle, Message] = {
    Obstacle.WRONG_ROLE: Message("您的角色不能办理这一步。", "Your role does not make this step."),
    Obstacle.ENDED: Message(
        "该生已离开贯通班或学校,不再参加转段;转出后不能回到贯通班。",
        "The learner has left the class or the school and takes no further part in the advance.",
    ),
    Obstacle.CLOSED: Message(
        "该生的转段已经结束,不能再办理。", "The advance of this learner is over."
    ),
    Obstacle.ASSESSMENT_FAILED: Message(
        "过程考核不合格,不报送;可报名春季高考。",
        "The process assessment was failed: not filed. The spring college entrance examination"
        " stays open.",
    ),
    Obstacle.NOT_QUALIFIED: Message(
        "该生目前的结论未达标,不能确认资格;请先查看所缺的条件。",
        "The verdict of the moment is not positive; see the conditions that it lacks.",
    ),
    Obstacle.HELD: Message(
        "该生休学、停学或保留入学资格,转段暂停;复学后再办理。",
        "The learner is suspended and the advance is held; go on after the return.",
    ),
    Obstacle.REVIEW_OPEN: Message(
        "资格确认后情况有变,复核尚未办结;请先办结复核。",
        "Something changed after the qualification was confirmed; close the review first.",
    ),
    Obstacle.RANKING_CHANGED: Message(
        "列为拟录取之后,排名所依据的成绩或免测有变;请撤回拟录取,重新排名。",
        "Scores or the exemption have changed since the ranking; take the proposal back and rank"
        " again.",
    ),
    Obstacle.APPEAL_OPEN: Message(
        "有异议尚未处理,请先作出处理。", "An appeal is not answered yet; answer it first."
    ),
    Obstacle.NO_APPEAL: Message("没有待处理的异议。", "There is no appeal to answer."),
    Obstacle.ANNOUNCED: Message("这次考核结果已经公示。", "This result was announced already."),
    Obstacle.NOT_ANNOUNCED: Message(
        "考核结果还没有开始公示,不能提出异议。",
        "The notice has not begun; an appeal is made from its first day.",
    ),
    Obstacle.APPEAL_LATE: Message("异议期已过。", "The time for appeals is over."),
    Obstacle.ATTEMPTS_USED: Message(
        "协议约定的次数已用完,不能再次参加。", "The attempts that the agreement allows are used."
    ),
    Obstacle.RETRY_EARLY: Message(
        "第二次转段在未通过的次年进行。", "The next attempt is in the year after."
    ),
    Obstacle.EXAM_NOT_ALLOWED: Message(
        "协议约定不能并行报考春季高考。",
        "The agreement does not allow 春季高考 beside the advance.",
    ),
    Obstacle.EXAM_MARKED: Message("已登记报考春季高考。", "The exam is marked already."),
    Obstacle.SIGNED_ALREADY: Message(
        "这一方已经签署,等待另一方签署。", "This side has signed; the other one is waited for."
    ),
    Obstacle.TOO_EARLY: Message(
        "按转段年历这一步还没有开始。", "By the calendar of the year this step has not begun."
    ),
    Obstacle.TOO_LATE: Message(
        "按转段年历这一步已经截止。", "By the calendar of the year this step is over."
    ),
    Obstacle.DOCUMENT_MISSING: Message("请填写文号。", "Give the document number."),
    Obstacle.REASON_MISSING: Message("请填写原因。", "Give the reason."),
}
_FIELDS = {
    Obstacle.DOCUMENT_MISSING: "document_no",
    Obstacle.REASON_MISSING: "reason",
}


def refusal_of(
    found: Obstacle, stage: Stage, *, until: str = "", row: int | None = None
) -> Problem:
    """The problem that names an obstacle. until: the last day of what is waited for."""
    field = _FIELDS.get(found, "enrolment_id")
    return Problem(found.value, _words(found, stage, until), field=field, row=row)


def _words(found: Obstacle, stage: Stage, until: str) -> Message:
    name = STAGE_NAMES[stage]
    if found is Obstacle.WRONG_STAGE:
        return Message(
            f"该生目前处于“{name.zh}”,不能办理这一步。",
            f"This step does not follow on the present stage: {name.en}.",
        )
    if found is Obstacle.NOTICE_RUNS:
        return Message(
            f"公示和异议期至{until},期满后方可报送。",
            f"Notice and appeals run until {until}; file after that day.",
        )
    return _WORDS[found]
