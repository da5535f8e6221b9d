"""Reads the situations in the YAML files beside it: a registrar's words to the domain's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from creditbank.domain.attempts import Attempt, AttemptOutcome, GradedAttempt, attempt_outcome
from creditbank.domain.award_values import competition_units, innovation_units
from creditbank.domain.awards import CertificateLevel, TeamRole
from creditbank.domain.courses import CourseNature, GradingScale
from creditbank.domain.credits import units_from_text
from creditbank.domain.disputes import Holding, disputed_holders
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.errors import Problem
from creditbank.domain.evidence import event_key
from creditbank.domain.labels import (
    AWARD_LEVELS,
    AWARD_RANKS,
    CERTIFICATE_LEVELS,
    EXAM_KINDS,
    INNOVATION_CATEGORIES,
    TEAM_ROLES,
    code_of,
)
from creditbank.domain.ledger import EntryKind
from creditbank.domain.marks import read_mark
from creditbank.domain.plans import Block, ConditionKind, Plan, PlanCourse, Substitution
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import (
    Appraisal,
    Attestation,
    AttestationKind,
    Decision,
    Membership,
    Record,
    Sanction,
    SanctionLevel,
    Snapshot,
)
from creditbank.domain.verdicts import SubjectKind
from tests.policies.agreed import AGREEMENT_ID

FOLDER = Path(__file__).parent
FILES = tuple(path for path in sorted(FOLDER.glob("*.yaml")) if path.name != "plans.yaml")
SUBSTITUTIONS = {"自动": Substitution.AUTOMATIC, "经批准": Substitution.APPROVED}
CONDITIONS = {
    "思想品德": ConditionKind.CONDUCT,
    "岗位实习": ConditionKind.INTERNSHIP,
    "合格性考试": ConditionKind.ACADEMIC_PASS_EXAMS,
    "综合素质评价": ConditionKind.COMPREHENSIVE_EVALUATION,
}
APPRAISALS = {
    "合格": Appraisal.PASSED, "不合格": Appraisal.FAILED, "尚无": Appraisal.PENDING,
    "已开始": Appraisal.PENDING, "未开始": Appraisal.PENDING,
}  # fmt: skip
SANCTIONS = {
    "警告": SanctionLevel.WARNING, "严重警告": SanctionLevel.SERIOUS_WARNING,
    "记过": SanctionLevel.DEMERIT, "留校察看": SanctionLevel.PROBATION,
}  # fmt: skip
_ATTESTED = {
    "体检结果": AttestationKind.MEDICAL_CHECK,
    "春季高考报名": AttestationKind.EXAM_REGISTRATION,
}
SCALES = {"百分制": GradingScale.PERCENT, "五级制": GradingScale.FIVE_LEVEL}
# fmt: off
_LEARNER_WORDS = frozenset({
    "入学", "状态", "休学学期", "未得课程", "成绩", "获奖", "创新", "思想品德", "岗位实习",
    "合格性考试", "综合素质评价", "处分", "转段资格认定于", "进入贯通班", "退出贯通班", "体检结果",
    "春季高考报名", "结论",
})
# fmt: on
_AWARDS = (("获奖", EntryKind.COMPETITION), ("创新", EntryKind.INNOVATION))


@dataclass
class Learner:
    """One learner of a situation. titles: of the records by ledger_seq; attempts: those graded."""

    snapshot: Snapshot
    titles: dict[int, str]
    attempts: list[tuple[Mapping[str, Any], AttemptOutcome]] = field(default_factory=list)
    graded: list[GradedAttempt] = field(default_factory=list)


def situations() -> list[tuple[str, dict[str, Any]]]:
    """Every situation of every file, with its title."""
    found = []
    for path in FILES:
        documents = yaml.safe_load(path.read_text(encoding="utf-8"))
        found += [(item["标题"], item) for item in documents]
    return found


def units(credit: object) -> int:
    return units_from_text(str(credit))


def read_plan(name: str) -> Plan:
    """A plan of plans.yaml."""
    document = yaml.safe_load((FOLDER / "plans.yaml").read_text(encoding="utf-8"))[name]
    blocks, courses = [], []
    for code, block in document["模块"].items():
        how = SUBSTITUTIONS[block["替代"]] if "替代" in block else Substitution.NONE
        blocks.append(
            Block(code, block["名称"], "", CourseNature.REQUIRED, units(block["要求"]), how,
                  is_major_core=block.get("核心") == "是")
        )  # fmt: skip
        for number, credit in enumerate(block["课程"], start=1):
            courses.append(
                PlanCourse(f"{code}{number}", f"{block['名称']}{number}", code, units(credit), 0, 0,
                           min(number, 6), also_counts_in=tuple(block.get("多修可计入", ())))
            )  # fmt: skip
    return Plan(
        plan_id=1,
        code=name,
        version=1,
        name=name,
        institution_id=1,
        major_code="660103",
        catalogue_year=2021,
        years=document["学制"],
        units_min=units(document["总学分"]),
        blocks=tuple(blocks),
        courses=tuple(courses),
        conditions=tuple(CONDITIONS[word] for word in document["条件"]),
        required_pass_exams=tuple(document.get("合格性考试科目", ())),
    )


def read_learners(
    situation: Mapping[str, Any], plan: Plan, policy: Policy
) -> dict[str, tuple[Learner, Mapping[str, Any]]]:
    """Every learner by name, with what is expected of him."""
    names = list(situation["学生"])
    holdings: dict[str, list[Holding]] = defaultdict(list)
    for at, words in enumerate(situation["学生"].values()):
        for word, kind in _AWARDS:
            for item in words.get(word, ()):
                if "编号" in item:
                    holdings[item["编号"]].append(_holding(item, at, kind))
    checked = {
        number: frozenset(map(names.index, owners))
        for number, owners in situation.get("核查", {}).items()
    }
    disputed = {
        number: disputed_holders(found, checked.get(number)) for number, found in holdings.items()
    }
    return {
        name: (
            _learner(
                words, plan, policy,
                frozenset(number for number, learners in disputed.items() if at in learners),
            ),
            words["结论"],
        )
        for at, (name, words) in enumerate(situation["学生"].items())
    }  # fmt: skip


def _holding(item: Mapping[str, Any], learner_id: int, kind: EntryKind) -> Holding:
    if kind is not EntryKind.COMPETITION:
        return Holding(learner_id, kind, _day_of(item))
    return Holding(
        learner_id, kind, _day_of(item), item["名称"], item["级别"], item["等级"], _role(item)
    )


def _day_of(item: Mapping[str, Any]) -> date:
    day: date = item.get("取得", date(2025, 5, 1))
    return day


def _role(item: Mapping[str, Any]) -> TeamRole:
    role = code_of(TEAM_ROLES, item.get("团队", "个人"))
    assert role is not None, item
    return role


def _learner(
    words: Mapping[str, Any], plan: Plan, policy: Policy, disputed: frozenset[str]
) -> Learner:
    unknown = set(words) - _LEARNER_WORDS
    assert not unknown, f"没有这样的词:{unknown}"
    entered_on = words.get("入学", date(2023, 9, 1))
    learner = Learner(_facts(words, plan, entered_on), {})
    records: list[Record] = []
    _add_attempts(words.get("成绩", ()), plan, policy, learner, records)
    left_out = {record.course_code for record in records} | set(words.get("未得课程", ()))
    for course in plan.courses:
        if course.course_code not in left_out:
            records.append(
                Record(len(records) + 1, EntryKind.COURSE, course.units, entered_on, course.name,
                       course.course_code)
            )  # fmt: skip
    for word, kind in _AWARDS:
        for item in words.get(word, ()):
            _add_award(item, kind, policy, records, disputed)
    learner.titles = {record.ledger_seq: record.title for record in records}
    learner.snapshot = _with(learner.snapshot, records)
    return learner


def _with(snapshot: Snapshot, records: Sequence[Record]) -> Snapshot:
    values = {name: getattr(snapshot, name) for name in Snapshot.__slots__}
    return Snapshot(**values | {"records": tuple(records), "ledger_seq": len(records)})


def _add_attempts(
    items: Sequence[Mapping[str, Any]],
    plan: Plan,
    policy: Policy,
    learner: Learner,
    records: list[Record],
) -> None:
    courses = {course.course_code: course for course in plan.courses}
    earlier: dict[str, list[Attempt]] = {}
    for item in items:
        course, kind = courses[item["课程"]], code_of(EXAM_KINDS, item["考试"])
        assert kind is not None, item
        mark = read_mark(item["成绩"], SCALES[item.get("计分", "百分制")], kind, policy)
        assert not isinstance(mark, Problem), item
        before = earlier.setdefault(course.course_code, [])
        outcome = attempt_outcome(
            mark,
            kind,
            course_units=course.units,
            earlier=before,
            policy=policy,
            proof_no=item.get("证明", ""),
        )
        assert not isinstance(outcome, Problem), item
        seq = len(records) + 1
        before.append(Attempt(kind, outcome.passed, outcome.units, seq, outcome.mark))
        records.append(
            Record(seq, EntryKind.COURSE, outcome.units, date(2025, 1, 10), course.name,
                   course.course_code, passed=outcome.passed)
        )  # fmt: skip
        learner.attempts.append((item, outcome))
        learner.graded.append(
            GradedAttempt(
                course.course_code, course.units, outcome.grade_point, seq, passed=outcome.passed
            )
        )


def _add_award(
    item: Mapping[str, Any],
    kind: EntryKind,
    policy: Policy,
    records: list[Record],
    disputed: frozenset[str],
) -> None:
    level, category = CertificateLevel.NONE, "competition"
    if kind is EntryKind.COMPETITION:
        award_level, rank = code_of(AWARD_LEVELS, item["级别"]), code_of(AWARD_RANKS, item["等级"])
        assert award_level is not None, item
        assert rank is not None, item
        worth = competition_units(award_level, rank, _role(item), policy).units
    else:
        found = code_of(INNOVATION_CATEGORIES, item["类别"])
        assert found is not None, item
        level = code_of(CERTIFICATE_LEVELS, item.get("级别", "")) or CertificateLevel.NONE
        category = found.value
        worth = innovation_units(found, item.get("数量", 1), level, policy).units
    number, title = item.get("编号"), item["名称"]
    approved = {code: units(credit) for code, credit in item.get("已批准替代", {}).items()}
    detail = {"title": title, "event": title, "category": category}
    records.append(
        Record(
            ledger_seq=len(records) + 1,
            kind=kind,
            units=worth - sum(approved.values()),
            earned_on=_day_of(item),
            title=title,
            category=category,
            event_key=event_key(kind, detail, number, _day_of(item)),
            certificate_level=level,
            valid_until=item.get("有效期至"),
            disputed=number in disputed,
            drawn_units=sum(approved.values()),
        )
    )
    for code, used in approved.items():
        records.append(
            Record(len(records) + 1, EntryKind.SUBSTITUTION, used, date(2025, 6, 1), title,
                   block_code=code)
        )  # fmt: skip


def _facts(words: Mapping[str, Any], plan: Plan, entered_on: date) -> Snapshot:
    decided = words.get("转段资格认定于")
    exams = words.get("合格性考试", dict.fromkeys(plan.required_pass_exams, "合格"))
    evaluation = APPRAISALS[words.get("综合素质评价", "合格")]
    return Snapshot(
        learner_id=1,
        enrolment_id=1,
        institution_id=1,
        ledger_seq=0,
        facts_seq=1,
        status=EnrolmentStatus(words.get("状态", "01")),
        entered_on=entered_on,
        entry_year=entered_on.year,
        suspended_semesters=words.get("休学学期", 0),
        records=(),
        conduct=APPRAISALS[words.get("思想品德", "合格")],
        internship=APPRAISALS[words.get("岗位实习", "合格")],
        internship_started=words.get("岗位实习") != "未开始",
        sanctions=tuple(
            Sanction(SANCTIONS[item["等级"]], item["日期"], item.get("撤销"))
            for item in words.get("处分", ())
        ),
        attestations=(
            *(
                Attestation(AttestationKind.ACADEMIC_PASS_EXAM, subject, APPRAISALS[result],
                            date(2025, 6, 20))
                for subject, result in exams.items()
            ),
            Attestation(
                AttestationKind.COMPREHENSIVE_EVALUATION, "", evaluation, date(2026, 5, 20)
            ),
            *(
                Attestation(kind, "", APPRAISALS[words[word]], date(2025, 11, 20))
                for word, kind in _ATTESTED.items()
                if word in words
            ),
        ),
        memberships=(
            Membership(
                AGREEMENT_ID, words.get("进入贯通班", entered_on), words.get("退出贯通班")
            ),
        ),
        decisions=(Decision(SubjectKind.ARTICULATION, AGREEMENT_ID, decided),) if decided else (),
    )  # fmt: skip
