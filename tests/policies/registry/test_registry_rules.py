"""Every rule of status changes both ways, on the day before, on and after each boundary."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from creditbank.domain.enrolments import EnrolmentStatus, StudyMode
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.policies import Authority, PolicyValue, resolve
from creditbank.domain.school_calendar import SchoolCalendar, TermDays
from creditbank.domain.status_changes import (
    ChangeKind,
    ChangeReason,
    DeadlineKind,
    MajorChangeGround,
    Programme,
    Proof,
    Suspension,
)
from creditbank.registry.case import (
    Case,
    Change,
    EntryLevel,
    Life,
    Seat,
)
from creditbank.registry.deadlines import deadlines
from creditbank.registry.rules import RULES, refusals
from creditbank.registry.semesters import suspended_semesters
from creditbank.store.policy_files import load_policy_files

FOLDER = Path(__file__).parent
_ALLOWED = "准予"
_SCHOOLS = {
    "中职": InstitutionKind.VOCATIONAL_SCHOOL, "普高": InstitutionKind.GENERAL_HIGH_SCHOOL,
}  # fmt: skip
_KINDS = {
    "转学": ChangeKind.TRANSFER_OUT, "转专业": ChangeKind.MAJOR_CHANGE,
    "休学": ChangeKind.SUSPENSION, "复学": ChangeKind.RESUMPTION, "退学": ChangeKind.WITHDRAWAL,
    "开除学籍": ChangeKind.EXPULSION, "结业换毕业": ChangeKind.EXCHANGE, "死亡": ChangeKind.DEATH,
    "毕业": ChangeKind.GRADUATION, "结业": ChangeKind.COMPLETION, "肄业": ChangeKind.LEAVING,
}  # fmt: skip
_STATUSES = {
    "在读": EnrolmentStatus.STUDYING, "休学": EnrolmentStatus.SUSPENDED,
    "结业": EnrolmentStatus.COMPLETED, "毕业": EnrolmentStatus.GRADUATED,
}  # fmt: skip
_REASONS = {
    "疾病": ChangeReason.ILLNESS, "传染疾病": ChangeReason.INFECTIOUS_ILLNESS,
    "家长病重": ChangeReason.PARENT_ILL, "服兵役": ChangeReason.MILITARY_SERVICE,
    "自动退学": ChangeReason.OWN_WISH,
}  # fmt: skip
_PROOFS = {
    "申请": Proof.APPLICATION, "医院证明": Proof.HOSPITAL, "康复证明": Proof.HEALTH,
    "入伍通知": Proof.ENLISTMENT, "处分决定": Proof.SANCTION, "考核": Proof.ASSESSMENT,
    "死亡证明": Proof.DEATH,
}  # fmt: skip
_GROUNDS = {
    "专长": MajorChangeGround.TALENT, "身体原因": MajorChangeGround.HEALTH,
    "原专业停办": MajorChangeGround.MAJOR_CLOSED,
}  # fmt: skip
_PROGRAMMES = {
    "三年制": Programme.PLAIN, "3+2": Programme.TO_COLLEGE, "3+4": Programme.TO_UNIVERSITY,
    "五年制": Programme.FIVE_YEAR,
}  # fmt: skip
_DEADLINES = {
    DeadlineKind.SUSPENSION_ENDS: "休学期满", DeadlineKind.SUSPENDED_LONG: "连续休学满两年",
    DeadlineKind.LONGEST_TIME: "最长修业年限",
}  # fmt: skip
_MODES = {"全日制": StudyMode.FULL_TIME, "非全日制": StudyMode.PART_TIME}
_LEVELS = {"初中": EntryLevel.JUNIOR, "高中": EntryLevel.SENIOR}


def _calendar() -> SchoolCalendar:
    content = yaml.safe_load((FOLDER / "calendar.yaml").read_text(encoding="utf-8"))
    return SchoolCalendar(
        {code: TermDays(*days) for code, days in content["学期"].items()},
        frozenset(content["节假日"]),
        frozenset(content["调休"]),
    )


CALENDAR = _calendar()


def _seat(words: Mapping[str, Any], institution_id: int) -> Seat:
    return Seat(
        institution_id,
        _SCHOOLS[words["学校"]],
        words.get("地区", "370124"),
        words.get("专业", "710205"),
        words.get("学制", 3),
        _PROGRAMMES[words.get("班级", "三年制")],
        _LEVELS[words.get("起点", "初中")],
        _MODES[words.get("学习形式", "全日制")],
    )


def _life(words: Mapping[str, Any]) -> Life:
    suspensions = tuple(
        Suspension(_REASONS[item["原因"]], item["自"], item["至"], item.get("复学"))
        for item in words.get("休学", ())
    )
    return Life(
        _seat(words, 1),
        _STATUSES[words.get("状态", "在读")],
        words["入学"],
        words["入学"].year,
        None if words.get("出生") == "未登记" else words.get("出生", date(2009, 9, 1)),
        suspended_semesters=words.get("休学学期", 0),
        suspensions=suspensions,
        absent_hours=words.get("旷课课时", 0),
        absent_days=words.get("连续旷课", 0),
        completed_on=words.get("结业"),
        is_approved=words.get("批准毕业") == "是",
        is_in_review=words.get("复核") == "是",
        may_graduate=words.get("达标") == "是",
    )


def _change(case: Mapping[str, Any], applied_on: date) -> Change:
    return Change(
        _KINDS[case["异动"]],
        _REASONS[case["原因"]] if "原因" in case else ChangeReason.OTHER,
        applied_on,
        case.get("生效", applied_on),
        frozenset(_PROOFS[proof] for proof in case.get("另附", ())),
        until=case.get("止"),
        to=_seat(case["转入"], 2) if "转入" in case else None,
        is_paired=case.get("结对") == "是",
        ground=_GROUNDS[case["理由"]] if "理由" in case else None,
        by_school=case.get("学校处理") == "是",
        document_no=case.get("文号", ""),
    )


def _cases() -> list[Any]:
    return [
        pytest.param(case, day, expected, id=f"{case['标题']}-{day}")
        for path in sorted(FOLDER.glob("*.yaml"))
        if path.name not in {"calendar.yaml", "deadlines.yaml", "semesters.yaml"}
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
        for day, expected in case["申请"].items()
    ]


def _refused(case: Mapping[str, Any], day: date) -> dict[str, str]:
    ruled = [
        PolicyValue(key, value, Authority.SCHOOL, date(2000, 1, 1), "平职规1号", institution_id=1)
        for key, value in case.get("规则", {}).items()
    ]
    policy = resolve((*ruled, *load_policy_files()), institution_id=1, as_of=day)
    found = refusals(Case(_change(case, day), _life(case["学生"]), policy, CALENDAR))
    assert all(item.reference and item.message.en for item in found)
    return {item.rule: item.message.zh for item in found}


@pytest.mark.parametrize(("case", "day", "expected"), _cases())
def test_what_a_rule_says_on_the_day(case, day, expected):
    assert _refused(case, day) == ({} if expected == _ALLOWED else expected)


@pytest.mark.parametrize(
    ("case", "day", "expected"),
    [
        pytest.param(case, day, expected, id=f"{case['标题']}-{day}")
        for case in yaml.safe_load((FOLDER / "deadlines.yaml").read_text(encoding="utf-8"))
        for day, expected in case["提醒"].items()
    ],
)
def test_what_runs_out_is_said_in_time(case, day, expected):
    policy = resolve(load_policy_files(), institution_id=1, as_of=day)
    assert [
        f"{_DEADLINES[item.kind]} {item.on}{' 已过' if item.is_over else ''}"
        for item in deadlines(_life(case["学生"]), policy, day)
    ] == expected


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case["标题"])
        for case in yaml.safe_load((FOLDER / "semesters.yaml").read_text(encoding="utf-8"))
    ],
)
def test_suspended_semesters_are_whole_terms(case):
    life = _life({"学校": "中职", "入学": date(2024, 9, 2), "休学": case["休学"]})
    assert suspended_semesters(life.suspensions, CALENDAR) == case["学期数"]


def test_every_rule_refuses_somewhere_and_allows_what_it_is_asked_elsewhere():
    refused = {rule for *_, expected in _plain() if expected != _ALLOWED for rule in expected}
    allowed = {_KINDS[case["异动"]] for case, _, expected in _plain() if expected == _ALLOWED}
    assert refused == {rule.id for rule in RULES} | {"ST1"}
    assert allowed == {rule.kind for rule in RULES}


def _plain() -> list[Any]:
    return [param.values for param in _cases()]
