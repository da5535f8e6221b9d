"""The Chinese names of codes as registrars write them in tables: read leniently, written strictly.

The first name of each code is the one that is written. Screens have their own translations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.courses import CourseNature, ExamKind
from creditbank.domain.enrolments import EnrolmentStatus, Term
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.recognition_rules import Relation
from creditbank.domain.status_changes import (
    ChangeKind,
    ChangeReason,
    MajorChangeGround,
    Office,
    Proof,
)
from creditbank.domain.verdicts import Outcome

Code = TypeVar("Code", bound=StrEnum)

EXAM_KINDS: Mapping[ExamKind, tuple[str, ...]] = {
    ExamKind.NORMAL: ("正常", "正常考试", "期末"),
    ExamKind.DEFERRED: ("缓考",),
    ExamKind.ABSENT: ("旷考", "缺考"),
    ExamKind.FIRST_RESIT: ("补考一", "补考", "第一次补考"),
    ExamKind.SECOND_RESIT: ("补考二", "第二次补考"),
    ExamKind.RETAKE: ("重修",),
    ExamKind.EXEMPT: ("免修",),
    ExamKind.RESIT_AFTER_COMPLETION: ("结业后回校补考", "结业补考"),
    ExamKind.OTHER: ("其他",),
}

OUTCOMES: Mapping[Outcome, tuple[str, ...]] = {
    Outcome.ELIGIBLE: ("可毕业",),
    Outcome.ELIGIBLE_EARLY: ("可提前毕业",),
    Outcome.NOT_YET: ("未达标",),
    Outcome.COMPLETION_DUE: ("应结业",),
    Outcome.NEEDS_REVIEW: ("需人工复核",),
    Outcome.ON_TRACK: ("进度正常",),
    Outcome.BEHIND: ("进度落后",),
    Outcome.QUALIFIED: ("具备转段资格",),
    Outcome.NOT_QUALIFIED: ("未达转段资格",),
    Outcome.ENDED: ("资格终止",),
    Outcome.CLOSED: ("学籍已结束",),
}

AWARD_LEVELS: Mapping[AwardLevel, tuple[str, ...]] = {
    AwardLevel.INTERNATIONAL: ("国际级", "国际"),
    AwardLevel.NATIONAL: ("国家级", "国家", "全国"),
    AwardLevel.PROVINCE: ("省级", "省"),
    AwardLevel.CITY: ("市级", "市"),
    AwardLevel.COUNTY: ("县级", "县", "区县级"),
    AwardLevel.SCHOOL: ("校级", "校"),
}

AWARD_RANKS: Mapping[AwardRank, tuple[str, ...]] = {
    AwardRank.SPECIAL: ("特等奖", "特等"),
    AwardRank.FIRST: ("一等奖", "一等"),
    AwardRank.SECOND: ("二等奖", "二等"),
    AwardRank.THIRD: ("三等奖", "三等"),
    AwardRank.FOURTH: ("四等奖", "四等"),
    AwardRank.UNRANKED: ("未评等级",),
    AwardRank.OTHER: ("其他", "优秀奖"),
}

TEAM_ROLES: Mapping[TeamRole, tuple[str, ...]] = {
    TeamRole.INDIVIDUAL: ("个人", ""),
    TeamRole.CAPTAIN: ("队长", "第一完成人"),
    TeamRole.MEMBER: ("队员", "成员"),
}

INNOVATION_CATEGORIES: Mapping[InnovationCategory, tuple[str, ...]] = {
    InnovationCategory.PATENT_INVENTION: ("发明专利",),
    InnovationCategory.PATENT_UTILITY: ("实用新型专利", "实用新型"),
    InnovationCategory.PATENT_DESIGN: ("外观设计专利", "外观设计"),
    InnovationCategory.SOFTWARE_COPYRIGHT: ("软件著作权", "软著"),
    InnovationCategory.PUBLISHED_WORK: ("公开论文或作品", "论文", "作品"),
    InnovationCategory.TECHNICAL_INNOVATION: ("技术革新",),
    InnovationCategory.ENTERPRISE: ("创业",),
    InnovationCategory.SCHOOL_PROJECT: ("校内创新项目", "创新项目"),
    InnovationCategory.SOCIAL_PRACTICE: ("社会实践",),
    InnovationCategory.VOLUNTEERING: ("志愿服务",),
    InnovationCategory.SKILL_CERTIFICATE: ("职业技能等级证书", "1+X证书", "技能证书"),
    InnovationCategory.GENERAL_CERTIFICATE: (
        "通用能力证书",
        "普通话证书",
        "计算机证书",
        "英语证书",
    ),
}

CERTIFICATE_LEVELS: Mapping[CertificateLevel, tuple[str, ...]] = {
    CertificateLevel.NONE: ("",),
    CertificateLevel.ELEMENTARY: ("初级", "五级"),
    CertificateLevel.INTERMEDIATE: ("中级", "四级"),
    CertificateLevel.ADVANCED: ("高级", "三级"),
}

DIRECTIONS: Mapping[InstitutionKind, tuple[str, ...]] = {
    InstitutionKind.VOCATIONAL_SCHOOL: ("中职", "中等职业学校"),
    InstitutionKind.GENERAL_HIGH_SCHOOL: ("普高", "普通高中", "高中"),
}

RELATIONS: Mapping[Relation, tuple[str, ...]] = {
    Relation.SAME: ("相同直认",),
    Relation.SIMILAR: ("相近可认",),
    Relation.ELECTIVE: ("计入选修", "选修"),
    Relation.NONE: ("不认", "不予认定"),
}

ELECTIVES: Mapping[CourseNature, tuple[str, ...]] = {
    CourseNature.RESTRICTED_ELECTIVE: ("限选", "限选课"),
    CourseNature.FREE_ELECTIVE: ("任选", "任选课"),
}

STATUSES: Mapping[EnrolmentStatus, tuple[str, ...]] = {
    EnrolmentStatus.STUDYING: ("在读",),
    EnrolmentStatus.SUSPENDED: ("休学",),
    EnrolmentStatus.WITHDRAWN: ("退学",),
    EnrolmentStatus.STOPPED: ("停学",),
    EnrolmentStatus.RESUMED: ("复学",),
    EnrolmentStatus.LOST: ("流失",),
    EnrolmentStatus.GRADUATED: ("已毕业",),
    EnrolmentStatus.COMPLETED: ("已结业",),
    EnrolmentStatus.INCOMPLETE: ("肄业",),
    EnrolmentStatus.TRANSFERRED_OUT: ("转出",),
    EnrolmentStatus.DECEASED: ("死亡",),
    EnrolmentStatus.ADMISSION_RESERVED: ("保留入学资格",),
    EnrolmentStatus.SENT_ABROAD: ("公派出国",),
    EnrolmentStatus.EXPELLED: ("开除",),
    EnrolmentStatus.MISSING: ("下落不明",),
    EnrolmentStatus.OTHER: ("其他状态",),
}

CHANGE_KINDS: Mapping[ChangeKind, tuple[str, ...]] = {
    ChangeKind.SUSPENSION: ("休学",),
    ChangeKind.RESUMPTION: ("复学",),
    ChangeKind.RESERVATION: ("保留入学资格",),
    ChangeKind.ADMISSION: ("恢复入学资格",),
    ChangeKind.RESERVATION_LAPSE: ("取消入学资格",),
    ChangeKind.TRANSFER_OUT: ("转学（转出）",),
    ChangeKind.TRANSFER_IN: ("转学（转入）",),
    ChangeKind.MAJOR_CHANGE: ("转专业",),
    ChangeKind.CLASS_CHANGE: ("转班级",),
    ChangeKind.WITHDRAWAL: ("退学",),
    ChangeKind.EXPULSION: ("开除学籍",),
    ChangeKind.DEATH: ("死亡",),
    ChangeKind.GRADUATION: ("毕业",),
    ChangeKind.COMPLETION: ("结业",),
    ChangeKind.LEAVING: ("肄业",),
    ChangeKind.EXCHANGE: ("结业换毕业",),
}

CHANGE_REASONS: Mapping[ChangeReason, tuple[str, ...]] = {
    ChangeReason.GOOD_MARKS: ("成绩优秀",),
    ChangeReason.ILLNESS: ("疾病",),
    ChangeReason.MENTAL_ILLNESS: ("精神疾病",),
    ChangeReason.INFECTIOUS_ILLNESS: ("传染疾病",),
    ChangeReason.OTHER_ILLNESS: ("其他疾病",),
    ChangeReason.OWN_WISH: ("自动退学",),
    ChangeReason.POOR_MARKS: ("成绩太差",),
    ChangeReason.STARTUP: ("休学创业",),
    ChangeReason.WORK_PRACTICE: ("停学实践（求职）",),
    ChangeReason.PARENT_ILL: ("家长病重",),
    ChangeReason.POVERTY: ("贫困",),
    ChangeReason.NOT_RESUMED: ("休学期满未办理复学",),
    ChangeReason.OVER_LONGEST_TIME: ("超过最长学习期限未完成学业",),
    ChangeReason.MILITARY_SERVICE: ("应征入伍",),
    ChangeReason.OTHER_WITHDRAWAL: ("其他原因退学",),
    ChangeReason.OTHER: ("其他",),
}

GROUNDS: Mapping[MajorChangeGround, tuple[str, ...]] = {
    MajorChangeGround.TALENT: ("确有专长",),
    MajorChangeGround.HEALTH: ("身体原因",),
    MajorChangeGround.MAJOR_CLOSED: ("复学后原专业已停办",),
}

PROOFS: Mapping[Proof, tuple[str, ...]] = {
    Proof.APPLICATION: ("学生与监护人签字的申请",),
    Proof.HOSPITAL: ("县级以上医院诊断证明",),
    Proof.HEALTH: ("康复证明",),
    Proof.ENLISTMENT: ("入伍通知书",),
    Proof.SANCTION: ("处分决定",),
    Proof.ASSESSMENT: ("转入学校考核",),
    Proof.DEATH: ("死亡证明",),
}

OFFICES: Mapping[Office, tuple[str, ...]] = {
    Office.ADVISOR: ("班主任",),
    Office.REGISTRAR: ("教务科",),
    Office.PRINCIPAL: ("分管校长",),
    Office.RECEIVING_REGISTRAR: ("转入校教务科",),
    Office.RECEIVING_PRINCIPAL: ("转入校分管校长",),
    Office.COUNTY: ("学籍主管部门",),
    Office.AUTHORITY_OUT: ("转出主管科室",),
    Office.AUTHORITY_IN: ("转入主管科室",),
}

_TERM = re.compile(
    r"(\d{4})\s*[-–—―~至]{1,2}\s*(\d{4})\s*学年度?\s*[,(]?\s*(?:第\s*)?([一二三123上下])\s*学期"
)  # as titles write it, with whatever dash
_SEMESTERS = {"一": 1, "上": 1, "二": 2, "下": 2, "三": 3}


def code_of(labels: Mapping[Code, tuple[str, ...]], text: str) -> Code | None:
    """The code that a name or the code itself stands for; None if it is neither."""
    for code, names in labels.items():
        if text == code.value or text in names:
            return code
    return None


def written_names(labels: Mapping[Code, tuple[str, ...]]) -> str:
    """The names one may write, for a message: "正常、缓考、旷考"."""
    return "、".join(names[0] for names in labels.values() if names[0])


def term_of(text: str) -> Term | None:
    """The term of "2025-2026-1" or "2025-2026学年第一学期"; None for anything else."""
    match = _TERM.fullmatch(text)
    code = text
    if match is not None:
        semester = _SEMESTERS.get(match[3]) or int(match[3])
        code = f"{match[1]}-{match[2]}-{semester}"
    try:
        return Term.parse(code)
    except ValueError:
        return None


def term_within(text: str) -> Term | None:
    """The term that a title names somewhere, such as "25数控1班 2025-2026学年第一学期 成绩表"."""
    match = _TERM.search(text)
    return None if match is None else term_of(match[0])
