"""The words of the files beside this, as the domain has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from creditbank.domain.advance_moves import Obstacle, Proposal, obstacle
from creditbank.domain.advance_words import STAGE_NAMES
from creditbank.domain.advances import (
    AdvanceRules,
    Move,
    MoveKind,
    Signature,
    Situation,
    Stage,
    Standing,
    stage_of,
)
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.permissions import Role
from creditbank.domain.verdicts import Outcome

FILES = sorted(Path(__file__).parent.glob("*.yaml"))
ALLOWED = "准予"
KINDS = {
    "确认资格": MoveKind.QUALIFY,
    "过程考核合格": MoveKind.PASS_ASSESSMENT,
    "过程考核不合格": MoveKind.FAIL_ASSESSMENT,
    "公示": MoveKind.ANNOUNCE,
    "提出异议": MoveKind.APPEAL,
    "驳回异议": MoveKind.DISMISS_APPEAL,
    "异议成立": MoveKind.GRANT_APPEAL,
    "报送": MoveKind.FILE,
    "登记成绩": MoveKind.SCORE,
    "拟录取": MoveKind.PROPOSE,
    "排名未录": MoveKind.PASS_OVER,
    "录取": MoveKind.ADMIT,
    "不录取": MoveKind.REFUSE,
    "返回录取信息": MoveKind.RETURN_ADMISSION,
    "二次转段": MoveKind.RETRY,
    "报考春季高考": MoveKind.REGISTER_EXAM,
    "放弃": MoveKind.GIVE_UP,
    "取消资格": MoveKind.DISQUALIFY,
}
ROLES = {
    "学籍管理员": Role.REGISTRAR,
    "分管校长": Role.APPROVER,
    "对接院校": Role.COLLEGE,
    "学生": Role.STUDENT,
    "监护人": Role.GUARDIAN,
    "县教体局": Role.COUNTY,
    "班主任": Role.ADVISOR,
}
USUALLY = {
    MoveKind.QUALIFY: "分管校长",
    MoveKind.PASS_ASSESSMENT: "学籍管理员",
    MoveKind.FAIL_ASSESSMENT: "学籍管理员",
    MoveKind.ANNOUNCE: "分管校长",
    MoveKind.APPEAL: "学生",
    MoveKind.DISMISS_APPEAL: "分管校长",
    MoveKind.GRANT_APPEAL: "分管校长",
    MoveKind.FILE: "分管校长",
    MoveKind.SCORE: "对接院校",
    MoveKind.PROPOSE: "对接院校",
    MoveKind.PASS_OVER: "对接院校",
    MoveKind.ADMIT: "对接院校",
    MoveKind.REFUSE: "对接院校",
    MoveKind.RETURN_ADMISSION: "对接院校",
    MoveKind.RETRY: "分管校长",
    MoveKind.REGISTER_EXAM: "学籍管理员",
    MoveKind.GIVE_UP: "学籍管理员",
    MoveKind.DISQUALIFY: "分管校长",
}
"""Who makes a step where the file names nobody."""
OBSTACLES = {
    "角色不符": Obstacle.WRONG_ROLE,
    "已退出": Obstacle.ENDED,
    "已结束": Obstacle.CLOSED,
    "阶段不符": Obstacle.WRONG_STAGE,
    "考核不合格": Obstacle.ASSESSMENT_FAILED,
    "资格未达标": Obstacle.NOT_QUALIFIED,
    "休学暂停": Obstacle.HELD,
    "复核未办结": Obstacle.REVIEW_OPEN,
    "排名有变": Obstacle.RANKING_CHANGED,
    "异议未处理": Obstacle.APPEAL_OPEN,
    "没有异议": Obstacle.NO_APPEAL,
    "已公示": Obstacle.ANNOUNCED,
    "未开始公示": Obstacle.NOT_ANNOUNCED,
    "公示未满": Obstacle.NOTICE_RUNS,
    "异议期已过": Obstacle.APPEAL_LATE,
    "次数已用完": Obstacle.ATTEMPTS_USED,
    "须待次年": Obstacle.RETRY_EARLY,
    "协议不允许": Obstacle.EXAM_NOT_ALLOWED,
    "已报考": Obstacle.EXAM_MARKED,
    "已签署": Obstacle.SIGNED_ALREADY,
    "未到日期": Obstacle.TOO_EARLY,
    "已过日期": Obstacle.TOO_LATE,
    "缺文号": Obstacle.DOCUMENT_MISSING,
    "缺原因": Obstacle.REASON_MISSING,
}
STAGES = {words.zh: stage for stage, words in STAGE_NAMES.items()}
_STATUSES = {
    "在读": EnrolmentStatus.STUDYING,
    "休学": EnrolmentStatus.SUSPENDED,
    "毕业": EnrolmentStatus.GRADUATED,
    "结业": EnrolmentStatus.COMPLETED,
    "退学": EnrolmentStatus.WITHDRAWN,
    "转出": EnrolmentStatus.TRANSFERRED_OUT,
    "开除": EnrolmentStatus.EXPELLED,
}
_OUTCOMES = {
    "正常": Outcome.ON_TRACK,
    "落后": Outcome.BEHIND,
    "达标": Outcome.QUALIFIED,
    "不达标": Outcome.NOT_QUALIFIED,
    "需人工复核": Outcome.NEEDS_REVIEW,
    "终止": Outcome.ENDED,
    "未判定": None,
}
_SIGNATURES = {
    Role.STUDENT: frozenset({Signature.STUDENT}),
    Role.GUARDIAN: frozenset({Signature.GUARDIAN}),
}
DOCUMENT, REASON = "测转1号", "按考核方案"


def situations() -> list[tuple[str, dict[str, Any]]]:
    """Every situation of the files with its title."""
    return [
        (item["标题"], item)
        for path in FILES
        for item in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def read_rules(words: Mapping[str, Any]) -> AdvanceRules:
    """过程跟踪自 次数 允许春季高考, and days of the calendar by step: [first, last]."""
    return AdvanceRules(
        process_from=words.get("过程跟踪自", date(2027, 9, 1)),
        attempts_max=words.get("次数", 2),
        allows_parallel_exam=words.get("允许春季高考", "是") == "是",
        windows={KINDS[kind]: tuple(days) for kind, days in words.get("年历", {}).items()},
    )


def read_situation(words: Mapping[str, Any]) -> Situation:
    """结论 缺 状态 离开班级 复核 变化 排名变化."""
    return Situation(
        outcome=_OUTCOMES[words.get("结论", "达标")],
        missing=tuple(words.get("缺", ())),
        status=_STATUSES[words.get("状态", "在读")],
        has_left=words.get("离开班级") == "是",
        review_case_id=1 if words.get("复核") == "是" else None,
        changed=tuple(words.get("变化", ())),
        ranking_changed=tuple(words.get("排名变化", ())),
    )


def read_moves(words: Sequence[str]) -> list[Move]:
    """Each: day, step, and for a notice its first day, last day and last day of appeals."""
    found = []
    for number, line in enumerate(words, start=1):
        day, kind, *rest = line.split()
        days = [date.fromisoformat(text) for text in rest] if kind == "公示" else []
        found.append(
            Move(
                kind=KINDS[kind],
                decided_on=date.fromisoformat(day),
                number=number,
                starts_on=days[0] if days else None,
                ends_on=days[1] if days else None,
                appeal_until=days[2] if days else None,
                signatures=_signed(kind, rest),
            )
        )
    return found


def _signed(kind: str, rest: Sequence[str]) -> frozenset[Signature]:
    if kind != "放弃":
        return frozenset()
    return _SIGNATURES[ROLES[rest[0]]] if rest else frozenset(Signature)


def standing_on(item: Mapping[str, Any], day: date) -> Standing:
    """Where the learner of a situation stands."""
    return stage_of(
        read_situation(item.get("学生", {})),
        day,
        read_rules(item.get("规则", {})),
        read_moves(item.get("经过", ())),
    )


def tried(item: Mapping[str, Any], line: str, day: date) -> tuple[MoveKind, str]:
    """What becomes of a step: 准予, or the words of what stands in its way.

    line: 步骤 [谁] [无文号] [无原因].
    """
    kind_words, *rest = line.split()
    kind = KINDS[kind_words]
    who = next((word for word in rest if word in ROLES), USUALLY[kind])
    role = ROLES[who]
    asked = Proposal(
        kind=kind,
        role=role,
        decided_on=day,
        document_no="" if "无文号" in rest else DOCUMENT,
        reason="" if "无原因" in rest else REASON,
        signatures=_SIGNATURES.get(role, frozenset(Signature)),
    )
    found = obstacle(standing_on(item, day), read_rules(item.get("规则", {})), asked)
    words = {code: text for text, code in OBSTACLES.items()}
    return kind, ALLOWED if found is None else words[found]


def known_stages() -> set[Stage]:
    """All of them."""
    return set(Stage)
