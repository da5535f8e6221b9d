"""Names of the advance's codes on screens, in the reader's language, and tones of its stages."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import LazyString

from creditbank.domain.advance_calendar import AdvanceStep
from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.agreement_terms import AssessmentDimension, ScoreKind, TieBreak
from creditbank.eligibility.ranking import Lack, Place
from creditbank.web.languages import lazy_gettext as _l

ADVANCE_NAMES: Mapping[type[StrEnum], Mapping[StrEnum, LazyString]] = {
    Stage: {
        Stage.NOT_DUE: _l("未到期"),
        Stage.IN_PROCESS: _l("过程跟踪"),
        Stage.QUALIFICATION: _l("资格初审"),
        Stage.QUALIFIED: _l("初审通过"),
        Stage.ASSESSED: _l("考核合格"),
        Stage.ASSESSMENT_FAILED: _l("考核不合格"),
        Stage.NOTICE: _l("公示"),
        Stage.FILED: _l("已报送"),
        Stage.TESTED: _l("已测试"),
        Stage.PROPOSED: _l("拟录取"),
        Stage.ADVANCED: _l("已转段"),
        Stage.NOT_PASSED: _l("未通过"),
        Stage.GIVEN_UP: _l("放弃转段"),
        Stage.DISQUALIFIED: _l("取消资格"),
        Stage.ENDED: _l("已退出贯通班"),
    },
    MoveKind: {
        MoveKind.QUALIFY: _l("确认资格"),
        MoveKind.PASS_ASSESSMENT: _l("过程考核合格"),
        MoveKind.FAIL_ASSESSMENT: _l("过程考核不合格"),
        MoveKind.ANNOUNCE: _l("公示考核结果"),
        MoveKind.APPEAL: _l("提出异议"),
        MoveKind.DISMISS_APPEAL: _l("异议不成立"),
        MoveKind.GRANT_APPEAL: _l("异议成立，重新考核"),
        MoveKind.FILE: _l("报送对接院校"),
        MoveKind.SCORE: _l("登记测试成绩"),
        MoveKind.PROPOSE: _l("列为拟录取"),
        MoveKind.PASS_OVER: _l("排名未进入计划"),
        MoveKind.ADMIT: _l("录取"),
        MoveKind.REFUSE: _l("不予录取"),
        MoveKind.RETURN_ADMISSION: _l("返回录取信息"),
        MoveKind.RETRY: _l("开始第二次转段"),
        MoveKind.REGISTER_EXAM: _l("报名春季高考"),
        MoveKind.GIVE_UP: _l("签署放弃"),
        MoveKind.DISQUALIFY: _l("取消转段资格"),
    },
    AdvanceStep: {
        AdvanceStep.COURSES_DRAWN: _l("抽取考试课程"),
        AdvanceStep.PROCESS_UPLOADED: _l("上传过程考核结果"),
        AdvanceStep.FILED: _l("报送备案"),
        AdvanceStep.TESTS: _l("专业测试"),
        AdvanceStep.MARKING: _l("阅卷"),
        AdvanceStep.SCORES_SENT: _l("报送成绩"),
        AdvanceStep.CULTURE_EXAM: _l("文化基础考试"),
        AdvanceStep.PASS_LINE: _l("公布合格线"),
        AdvanceStep.ADMISSION: _l("录取日期"),
    },
    AssessmentDimension: {
        AssessmentDimension.CONDUCT: _l("思想品德"),
        AssessmentDimension.STUDY: _l("学习"),
        AssessmentDimension.PRACTICE: _l("社会实践"),
        AssessmentDimension.CONTESTS: _l("竞赛与证书"),
        AssessmentDimension.HEALTH: _l("身体健康"),
        AssessmentDimension.TALENT: _l("特长"),
    },
    ScoreKind: {
        ScoreKind.COURSE_AVERAGE: _l("课程平均"),
        ScoreKind.CULTURE_EXAM: _l("文化基础"),
        ScoreKind.KNOWLEDGE_TEST: _l("专业基础知识"),
        ScoreKind.SKILL_TEST: _l("专业技能测试"),
        ScoreKind.QUALITY: _l("综合素质"),
    },
    TieBreak: {
        TieBreak.COURSE_AVERAGE: _l("课程平均"),
        TieBreak.CULTURE_EXAM: _l("文化基础"),
        TieBreak.KNOWLEDGE_TEST: _l("专业基础知识"),
        TieBreak.SKILL_TEST: _l("专业技能测试"),
        TieBreak.QUALITY: _l("综合素质"),
    },
    Place: {
        Place.WITHIN_QUOTA: _l("计划内"),
        Place.TIED_AT_QUOTA: _l("名额边缘并列"),
        Place.BEYOND_QUOTA: _l("超出计划"),
        Place.NOT_YET_KNOWN: _l("尚不能定"),
        Place.NOT_ADMISSIBLE: _l("不能录取"),
    },
    Lack: {
        Lack.SCORE_MISSING: _l("缺成绩"),
        Lack.LINE_NOT_ANNOUNCED: _l("合格线尚未公布"),
        Lack.PART_BELOW_PASS: _l("单项未达合格线"),
        Lack.TOTAL_BELOW_PASS: _l("总分未达合格线"),
    },
}

STAGE_TONES: Mapping[Stage, str] = {
    Stage.NOT_DUE: "neutral",
    Stage.IN_PROCESS: "progress",
    Stage.QUALIFICATION: "progress",
    Stage.QUALIFIED: "progress",
    Stage.ASSESSED: "progress",
    Stage.ASSESSMENT_FAILED: "bad",
    Stage.NOTICE: "progress",
    Stage.FILED: "progress",
    Stage.TESTED: "progress",
    Stage.PROPOSED: "good",
    Stage.ADVANCED: "good",
    Stage.NOT_PASSED: "warn",
    Stage.GIVEN_UP: "neutral",
    Stage.DISQUALIFIED: "bad",
    Stage.ENDED: "neutral",
}
STAGE_FILLS: Mapping[Stage, str] = {
    **STAGE_TONES,
    Stage.NOT_DUE: "road-0",
    Stage.IN_PROCESS: "road-1",
    Stage.QUALIFICATION: "road-1",
    Stage.QUALIFIED: "road-2",
    Stage.ASSESSED: "road-3",
    Stage.NOTICE: "road-4",
    Stage.FILED: "road-5",
    Stage.TESTED: "road-6",
    Stage.PROPOSED: "other",
    Stage.ENDED: "ended",
}
"""In the bar, where neighbours must be told apart."""
PLACE_TONES: Mapping[Place, str] = {
    Place.WITHIN_QUOTA: "good",
    Place.TIED_AT_QUOTA: "warn",
    Place.BEYOND_QUOTA: "neutral",
    Place.NOT_YET_KNOWN: "neutral",
    Place.NOT_ADMISSIBLE: "bad",
}
