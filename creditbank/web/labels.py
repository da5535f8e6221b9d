"""Names of codes on screens, in the reader's language. Names in files are domain.labels.

Lazy strings: translated when a page is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from flask_babel import LazyString

from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.college_keys import KeyScope
from creditbank.domain.courses import CourseNature, ExamKind
from creditbank.domain.credentials import CredentialKind, CredentialState
from creditbank.domain.enrolments import EnrolmentStatus, StudyMode
from creditbank.domain.ledger import EntryKind
from creditbank.domain.papers import PaperKind, PaperState
from creditbank.domain.permissions import Role
from creditbank.domain.plan_exceptions import ExceptionKind, ExceptionState
from creditbank.domain.recognition_rules import Relation
from creditbank.domain.snapshots import Appraisal, AttestationKind, SanctionLevel
from creditbank.domain.status_changes import (
    ChangeKind,
    ChangeReason,
    ChangeState,
    DeadlineKind,
    MajorChangeGround,
    Office,
    Programme,
    Proof,
)
from creditbank.domain.term_registrations import RegistrationState, TermStanding
from creditbank.domain.verdicts import Outcome, SubjectKind, Use
from creditbank.domain.webhooks import EventKind
from creditbank.services.study_words import MARKS
from creditbank.web.advance_labels import ADVANCE_NAMES
from creditbank.web.claim_labels import CLAIM_NAMES
from creditbank.web.languages import language
from creditbank.web.languages import lazy_gettext as _l

NAMES: Mapping[type[StrEnum], Mapping[StrEnum, LazyString]] = {
    **ADVANCE_NAMES,
    **CLAIM_NAMES,
    ChangeKind: {
        ChangeKind.SUSPENSION: _l("休学"),
        ChangeKind.RESUMPTION: _l("复学"),
        ChangeKind.RESERVATION: _l("保留入学资格"),
        ChangeKind.ADMISSION: _l("恢复入学资格"),
        ChangeKind.RESERVATION_LAPSE: _l("取消入学资格"),
        ChangeKind.TRANSFER_OUT: _l("转学（转出）"),
        ChangeKind.TRANSFER_IN: _l("转学（转入）"),
        ChangeKind.MAJOR_CHANGE: _l("转专业"),
        ChangeKind.CLASS_CHANGE: _l("转班级"),
        ChangeKind.WITHDRAWAL: _l("退学"),
        ChangeKind.EXPULSION: _l("开除学籍"),
        ChangeKind.DEATH: _l("死亡"),
        ChangeKind.GRADUATION: _l("毕业"),
        ChangeKind.COMPLETION: _l("结业"),
        ChangeKind.LEAVING: _l("肄业"),
        ChangeKind.EXCHANGE: _l("结业换毕业"),
    },
    ChangeState: {
        ChangeState.WAITING: _l("办理中"),
        ChangeState.AGREED: _l("已同意，待生效"),
        ChangeState.EXECUTED: _l("已办结"),
        ChangeState.REFUSED: _l("不同意"),
        ChangeState.WITHDRAWN: _l("已撤回"),
    },
    MajorChangeGround: {
        MajorChangeGround.TALENT: _l("确有专长"),
        MajorChangeGround.HEALTH: _l("身体原因"),
        MajorChangeGround.MAJOR_CLOSED: _l("复学后原专业已停办"),
    },
    Proof: {
        Proof.APPLICATION: _l("学生与监护人签字的申请"),
        Proof.HOSPITAL: _l("县级以上医院诊断证明"),
        Proof.HEALTH: _l("康复证明"),
        Proof.ENLISTMENT: _l("入伍通知书"),
        Proof.SANCTION: _l("处分决定"),
        Proof.ASSESSMENT: _l("转入学校考核"),
        Proof.DEATH: _l("死亡证明"),
    },
    DeadlineKind: {
        DeadlineKind.SUSPENSION_ENDS: _l("休学期满"),
        DeadlineKind.SUSPENDED_LONG: _l("连续休学满期"),
        DeadlineKind.LONGEST_TIME: _l("最长修业年限到期"),
        DeadlineKind.RECORD_DUE: _l("新生建立学籍到期"),
        DeadlineKind.INTAKE_CUTOFF: _l("新生注册截止"),
    },
    RegistrationState: {
        RegistrationState.REGISTERED: _l("注册"),
        RegistrationState.REPORTED: _l("报到"),
        RegistrationState.ABSENT: _l("未报到"),
    },
    TermStanding: {
        TermStanding.REGISTERED: _l("已注册"),
        TermStanding.REPORTED: _l("已报到"),
        TermStanding.ABSENT: _l("未报到"),
        TermStanding.AWAY: _l("休学等，不注册"),
        TermStanding.NOT_YET: _l("未登记"),
    },
    ChangeReason: {
        ChangeReason.GOOD_MARKS: _l("成绩优秀"),
        ChangeReason.ILLNESS: _l("疾病"),
        ChangeReason.MENTAL_ILLNESS: _l("精神疾病"),
        ChangeReason.INFECTIOUS_ILLNESS: _l("传染疾病"),
        ChangeReason.OTHER_ILLNESS: _l("其他疾病"),
        ChangeReason.OWN_WISH: _l("自动退学"),
        ChangeReason.POOR_MARKS: _l("成绩太差"),
        ChangeReason.STARTUP: _l("休学创业"),
        ChangeReason.WORK_PRACTICE: _l("停学实践（求职）"),
        ChangeReason.PARENT_ILL: _l("家长病重"),
        ChangeReason.POVERTY: _l("贫困"),
        ChangeReason.NOT_RESUMED: _l("休学期满未办理复学"),
        ChangeReason.OVER_LONGEST_TIME: _l("超过最长学习期限未完成学业"),
        ChangeReason.MILITARY_SERVICE: _l("应征入伍"),
        ChangeReason.OTHER_WITHDRAWAL: _l("其他原因退学"),
        ChangeReason.OTHER: _l("其他"),
    },
    Office: {
        Office.ADVISOR: _l("班主任"),
        Office.REGISTRAR: _l("教务科"),
        Office.PRINCIPAL: _l("分管校长"),
        Office.RECEIVING_REGISTRAR: _l("转入校教务科"),
        Office.RECEIVING_PRINCIPAL: _l("转入校分管校长"),
        Office.COUNTY: _l("学籍主管部门"),
        Office.AUTHORITY_OUT: _l("转出主管科室"),
        Office.AUTHORITY_IN: _l("转入主管科室"),
    },
    Programme: {
        Programme.PLAIN: _l("三年制"),
        Programme.TO_COLLEGE: _l("3+2"),
        Programme.TO_UNIVERSITY: _l("3+4"),
        Programme.FIVE_YEAR: _l("五年制"),
    },
    Role: {
        Role.STUDENT: _l("学生"),
        Role.GUARDIAN: _l("监护人"),
        Role.TEACHER: _l("任课教师"),
        Role.ADVISOR: _l("学业导师"),
        Role.REGISTRAR: _l("教务员"),
        Role.APPROVER: _l("教学审批"),
        Role.COLLEGE: _l("对接院校"),
        Role.COUNTY: _l("县教育和体育局"),
        Role.AUDITOR: _l("审计员"),
        Role.SYSADMIN: _l("系统管理员"),
    },
    EntryKind: {
        EntryKind.COURSE: _l("课程学分"),
        EntryKind.COMPETITION: _l("竞赛学分"),
        EntryKind.INNOVATION: _l("创新学分"),
        EntryKind.RECOGNITION: _l("认定学分"),
        EntryKind.SUBSTITUTION: _l("替代"),
        EntryKind.REVERSAL: _l("冲销"),
    },
    ExamKind: {
        ExamKind.NORMAL: _l("正常"),
        ExamKind.DEFERRED: _l("缓考"),
        ExamKind.ABSENT: _l("旷考"),
        ExamKind.FIRST_RESIT: _l("补考一"),
        ExamKind.SECOND_RESIT: _l("补考二"),
        ExamKind.RETAKE: _l("重修"),
        ExamKind.EXEMPT: _l("免修"),
        ExamKind.RESIT_AFTER_COMPLETION: _l("结业后补考"),
        ExamKind.OTHER: _l("其他考试"),
    },
    Relation: {
        Relation.SAME: _l("相同直认"),
        Relation.SIMILAR: _l("相近可认"),
        Relation.ELECTIVE: _l("计入选修"),
        Relation.NONE: _l("不认"),
    },
    CourseNature: {
        CourseNature.REQUIRED: _l("必修"),
        CourseNature.RESTRICTED_ELECTIVE: _l("限选"),
        CourseNature.FREE_ELECTIVE: _l("任选"),
        CourseNature.MINOR: _l("辅修"),
        CourseNature.PRACTICE: _l("实践"),
        CourseNature.DOUBLE_REQUIRED: _l("双必"),
        CourseNature.DOUBLE_ELECTIVE: _l("双选"),
        CourseNature.GENERAL_ELECTIVE: _l("通选"),
        CourseNature.OTHER: _l("其他课程"),
    },
    AwardLevel: {
        AwardLevel.INTERNATIONAL: _l("国际级"),
        AwardLevel.NATIONAL: _l("国家级"),
        AwardLevel.PROVINCE: _l("省级"),
        AwardLevel.CITY: _l("市级"),
        AwardLevel.COUNTY: _l("县级"),
        AwardLevel.SCHOOL: _l("校级"),
    },
    AwardRank: {
        AwardRank.SPECIAL: _l("特等奖"),
        AwardRank.FIRST: _l("一等奖"),
        AwardRank.SECOND: _l("二等奖"),
        AwardRank.THIRD: _l("三等奖"),
        AwardRank.FOURTH: _l("四等奖"),
        AwardRank.UNRANKED: _l("未评等级"),
        AwardRank.OTHER: _l("其他奖"),
    },
    TeamRole: {
        TeamRole.INDIVIDUAL: _l("个人"),
        TeamRole.CAPTAIN: _l("队长"),
        TeamRole.MEMBER: _l("队员"),
    },
    InnovationCategory: {
        InnovationCategory.PATENT_INVENTION: _l("发明专利"),
        InnovationCategory.PATENT_UTILITY: _l("实用新型专利"),
        InnovationCategory.PATENT_DESIGN: _l("外观设计专利"),
        InnovationCategory.SOFTWARE_COPYRIGHT: _l("软件著作权"),
        InnovationCategory.PUBLISHED_WORK: _l("公开论文或作品"),
        InnovationCategory.TECHNICAL_INNOVATION: _l("技术革新"),
        InnovationCategory.ENTERPRISE: _l("创业"),
        InnovationCategory.SCHOOL_PROJECT: _l("校内创新项目"),
        InnovationCategory.SOCIAL_PRACTICE: _l("社会实践"),
        InnovationCategory.VOLUNTEERING: _l("志愿服务"),
        InnovationCategory.SKILL_CERTIFICATE: _l("职业技能等级证书"),
        InnovationCategory.GENERAL_CERTIFICATE: _l("通用能力证书"),
    },
    CertificateLevel: {
        CertificateLevel.NONE: _l("不分等级"),
        CertificateLevel.ELEMENTARY: _l("初级（五级）"),
        CertificateLevel.INTERMEDIATE: _l("中级（四级）"),
        CertificateLevel.ADVANCED: _l("高级（三级）"),
    },
    EnrolmentStatus: {
        EnrolmentStatus.STUDYING: _l("在读"),
        EnrolmentStatus.SUSPENDED: _l("休学"),
        EnrolmentStatus.WITHDRAWN: _l("退学"),
        EnrolmentStatus.STOPPED: _l("停学"),
        EnrolmentStatus.RESUMED: _l("复学"),
        EnrolmentStatus.LOST: _l("流失"),
        EnrolmentStatus.GRADUATED: _l("已毕业"),
        EnrolmentStatus.COMPLETED: _l("已结业"),
        EnrolmentStatus.INCOMPLETE: _l("肄业"),
        EnrolmentStatus.TRANSFERRED_OUT: _l("转出"),
        EnrolmentStatus.DECEASED: _l("死亡"),
        EnrolmentStatus.ADMISSION_RESERVED: _l("保留入学资格"),
        EnrolmentStatus.SENT_ABROAD: _l("公派出国"),
        EnrolmentStatus.EXPELLED: _l("开除"),
        EnrolmentStatus.MISSING: _l("下落不明"),
        EnrolmentStatus.OTHER: _l("其他状态"),
    },
    StudyMode: {
        StudyMode.FULL_TIME: _l("全日制"),
        StudyMode.PART_TIME: _l("非全日制"),
    },
    Appraisal: {
        Appraisal.PENDING: _l("待定"),
        Appraisal.PASSED: _l("合格"),
        Appraisal.FAILED: _l("不合格"),
    },
    SanctionLevel: {
        SanctionLevel.WARNING: _l("警告"),
        SanctionLevel.SERIOUS_WARNING: _l("严重警告"),
        SanctionLevel.DEMERIT: _l("记过"),
        SanctionLevel.PROBATION: _l("留校察看"),
        SanctionLevel.EXPULSION: _l("开除学籍"),
    },
    AttestationKind: {
        AttestationKind.ACADEMIC_PASS_EXAM: _l("学业水平合格性考试"),
        AttestationKind.COMPREHENSIVE_EVALUATION: _l("综合素质评价"),
        AttestationKind.EXAM_REGISTRATION: _l("转段考试报名"),
        AttestationKind.MEDICAL_CHECK: _l("体检"),
    },
    ExceptionKind: {
        ExceptionKind.WAIVE: _l("免除要求"),
        ExceptionKind.LOWER: _l("降低要求"),
        ExceptionKind.INSERT: _l("增列课程"),
        ExceptionKind.FORCE: _l("指定模块"),
        ExceptionKind.BLOCK: _l("不予计入"),
    },
    ExceptionState: {
        ExceptionState.WAITING: _l("待批准"),
        ExceptionState.STANDING: _l("已批准"),
        ExceptionState.REPLACED: _l("已被替代"),
        ExceptionState.REFUSED: _l("已退回"),
        ExceptionState.WITHDRAWN: _l("已撤销"),
    },
    PaperKind: {
        PaperKind.STATUS_CERTIFICATE: _l("学籍证明"),
        PaperKind.CHANGE_FORM: _l("学籍异动审批表"),
        PaperKind.TRANSFER_FORM: _l("转学申请表"),
        PaperKind.RECOGNITION_FORM: _l("学分认定表"),
        PaperKind.CREDENTIAL: _l("电子凭证"),
        PaperKind.ADVANCE_FORM: _l("转段资格审核表"),
        PaperKind.TRANSCRIPT: _l("成绩单"),
        PaperKind.TRANSCRIPT_BILINGUAL: _l("中英文成绩单"),
        PaperKind.CREDIT_STATEMENT: _l("学分银行对账单"),
        PaperKind.GRAD_AUDIT: _l("毕业资格审核表"),
        PaperKind.CLASS_AUDIT: _l("毕业资格审核汇总表"),
        PaperKind.STUDY_CERTIFICATE: _l("学习证明"),
    },
    PaperState: {
        PaperState.VALID: _l("有效"),
        PaperState.EXPIRED: _l("过期"),
        PaperState.SUPERSEDED: _l("已失效"),
        PaperState.CORRECTED: _l("已更正"),
        PaperState.REVOKED: _l("作废"),
    },
    CredentialKind: {
        CredentialKind.TRANSCRIPT: _l("成绩单（电子凭证）"),
        CredentialKind.CREDIT_STATEMENT: _l("学分银行对账单（电子凭证）"),
        CredentialKind.GRADUATION_ELIGIBILITY: _l("毕业资格证明（电子凭证）"),
        CredentialKind.ARTICULATION_STATUS: _l("转段资格状态（电子凭证）"),
        CredentialKind.ACHIEVEMENT: _l("学习成果证书（电子凭证）"),
        CredentialKind.LEARNER_RECORD: _l("综合学习档案（电子凭证）"),
    },
    CredentialState: {
        CredentialState.VALID: _l("有效"),
        CredentialState.EXPIRED: _l("过期"),
        CredentialState.CORRECTED: _l("已更正"),
        CredentialState.REVOKED: _l("作废"),
    },
    KeyScope: {
        KeyScope.COHORT_READ: _l("读取班级名单和转段进度"),
        KeyScope.STATUS_READ: _l("查询一名学生此刻的转段资格"),
        KeyScope.TRANSCRIPT_READ: _l("读取成绩单、电子凭证和账本证明"),
        KeyScope.DECISIONS_WRITE: _l("登记成绩、拟录取、录取决定和录取信息"),
        KeyScope.WEBHOOKS_MANAGE: _l("管理通知的接收地址"),
    },
    EventKind: {
        EventKind.STATUS_CHANGED: _l("学生的转段状态有变化"),
        EventKind.COHORT_CHANGED: _l("班级名单有变化"),
        EventKind.CHECKPOINT_PUBLISHED: _l("发布了新的账本检查点"),
        EventKind.PING: _l("测试通知"),
    },
    SubjectKind: {
        SubjectKind.GRADUATION: _l("毕业"),
        SubjectKind.ARTICULATION: _l("转段"),
    },
    Outcome: {
        Outcome.ELIGIBLE: _l("可毕业"),
        Outcome.ELIGIBLE_EARLY: _l("可提前毕业"),
        Outcome.NOT_YET: _l("未达标"),
        Outcome.COMPLETION_DUE: _l("应结业"),
        Outcome.NEEDS_REVIEW: _l("需人工复核"),
        Outcome.ON_TRACK: _l("进度正常"),
        Outcome.BEHIND: _l("进度落后"),
        Outcome.QUALIFIED: _l("具备转段资格"),
        Outcome.NOT_QUALIFIED: _l("未达转段资格"),
        Outcome.ENDED: _l("资格终止"),
        Outcome.CLOSED: _l("学籍已结束"),
    },
    Use: {
        Use.COUNTED: _l("已计入"),
        Use.SUBSTITUTED: _l("替代选修"),
        Use.SURPLUS: _l("结余未计"),
        Use.CAPPED: _l("超过上限"),
        Use.SAME_EVENT: _l("同一赛事或项目已取最高"),
        Use.EXPIRED: _l("已过有效期"),
        Use.DISPUTED: _l("证号重复，待核查"),
        Use.NOT_IN_PLAN: _l("方案外"),
        Use.NOT_EARNED: _l("未获学分"),
        Use.EXCLUDED: _l("个别决定不计"),
    },
}
"""By class: members of two enums with the same code are equal, so one mapping would mix them."""

_Code = TypeVar("_Code", bound=StrEnum)


def name_of(code: StrEnum) -> str:
    """The name of a code in the reader's language."""
    return str(NAMES[type(code)][code])


def award_text(level: AwardLevel | None, rank: AwardRank | None) -> str:
    """Such as 省级二等奖, and in English with a sign between."""
    said = [name_of(item) for item in (level, rank) if item is not None]
    return ("" if language() == "zh" else " · ").join(said)


def mark_text(mark: str) -> str:
    """A mark in the reader's language: words as on papers, numbers and letters as they are."""
    return MARKS.get(mark, mark) if language() == "en" else mark


def choices(codes: type[_Code]) -> list[tuple[str, str]]:
    """(code, name) of every member, for a select."""
    return [(code.value, name_of(code)) for code in codes]
